"""The fiscal year and the scope that a use of credits is reported for."""

from alembic import op
from sqlalchemy import Column, Integer, String
from sqlalchemy.types import TypeEngine

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Widen the retirements: what they say beside the purpose."""
    op.add_column("retirements", Column("fiscal_year", Integer))
    op.add_column("retirements", Column("scope", _words()))


def downgrade() -> None:
    """Take the columns away; tonne rebuild makes them again."""
    op.drop_column("retirements", "scope")
    op.drop_column("retirements", "fiscal_year")


def _words() -> TypeEngine[str]:
    return String().with_variant(String(collation="C"), "postgresql")
