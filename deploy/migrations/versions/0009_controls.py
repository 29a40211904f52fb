"""The tables of the controls of movements, which the journal fills."""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, PrimaryKeyConstraint, String
from sqlalchemy.types import TypeEngine

revision = "0009"
down_revision = "0007"


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

    op.create_table(
        "freezes",
        Column("freeze", words(), nullable=False),
        Column("account", words(), nullable=False),
        Column("lot", words(), nullable=False),
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False),
        Column("code", words(), nullable=False),
        Column("status", words(), nullable=False),
        Column("basis", words(), nullable=False),
        Column("expires_at", words()),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("freeze", name="freezes_pkey"),
        CheckConstraint("status IN ('in_force', 'lifted', 'expired')", name="freezes_status"),
    )
    op.create_index("freezes_by_account", "freezes", ["account", "status"])


def downgrade() -> None:
    """Drop them: a rebuild makes them again."""
    op.drop_table("freezes")
    op.drop_table("suspensions")


def words(length: int | None = None) -> TypeEngine[str]:
    """Text that every database sorts by code point."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")
