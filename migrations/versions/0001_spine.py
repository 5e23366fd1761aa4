"""The spine: organisations, people, access, patients, the feed and the ledger."""

from alembic import op

from medidesk.server.migrate import run_frozen

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_frozen(op.get_bind(), __file__).execute(
        "insert into server_identity (system_identifier, schema_version, oldest_client) "
        "values (running_system_identifier(), 1, 1)"
    )
