"""What people and servers can be held to: signed receipts, epochs and replay after a restore, a floor of the feed,
guarded merged files, decisions about refused work.

The statements stand frozen in the file beside this one, parted by a line that holds only `--;`.
"""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    # psycopg's own connection: a percent sign in a function's body is no placeholder there.
    connection = op.get_bind().connection.driver_connection
    for statement in STATEMENTS.read_text(encoding="utf-8").split("\n--;\n"):
        connection.execute(statement)
    connection.execute("insert into receipt_key default values")
    connection.execute("update server_identity set schema_version = 2")
