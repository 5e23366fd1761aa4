"""Accounts: asked for, given and losing roles, passwords set and reset, sessions ended.

It is released with 0003, so that both are one version of the schema.
"""

from alembic import op

from medidesk.server.migrate import run_frozen

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_frozen(op.get_bind(), __file__)
