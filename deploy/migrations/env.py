"""How Alembic meets a database: over the connection that is handed in, or that of the settings."""

from alembic import context
from sqlalchemy import Connection

from libs.edge.database import connect
from services.migrating import METADATA, meant
from services.settings import settings


def run(connection: Connection) -> None:
    """Run the steps inside the caller's transaction; both databases take back a half step."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        include_object=meant,
        render_as_batch=True,  # SQLite changes a table by making another
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:  # `alembic revision`, to write the next step
    with connect(settings().database_url).begin() as found:
        run(found)
