"""The life of projects: what happened to each plan, who may examine it, and a role for those."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, PrimaryKeyConstraint, String
from sqlalchemy.types import TypeEngine

revision = "0006"
down_revision = "0005"

BEFORE = "role IN ('operator', 'holder', 'auditor', 'reader', 'monitor')"
NOW = "role IN ('operator', 'holder', 'verifier', 'auditor', 'reader', 'monitor')"


def upgrade() -> None:
    """Make the tables; the journal fills them. What happened is only added to."""
    op.add_column("plans", Column("monitored_to", _words()))
    op.add_column("plans", Column("handed_to", _words()))
    op.create_table(
        "bodies",
        Column("body", _words(), nullable=False),
        Column("name", _words(), nullable=False),
        Column("affiliates", _words(), nullable=False),
        Column("suspended", Boolean, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("body", name="bodies_pkey"),
    )
    op.create_table(
        "plan_facts",
        Column("position", BigInteger, nullable=False),
        Column("number", Integer, nullable=False),
        Column("project", _words(), nullable=False),
        Column("fact", _words(), nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("position", "number", name="plan_facts_pkey"),
    )
    op.create_index("plan_facts_by_project", "plan_facts", ["project", "position"])
    _guard("plan_facts")
    op.create_table(
        "members",
        Column("key", _words(), nullable=False),
        Column("project", _words(), nullable=False),
        Column("member", _words(), nullable=False),
        Column("prefecture", Integer, nullable=False),
        Column("site", _words(), nullable=False),
        Column("implemented_on", _words(), nullable=False),
        Column("credited_from", _words(), nullable=False),
        Column("credited_to", _words(), nullable=False),
        Column("left", Boolean, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("key", name="members_pkey"),
    )
    op.create_index("members_by_project", "members", ["project", "member"])
    _roles(NOW)


def downgrade() -> None:
    """Drop them: the journal has all that was in them."""
    op.execute("DELETE FROM keys WHERE role = 'verifier'")
    _roles(BEFORE)
    op.drop_table("members")
    op.drop_table("plan_facts")
    op.drop_table("bodies")
    op.drop_column("plans", "handed_to")
    op.drop_column("plans", "monitored_to")


def _roles(allowed: str) -> None:
    with op.batch_alter_table("keys") as keys:
        keys.drop_constraint("keys_role", type_="check")
        keys.create_check_constraint("keys_role", allowed)


def _guard(name: str) -> None:
    """Let the database itself refuse whatever is no INSERT."""
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
