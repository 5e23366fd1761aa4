"""Arrivals and the queue: facts that survive every outage, and steps that two desks say at once."""

from random import Random

from medidesk.models.visits import Priority, VisitState
from medidesk.repositories import branch_clock, visits
from medidesk.repositories.visits import VisitRow
from medidesk.station import Station
from tests.faults.harness.appointments import keep
from tests.faults.harness.patients import somebody
from tests.faults.harness.work import Deed, work


def _here(at: Station, chance: Random, *states: VisitState) -> VisitRow | None:
    zone = at.read(branch_clock.zone_of, at.user.org_id)
    rows = at.read(visits.of_day, at.user.org_id, branch_clock.today(zone))
    found = [row for row in rows if row.state in states]
    return chance.choice(found) if found else None


@work(weight=6)
def check_in(at: Station, chance: Random) -> Deed | None:
    """Somebody comes without an appointment."""
    patient = somebody(at, chance)
    if patient is None:
        return None
    values = {"patient_id": patient, "priority": chance.choice(list(Priority)), "note": "Came by bus"}
    return keep(at, chance, visits.check_in, values)


@work(weight=4)
def call(at: Station, chance: Random) -> Deed | None:
    row = _here(at, chance, VisitState.WAITING)
    return None if row is None else keep(at, chance, visits.call, row.id)


@work(weight=4)
def enter_room(at: Station, chance: Random) -> Deed | None:
    row = _here(at, chance, VisitState.WAITING)
    return None if row is None else keep(at, chance, visits.enter_room, row.id)


@work(weight=4)
def complete(at: Station, chance: Random) -> Deed | None:
    row = _here(at, chance, VisitState.IN_ROOM)
    return None if row is None else keep(at, chance, visits.complete, row.id)


@work(weight=1)
def leave(at: Station, chance: Random) -> Deed | None:
    row = _here(at, chance, VisitState.WAITING)
    return None if row is None else keep(at, chance, visits.leave, row.id, "could not wait")


@work(weight=1)
def take_back(at: Station, chance: Random) -> Deed | None:
    row = _here(at, chance, VisitState.COMPLETED, VisitState.LEFT)
    return None if row is None else keep(at, chance, visits.take_back, row.id)
