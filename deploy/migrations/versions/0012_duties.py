"""Duties that lost removals open: whose project it is."""

from alembic import op
from sqlalchemy import Column, String

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Widen duties by the project of what was lost."""
    words = String().with_variant(String(collation="C"), "postgresql")
    op.add_column("duties", Column("project", words))


def downgrade() -> None:
    """Take the column away; tonne rebuild makes it again."""
    op.drop_column("duties", "project")
