"""Facts that the server holds are decided by administrators: entered in their author's name, or discarded.

An epoch's number is the time it began, so that none is used twice. The audit trail is sealed. Accounts are asked
for, roles given and taken, passwords set and reset, sessions ended. Backups are written down, and the server says
how it is. Patients are given appointments.
"""

from alembic import op

from medidesk.server.migrate import run_frozen

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_frozen(op.get_bind(), __file__).execute("update server_identity set schema_version = 3")
