"""What the giver of a settled transfer asks for: to have it back."""

from alembic import op
from sqlalchemy import Column, String
from sqlalchemy.types import TypeEngine

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Widen the table of orders; the journal's facts fill it."""
    op.add_column("orders", Column("reversal_requested_at", words()))
    op.add_column("orders", Column("reversal_reason", words()))


def downgrade() -> None:
    """Narrow it again: a rebuild fills it anew."""
    op.drop_column("orders", "reversal_reason")
    op.drop_column("orders", "reversal_requested_at")


def words(length: int | None = None) -> TypeEngine[str]:
    """Text that every database sorts by code point."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")
