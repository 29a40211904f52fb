"""The tables that follow the journal, and what each refuses by itself."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

CHANGING = ("cursors", "proposals", "accounts", "reservations", "holdings", "lots")
JOURNALS = ("commands", "rules", "movements", "projects", "retirements", "annulments", "duties")

REFUSE = """\
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is a journal: rows are only added', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$"""


def upgrade() -> None:
    """Make every table, then let the journals among them refuse what is no INSERT."""
    postgresql = op.get_context().dialect.name == "postgresql"
    if postgresql:
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        op.execute(REFUSE)
    _cursors()
    _ledger()
    _transfer()
    _books()
    _issuance()
    _invalidation()
    for name in JOURNALS:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {name}_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {name}_stay_{act} BEFORE {act.upper()} ON {name}"
                f" BEGIN SELECT RAISE(ABORT, '{name} is a journal: rows are only added'); END"
            )


def downgrade() -> None:
    """Drop every table: the journal has all that was in them."""
    for name in (*JOURNALS, *CHANGING):
        op.drop_table(name)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def words(length: int | None = None) -> TypeEngine[str]:
    """Text that every database sorts by code point."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def _cursors() -> None:
    op.create_table(
        "cursors",
        Column("name", words(), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("digest", words(64), nullable=False),
        Column("shape", words(64), nullable=False),
        Column("build", Integer, nullable=False),
        PrimaryKeyConstraint("name", name="cursors_pkey"),
        CheckConstraint("position >= 0", name="cursors_position"),
    )


def _ledger() -> None:
    op.create_table(
        "commands",
        Column("id", words(36), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("verdict", words(), nullable=False),
        Column("reason", words()),
        Column("at", words(), nullable=False),
        Column("type", words(), nullable=False),
        PrimaryKeyConstraint("id", name="commands_pkey"),
        CheckConstraint(
            "(verdict = 'accepted' AND reason IS NULL)"
            " OR (verdict = 'rejected' AND reason IS NOT NULL)",
            name="commands_answered",
        ),
        UniqueConstraint("position", name="commands_position_key"),
    )
    op.create_table(
        "rules",
        Column("position", BigInteger, autoincrement=False, nullable=False),
        Column("digest", words(64), nullable=False),
        Column("at", words(), nullable=False),
        Column("content", words(), nullable=False),
        PrimaryKeyConstraint("position", name="rules_pkey"),
    )
    op.create_index("rules_by_digest", "rules", ["digest"])
    op.create_table(
        "proposals",
        Column("position", BigInteger, autoincrement=False, nullable=False),
        Column("type", words(), nullable=False),
        Column("actor", words(), nullable=False),
        Column("at", words(), nullable=False),
        Column("body", words(), nullable=False),
        Column("approved_at", words()),
        PrimaryKeyConstraint("position", name="proposals_pkey"),
    )
    op.create_index("proposals_open", "proposals", ["approved_at", "position"])


def _transfer() -> None:
    op.create_table(
        "accounts",
        Column("account", words(), nullable=False),
        Column("name", words(), nullable=False),
        Column("status", words(), nullable=False),
        Column("reason", words()),
        Column("representatives", words(), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("account", name="accounts_pkey"),
        CheckConstraint("status IN ('open', 'frozen', 'closed')", name="accounts_status"),
    )
    op.create_index("accounts_by_status", "accounts", ["status", "account"])
    op.create_table(
        "reservations",
        Column("order", words(), nullable=False),
        Column("account", words(), nullable=False),
        Column("code", words(), nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("status", words(), nullable=False),
        Column("expires_at", words()),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("order", name="reservations_pkey"),
        CheckConstraint("quantity >= 1", name="reservations_quantity"),
        CheckConstraint("status IN ('open', 'released', 'expired')", name="reservations_status"),
    )
    op.create_index("reservations_by_account", "reservations", ["account", "status"])


def _books() -> None:
    op.create_table(
        "holdings",
        Column("lot", words(), nullable=False),
        Column("first", BigInteger, autoincrement=False, nullable=False),
        Column("last", BigInteger, nullable=False),
        Column("account", words(), nullable=False),
        Column("holder", words(), nullable=False),
        PrimaryKeyConstraint("lot", "first", name="holdings_pkey"),
        UniqueConstraint("lot", "last", name="holdings_end_once").ddl_if("sqlite"),
        CheckConstraint("first >= 1 AND last >= first", name="holdings_in_order"),
        ExcludeConstraint(
            (text("hashtextextended(lot, 0)"), "="),
            (text("int8range(first, last, '[]')"), "&&"),
            (text("lot"), "="),
            name="holdings_once",
            deferrable=True,
            initially="DEFERRED",
        ).ddl_if("postgresql"),
    )
    op.create_index("holdings_by_account", "holdings", ["account"])
    op.create_index("holdings_by_holder", "holdings", ["holder", "lot", "first"])
    op.create_table(
        "movements",
        Column("position", BigInteger, autoincrement=False, nullable=False),
        Column("index", Integer, autoincrement=False, nullable=False),
        Column("at", words(), nullable=False),
        Column("unit", words(), nullable=False),
        Column("lot", words()),
        Column("book", words()),
        Column("first", BigInteger),
        Column("last", BigInteger),
        Column("quantity", BigInteger, nullable=False),
        Column("source", words(), nullable=False),
        Column("target", words(), nullable=False),
        Column("source_holder", words(), nullable=False),
        Column("target_holder", words(), nullable=False),
        Column("type", words(), nullable=False),
        Column("line", Integer),
        PrimaryKeyConstraint("position", "index", name="movements_pkey"),
        CheckConstraint("quantity >= 1", name="movements_move"),
        CheckConstraint("source <> target", name="movements_two_ends"),
        CheckConstraint(
            "(unit = 't' AND lot IS NOT NULL AND quantity = last - first + 1)"
            " OR (unit <> 't' AND book IS NOT NULL)",
            name="movements_unit",
        ),
    )
    op.create_index("movements_by_lot", "movements", ["lot", "first"])
    op.create_index("movements_by_source", "movements", ["source_holder", "position", "quantity"])
    op.create_index("movements_by_target", "movements", ["target_holder", "position", "quantity"])


def _issuance() -> None:
    op.create_table(
        "projects",
        Column("project", words(), nullable=False),
        Column("scheme", words(), nullable=False),
        Column("kind", words(), nullable=False),
        Column("name", words(), nullable=False),
        Column("methodologies", words(), nullable=False),
        Column("country", words()),
        Column("implementer", words()),
        Column("region", words()),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("project", name="projects_pkey"),
    )
    op.create_index("projects_by_scheme", "projects", ["scheme", "project"])
    op.create_table(
        "lots",
        Column("lot", words(), nullable=False),
        Column("project", words(), nullable=False),
        Column("account", words(), nullable=False),
        Column("certified_on", words(), nullable=False),
        Column("vintage_from", words(), nullable=False),
        Column("vintage_to", words(), nullable=False),
        Column("issued", BigInteger, nullable=False),
        Column("withdrawn", Boolean, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("lot", name="lots_pkey"),
        CheckConstraint("issued >= 0", name="lots_issued"),
    )
    op.create_index("lots_by_project", "lots", ["project", "lot"])


def _invalidation() -> None:
    op.create_table(
        "retirements",
        Column("position", BigInteger, autoincrement=False, nullable=False),
        Column("index", Integer, autoincrement=False, nullable=False),
        Column("at", words(), nullable=False),
        Column("verb", words(), nullable=False),
        Column("account", words(), nullable=False),
        Column("lot", words(), nullable=False),
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("beneficiary", words(), nullable=False),
        Column("purpose", words(), nullable=False),
        Column("detail", words()),
        Column("period_from", words()),
        Column("period_to", words()),
        Column("stated_on", words()),
        Column("line", Integer),
        PrimaryKeyConstraint("position", "index", name="retirements_pkey"),
        CheckConstraint(
            "quantity = last - first + 1 AND quantity >= 1", name="retirements_quantity"
        ),
        CheckConstraint("verb IN ('invalidate', 'cancel')", name="retirements_verb"),
    )
    op.create_index("retirements_by_account", "retirements", ["account", "position", "index"])
    op.create_index("retirements_by_lot", "retirements", ["lot", "first"])
    op.create_table(
        "annulments",
        Column("position", BigInteger, autoincrement=False, nullable=False),
        Column("index", Integer, autoincrement=False, nullable=False),
        Column("at", words(), nullable=False),
        Column("lot", words(), nullable=False),
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False),
        Column("state", words(), nullable=False),
        Column("reason", words(), nullable=False),
        PrimaryKeyConstraint("position", "index", name="annulments_pkey"),
        CheckConstraint("first >= 1 AND last >= first", name="annulments_in_order"),
        CheckConstraint("state IN ('withdrawn', 'used')", name="annulments_state"),
    )
    op.create_index("annulments_by_lot", "annulments", ["lot", "first"])
    op.create_table(
        "duties",
        Column("duty", words(), nullable=False),
        Column("debtor", words(), nullable=False),
        Column("lot", words(), nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("duty", name="duties_pkey"),
        CheckConstraint("quantity >= 1", name="duties_quantity"),
    )
