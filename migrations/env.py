"""Alembic's environment: runs on the connection it is handed (see medidesk.server.migrate)."""

from alembic import context

from medidesk.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
