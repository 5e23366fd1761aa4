"""Keeping duty hours: the verbs of whoever runs the clinic. All are claims, as those of the directory."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.directory import Organisation, Staff
from medidesk.models.duty import SLOT_LEAST, SLOT_MOST, DutyException, DutySchedule, ExceptionKind
from medidesk.permissions import Need
from medidesk.repositories import checks, labels
from medidesk.repositories.duty import queries
from medidesk.repositories.duty.clock import parse_clock
from medidesk.repositories.people import display_name
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

AREA = "directory"
WEEKDAYS = tuple(day.lower() for day in labels.WEEKDAYS)
"""The form's fields for the days on which new hours hold."""
_MINUTES = {"starts": "from_minute", "ends": "to_minute"}


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.schedule)
def add_schedule(work: Work, values: Mapping[str, Any]) -> UUID:
    """Give somebody hours on one or more weekdays.

    Args:
        work: the unit of work.
        values: `staff_id`, `monday` to `sunday` (whether), `starts` and `ends` as they are typed, `slot_minutes`,
            `starts_on`, `ends_on`, and `org_id` where it is another branch than theirs.

    Returns:
        The first of the rows.
    """
    given = dict(values)
    days = [at for at, name in enumerate(WEEKDAYS, start=1) if given.pop(name, False)]
    if not days:
        raise DomainError(tr("A weekday is missing."), tr("Tick one or more."), field="monday")
    person = _person(work, given)
    org_id = given.pop("org_id", None) or person.org_id
    shared = _checked(DutySchedule, given)
    _check_first_day(shared)
    rows = []
    for day in days:
        row = DutySchedule(org_id=org_id, staff_id=person.id, weekday=day, **shared)
        _refuse_overlap(work, row, person)
        rows.append(work.add(row))
    hours = f"{labels.clock(rows[0].from_minute)}–{labels.clock(rows[0].to_minute)}"
    names = ", ".join(labels.weekday(day) for day in days)
    work.describe(tr("{name}: duty hours added", name=display_name(person)), f"{names} {hours}")
    return rows[0].id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.schedule)
def edit_schedule(work: Work, schedule_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change a stretch of somebody's weekly hours."""
    row = work.get(DutySchedule, schedule_id)
    person = work.see(Staff, row.staff_id)
    with work.session.no_autoflush:
        for name, value in _checked(DutySchedule, changes).items():
            setattr(row, name, value)
        _check_first_day({"starts_on": row.starts_on, "ends_on": row.ends_on})
        _check_hours(row.from_minute, row.to_minute)
        _refuse_overlap(work, row, person)
    work.describe(tr("{name}: duty hours changed", name=display_name(person)), _day_words(row))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.schedule)
def remove_schedule(work: Work, schedule_id: UUID) -> UUID:
    """Take hours away that were entered by mistake; those that end have a last day instead."""
    row = work.get(DutySchedule, schedule_id)
    person = work.see(Staff, row.staff_id)
    row.deleted_at = dt.datetime.now(dt.UTC)
    work.describe(tr("{name}: duty hours removed", name=display_name(person)), _day_words(row))
    return row.id


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.exception)
def add_exception(work: Work, values: Mapping[str, Any]) -> UUID:
    """Write down days on which it is different.

    Args:
        work: the unit of work.
        values: `kind`, `staff_id` (none: the branch is closed), `starts_on`, `ends_on`, `starts` and `ends` for a
            part of the day, `slot_minutes` for hours besides, `reason`, `org_id`.
    """
    given = dict(values)
    person = work.get(Staff, given["staff_id"]) if given.get("staff_id") else None
    given.pop("staff_id", None)
    org_id = given.pop("org_id", None) or (work.org_id if person is None else person.org_id)
    wanted = _checked(DutyException, given)
    wanted["ends_on"] = wanted.get("ends_on") or wanted.get("starts_on")
    row = DutyException(org_id=org_id, staff_id=None if person is None else person.id, **wanted)
    _check_exception(row)
    work.add(row)
    work.describe(*_exception_words(work, row))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.exception)
