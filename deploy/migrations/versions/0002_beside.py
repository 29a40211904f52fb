"""What stands beside the tables, and that no journal could make again: pins, keys, the outbox."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

revision = "0002"
down_revision = "0001"

TABLES = ("pins", "keys", "contacts", "deliveries", "outbox")


def upgrade() -> None:
    """Make the tables that are not there: an embedded registry makes some of them by itself."""
    _pins()
    _keys()
    _outbox()


def downgrade() -> None:
    """Drop them; take a copy first, for what they hold stands nowhere else."""
    for name in reversed(TABLES):
        op.drop_table(name)


def _pins() -> None:
    op.create_table(
        "pins",
        Column("topic", String, nullable=False),
        Column("topic_id", String(22), nullable=False),
        Column("partitions", Integer, CheckConstraint("partitions > 0"), nullable=False),
        Column("genesis", String(64), nullable=False),
        PrimaryKeyConstraint("topic"),
        if_not_exists=True,
    )


def _keys() -> None:
    op.create_table(
        "keys",
        Column("prefix", String(8), nullable=False),
        Column("digest", String(64), nullable=False),
        Column("label", String, nullable=False),
        Column("actor", String, nullable=False),
        Column("role", String, nullable=False),
        Column("accounts", Text, nullable=False),
        Column("created_at", String(24), nullable=False),
        Column("expires_at", String(24)),
        Column("revoked_at", String(24)),
        PrimaryKeyConstraint("prefix"),
        UniqueConstraint("digest"),
        CheckConstraint(
            "role IN ('operator', 'holder', 'auditor', 'reader', 'monitor')", name="keys_role"
        ),
        if_not_exists=True,
    )


def _outbox() -> None:
    op.create_table(
        "contacts",
        Column("account", String, nullable=False),
        Column("email", String, nullable=False),
        PrimaryKeyConstraint("account"),
        if_not_exists=True,
    )
    op.create_table(
        "deliveries",
        Column("name", String, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("log", BigInteger, nullable=False),
        Column("offset", BigInteger, nullable=False),
        Column("rules", String, nullable=False),
        Column("place", BigInteger, nullable=False),
        PrimaryKeyConstraint("name"),
        if_not_exists=True,
    )
    op.create_table(
        "outbox",
        Column("position", BigInteger, autoincrement=False, nullable=False),
        Column("line", Integer, autoincrement=False, nullable=False),
        Column("kind", String, nullable=False),
        Column("account", String, nullable=False),
        Column("number", String, nullable=False),
        Column("at", String, nullable=False),
        Column("subject", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("state", String, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("next_at", BigInteger, nullable=False),
        Column("sent_at", BigInteger),
        Column("recipient", String),
        Column("fault", String),
        PrimaryKeyConstraint("position", "line", "kind"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="outbox_sent"),
        CheckConstraint("state IN ('pending', 'sent', 'dead')", name="outbox_state"),
        if_not_exists=True,
    )
    op.create_index(
        "outbox_by_state", "outbox", ["state", "account", "next_at"], if_not_exists=True
    )
