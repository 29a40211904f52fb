"""What else a use of credits serves, and where it is."""

from alembic import op
from sqlalchemy import Column, String
from sqlalchemy.types import TypeEngine

revision = "0010"
down_revision = "0009"

WIDER = ("retirements", "applications")


def upgrade() -> None:
    """Widen retirements and applications by their further purposes and the place of use."""
    for table in WIDER:
        for name in ("also", "place"):
            op.add_column(table, Column(name, _words()))


def downgrade() -> None:
    """Take the columns away; tonne rebuild makes them again."""
    for table in reversed(WIDER):
        for name in ("place", "also"):
            op.drop_column(table, name)


def _words() -> TypeEngine[str]:
    return String().with_variant(String(collation="C"), "postgresql")
