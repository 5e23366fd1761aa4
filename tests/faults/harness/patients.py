"""Patients: what reception and the clinical staff enter, decide and take back."""

from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from medidesk.models.patients import ClinicalState, IdentifierKind, MergeState
from medidesk.repositories import patients
from medidesk.repositories.patients import PatientFile
from medidesk.station import Station
from tests.faults.harness.work import Deed, Kept, Told, submit, work

FIELDS = ("phone", "email", "city", "language", "desk_note", "family_name", "address")
DRAFT = "patients.register"


def somebody(at: Station, chance: Random) -> UUID | None:
    rows = at.read(patients.page, 0, 200)
    # Mostly they come back to the same few files: that is where they meet.
    few = rows if chance.random() < 0.4 else rows[:3]
    return chance.choice(few).id if few else None


def _file(at: Station, chance: Random) -> PatientFile | None:
    one = somebody(at, chance)
    return None if one is None else at.read(patients.file, one)


def _value(name: str, chance: Random) -> str:
    number = chance.randrange(200)
    return {
        "phone": f"555 {number:04}",
        "email": f"a{number}@example.org",
        "language": chance.choice(("en", "pt", "fr")),
    }.get(name, f"{name} {number}")


def _identifier(chance: Random) -> dict[str, Any]:
    return {"kind": chance.choice(("national_id", "passport")), "value": f"N-{chance.randrange(6)}"}


@work(weight=14)
def register(at: Station, chance: Random) -> Deed | None:
    draft: dict[str, Any] = {"family_name": f"Patient {chance.randrange(10**9)}"}
    if chance.random() < 0.4:
        draft["identifiers"] = [_identifier(chance)]
    if chance.random() < 0.2:
        draft["next_of_kin"] = [{"name": "Next"}]
    return submit(at, chance, patients.register, draft)


@work(weight=30)
def edit(at: Station, chance: Random) -> Deed | None:
    one = somebody(at, chance)
    names = chance.sample(FIELDS, chance.randint(1, 2))
    return submit(at, chance, patients.edit, one, {name: _value(name, chance) for name in names})


@work(weight=4)
def add_identifier(at: Station, chance: Random) -> Deed | None:
    one = somebody(at, chance)
    return submit(at, chance, patients.add_identifier, one, _identifier(chance))


@work(weight=2)
def remove_identifier(at: Station, chance: Random) -> Deed | None:
    file = _file(at, chance)
    own = [] if file is None else [row for row in file.identifiers if row.kind != IdentifierKind.PROVISIONAL]
    return submit(at, chance, patients.remove_identifier, chance.choice(own).id) if own else None


@work(weight=3)
def add_next_of_kin(at: Station, chance: Random) -> Deed | None:
    one = somebody(at, chance)
    return submit(at, chance, patients.add_next_of_kin, one, {"name": f"Kin {chance.randrange(99)}"})


@work(weight=3)
def edit_next_of_kin(at: Station, chance: Random) -> Deed | None:
    file = _file(at, chance)
    if file is None or not file.next_of_kin:
        return None
    changes = {"phone": _value("phone", chance)}
    return submit(at, chance, patients.edit_next_of_kin, chance.choice(file.next_of_kin).id, changes)


@work(weight=3)
def add_alert(at: Station, chance: Random) -> Deed | None:
    one = somebody(at, chance)
    return submit(at, chance, patients.add_alert, one, "May fall")


@work(weight=2)
def end_alert(at: Station, chance: Random) -> Deed | None:
    file = _file(at, chance)
    standing = [] if file is None else [row for row in file.alerts if row.ends_on is None]
    return submit(at, chance, patients.end_alert, chance.choice(standing).id) if standing else None


@work(weight=6)
def add_allergy(at: Station, chance: Random) -> Deed | None:
    one = somebody(at, chance)
    return submit(at, chance, patients.add_allergy, one, {"substance": f"Substance {chance.randrange(99)}"})


@work(weight=5)
def edit_allergy(at: Station, chance: Random) -> Deed | None:
    file = _file(at, chance)
    if file is None or not file.allergies:
        return None
    changes = {"state": chance.choice(tuple(ClinicalState)), "reaction": f"Reaction {chance.randrange(9)}"}
    return submit(at, chance, patients.edit_allergy, chance.choice(file.allergies).id, changes)


@work(weight=2)
def remove_allergy(at: Station, chance: Random) -> Deed | None:
    file = _file(at, chance)
    if file is None or not file.allergies:
        return None
    return submit(at, chance, patients.remove_allergy, chance.choice(file.allergies).id)


@work(weight=3)
def add_condition(at: Station, chance: Random) -> Deed | None:
    one = somebody(at, chance)
    return submit(at, chance, patients.add_condition, one, {"text": "Asthma"})


@work(weight=2)
def set_photo(at: Station, chance: Random) -> Deed | None:
    one = somebody(at, chance)
    picture = b"\x89PNG\r\n\x1a\n" + chance.randbytes(64)
    return submit(at, chance, patients.set_photo, one, picture, "image/png")


@work(weight=4)
def merge(at: Station, chance: Random) -> Deed | None:
    one, other = somebody(at, chance), somebody(at, chance)
    return submit(at, chance, patients.merge, one, other)


@work(weight=2)
def part_or_dismiss(at: Station, chance: Random) -> Deed | None:
    file = _file(at, chance)
    if file is None or not file.merges:
        return None
    one = chance.choice(file.merges)
    verb = patients.unmerge if one.state == MergeState.MERGED else patients.dismiss_merge
    return submit(at, chance, verb, one.id)


@work(weight=4)
def decide(at: Station, chance: Random) -> Deed | None:
    """Somebody looks at what needs attention and decides, or drops it."""
    entries = at.attention()
    if not entries:
        return None
    entry = chance.choice(entries)
    if entry.reason != "conflict" or chance.random() < 0.2:
        return partial(at.discard, entry.op_id, "It is no longer wanted")
    choices = {one.name: chance.choice(("base", "theirs", "mine")) for one in entry.fields}
    return partial(at.decide, entry.op_id, choices)


@work(weight=5)
def type_a_letter(at: Station, chance: Random) -> Deed | None:
    """A form is being filled in; nobody has saved it."""
    kept = at.drafts.get(DRAFT)
    letters = 1 if kept is None else int(kept.values["letters"]) + 1

    def deed(*, done: Told) -> None:
        on_the_disk = at.drafts.keep(DRAFT, {"letters": letters})
        on_the_disk.add_done_callback(lambda future: done(future.exception() or Kept(letters)))

    return deed
