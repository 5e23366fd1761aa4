"""The directory, duty hours, services and prices: what an administrator keeps."""

from random import Random
from typing import Any

from medidesk.models.settings import SettingName
from medidesk.repositories import directory, duty, services, settings
from medidesk.repositories.verbs import Verb
from medidesk.station import Station
from tests.faults.harness.work import Deed, submit, work

DAYS = ("monday", "wednesday", "friday")


def _keep(at: Station, chance: Random, verb: Verb, *args: Any) -> Deed | None:
    """Run a verb that takes an administrator; at other desks nobody thinks of it."""
    return submit(at, chance, verb, *args) if at.allows(verb) else None


def _one(rows: list[Any], chance: Random) -> Any:
    return chance.choice(rows[:3]) if rows else None


@work(weight=2)
def add_department(at: Station, chance: Random) -> Deed | None:
    """Names that others may take in the same moment."""
    return _keep(at, chance, directory.add_department, {"name": f"Ward {chance.randrange(60)}"})


@work(weight=2)
def edit_department(at: Station, chance: Random) -> Deed | None:
    row = _one(at.read(directory.departments), chance)
    changes = {"name": f"Ward {chance.randrange(60)}"}
    return None if row is None else _keep(at, chance, directory.edit_department, row.id, changes)


@work(weight=2)
def remove_department(at: Station, chance: Random) -> Deed | None:
    row = _one([one for one in at.read(directory.departments) if not one.people], chance)
    return None if row is None else _keep(at, chance, directory.remove_department, row.id)


@work(weight=3)
def add_room(at: Station, chance: Random) -> Deed | None:
    """Names that others may take in the same moment; so few, that the same rooms are fought for."""
    return _keep(at, chance, directory.add_room, {"name": f"Room {chance.randrange(6)}"})


@work(weight=1)
def edit_room(at: Station, chance: Random) -> Deed | None:
    row = _one(at.read(directory.rooms), chance)
    changes = {"active": chance.random() < 0.7}
    return None if row is None else _keep(at, chance, directory.edit_room, row.id, changes)


@work(weight=1)
def remove_room(at: Station, chance: Random) -> Deed | None:
    row = _one([one for one in at.read(directory.rooms) if not one.people], chance)
    return None if row is None else _keep(at, chance, directory.remove_room, row.id)


@work(weight=2)
def give_room(at: Station, chance: Random) -> Deed | None:
    """Somebody gets a usual room, which others may have too."""
    person, room = (_one(found, chance) for found in (at.read(directory.staff), at.read(directory.rooms)))
    if person is None or room is None or person.org_id != room.org_id:
        return None
    return _keep(at, chance, directory.edit_staff, person.id, {"room_id": room.id})


@work(weight=2)
def add_staff(at: Station, chance: Random) -> Deed | None:
    person = {"kind": "nurse", "family_name": f"Nurse {chance.randrange(10**9)}"}
    return _keep(at, chance, directory.add_staff, person)


@work(weight=3)
def edit_staff(at: Station, chance: Random) -> Deed | None:
    row = _one(at.read(directory.staff), chance)
    name = chance.choice(("phone", "registration_no"))
    changes = {name: f"555 {chance.randrange(200):04}"}
    return None if row is None else _keep(at, chance, directory.edit_staff, row.id, changes)


@work(weight=3)
def add_schedule(at: Station, chance: Random) -> Deed | None:
    """Hours that may meet those that somebody else gives."""
    row, begins = _one(at.read(directory.staff), chance), chance.randrange(6, 20)
    hours = {"starts": f"{begins}", "ends": f"{begins + 2}", "slot_minutes": 15, "starts_on": "2.11.2026"}
    days = dict.fromkeys(chance.sample(DAYS, chance.randint(1, 2)), True)
    return None if row is None else _keep(at, chance, duty.add_schedule, {"staff_id": row.id} | hours | days)


@work(weight=2)
def edit_schedule(at: Station, chance: Random) -> Deed | None:
    row = _one(at.read(duty.schedules), chance)
    changes = {"slot_minutes": chance.choice((10, 20, 30))}
    return None if row is None else _keep(at, chance, duty.edit_schedule, row.id, changes)


@work(weight=2)
def remove_schedule(at: Station, chance: Random) -> Deed | None:
    row = _one(at.read(duty.schedules), chance)
    return None if row is None else _keep(at, chance, duty.remove_schedule, row.id)


@work(weight=2)
def change_setting(at: Station, chance: Random) -> Deed | None:
    """What others may set, or set back, in the same moment."""
    values = (SettingName.LOCK_MINUTES_MOST, SettingName.RESTRICTED_MINUTES)
    return _keep(at, chance, settings.change, chance.choice(values), chance.randrange(5, 100))


@work(weight=1)
def reset_setting(at: Station, chance: Random) -> Deed | None:
    own = at.user.org_id
    row = _one([one for one in at.read(settings.overview, own) if one.org_id == own and one.row_id], chance)
    return None if row is None else _keep(at, chance, settings.reset, row.setting)


@work(weight=2)
def add_service(at: Station, chance: Random) -> Deed | None:
    """Codes that others may take in the same moment."""
    service = {
        "code": f"S{chance.randrange(40)}",
        "name": f"Service {chance.randrange(10**6)}",
        "kind": "other",
    }
    return _keep(at, chance, services.add_service, service | {"price": f"{chance.randrange(1, 200)}"})


@work(weight=2)
def edit_service(at: Station, chance: Random) -> Deed | None:
    """A price of today, which others may give too."""
    row = _one(at.read(services.catalogue), chance)
    price = {"price": f"{chance.randrange(1, 200)}.{chance.randrange(10, 99)}"}
    return None if row is None else _keep(at, chance, services.edit_service, row.id, price)
