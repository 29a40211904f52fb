"""The life of an account: who holds it, applications for it, who represents it, mandates."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

revision = "0008"
down_revision = "0007"

WIDER = (
    *("kind", "department", "name_kana", "country", "corporate_number", "registered_as"),
    "successor",
)
BEFORE, AFTER = "'open', 'frozen', 'closed'", "'open', 'frozen', 'closing', 'closed'"


def upgrade() -> None:
    """Widen the accounts, and make the tables that the journal fills beside them."""
    with op.batch_alter_table("accounts", copy_from=_accounts(BEFORE)) as batch:
        for name in WIDER:
            batch.add_column(Column(name, _words()))
        batch.drop_constraint("accounts_status", type_="check")
        batch.create_check_constraint("accounts_status", f"status IN ({AFTER})")
    _applications()
    _people()
    _particulars()


def downgrade() -> None:
    """Take them away; tonne rebuild makes them again, but for the particulars: copy those first."""
    for name in ("particulars", "mandates", "representatives", "account_applications"):
        op.drop_table(name)
    op.execute("DELETE FROM accounts WHERE status = 'closing'")
    with op.batch_alter_table("accounts", copy_from=_accounts(AFTER, *WIDER)) as batch:
        batch.drop_constraint("accounts_status", type_="check")
        batch.create_check_constraint("accounts_status", f"status IN ({BEFORE})")
        for name in reversed(WIDER):
            batch.drop_column(name)


def _applications() -> None:
    op.create_table(
        "account_applications",
        Column("account", _words(), nullable=False),
        Column("kind", _words(), nullable=False),
        Column("department", _words()),
        Column("name", _words(), nullable=False),
        Column("name_kana", _words(), nullable=False),
        Column("country", _words(), nullable=False),
        Column("corporate_number", _words()),
        Column("registered_as", _words()),
        Column("representatives", _words(), nullable=False),
        Column("checks", _words(), nullable=False),
        Column("status", _words(), nullable=False),
        Column("reason", _words()),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("account", name="account_applications_pkey"),
        CheckConstraint(
            "status IN ('applied', 'under_review', 'opened', 'returned', 'rejected')",
            name="account_applications_status",
        ),
    )
    op.create_index("account_applications_by_status", "account_applications", ["status", "account"])


def _people() -> None:
    op.create_table(
        "representatives",
        Column("representative", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("actor", _words(), nullable=False),
        Column("role", _words(), nullable=False),
        Column("commitment", _words()),
        Column("status", _words(), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("representative", name="representatives_pkey"),
        CheckConstraint(
            "role IN ('initiator', 'approver', 'both', 'read_only')", name="representatives_role"
        ),
        CheckConstraint("status IN ('appointed', 'dismissed')", name="representatives_status"),
    )
    op.create_index("representatives_by_account", "representatives", ["account", "actor"])
    op.create_table(
        "mandates",
        Column("mandate", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("agent", _words()),
        Column("entity", _words()),
        Column("actors", _words(), nullable=False),
        Column("scope", _words(), nullable=False),
        Column("until", _words(), nullable=False),
        Column("status", _words(), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("mandate", name="mandates_pkey"),
        CheckConstraint("status IN ('granted', 'revoked')", name="mandates_status"),
    )
    op.create_index("mandates_by_account", "mandates", ["account", "status"])
    op.create_index("mandates_by_agent", "mandates", ["agent", "status"])


def _particulars() -> None:
    """Make what stands beside the journal: an embedded registry may have made it by itself."""
    op.create_table(
        "particulars",
        Column("commitment", String(64), nullable=False),
        Column("actor", String, nullable=False),
        Column("salt", String(64)),
        Column("said", Text),
        Column("created_at", String(24), nullable=False),
        Column("erased_at", String(24)),
        PrimaryKeyConstraint("commitment"),
        CheckConstraint(
            "(erased_at IS NULL) = (salt IS NOT NULL) AND (erased_at IS NULL) = (said IS NOT NULL)",
            name="particulars_erased",
        ),
        if_not_exists=True,
    )


def _accounts(statuses: str, *wider: str) -> Table:
    """Return the table as it stands: SQLite has no way to change a CHECK but to copy all."""
    return Table(
        "accounts",
        MetaData(),
        Column("account", _words(), nullable=False),
        Column("name", _words(), nullable=False),
        Column("status", _words(), nullable=False),
        Column("reason", _words()),
        Column("representatives", _words(), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        *(Column(name, _words()) for name in wider),
        PrimaryKeyConstraint("account", name="accounts_pkey"),
        CheckConstraint(f"status IN ({statuses})", name="accounts_status"),
        Index("accounts_by_status", "status", "account"),
    )


def _words() -> TypeEngine[str]:
    return String().with_variant(String(collation="C"), "postgresql")
