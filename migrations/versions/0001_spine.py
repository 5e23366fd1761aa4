"""The spine: organisations, people, access, patients, the feed and the ledger.

The statements stand frozen in the file beside this one, so that later changes of the models cannot change what
this migration does. They are parted by a line that holds only `--;`.
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    # psycopg's own connection: a percent sign in a function's body is no placeholder there.
    connection = op.get_bind().connection.driver_connection
    for statement in STATEMENTS.read_text(encoding="utf-8").split("\n--;\n"):
        connection.execute(statement)
    connection.execute(
        "insert into server_identity (system_identifier, schema_version, oldest_client) "
        "values (running_system_identifier(), 1, 1)"
    )
