"""Notices: the tables that the journal fills, and the papers whose digests it holds."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
)
from sqlalchemy.types import TypeEngine

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make the tables; papers come with the facts that the outbox has not taken yet."""
    op.create_table(
        "notices",
        Column("number", words(), nullable=False),
        Column("first", words(), nullable=False),
        Column("kind", words(), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("fact", Integer, nullable=False),
        Column("sha256", words(64), nullable=False),
        Column("check_digest", words(64)),
        Column("predecessor", words()),
        Column("successor", words()),
        Column("status", words(), nullable=False),
        Column("reason", words()),
        Column("undone_by", BigInteger),
        Column("issued_by", BigInteger, nullable=False),
        Column("at", words(), nullable=False),
        PrimaryKeyConstraint("number", name="notices_pkey"),
        CheckConstraint("status IN ('issued', 'superseded', 'withdrawn')", name="notices_status"),
    )
    op.create_index("notices_by_fact", "notices", ["first"])
    op.create_index("notices_by_check", "notices", ["check_digest"])
    op.create_index("notices_by_entry", "notices", ["issued_by"])
    op.create_table(
        "addressees",
        Column("account", words(), nullable=False),
        Column("first", words(), nullable=False),
        PrimaryKeyConstraint("account", "first", name="addressees_pkey"),
    )
    op.create_index("addressees_by_notice", "addressees", ["first"])
    _only_add("addressees")
    _beside()
    _webhooks()


def downgrade() -> None:
    """Drop them; take a copy of the papers first, for their bytes stand nowhere else."""
    for name in ("calls", "endpoints", "noticed_rules", "papers", "addressees", "notices"):
        op.drop_table(name)


def _beside() -> None:
    op.create_table(
        "papers",
        Column("number", String, nullable=False),
        Column("ledger", String, nullable=False),
        Column("kind", String, nullable=False),
        Column("form", String, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("fact", Integer, nullable=False),
        Column("version", Integer, nullable=False),
        Column("at", String, nullable=False),
        Column("event", Text, nullable=False),
        Column("parties", Text, nullable=False),
        Column("spelling", Text, nullable=False),
        Column("state", String, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("next_at", BigInteger, nullable=False),
        Column("sha256", String(64)),
        Column("check_digest", String(64)),
        Column("media", String),
        Column("rendered", Text),
        Column("document", Text),
        PrimaryKeyConstraint("number"),
        CheckConstraint("state IN ('owed', 'issued', 'foreign')", name="papers_state"),
        if_not_exists=True,
    )
    op.create_index("papers_by_state", "papers", ["state", "next_at"], if_not_exists=True)
    op.create_table(
        "noticed_rules",
        Column("digest", String(64), nullable=False),
        Column("facts", Text, nullable=False),
        PrimaryKeyConstraint("digest"),
        if_not_exists=True,
    )


def _webhooks() -> None:
    op.create_table(
        "endpoints",
        Column("name", String, nullable=False),
        Column("account", String, nullable=False),
        Column("url", Text, nullable=False),
        Column("events", Text, nullable=False),
        Column("keys", Text, nullable=False),
        Column("state", String, nullable=False),
        Column("failures", Integer, nullable=False),
        Column("paused_until", BigInteger, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        PrimaryKeyConstraint("name"),
        CheckConstraint("state IN ('active', 'gone')", name="endpoints_state"),
        if_not_exists=True,
    )
    op.create_table(
        "calls",
        Column("endpoint", String, nullable=False),
        Column("position", BigInteger, autoincrement=False, nullable=False),
        Column("fact", Integer, autoincrement=False, nullable=False),
        Column("id", String, nullable=False),
        Column("type", String, nullable=False),
        Column("payload", Text, nullable=False),
        Column("state", String, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("next_at", BigInteger, nullable=False),
        Column("sent_at", BigInteger),
        Column("fault", String),
        PrimaryKeyConstraint("endpoint", "position", "fact"),
        CheckConstraint("state IN ('pending', 'sent', 'dead')", name="calls_state"),
        if_not_exists=True,
    )
    op.create_index("calls_by_state", "calls", ["state", "endpoint", "next_at"], if_not_exists=True)


def _only_add(name: str) -> None:
    """Let the database itself refuse to change or delete a row."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {name}_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER {name}_stay_{act} BEFORE {act.upper()} ON {name}"
            f" BEGIN SELECT RAISE(ABORT, '{name} is a journal: rows are only added'); END"
        )


def words(length: int | None = None) -> TypeEngine[str]:
    """Text that every database sorts by code point."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")
