"""What else a use of credits serves, where it is, and what was used up for a duty."""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, PrimaryKeyConstraint, String
from sqlalchemy.types import TypeEngine

revision = "0010"
down_revision = "0009"

WIDER = ("retirements", "applications")


def upgrade() -> None:
    """Widen retirements and applications by further purposes and the place; keep discharges."""
    for table in WIDER:
        for name in ("also", "place", "country"):
            op.add_column(table, Column(name, _words()))
    op.create_table(
        "discharges",
        Column("position", BigInteger, autoincrement=False, nullable=False),
        Column("duty", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("remaining", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("position", name="discharges_pkey"),
        CheckConstraint("quantity >= 1 AND remaining >= 0", name="discharges_quantity"),
    )
    op.create_index("discharges_by_duty", "discharges", ["duty", "position"])
    _only_add("discharges")


def downgrade() -> None:
    """Take the columns away; tonne rebuild makes them again."""
    op.drop_table("discharges")
    for table in reversed(WIDER):
        for name in ("country", "place", "also"):
            op.drop_column(table, name)


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
