"""What people and servers can be held to: signed receipts, epochs and replay after a restore, a floor of the feed,
guarded merged files, decisions about refused work.
"""

from alembic import op

from medidesk.server.migrate import run_frozen

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    connection = run_frozen(op.get_bind(), __file__)
    connection.execute("insert into receipt_key default values")
    connection.execute("update server_identity set schema_version = 2")
