"""The form of an appointment: with whom, where, when, how long, and what the desk should know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.models.appointments import HOURS_MOST, Appointment
from medidesk.models.directory import StaffKind
from medidesk.repositories import appointments, branch_clock, directory, duty
from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui.appointments import words
from medidesk.ui.kit.form import Field, FormSpec, Section
from medidesk.ui.page import Desk
from medidesk.ui.text_field import text_field
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Station

TIME = frozenset({"staff_id", "room_id", "day", "time", "minutes", "outside_hours"})
"""Fields that say when, where and with whom."""
_SERIES_MOST = 52


def spec(desk: Desk, *, is_new: bool, room_id: object = None) -> FormSpec:
    """The fields; a new one can be booked several times at once.

    Args:
        desk: where it is filled in.
        is_new: whether it is to be booked.
        room_id: the room that it is in: offered also where it is not in use any more.
    """
    offered = rooms(desk, room_id)
    room = (Field("room_id", tr("Room"), "choice", choices=offered),) if len(offered) > 1 else ()
    series = (
        Section(tr("A series")),
        Field("times", tr("How many"), "number", least=1, most=_SERIES_MOST),
        Field("weeks", tr("Weeks from one to the next"), "number", least=1, most=_SERIES_MOST),
    )
    return FormSpec(
        (
            Field(
                "staff_id", tr("With"), "choice", required=True, choices=people(desk), span=1 if room else 2
            ),
            *room,
            Field("day", tr("Day"), "date", required=True),
            Field("time", tr("Time"), required=True, max_length=8, help=tr("As in 9 or 9:30")),
            Field(
                "minutes", tr("Takes"), "number", required=True, least=5, most=HOURS_MOST * 60, unit=tr("min")
            ),
            Field("wants_earlier", tr("Would come earlier"), "check"),
            text_field(Appointment, "note", tr("Note for the desk"), span=2),
            Field("outside_hours", tr("Also outside the duty hours"), "check", span=2),
            *(series if is_new else ()),
        )
    )


def people(desk: Desk) -> tuple[tuple[object, str], ...]:
    """Whoever sees patients, those who belong to this branch first."""
    own = desk.station.user.org_id
    seen = {StaffKind.DOCTOR, StaffKind.NURSE, StaffKind.TECHNICIAN, StaffKind.OTHER}
    people = [row for row in desk.station.read(directory.staff) if row.kind in seen]
    people.sort(key=lambda row: (row.org_id != own, row.kind is not StaffKind.DOCTOR))
    return tuple((row.id, row.name) for row in people)


def rooms(desk: Desk, has: object = None) -> tuple[tuple[object, str], ...]:
    """None, or one of this branch's that is in use; also the one that an appointment `has`."""
    own = desk.station.user.org_id
    found = [row for row in desk.station.read(directory.rooms) if row.org_id == own]
    return ((None, tr("None")), *((row.id, row.name) for row in found if row.active or row.id == has))


def usual_room(station: Station, staff_id: object) -> UUID | None:
    """Where somebody sees patients in this branch unless another room is named."""
    if not isinstance(staff_id, UUID):
        return None
    return station.read(appointments.usual_rooms, station.user.org_id, staff_id).get(staff_id)


def values_of(row: AppointmentRow, zone: dt.tzinfo) -> dict[str, object]:
    """What the form shows of an appointment."""
    here = row.starts_at.astimezone(zone)
    return {
        "staff_id": row.staff_id,
        "room_id": row.room_id,
        "day": here.date(),
        "time": words.clock(row.starts_at, zone),
        "minutes": row.minutes,
        "wants_earlier": row.wants_earlier,
        "note": row.note,
        "outside_hours": False,
    }


def new_values(desk: Desk, staff_id: UUID | None, day: dt.date, time: str, minutes: int) -> dict[str, object]:
    """What the form shows of one that is to be booked."""
    return {
        "staff_id": staff_id,
        "room_id": usual_room(desk.station, staff_id),
        "day": day,
        "time": time,
        "minutes": minutes,
        "wants_earlier": False,
        "note": "",
        "outside_hours": False,
        "times": 1,
        "weeks": 1,
    }


def starts_at(values: Mapping[str, Any], zone: dt.tzinfo) -> dt.datetime:
    """The instant that the form says.

    Raises:
        DomainError: a day or a time is missing, or is none.
    """
    if not isinstance(values["day"], dt.date):
        raise DomainError(tr("The day is missing."), tr("Fill it in."), field="day")
    minute = duty.parse_clock(str(values["time"]), field="time")
    return branch_clock.instant(values["day"], minute, zone)


def for_booking(values: Mapping[str, Any], patient_id: UUID, zone: dt.tzinfo) -> dict[str, Any]:
    """What `appointments.book` takes."""
    taken = ("staff_id", "room_id", "minutes", "wants_earlier", "note", "outside_hours")
    return {name: values[name] for name in taken if name in values} | {
        "patient_id": patient_id,
        "starts_at": starts_at(values, zone),
    }


def field_of(problem: DomainError) -> str | None:
    """The field of this form that a verb's refusal concerns."""
    return {"starts_at": "time", "cancel_reason": None}.get(problem.field or "", problem.field)
