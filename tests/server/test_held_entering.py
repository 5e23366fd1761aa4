"""What an administrator may enter of held facts, and when: whose rights count, once only, and not beside a replay."""

import threading
from collections.abc import Callable
from functools import partial

import psycopg
from psycopg.types.json import Jsonb

from tests.server.test_held_facts import decide, held_allergy, one, refused, second_administrator
from tests.support.database import Clinic
from tests.support.operations import added, operation, send
from tests.support.waiting import wait_until

BLOCKED = "select cardinality(pg_blocking_pids(%s))"


# While a replay is open


def while_a_replay_opens(
    clinic: Clinic, person: psycopg.Connection, asks: Callable[[], object]
) -> psycopg.Error:
    """What somebody is told who asks just before a replay is open, and waits for it."""
    opens = clinic.connect("ingrid", autocommit=False)
    opens.execute("select replay_open()")
    told: list[psycopg.Error] = []
    waiting = threading.Thread(target=lambda: told.append(refused(asks, "MD011")))
    waiting.start()
    admin = clinic.admin()
    wait_until(lambda: one(admin, BLOCKED, person.info.backend_pid) == 1)
    opens.commit()
    waiting.join()
    return told[0]


def test_an_operation_that_waited_for_a_replay_to_open_is_not_applied(clinic: Clinic) -> None:
    sofia = clinic.connect("sofia")
    late = operation("sofia", added("patient", clinic.org_id, family_name="Late"), kind="fact")
    while_a_replay_opens(clinic, sofia, lambda: send(sofia, late, told=True))
    assert one(clinic.admin(), "select count(*) from patient") == 0
    assert one(clinic.admin(), "select count(*) from applied_operation") == 0


def test_work_released_while_a_replay_opens_is_not_applied(clinic: Clinic) -> None:
    late = operation("sofia", added("patient", clinic.org_id, family_name="Late"), kind="fact")
    clinic.admin().execute("select suspend_account('sofia')")
    olive = second_administrator(clinic)
    while_a_replay_opens(
        clinic, olive, lambda: olive.execute("select release_operation(%s, true)", (Jsonb(late),))
    )
    assert one(clinic.admin(), "select count(*) from patient") == 0


def test_nothing_is_decided_while_a_replay_opens(clinic: Clinic) -> None:
    op_id, _ = held_allergy(clinic)
    olive = second_administrator(clinic)
    for verdict in ("enter", "discard"):
        while_a_replay_opens(clinic, olive, partial(decide, olive, op_id, verdict, "no"))
        clinic.connect("ingrid").execute("select replay_close(true)")
    assert one(clinic.admin(), "select count(*) from allergy") == 0
    assert one(clinic.admin(), "select count(*) from held_fact where decided_at is null") == 1
