"""The tables of the controls of movements, which the journal fills."""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, PrimaryKeyConstraint, String
from sqlalchemy.types import TypeEngine

revision = "0009"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables; they are empty until the journal's facts reach them."""
    op.create_table(
        "suspensions",
        Column("suspension", words(), nullable=False),
        Column("scheme", words()),
        Column("status", words(), nullable=False),
        Column("reason", words(), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("suspension", name="suspensions_pkey"),
        CheckConstraint("status IN ('in_force', 'resumed')", name="suspensions_status"),
    )


def downgrade() -> None:
    """Drop them: a rebuild makes them again."""
    op.drop_table("suspensions")


def words(length: int | None = None) -> TypeEngine[str]:
    """Text that every database sorts by code point."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")
