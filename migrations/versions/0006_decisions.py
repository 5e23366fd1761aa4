"""Decisions: what people decide about refused work is written down beside it."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0004"

STATEMENTS = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    # psycopg's own connection: a percent sign in a function's body is no placeholder there.
    connection = op.get_bind().connection.driver_connection
    for statement in STATEMENTS.read_text(encoding="utf-8").split("\n--;\n"):
        connection.execute(statement)
