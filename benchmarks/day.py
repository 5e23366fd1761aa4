"""Opening the day: the calendar of 40 doctors and 2,000 appointments, from asking for it to its first frame.

The floor is one statement over a bare psycopg connection of the same person, which reads the same rows.
"""

import json
from collections.abc import Iterator

import psycopg

from benchmarks.process import desktop
from benchmarks.report import Figure, at_most, at_most_times
from benchmarks.timing import MILLISECONDS, median, percentile
from benchmarks.world import RECEPTIONIST, World
from medidesk.models.types import new_id
from medidesk.repositories import branch_clock

STATION = "Reception 1"
DOCTORS, EACH, MINUTES = 40, 50, 12
BEGINS, ENDS = 8 * 60, 18 * 60
PATIENTS = DOCTORS * EACH
READ_TIMES, PAINTED_MS = 3.0, 500.0
"""What reading the list may take beside the floor, and seeing it at all."""


def measure(world: World) -> Iterator[Figure]:
    """The list of the day as a station reads it, and the page until it is painted; median and p99."""
    clinic = world.clinic(PATIENTS)
    with clinic.server.connect() as connection:
        _fill(connection)
    with clinic.open(RECEPTIONIST, STATION):
        pass  # it has what was added
    bare = clinic.login(RECEPTIONIST).conninfo(options="-c search_path=medidesk,public -c timezone=UTC")
    with desktop("day", clinic, clinic.home(STATION), str(world.scale.samples // 6), bare) as run:
        found = json.loads(run.told(starts="{")[1])
    floors = [one * MILLISECONDS for one in found["floor"]]
    about = f"open the day, {DOCTORS} doctors and {PATIENTS:,} appointments"
    goals = (("its list read", at_most_times(READ_TIMES)), ("until painted", at_most(PAINTED_MS)))
    for name, goal in goals:
        values = [one * MILLISECONDS for one in found[name]]
        yield Figure(f"{about}, {name}: p50", median(values), "ms", median(floors), goal)
        worst = percentile(values, 0.99)
        yield Figure(f"{about}, {name}: p99", worst, "ms", percentile(floors, 0.99))


def _fill(connection: psycopg.Connection) -> None:
    """Appointments of today, one for each patient, where this clinic has none yet."""
    org, name = connection.execute(
        "select o.id, o.timezone from organisation o join patient p on p.org_id = o.id limit 1"
    ).fetchall()[0]
    zone = branch_clock.zone_named(name)
    day = branch_clock.today(zone)
    begins = branch_clock.instant(day, BEGINS, zone)
    of_day = "select count(*) from appointment where starts_at >= %s and starts_at < %s + interval '1 day'"
    if connection.execute(of_day, (begins, begins)).fetchall() == [(PATIENTS,)]:
        return
    number = "select id from staff where org_id = %s and given_name = 'Number' order by family_name"
    if not connection.execute(number, (org,)).fetchall():
        for at in range(DOCTORS):
            connection.execute(
                "insert into staff (id, org_id, kind, title, given_name, family_name) "
                "values (%s, %s, 'doctor', 'Dr', 'Number', %s)",
                (new_id(), org, f"{at:02}"),
            )
        connection.execute(
            "insert into duty_schedule "
            "(id, org_id, staff_id, weekday, from_minute, to_minute, slot_minutes, starts_on) "
            "select gen_random_uuid(), org_id, id, weekday, %s, %s, %s, '2026-01-01' "
            "from staff, generate_series(1, 7) weekday where given_name = 'Number'",
            (BEGINS, ENDS, MINUTES),
        )
    doctors = connection.execute(number, (org,)).fetchall()
    people = connection.execute("select id from patient order by id limit %s", (PATIENTS,)).fetchall()
    for at, (doctor,) in enumerate(doctors):
        connection.execute(
            "insert into appointment (id, org_id, patient_id, staff_id, starts_at, ends_at) "
            "select gen_random_uuid(), %s, one.id, %s, %s + (one.at - 1) * %s * interval '1 minute', "
            "%s + one.at * %s * interval '1 minute' from unnest(%s::uuid[]) with ordinality one (id, at)",
            (org, doctor, begins, MINUTES, begins, MINUTES, [row[0] for row in people[at * EACH :][:EACH]]),
        )
