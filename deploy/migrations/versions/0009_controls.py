"""The tables of the controls of movements, which the journal fills."""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, PrimaryKeyConstraint, String
from sqlalchemy.types import TypeEngine

revision = "0009"
down_revision = "0008"


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

    op.create_table(
        "trusted",
        Column("entry", words(), nullable=False),
        Column("account", words(), nullable=False),
        Column("trusted", words(), nullable=False),
        Column("status", words(), nullable=False),
        Column("effective_at", words(), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("entry", name="trusted_pkey"),
        CheckConstraint("status IN ('listed', 'removed')", name="trusted_status"),
    )
    op.create_index("trusted_by_account", "trusted", ["account", "status"])
    _movements()
    op.add_column("orders", Column("settles_at", words()))
    op.add_column("orders", Column("reversible_until", words()))
    op.add_column("orders", Column("reversed_at", words()))


def _movements() -> None:
    op.create_table(
        "limits",
        Column("limit", words(), nullable=False),
        Column("account", words(), nullable=False),
        Column("scheme", words(), nullable=False),
        Column("quantity", BigInteger),
        Column("day", words()),
        Column("moved", BigInteger, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("limit", name="limits_pkey"),
        CheckConstraint("moved >= 0", name="limits_moved"),
    )
    op.create_index("limits_by_account", "limits", ["account"])
    op.create_table(
        "reversals",
        Column("order", words(), nullable=False),
        Column("source", words(), nullable=False),
        Column("target", words(), nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("reason", words(), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("order", name="reversals_pkey"),
    )
    op.create_index("reversals_by_source", "reversals", ["source"])
    op.create_index("reversals_by_target", "reversals", ["target"])


def downgrade() -> None:
    """Drop them: a rebuild makes them again."""
    op.drop_column("orders", "reversed_at")
    op.drop_column("orders", "reversible_until")
    op.drop_column("orders", "settles_at")
    op.drop_table("reversals")
    op.drop_table("limits")
    op.drop_table("trusted")
    op.drop_table("freezes")
    op.drop_table("suspensions")


def words(length: int | None = None) -> TypeEngine[str]:
    """Text that every database sorts by code point."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")
