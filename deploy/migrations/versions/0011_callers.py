"""Callers: keys of a verifier, of the committee and of the scheme's owner."""

from alembic import op

revision = "0011"
down_revision = "0005"

BEFORE = "role IN ('operator', 'holder', 'auditor', 'reader', 'monitor')"
NOW = (
    "role IN ('operator', 'holder', 'auditor', 'scheme_owner', 'verifier', 'committee',"
    " 'reader', 'monitor')"
)


def upgrade() -> None:
    """Widen what a key may be for."""
    _roles(NOW)


def downgrade() -> None:
    """Forget the keys of roles that were not there, and narrow it again."""
    op.execute("DELETE FROM keys WHERE role IN ('scheme_owner', 'verifier', 'committee')")
    _roles(BEFORE)


def _roles(check: str) -> None:
    with op.batch_alter_table("keys") as table:
        table.drop_constraint("keys_role", type_="check")
        table.create_check_constraint("keys_role", check)
