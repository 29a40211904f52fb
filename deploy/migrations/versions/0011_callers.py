"""Callers: keys of the committee, the scheme's owner; devices for one-time codes."""

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, String, Text

revision = "0011"
down_revision = "0010"

BEFORE = "role IN ('operator', 'holder', 'verifier', 'auditor', 'reader', 'monitor')"
NOW = (
    "role IN ('operator', 'holder', 'auditor', 'scheme_owner', 'verifier', 'committee',"
    " 'reader', 'monitor')"
)


def upgrade() -> None:
    """Widen what a key may be for, and keep secrets of representatives."""
    _roles(NOW)
    op.create_table(
        "codes",
        Column("actor", String, nullable=False),
        Column("secret", Text, nullable=False),
        Column("used", BigInteger, nullable=False),
        Column("tries", BigInteger, nullable=False),
        Column("locked_until_ms", BigInteger, nullable=False),
        Column("created_at", String(24), nullable=False),
        PrimaryKeyConstraint("actor"),
    )


def downgrade() -> None:
    """Forget the keys of roles that were not there, and narrow it again."""
    op.drop_table("codes")
    op.execute("DELETE FROM keys WHERE role IN ('scheme_owner', 'committee')")
    _roles(BEFORE)


def _roles(check: str) -> None:
    with op.batch_alter_table("keys") as table:
        table.drop_constraint("keys_role", type_="check")
        table.create_check_constraint("keys_role", check)
