"""Faults of the server: stopped, restarted, hung, locked, silent; and administrators who work on it by hand."""

from random import Random
from typing import TYPE_CHECKING

from psycopg import sql

from tests.faults.harness.faults import End, NotNowError, fault

if TYPE_CHECKING:
    from tests.faults.harness.desk import Desk
    from tests.faults.harness.world import World

_NOTIFY = "perform pg_notify('medidesk', '');"
_SILENCE = "/* nobody is told */"
_NOTIFIERS = ("audit_insert", "audit_update", "audit_delete")


@fault(weight=4)
def stop_at_once(world: "World", desk: "Desk", chance: Random) -> End | None:
    world.room.stop("immediate")
    return world.room.start


@fault(weight=2)
def stop_and_start_at_once(world: "World", desk: "Desk", chance: Random) -> End | None:
    world.room.stop("immediate")
    world.room.start()
    return None


@fault(weight=1)
def stop_in_good_order(world: "World", desk: "Desk", chance: Random) -> End | None:
    world.room.stop("fast")
    return world.room.start


@fault(weight=3)
def waste_transactions(world: "World", desk: "Desk", chance: Random) -> End | None:
    """Work that is rolled back takes transaction ids, which a server stopped at once gives out again."""
    with world.room.admin() as admin:
        for _ in range(chance.randrange(1, 40)):
            with admin.transaction(force_rollback=True):
                admin.execute("select pg_current_xact_id()")
    return None


@fault(weight=5)
def long_transaction(world: "World", desk: "Desk", chance: Random) -> End | None:
    """Somebody changes a file by hand and goes to lunch before they commit, or do not."""
    commits, names_row = chance.random() < 0.7, chance.random()
    opened = world.room.hold_admin()
    row = opened.execute(
        "select id from patient where merged_into_id is null "
        "order by id offset floor(%s * (select count(*) from patient)) limit 1",
        (names_row,),
    ).fetchone()
    if row is not None:
        opened.execute(
            "update patient set address = %s where id = %s", (f"By hand {chance.random()}", row[0])
        )
    else:
        opened.execute("select pg_current_xact_id()")

    def end() -> None:
        with world.room.released(opened) as connection:
            connection.execute("commit" if commits else "rollback")

    return end


@fault(weight=2)
def locked_table(world: "World", desk: "Desk", chance: Random) -> End | None:
    """Every query of a table hangs."""
    opened = world.room.hold_admin()
    table = chance.choice(("patient", "patient_identifier", "allergy"))
    opened.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.Identifier(table)))

    def end() -> None:
        with world.room.released(opened) as connection:
            connection.execute("rollback")

    return end


@fault(weight=4)
def hung_query(world: "World", desk: "Desk", chance: Random) -> End | None:
    """A backend of the server hangs, whatever it does at that moment; nobody hears anything."""
    with world.room.admin() as admin:
        pids = [
            row[0]
            for row in admin.execute(
                "select pid from pg_stat_activity where datname = current_database() "
                "and application_name like 'medidesk %' order by pid"
            )
        ]
    if not pids:
        raise NotNowError
    pid = chance.choice(pids)
    world.room.hang(pid)
    return lambda: world.room.unhang(pid)


@fault(weight=2)
def ended_sessions(world: "World", desk: "Desk", chance: Random) -> End | None:
    """An administrator ends everybody's sessions."""
    with world.room.admin() as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and application_name like 'medidesk %'"
        )
    return None


@fault(weight=3)
def lost_notifications(world: "World", desk: "Desk", chance: Random) -> End | None:
    """What is written tells nobody; stations must find it by themselves."""
    if world.under("lost_notifications"):
        raise NotNowError
    _notify(world, _NOTIFY, _SILENCE)
    return lambda: _notify(world, _SILENCE, _NOTIFY)


def _notify(world: "World", before: str, after: str) -> None:
    with world.room.admin() as admin, admin.transaction():
        for name in _NOTIFIERS:
            row = admin.execute("select pg_get_functiondef(%s::regproc)", (f"medidesk.{name}",)).fetchone()
            assert row is not None
            assert before in row[0]
            admin.execute(row[0].replace(before, after))
