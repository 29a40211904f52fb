"""The plans of projects, from the day they are handed in."""

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, String
from sqlalchemy.types import TypeEngine

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table of plans; the journal fills it."""
    op.create_table(
        "plans",
        Column("project", words(), nullable=False),
        Column("phase", words(), nullable=False),
        Column("scheme", words(), nullable=False),
        Column("kind", words(), nullable=False),
        Column("name", words(), nullable=False),
        Column("implementer", words(), nullable=False),
        Column("credited_from", words(), nullable=False),
        Column("credited_to", words(), nullable=False),
        Column("content", words(), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("project", name="plans_pkey"),
    )
    op.create_index("plans_by_phase", "plans", ["phase", "project"])


def downgrade() -> None:
    """Drop it: the journal has all that was in it."""
    op.drop_table("plans")


def words(length: int | None = None) -> TypeEngine[str]:
    """Text that every database sorts by code point."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")