def edit_exception(work: Work, exception_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change such days."""
    row = work.get(DutyException, exception_id)
    with work.session.no_autoflush:
        wanted = _checked(DutyException, changes)
        if "ends_on" in wanted and wanted["ends_on"] is None:
            wanted["ends_on"] = wanted.get("starts_on", row.starts_on)
        for name, value in wanted.items():
            setattr(row, name, value)
        _check_exception(row)
    work.describe(*_exception_words(work, row))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.exception)
def remove_exception(work: Work, exception_id: UUID) -> UUID:
    """It is as on any other day after all."""
    row = work.get(DutyException, exception_id)
    title, line = _exception_words(work, row)
    row.deleted_at = dt.datetime.now(dt.UTC)
    work.describe(tr("Removed: {title}", title=title), line)
    return row.id


def _person(work: Work, given: dict[str, Any]) -> Staff:
    staff_id = given.pop("staff_id", None)
    if not isinstance(staff_id, UUID):
        raise DomainError(tr("It is not said who."), tr("Choose somebody."), field="staff_id")
    return work.get(Staff, staff_id)


def _checked(model: type[DutySchedule] | type[DutyException], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by column, from those of a form."""
    given = dict(values)
    typed = {name: given.pop(name) for name in _MINUTES if name in given}
    whole_day = model is DutyException and not any(typed.values())
    minutes = {
        _MINUTES[name]: None if whole_day else parse_clock(text, field=name) for name, text in typed.items()
    }
    if len(minutes) == len(_MINUTES) and not whole_day:
        _check_hours(minutes["from_minute"], minutes["to_minute"])
    if "slot_minutes" in given:
        slot = given.pop("slot_minutes")
        if slot is not None and not SLOT_LEAST <= slot <= SLOT_MOST:
            raise DomainError(
                tr("An appointment takes {least} to {most} minutes.", least=SLOT_LEAST, most=SLOT_MOST),
                tr("Correct it."),
                field="slot_minutes",
            )
        if slot is None and model is DutySchedule:
            raise DomainError(
                tr("{field} is missing.", field=checks.label("slot_minutes")),
                tr("Fill it in."),
                field="slot_minutes",
            )
        minutes["slot_minutes"] = slot
    return minutes | checks.checked(model, given)


def _check_hours(starts: int | None, ends: int | None) -> None:
    if starts is not None and ends is not None and ends <= starts:
        raise DomainError(tr("It ends before it begins."), tr("Correct one of the two times."), field="ends")


def _check_first_day(values: Mapping[str, Any]) -> None:
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts is None:
        raise DomainError(tr("The first day is missing."), tr("Fill it in."), field="starts_on")
    if ends is not None and ends < starts:
        raise DomainError(
            tr("The last day is before the first."), tr("Correct one of the two days."), field="ends_on"
        )


def _check_exception(row: DutyException) -> None:
    _check_first_day({"starts_on": row.starts_on, "ends_on": row.ends_on})
    if (row.from_minute is None) != (row.to_minute is None):
        raise DomainError(
            tr("Only one of the two times is given."),
            tr("Give both, or none for the whole day."),
            field="ends",
        )
    _check_hours(row.from_minute, row.to_minute)
    if row.kind is ExceptionKind.EXTRA:
        for value, field, sentence in (
            (row.staff_id, "staff_id", tr("It is not said who is on duty besides.")),
            (row.from_minute, "starts", tr("Hours besides have a beginning and an end.")),
            (row.slot_minutes, "slot_minutes", tr("Hours besides have a length of appointments.")),
        ):
            if value is None:
                raise DomainError(sentence, tr("Fill it in."), field=field)


def _refuse_overlap(work: Work, row: DutySchedule, person: Staff) -> None:
    """Nobody is in two places at one time; the database has the last word."""
    others = sa.select(DutySchedule).where(
        DutySchedule.staff_id == row.staff_id,
        DutySchedule.weekday == row.weekday,
        DutySchedule.deleted_at.is_(None),
        DutySchedule.id != row.id,
    )
    for other in work.session.scalars(others):
        apart = (
            other.to_minute <= row.from_minute
            or row.to_minute <= other.from_minute
            or (other.ends_on is not None and other.ends_on < row.starts_on)
            or (row.ends_on is not None and row.ends_on < other.starts_on)
        )
        if not apart:
            raise DomainError(
                tr(
                    "{name} is on duty then already: {hours}.",
                    name=display_name(person),
                    hours=_day_words(other),
                ),
                tr("Choose other hours, or change those."),
                field="starts",
            )


def _day_words(row: DutySchedule) -> str:
    return f"{labels.weekday(row.weekday)} {labels.clock(row.from_minute)}–{labels.clock(row.to_minute)}"


def _exception_words(work: Work, row: DutyException) -> tuple[str, str]:
    if row.staff_id is None:
        title = tr("{name} is closed", name=work.see(Organisation, row.org_id).name)
    else:
        words = tr("{name} is away") if row.kind is ExceptionKind.AWAY else tr("{name} is on duty besides")
        title = words.replace("{name}", display_name(work.see(Staff, row.staff_id)))
    days = labels.day(row.starts_on)
    if row.ends_on != row.starts_on:
        days = f"{days} – {labels.day(row.ends_on)}"
    hours = (
        "" if row.from_minute is None else f" {labels.clock(row.from_minute)}–{labels.clock(row.to_minute)}"
    )
    return title, days + hours
