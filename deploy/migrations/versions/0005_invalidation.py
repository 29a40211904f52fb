"""What a use of credits is reported for, and applications that wait for their confirmation."""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, PrimaryKeyConstraint, String
from sqlalchemy.types import TypeEngine

revision = "0005"
down_revision = "0004"

WIDER = ("scope", "agent", "corporate_number", "application")


def upgrade() -> None:
    """Widen the retirements: what they say beside the purpose."""
    op.add_column("retirements", Column("fiscal_year", Integer))
    for name in WIDER:
        op.add_column("retirements", Column(name, _words()))
    op.create_table(
        "applications",
        Column("application", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("beneficiary", _words(), nullable=False),
        Column("purpose", _words(), nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("status", _words(), nullable=False),
        Column("agent", _words()),
        Column("corporate_number", _words()),
        Column("detail", _words()),
        Column("expires_at", _words()),
        Column("fiscal_year", Integer),
        Column("period_from", _words()),
        Column("period_to", _words()),
        Column("scope", _words()),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("application", name="applications_pkey"),
        CheckConstraint("quantity >= 1", name="applications_quantity"),
        CheckConstraint(
            "status IN ('open', 'confirmed', 'cancelled', 'expired')", name="applications_status"
        ),
    )
    op.create_index("applications_by_account", "applications", ["account", "status"])


def downgrade() -> None:
    """Take the columns away; tonne rebuild makes them again."""
    op.drop_table("applications")
    for name in reversed(WIDER):
        op.drop_column("retirements", name)
    op.drop_column("retirements", "fiscal_year")


def _words() -> TypeEngine[str]:
    return String().with_variant(String(collation="C"), "postgresql")
