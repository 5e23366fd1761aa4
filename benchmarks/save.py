"""Save: a verb is run, and the server has confirmed it.

In between lie: running the verb on the replica, the operation on the disk in the outbox (fsync), the overlay, one
call of `apply_operation`, the answer's rows in the replica. The floor is one bare psycopg transaction of the
same person with the same statements on the same tables (their triggers and policies included), committed.
"""

import datetime as dt
import time
from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.report import Figure, at_most
from benchmarks.timing import MILLISECONDS, Beside, imported, in_turns, median, percentile, timed
from benchmarks.world import RECEPTIONIST, World
from medidesk.models.types import new_id
from medidesk.repositories import patients
from medidesk.station import Saved, Station

STATION = "Reception 1"
ALLOWED_MS = 5.0
_NUMBERS = count(time.time_ns() // 1000 % 10**9)  # other numbers in each run: an edit to the same is none


def measure(world: World) -> Iterator[Figure]:
    """Registering a patient with an identifier, and editing one."""
    clinic = world.clinic(world.scale.patients)
    several = clinic.some_patients(world.scale.samples * 2)
    imported()
    with clinic.open(RECEPTIONIST, STATION) as station, clinic.writer(RECEPTIONIST) as bare:
        org = station.user.org_id
        drafts = [_draft(number) for number in range(world.scale.samples)]
        registered = in_turns(
            drafts, lambda draft: _register(station, draft), lambda draft: _insert(bare, org, draft)
        )
        pairs = list(zip(several[::2], several[1::2], strict=True))
        edited = in_turns(
            pairs, lambda pair: _edit(station, pair[0]), lambda pair: _update(bare, pair[1]), warm_up=5
        )
    for what, beside in (("register", registered), ("edit", edited)):
        yield from figures(f"save, {clinic.patients:,} patients, {what}", beside)


def figures(name: str, beside: Beside) -> Iterator[Figure]:
    """The median beside its goal, and the 99th percentile."""
    floor = median(beside.floors) * MILLISECONDS
    yield Figure(
        f"{name}: p50", median(beside.values) * MILLISECONDS, "ms", floor, at_most(floor + ALLOWED_MS)
    )
    floor99 = percentile(beside.floors, 0.99) * MILLISECONDS
    yield Figure(f"{name}: p99", percentile(beside.values, 0.99) * MILLISECONDS, "ms", floor99)


def _draft(number: int) -> dict[str, Any]:
    return {
        "family_name": f"Measured{number}",
        "given_name": "Ada",
        "born_on": dt.date(1980, 1 + number % 12, 1 + number % 28),
        "phone": f"+34 612 {next(_NUMBERS):09}",
    }


def _register(station: Station, draft: dict[str, Any]) -> float:
    station.wait_current()  # what the floor has just committed reaches this station as well
    value = f"M-{new_id()}"
    whole = draft | {"identifiers": [{"kind": "insurance", "system": "bench", "value": value}]}
    return timed(lambda: confirmed(station.run(patients.register, whole)))


def _edit(station: Station, patient: UUID) -> float:
    station.wait_current()
    phone = f"+34 699 {next(_NUMBERS):09}"
    return timed(lambda: confirmed(station.run(patients.edit, patient, {"phone": phone})))


def confirmed(outcome: object) -> None:
    """See that the server has it."""
    assert isinstance(outcome, Saved), f"the server did not confirm it: {outcome}"


def _insert(bare: psycopg.Connection, org: UUID, draft: dict[str, Any]) -> float:
    def once() -> None:
        patient = new_id()
        with bare.transaction():
            bare.execute(
                "insert into patient (id, org_id, family_name, given_name, born_on, phone, provisional_no) "
                "values (%s, %s, %s, %s, %s, %s, %s)",
                (patient, org, *draft.values(), f"B-{next(_NUMBERS)}"),
            )
            bare.execute(
                "insert into patient_identifier (id, org_id, patient_id, kind, system, value) "
                "values (%s, %s, %s, 'insurance', 'bench', %s)",
                (new_id(), org, patient, f"M-{new_id()}"),
            )
            bare.execute("select * from patient where id = %s", (patient,)).fetchone()

    return timed(once)


def _update(bare: psycopg.Connection, patient: UUID) -> float:
    def once() -> None:
        with bare.transaction():
            bare.execute("select * from patient where id = %s for no key update", (patient,)).fetchone()
            bare.execute(
                "update patient set phone = %s where id = %s", (f"+34 688 {next(_NUMBERS):09}", patient)
            )
            bare.execute("select * from patient where id = %s", (patient,)).fetchone()

    return timed(once)
