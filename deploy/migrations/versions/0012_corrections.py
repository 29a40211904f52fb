"""What was put right: corrections of errors, and duties that lost removals open."""

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy.types import TypeEngine

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Widen duties by the project of what was lost; list corrections."""
    op.add_column("duties", Column("project", _words()))
    op.create_table(
        "compensations",
        Column("position", BigInteger, nullable=False, autoincrement=False),
        Column("compensated", BigInteger, nullable=False),
        Column("reason", _words(), nullable=False),
        Column("moved", _words(), nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("position", name="compensations_pkey"),
        UniqueConstraint("compensated", name="compensations_compensated_key"),
    )
    _only_add("compensations")


def downgrade() -> None:
    """Take them away; tonne rebuild makes them again."""
    op.drop_table("compensations")
    op.drop_column("duties", "project")


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
