"""Which rows, columns, form and verbs belong to each kind of entry in the directory."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from medidesk.models.directory import OrganisationKind, StaffKind
from medidesk.models.duty import ExceptionKind
from medidesk.repositories import directory, duty
from medidesk.repositories.directory import NamedRow, OrganisationRow, RoomRow, StaffRow
from medidesk.repositories.duty import ExceptionRow
from medidesk.repositories.duty.keeping import WEEKDAYS
from medidesk.repositories.labels import weekday
from medidesk.ui import moments
from medidesk.ui.directory import forms
from medidesk.ui.directory.insurers import insurer_kind
from medidesk.ui.directory.kind import Kind
from medidesk.ui.directory.services import service_kinds
from medidesk.ui.directory.settings import setting_kind
from medidesk.ui.directory.words import branch_words, exception_words, staff_words
from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.table import Column
from medidesk.words import counted, tr


def kinds(own: UUID) -> tuple[Kind, ...]:
    """Every kind, in the order of the page, for somebody who belongs to the branch `own`."""
    return (
        Kind(
            "staff",
            "staff",
            tr("Staff"),
            "users",
            tr("Add staff"),
            directory.staff,
            directory.member,
            _staff_columns(),
            lambda row: (
                f"{row.name} {staff_words(row.kind)} {row.specialisation} {row.department} {row.room}"
                f" {row.org_name}"
            ),
            forms.staff,
            {"kind": StaffKind.DOCTOR, "specialisation_id": None, "department_id": None, "room_id": None},
            directory.add_staff,
            directory.edit_staff,
            directory.remove_staff,
            tr("Taken off the staff"),
        ),
        Kind(
            "department",
            "department",
            tr("Departments"),
            "layout-dashboard",
            tr("Add a department"),
            directory.departments,
            directory.department,
            _named_columns(tr("Department"), tr("Works there")),
            lambda row: f"{row.name} {row.org_name}",
            forms.department,
            {},
            directory.add_department,
            directory.edit_department,
            directory.remove_department,
            tr("Department removed"),
        ),
        Kind(
            "speciality",
            "specialisation",
            tr("Specialities"),
            "stethoscope",
            tr("Add a speciality"),
            directory.specialisations,
            directory.specialisation,
            _speciality_columns(),
            lambda row: f"{row.name} {row.visit_service}",
            forms.speciality,
            {"visit_service_id": None},
            directory.add_specialisation,
            directory.edit_specialisation,
            directory.remove_specialisation,
            tr("Speciality removed"),
        ),
        Kind(
            "branch",
            "organisation",
            tr("Branches"),
            "building-2",
            tr("Open a branch"),
            directory.organisations,
            directory.organisation,
            _branch_columns(),
            lambda row: f"{row.name} {branch_words(row.kind)} {row.parent_name}",
            forms.organisation,
            {"kind": OrganisationKind.BRANCH},
            directory.add_organisation,
            directory.edit_organisation,
        ),
        Kind(
            "duty",
            "duty_schedule",
            tr("Duty hours"),
            "calendar-clock",
            tr("Add duty hours"),
            duty.schedules,
            duty.schedule,
            _duty_columns(),
            lambda row: f"{row.name} {weekday(row.weekday)} {row.org_name}",
            forms.duty_hours,
            {"staff_id": None, "slot_minutes": 15, **dict.fromkeys(WEEKDAYS, False)},
            duty.add_schedule,
            duty.edit_schedule,
            duty.remove_schedule,
            tr("Duty hours removed"),
        ),
        Kind(
            "days",
            "duty_exception",
            tr("Days off"),
            "calendar-x",
            tr("Add days off"),
            duty.exceptions,
            duty.exception,
            _exception_columns(),
            lambda row: f"{row.name} {exception_words(row.kind)} {row.reason} {row.org_name}",
            forms.duty_exception,
            {"staff_id": None, "kind": ExceptionKind.AWAY},
            duty.add_exception,
            duty.edit_exception,
            duty.remove_exception,
            tr("Removed"),
        ),
        setting_kind(own),
        *service_kinds(),
        Kind(
            "room",
            "room",
            tr("Rooms"),
            "door-open",
            tr("Add a room"),
            directory.rooms,
            directory.room,
            _room_columns(),
            lambda row: f"{row.name} {row.org_name}",
            forms.room,
            {"active": True},
            directory.add_room,
            directory.edit_room,
            directory.remove_room,
            tr("Room removed"),
        ),
        insurer_kind(),
    )


def _staff_columns() -> tuple[Column, ...]:
    return (
        Column(tr("Name"), lambda row: row.name, 220, weight="semibold", kind="person", grow=3),
        Column(tr("Works as"), lambda row: staff_words(row.kind), 110, grow=1),
        Column(tr("Speciality"), lambda row: row.specialisation, 150, leaves=3, grow=2),
        Column(tr("Department"), lambda row: row.department, 150, leaves=4, grow=2),
        Column(tr("Room"), lambda row: row.room, 90, leaves=5, grow=1),
        Column(tr("Branch"), lambda row: row.org_name, 150, leaves=1, grow=1),
        Column(tr("Account"), _login, 130, kind="chips", chips=_account, leaves=2),
    )


def _login(row: StaffRow) -> str:
    return row.login


def _account(row: StaffRow) -> tuple[ChipLook, ...]:
    if not row.login:
        return ()
    return (
        ChipLook(
            row.login, "success" if row.signs_in else "neutral", "user-check" if row.signs_in else "user-x"
        ),
    )


def _people(row: NamedRow | RoomRow) -> str:
    return counted(row.people, "{count} member of staff", "{count} members of staff") if row.people else ""


def _speciality_columns() -> tuple[Column, ...]:
    name, branch, people = _named_columns(tr("Speciality"), tr("Practised by"))
    charged = Column(tr("A visit is charged as"), lambda row: row.visit_service, 220, leaves=2, grow=2)
    return (name, charged, branch, people)


def _named_columns(title: str, people: str) -> tuple[Column, ...]:
    return (
        Column(title, lambda row: row.name, 240, weight="semibold", grow=3),
        Column(tr("Branch"), lambda row: row.org_name, 200, leaves=1, grow=2),
        Column(people, _people, 180, kind="figures", grow=1),
    )


def _room_columns() -> tuple[Column, ...]:
    return (
        *_named_columns(tr("Room"), tr("Usual room of")),
        Column("", _out_of_use, 120, kind="chips", chips=_use),
    )


def _out_of_use(row: RoomRow) -> str:
    return "" if row.active else tr("Not in use")


def _use(row: RoomRow) -> tuple[ChipLook, ...]:
    return () if row.active else (ChipLook(_out_of_use(row), "neutral", "circle-slash"),)


def _branch_columns() -> tuple[Column, ...]:
    def place(row: OrganisationRow) -> str:
        return " · ".join(part for part in (row.country, row.timezone) if part)

    return (
        Column(tr("Name"), lambda row: row.name, 240, weight="semibold", grow=3),
        Column(tr("Kind"), lambda row: branch_words(row.kind), 110, grow=1),
        Column(tr("Belongs to"), lambda row: row.parent_name, 200, leaves=1, grow=2),
        Column(tr("Where"), place, 180, leaves=2, grow=1),
        Column(tr("Currency"), lambda row: row.currency, 90),
    )


def _duty_columns() -> tuple[Column, ...]:
    return (
        Column(tr("Name"), lambda row: row.name, 200, weight="semibold", kind="person", grow=3),
        Column(tr("Weekday"), lambda row: weekday(row.weekday), 110, grow=1),
        Column(tr("Hours"), lambda row: f"{row.starts}–{row.ends}", 120, kind="figures", grow=1),
        Column(
            tr("Appointment"),
            lambda row: tr("{count} min", count=row.slot_minutes),
            110,
            kind="figures",
            leaves=2,
        ),
        Column(
            tr("Holds"), lambda row: _span(row.starts_on, row.ends_on), 180, kind="figures", leaves=3, grow=1
        ),
        Column(tr("Branch"), lambda row: row.org_name, 150, leaves=1, grow=1),
    )


def _exception_columns() -> tuple[Column, ...]:
    def hours(row: ExceptionRow) -> str:
        return tr("the whole day") if row.from_minute is None else f"{row.starts}–{row.ends}"

    return (
        Column(tr("Who"), lambda row: row.name, 200, weight="semibold", grow=3),
        Column(
            tr("What"), lambda row: exception_words(row.kind) if row.staff_id else tr("Closed"), 130, grow=1
        ),
        Column(tr("Days"), lambda row: _days(row.starts_on, row.ends_on), 200, kind="figures", grow=1),
        Column(tr("Hours"), hours, 120, kind="figures", leaves=2),
        Column(tr("Reason"), lambda row: row.reason, 160, leaves=1, grow=2),
    )


def _span(first: dt.date, last: dt.date | None) -> str:
    if last is None:
        return tr("from {day}", day=moments.day(first))
    return _days(first, last)


def _days(first: dt.date, last: dt.date) -> str:
    return moments.day(first) if first == last else f"{moments.day(first)} – {moments.day(last)}"
