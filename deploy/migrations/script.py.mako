"""${message}."""

from alembic import op
import sqlalchemy as sa
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Expand: what older code does not know must not disturb it."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take it back; what only the newer tables held is lost."""
    ${downgrades if downgrades else "pass"}
