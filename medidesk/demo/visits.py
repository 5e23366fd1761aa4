"""A morning at the demo clinic: who is done, who is in a room, who waits, and who came without an appointment."""

import datetime as dt
import random
from uuid import UUID

import psycopg

from medidesk.models.types import new_id
from medidesk.repositories import branch_clock

_WALK_INS = 3
_IN_ROOM_FOR = 20
_WAITED = (4, 25)


def add_visits(connection: psycopg.Connection, org: UUID, *, seed: int = 7) -> None:
    """Visits of today, as far as the day has come.

    Args:
        connection: a superuser's that may write; the appointments are loaded.
        org: the clinic.
        seed: of the chance that says how long each waited.
    """
    chance = random.Random(seed)  # noqa: S311 - an invented morning, no secret
    row = connection.execute("select timezone from organisation where id = %s", (org,)).fetchone()
    zone = branch_clock.zone_named(row[0] if row else "UTC")
    now = dt.datetime.now(dt.UTC)
    midnight = branch_clock.instant(branch_clock.today(zone), 0, zone)
    # Tickets are numbered by triggers, which the loading of many patients goes without; and times that have been
    # are kept as they are told, as after an outage.
    connection.execute("set local session_replication_role = origin")
    connection.execute("select set_config('medidesk.told', 'true', false)")
    booked = connection.execute(
        "select id, patient_id, staff_id, starts_at from appointment where org_id = %s and state = 'booked' "
        "and starts_at between %s and %s order by starts_at",
        (org, midnight, now + dt.timedelta(minutes=30)),
    ).fetchall()
    for appointment, patient, staff, starts in booked:
        arrived = min(starts - dt.timedelta(minutes=chance.randint(*_WAITED)), now - dt.timedelta(minutes=2))
        into = starts + dt.timedelta(minutes=chance.randint(0, 12))
        out = into + dt.timedelta(minutes=chance.randint(8, _IN_ROOM_FOR))
        steps = {
            "arrived_at": arrived,
            "called_at": into - dt.timedelta(minutes=2) if into < now else None,
            "in_room_at": into if into < now else None,
            "ended_at": out if out < now else None,
            "state": "completed" if out < now else "in_room" if into < now else "waiting",
        }
        _add(connection, org, patient, steps | {"appointment_id": appointment, "staff_id": staff})
    others = connection.execute(
        "select id from patient where org_id = %s and id not in (select patient_id from appointment) "
        "order by id limit %s",
        (org, _WALK_INS),
    ).fetchall()
    for at, (patient,) in enumerate(others):
        came = now - dt.timedelta(minutes=9 + 14 * at)
        _add(connection, org, patient, {"arrived_at": came, "priority": "urgent" if at == 0 else "normal"})
    connection.execute("select set_config('medidesk.told', '', false)")


def _add(connection: psycopg.Connection, org: UUID, patient: UUID, values: dict[str, object]) -> None:
    row = {"id": new_id(), "org_id": org, "patient_id": patient} | values
    names = ", ".join(row)
    marks = ", ".join(["%s"] * len(row))
    connection.execute(f"insert into visit ({names}) values ({marks})".encode(), list(row.values()))
