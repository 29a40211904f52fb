"""Batches: which retirements stand behind grams, and the documents of every line of a fact."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
)
from sqlalchemy.types import TypeEngine

revision = "0040"
down_revision = "0030"

LINES = ("allocations", "donations", "settlements")


def upgrade() -> None:
    """Widen what pools told out by their notices, and goods by what they offset.

    The tables follow the journal: where there are such rows already, tonne rebuild fills them in.
    """
    for table in LINES:
        op.add_column(table, Column("notice", _words(), nullable=False, server_default=""))
        op.alter_column(table, "notice", server_default=None)
    op.add_column("goods", Column("offset", _words()))
    _retirements()
    op.create_table(
        "batches",
        Column("number", String, nullable=False),
        Column("root", String(64), nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("common", Text, nullable=False),
        Column("leaves", LargeBinary, nullable=False),
        PrimaryKeyConstraint("number"),
        if_not_exists=True,
    )


def _retirements() -> None:
    op.create_table(
        "pool_retirements",
        Column("position", BigInteger, autoincrement=False, nullable=False),
        Column("fact", Integer, autoincrement=False, nullable=False),
        Column("pool", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("notice", _words(), nullable=False),
        Column("user", _words(), nullable=False),
        Column("first", BigInteger, nullable=False),
        Column("grams", BigInteger, nullable=False),
        Column("postings", _words(), nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("position", "fact", name="pool_retirements_pkey"),
        CheckConstraint("grams >= 1 AND first >= 0", name="pool_retirements_grams"),
    )
    op.create_index("pool_retirements_by_pool", "pool_retirements", ["pool", "first"])
    op.create_index("pool_retirements_by_notice", "pool_retirements", ["notice"])
    _only_add("pool_retirements")


def downgrade() -> None:
    """Drop them; take a copy of the batches first, for they stand nowhere else."""
    op.drop_table("batches")
    op.drop_table("pool_retirements")
    op.drop_column("goods", "offset")
    for table in LINES:
        op.drop_column(table, "notice")


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


def _words() -> TypeEngine[str]:
    return String().with_variant(String(collation="C"), "postgresql")
