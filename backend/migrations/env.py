"""Alembic's entry: runs migrations over the connection that `Database.migrate` (or the command line) gives."""

from alembic import context
from sqlalchemy import Connection

from backend.database import Base

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    user_module_prefix="",  # our column types are imported by the template
    render_as_batch=connection.dialect.name == "sqlite",  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
