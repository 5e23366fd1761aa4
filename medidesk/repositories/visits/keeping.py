"""Checking in, calling, and ending visits.

That somebody arrived has happened: a fact. How far a visit has come is a claim, since two may say it at once.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.directory import Staff
from medidesk.models.patients import Patient
from medidesk.models.visits import Priority, Visit, VisitKind, VisitState
from medidesk.permissions import Need
from medidesk.repositories import billing, branch_clock, checks
from medidesk.repositories.appointments.fits import arrival_of
from medidesk.repositories.patients.registering import kept_file, name_of
from medidesk.repositories.people import display_name
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.repositories.visits import queries
from medidesk.words import tr

AREA = "appointments"
_TYPED = frozenset({"staff_id", "kind", "priority", "note"})


@verb(AREA, Need.ADD, Kind.FACT, shows=queries.by_id)
def check_in(work: Work, values: Mapping[str, Any]) -> UUID:
    """A patient has arrived.

    Args:
        work: the unit of work.
        values: `appointment_id` of what they have come for; or, for who comes without one, `patient_id`, and
            `org_id` where it is another branch than the author's. `staff_id` (None: whoever is free), `kind`,
            `priority`, `note` for the desk.

    Raises:
        DomainError: they are here already, or the appointment does not take place.
    """
    given = dict(values)
    appointment_id, patient_id = given.pop("appointment_id", None), given.pop("patient_id", None)
    org_id = given.pop("org_id", None) or work.org_id
    checked = _checked(given)
    if isinstance(appointment_id, UUID):
        booked = _expected(work, appointment_id)
        patient_id, org_id = booked.patient_id, booked.org_id
        checked.setdefault("staff_id", booked.staff_id)
        checked.setdefault("note", booked.note)
    elif not isinstance(patient_id, UUID):
        raise DomainError(tr("It is not said who."), tr("Find the patient first."), field="patient_id")
    else:
        appointment_id = None
    patient = kept_file(work, patient_id)
    if checked.get("staff_id") is not None:
        work.see(Staff, checked["staff_id"])
    if appointment_id is None:
        _refuse_here(work, patient, org_id)
    row = work.add(
        Visit(
            org_id=org_id,
            patient_id=patient.id,
            appointment_id=appointment_id,
            provisional_no=work.next_provisional(),
            arrived_at=_now(),
            state=VisitState.WAITING,
            **checked,
        )
    )
    billing.charge_visit(work, row)
    _describe(work, row, tr("{name}: arrived"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def change(work: Work, visit_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change whom somebody comes to (`staff_id`), their `priority` or the `note` for the desk."""
    row = work.get(Visit, visit_id)
    checked = _checked(dict(changes))
    checked.pop("kind", None)  # the ticket says of which counter it is
    if checked.get("staff_id") is not None:
        work.see(Staff, checked["staff_id"])
    for name, value in checked.items():
        setattr(row, name, value)
    _describe(work, row, tr("{name}: visit changed"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def call(work: Work, visit_id: UUID) -> UUID:
    """Call somebody who waits; they can be called again."""
    row = work.get(Visit, visit_id)
    _require(work, row, VisitState.WAITING)
    row.called_at = _now()
    _describe(work, row, tr("{name}: called"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def enter_room(work: Work, visit_id: UUID, staff_id: UUID | None = None) -> UUID:
    """Somebody who waited is in the room.

    Args:
        work: the unit of work.
        visit_id: whose.
        staff_id: who sees them, where they came to whoever is free.
    """
    row = work.get(Visit, visit_id)
    _require(work, row, VisitState.WAITING)
    row.state, row.in_room_at = VisitState.IN_ROOM, _now()
    if row.staff_id is None and staff_id is not None:
        row.staff_id = work.see(Staff, staff_id).id
        if not work.read(billing.charges_of_visit, row.id):
            billing.charge_visit(work, row)
    _describe(work, row, tr("{name}: in the room"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def complete(work: Work, visit_id: UUID) -> UUID:
    """A visit is done."""
    row = work.get(Visit, visit_id)
    _require(work, row, VisitState.WAITING, VisitState.IN_ROOM)
    row.state, row.ended_at = VisitState.COMPLETED, _now()
    _describe(work, row, tr("{name}: done"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def leave(work: Work, visit_id: UUID, reason: str = "") -> UUID:
    """Somebody has left without having been seen."""
    row = work.get(Visit, visit_id)
    _require(work, row, VisitState.WAITING)
    row.state, row.ended_at = VisitState.LEFT, _now()
    row.left_reason = checks.checked_text(Visit, "left_reason", reason)
    _describe(work, row, tr("{name}: left without having been seen"))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def take_back(work: Work, visit_id: UUID) -> UUID:
    """Take the last step back: done → in the room → waiting; who left is waiting again."""
    row = work.get(Visit, visit_id)
    if row.state is VisitState.WAITING:
        if row.called_at is None:
            raise DomainError(
                tr("{name} has only arrived: there is no step to take back.", name=_name(work, row)),
                tr("If they are not here, choose Left."),
            )
        row.called_at = None
    elif row.state is VisitState.IN_ROOM or row.in_room_at is None:
        row.state, row.in_room_at, row.ended_at, row.left_reason = VisitState.WAITING, None, None, ""
    else:
        row.state, row.ended_at = VisitState.IN_ROOM, None
    _describe(work, row, tr("{name}: a step taken back"))
    return row.id


def _now() -> dt.datetime:
    """By this PC's clock; the server puts its own in place where it is there."""
    return dt.datetime.now(dt.UTC)


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    unknown = given.keys() - _TYPED
    if unknown:
        msg = f"not to be given here: {', '.join(sorted(unknown))}"
        raise TypeError(msg)
    return checks.checked(Visit, given)


def _expected(work: Work, appointment_id: UUID) -> Appointment:
    """The appointment that somebody has come for."""
    booked = work.get(Appointment, appointment_id)
    name = name_of(work.see(Patient, booked.patient_id))
    if booked.state not in {AppointmentState.BOOKED, AppointmentState.NO_SHOW}:
        raise DomainError(
            tr("The appointment of {name} does not take place.", name=name),
            tr("Book it again first, or check them in without one."),
        )
    zone = branch_clock.zone_of(work.session, booked.org_id)
    if branch_clock.day_of(booked.starts_at, zone) != branch_clock.today(zone):
        raise DomainError(
            tr("The appointment of {name} is not today.", name=name),
            tr("Move it to today, or check them in without one."),
        )
    here = arrival_of(work, appointment_id)
    if here is not None:
        time = f"{here.arrived_at.astimezone(zone):%H:%M}"
        raise DomainError(
            tr("{name} has arrived already, at {time}.", name=name, time=time),
            tr("The queue shows how far they are."),
        )
    return booked


def _refuse_here(work: Work, patient: Patient, org_id: UUID) -> None:
    """Who waits already is not checked in once more: a second press, or a second desk."""
    here = work.session.scalars(
        sa.select(Visit).where(
            Visit.patient_id == patient.id,
            Visit.org_id == org_id,
            Visit.state == VisitState.WAITING,
            Visit.kind != VisitKind.INPATIENT,
            Visit.deleted_at.is_(None),
        )
    ).first()
    if here is not None:
        time = f"{here.arrived_at.astimezone(branch_clock.zone_of(work.session, org_id)):%H:%M}"
        raise DomainError(
            tr("{name} has been waiting since {time}.", name=name_of(patient), time=time),
            tr("The queue shows how far they are."),
            field="patient_id",
        )


def _require(work: Work, row: Visit, *states: VisitState) -> None:
    if row.state in states:
        return
    said = {
        VisitState.WAITING: tr("{name} is waiting."),
        VisitState.IN_ROOM: tr("{name} is in the room."),
        VisitState.COMPLETED: tr("The visit of {name} is done."),
        VisitState.LEFT: tr("{name} has left."),
    }[row.state]
    raise DomainError(said.replace("{name}", _name(work, row)), tr("Take that step back first."))


def _name(work: Work, row: Visit) -> str:
    patient = work.session.get(Patient, row.patient_id)
    return tr("The patient") if patient is None else name_of(patient)


def _describe(work: Work, row: Visit, title: str) -> None:
    """In the list of waiting changes: who, their ticket, and whom they come to."""
    person = None if row.staff_id is None else work.session.get(Staff, row.staff_id)
    parts = [row.provisional_no or row.ticket or "", "" if person is None else display_name(person)]
    if row.priority is Priority.URGENT:
        parts.append(tr("Urgent"))
    work.describe(title.replace("{name}", _name(work, row)), " · ".join(part for part in parts if part))
