"""The feed has a floor: what lies below may leave the audit log, and a cursor that is older is told so."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0001"

STATEMENTS = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    for statement in STATEMENTS.read_text(encoding="utf-8").split("\n--;\n"):
        connection.execute(statement)
