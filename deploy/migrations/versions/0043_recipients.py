"""Recipients: people whom an account keeps, beside the representatives."""

from alembic import op
from sqlalchemy import Column, Integer, String, inspect

revision = "0043"
down_revision = "0042"

OWNER = (
    "(actor IS NULL) <> (account IS NULL) AND (account IS NULL) = (request IS NULL)"
    " AND (account IS NULL) = (line IS NULL)"
)


def upgrade() -> None:
    """Let a row be an account's instead of an actor's; a file may have seen to that itself."""
    there = inspect(op.get_bind()).get_columns("particulars")
    if "account" in {column["name"] for column in there}:
        return
    with op.batch_alter_table("particulars") as table:
        table.alter_column("actor", existing_type=String(), nullable=True)
        table.add_column(Column("account", String))
        table.add_column(Column("request", String(36)))
        table.add_column(Column("line", Integer))
        table.create_unique_constraint("particulars_request", ["account", "request", "line"])
        table.create_check_constraint("particulars_owner", OWNER)


def downgrade() -> None:
    """Take them away, and everybody whom an account kept."""
    op.execute("DELETE FROM particulars WHERE actor IS NULL")
    with op.batch_alter_table("particulars") as table:
        table.drop_constraint("particulars_owner")
        table.drop_constraint("particulars_request")
        for name in ("account", "request", "line"):
            table.drop_column(name)
        table.alter_column("actor", existing_type=String(), nullable=False)
