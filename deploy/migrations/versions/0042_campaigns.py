"""Campaigns of pools, meetings that were ordered, and what members of programmes did."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
)
from sqlalchemy.types import TypeEngine

revision = "0042"
down_revision = "0040"

TOLD = ("certificates", "grams", "yen")


def upgrade() -> None:
    """Make the tables; the projection fills them."""
    op.create_table(
        "campaigns",
        Column("place", _words(), nullable=False),
        Column("pool", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("campaign", _words(), nullable=False),
        Column("name", _words(), nullable=False),
        Column("runs_from", _words(), nullable=False),
        Column("runs_to", _words(), nullable=False),
        Column("closed_at", _words()),
        Column("partners", BigInteger, nullable=False),
        *(Column(name, BigInteger, nullable=False) for name in TOLD),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("place", name="campaigns_pkey"),
        CheckConstraint("certificates >= 0 AND grams >= 0 AND yen >= 0", name="campaigns_told"),
    )
    op.create_table(
        "partners",
        Column("place", _words(), nullable=False),
        Column("pool", _words(), nullable=False),
        Column("campaign", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("tenant", _words(), nullable=False),
        *(Column(name, BigInteger, nullable=False) for name in TOLD),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("place", name="partners_pkey"),
        CheckConstraint("certificates >= 0 AND grams >= 0 AND yen >= 0", name="partners_told"),
    )
    op.create_index("partners_by_tenant", "partners", ["tenant"])
    _meetings()
    _activities()


def _meetings() -> None:
    op.create_table(
        "meetings",
        Column("position", BigInteger, nullable=False, autoincrement=False),
        Column("pool", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("tenant", _words()),
        Column("certificate", _words(), nullable=False),
        Column("title", _words(), nullable=False),
        Column("held_on", _words(), nullable=False),
        Column("attendees", BigInteger, nullable=False),
        Column("area_m2", BigInteger, nullable=False),
        Column("minutes", BigInteger, nullable=False),
        Column("online", Boolean, nullable=False),
        Column("grams", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("position", name="meetings_pkey"),
        CheckConstraint("grams >= 1", name="meetings_grams"),
    )
    _only_add("meetings")


def _activities() -> None:
    op.create_table(
        "activities",
        Column("position", BigInteger, nullable=False, autoincrement=False),
        Column("index", Integer, nullable=False, autoincrement=False),
        Column("project", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("member", _words(), nullable=False),
        Column("activity", _words(), nullable=False),
        Column("done_on", _words(), nullable=False),
        Column("grams", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("position", "index", name="activities_pkey"),
        CheckConstraint("grams >= 1", name="activities_grams"),
    )
    op.create_index("activities_by_member", "activities", ["project", "member"])
    op.create_table(
        "activity_sums",
        Column("place", _words(), nullable=False),
        Column("project", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("member", _words(), nullable=False),
        Column("reports", BigInteger, nullable=False),
        Column("grams", BigInteger, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("place", name="activity_sums_pkey"),
        CheckConstraint("reports >= 1 AND grams >= 1", name="activity_sums_counted"),
    )
    _only_add("activities")


def downgrade() -> None:
    """Take them away; tonne rebuild makes them again."""
    for name in ("activity_sums", "activities", "meetings", "partners", "campaigns"):
        op.drop_table(name)


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
