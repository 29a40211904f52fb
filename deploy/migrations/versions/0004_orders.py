"""The table of transfer orders, which the journal fills."""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, PrimaryKeyConstraint, String
from sqlalchemy.types import TypeEngine

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table; it is empty until the journal's orders reach it."""
    op.create_table(
        "orders",
        Column("order", words(), nullable=False),
        Column("source", words(), nullable=False),
        Column("target", words(), nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("status", words(), nullable=False),
        Column("approval", words(), nullable=False),
        Column("acceptance", words(), nullable=False),
        Column("expires_at", words()),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("order", name="orders_pkey"),
        CheckConstraint(
            "status IN ('waiting', 'settled', 'declined', 'cancelled', 'expired')",
            name="orders_status",
        ),
        CheckConstraint("approval IN ('not_asked', 'awaited', 'given')", name="orders_approval"),
        CheckConstraint(
            "acceptance IN ('not_asked', 'awaited', 'given')", name="orders_acceptance"
        ),
        CheckConstraint("quantity >= 1", name="orders_quantity"),
    )
    op.create_index("orders_by_source", "orders", ["source", "status"])
    op.create_index("orders_by_target", "orders", ["target", "status"])


def downgrade() -> None:
    """Drop it: a rebuild makes it again."""
    op.drop_table("orders")


def words(length: int | None = None) -> TypeEngine[str]:
    """Text that every database sorts by code point."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")
