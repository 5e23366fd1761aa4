"""The audit trail's partitions, one a month: made before it begins, dropped when what was in it is archived."""

from datetime import datetime

import psycopg
from psycopg import sql

_OF_MONTHS = """
select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
 where i.inhparent = 'medidesk.audit_log'::regclass and c.relname ~ '^audit_log_[0-9]{4}_[0-9]{2}$' order by 1
"""
# Whoever began before rows left may not have seen that the feed does not reach back to them any more.
_SOMEBODY_FROM_BEFORE = """
select exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
                  and xact_start <= %s)
"""


def make(connection: psycopg.Connection) -> int:
    """Make those of this month and the next two, where they are missing; returns how many."""
    row = connection.execute("select medidesk.make_audit_partitions()").fetchone()
    return 0 if row is None else int(row[0])


def months(connection: psycopg.Connection) -> list[str]:
    """Their names, oldest first."""
    return [name for (name,) in connection.execute(_OF_MONTHS).fetchall()]


def drop_empty(connection: psycopg.Connection, left: datetime) -> list[str]:
    """Drop those of months that are over and hold nothing, as far as nobody has to wait; the rest next time.

    Args:
        connection: a superuser's, with no transaction open.
        left: when rows last left them, by the server's clock.

    Returns:
        The names of those that are gone.
    """
    now = connection.execute("select to_char(now() at time zone 'UTC', 'YYYY_MM')").fetchone()
    this_month = "" if now is None else f"audit_log_{now[0]}"
    over = [name for name in months(connection) if name < this_month]
    return [name for name in over if _dropped(connection, name, left)]


def _dropped(connection: psycopg.Connection, name: str, left: datetime) -> bool:
    partition = sql.Identifier("medidesk", name)
    holds = sql.SQL("select exists (select from {})").format(partition)
    if connection.execute(holds).fetchone() != (False,):
        return False
    try:
        with connection.transaction():
            # The whole clinic waits behind this lock.
            connection.execute("set local lock_timeout = '500ms'")
            connection.execute("lock table only medidesk.audit_log in access exclusive mode")
            if connection.execute(_SOMEBODY_FROM_BEFORE, (left,)).fetchone() != (False,):
                return False
            connection.execute(sql.SQL("lock table {} in access exclusive mode").format(partition))
            if connection.execute(holds).fetchone() != (False,):
                return False
            connection.execute(sql.SQL("drop table {}").format(partition))
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        return False
    return True
