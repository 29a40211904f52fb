"""Pools: grams of retired tonnes, who offers of them, certificates, donations."""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, PrimaryKeyConstraint, String
from sqlalchemy.types import TypeEngine

revision = "0030"
down_revision = "0021"

WIDER = ("retirements", "applications")
JOURNALS = ("goods", "allocations", "donations", "settlements")


def upgrade() -> None:
    """Widen retirements and applications by the pool; make the tables of pools."""
    for table in WIDER:
        op.add_column(table, Column("pool", _words()))
    _offered()
    _told_out()
    _donated()
    for name in JOURNALS:
        _only_add(name)


def _offered() -> None:
    op.create_table(
        "pools",
        Column("pool", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("name", _words(), nullable=False),
        Column("origin", _words()),
        Column("retired", BigInteger, nullable=False),
        Column("quotas", BigInteger, nullable=False),
        Column("allocated", BigInteger, nullable=False),
        Column("pledged", BigInteger, nullable=False),
        Column("settled", BigInteger, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("pool", name="pools_pkey"),
        CheckConstraint("quotas >= 0 AND quotas + allocated <= retired", name="pools_grams"),
        CheckConstraint("settled >= 0 AND settled <= pledged", name="pools_yen"),
    )
    op.create_table(
        "tenants",
        Column("tenancy", _words(), nullable=False),
        Column("pool", _words(), nullable=False),
        Column("tenant", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("plan", _words(), nullable=False),
        Column("paid_until", _words()),
        Column("quota", BigInteger, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("tenancy", name="tenants_pkey"),
        CheckConstraint("quota >= 0", name="tenants_quota"),
    )
    op.create_index("tenants_by_tenant", "tenants", ["tenant"])
    op.create_table(
        "goods",
        Column("position", BigInteger, nullable=False, autoincrement=False),
        Column("pool", _words(), nullable=False),
        Column("tenant", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("goods", _words(), nullable=False),
        Column("name", _words(), nullable=False),
        Column("grams", BigInteger, nullable=False),
        Column("use", _words(), nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("position", name="goods_pkey"),
        CheckConstraint("grams >= 1", name="goods_grams"),
    )
    op.create_index("goods_by_tenant", "goods", ["pool", "tenant", "goods"])


def _told_out() -> None:
    op.create_table(
        "allocations",
        Column("position", BigInteger, nullable=False, autoincrement=False),
        Column("index", Integer, nullable=False, autoincrement=False),
        Column("pool", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("tenant", _words()),
        Column("batch", _words(), nullable=False),
        Column("first", BigInteger, nullable=False),
        Column("grams", BigInteger, nullable=False),
        Column("goods", _words()),
        Column("count", BigInteger),
        Column("recipient", _words()),
        Column("commitment", _words()),
        Column("note", _words()),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("position", "index", name="allocations_pkey"),
        CheckConstraint("grams >= 1 AND first >= 0", name="allocations_grams"),
    )
    op.create_index("allocations_by_pool", "allocations", ["pool", "first"])


def _donated() -> None:
    op.create_table(
        "donations",
        Column("position", BigInteger, nullable=False, autoincrement=False),
        Column("index", Integer, nullable=False, autoincrement=False),
        Column("pool", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("tenant", _words()),
        Column("first", BigInteger, nullable=False),
        Column("yen", BigInteger, nullable=False),
        Column("recipient", _words()),
        Column("commitment", _words()),
        Column("note", _words()),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("position", "index", name="donations_pkey"),
        CheckConstraint("yen >= 1 AND first >= 0", name="donations_yen"),
    )
    op.create_index("donations_by_pool", "donations", ["pool", "first"])
    op.create_table(
        "settlements",
        Column("position", BigInteger, nullable=False, autoincrement=False),
        Column("pool", _words(), nullable=False),
        Column("account", _words(), nullable=False),
        Column("batch", _words(), nullable=False),
        Column("first", BigInteger, nullable=False),
        Column("yen", BigInteger, nullable=False),
        Column("price", BigInteger, nullable=False),
        Column("seller", _words(), nullable=False),
        Column("grams_first", BigInteger, nullable=False),
        Column("grams", BigInteger, nullable=False),
        Column("at", _words(), nullable=False),
        PrimaryKeyConstraint("position", name="settlements_pkey"),
        CheckConstraint("yen >= 1 AND price >= 1 AND grams >= 1", name="settlements_yen"),
    )
    op.create_index("settlements_by_pool", "settlements", ["pool", "first"])


def downgrade() -> None:
    """Take them away; tonne rebuild makes them again."""
    for name in (*reversed(JOURNALS), "tenants", "pools"):
        op.drop_table(name)
    for table in reversed(WIDER):
        op.drop_column(table, "pool")


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
