"""Insurers and policies: names that two take at once, and a policy that two desks change."""

from random import Random
from uuid import UUID

from medidesk.repositories import insurance
from medidesk.repositories.insurance import PolicyRow
from medidesk.station import Station
from tests.faults.harness.appointments import keep
from tests.faults.harness.patients import somebody
from tests.faults.harness.work import Deed, submit, work

ANSWERS = ("covered until June", "covered", "not covered")


def _insurer(at: Station, chance: Random) -> UUID | None:
    found = [row.id for row in at.read(insurance.insurers) if row.active]
    return chance.choice(found[:3]) if found else None


def _policy(at: Station, chance: Random) -> PolicyRow | None:
    patient = somebody(at, chance)
    found = [] if patient is None else at.read(insurance.policies, patient)
    return chance.choice(found) if found else None


@work(weight=2)
def add_insurer(at: Station, chance: Random) -> Deed | None:
    """Names that others may take in the same moment."""
    values = {"name": f"Insurer {chance.randrange(8)}", "copay": chance.choice(("", "20", "33.33"))}
    return keep(at, chance, insurance.add_insurer, values)


@work(weight=1)
def edit_insurer(at: Station, chance: Random) -> Deed | None:
    found = [row.id for row in at.read(insurance.insurers)]
    changes = {"active": chance.random() < 0.8, "copay": chance.choice(("10", "20"))}
    return keep(at, chance, insurance.edit_insurer, chance.choice(found[:3]), changes) if found else None


@work(weight=1)
def remove_insurer(at: Station, chance: Random) -> Deed | None:
    found = [row.id for row in at.read(insurance.insurers)]
    return keep(at, chance, insurance.remove_insurer, chance.choice(found)) if found else None


@work(weight=4)
def add_policy(at: Station, chance: Random) -> Deed | None:
    patient, insurer = somebody(at, chance), _insurer(at, chance)
    if patient is None or insurer is None:
        return None
    values = {"insurer_id": insurer, "policy_no": f"P-{chance.randrange(9)}"}
    return submit(at, chance, insurance.add_policy, patient, values)


@work(weight=3)
def edit_policy(at: Station, chance: Random) -> Deed | None:
    """The co-pay is what a bill of the same moment is made with."""
    row = _policy(at, chance)
    changes = chance.choice(({"copay": f"{chance.randrange(40)}"}, {"policy_no": f"P-{chance.randrange(9)}"}))
    return None if row is None else keep(at, chance, insurance.edit_policy, row.id, changes)


@work(weight=2)
def note_eligibility(at: Station, chance: Random) -> Deed | None:
    row = _policy(at, chance)
    return (
        None if row is None else keep(at, chance, insurance.note_eligibility, row.id, chance.choice(ANSWERS))
    )


@work(weight=1)
def remove_policy(at: Station, chance: Random) -> Deed | None:
    row = _policy(at, chance)
    return None if row is None else keep(at, chance, insurance.remove_policy, row.id)
