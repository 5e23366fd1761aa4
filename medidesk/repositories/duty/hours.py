"""Who is on duty on a day, and when: weekly hours with what is different on that day."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.duty import MINUTES_OF_A_DAY, ExceptionKind
from medidesk.repositories.duty.queries import ExceptionRow, ScheduleRow, exceptions, schedules


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which somebody is on duty.

    Attributes:
        from_minute, to_minute: minutes after midnight by the branch's clock.
        slot_minutes: how long an appointment takes.
    """

    from_minute: int
    to_minute: int
    slot_minutes: int


@dataclass(frozen=True, slots=True)
class Duty:
    """All that is written down of hours in a branch, to be asked for many days."""

    _schedules: Mapping[UUID, tuple[ScheduleRow, ...]]
    _exceptions: tuple[ExceptionRow, ...]

    def on(self, day: dt.date) -> dict[UUID, tuple[Stretch, ...]]:
        """Who is on duty on a day, and when; each person's stretches in order."""
        different = [one for one in self._exceptions if one.starts_on <= day <= one.ends_on]
        besides: dict[UUID, list[Stretch]] = {}
        for one in different:
            if one.kind is ExceptionKind.EXTRA and one.staff_id is not None:
                besides.setdefault(one.staff_id, []).append(
                    Stretch(one.from_minute or 0, one.to_minute or 0, one.slot_minutes or 0)
                )
        found = {}
        for staff_id in self._schedules.keys() | besides.keys():
            weekly = [
                Stretch(row.from_minute, row.to_minute, row.slot_minutes)
                for row in self._schedules.get(staff_id, ())
                if row.weekday == day.isoweekday()
                and row.starts_on <= day
                and (row.ends_on is None or day <= row.ends_on)
            ]
            away = [
                (one.from_minute or 0, MINUTES_OF_A_DAY if one.to_minute is None else one.to_minute)
                for one in different
                if one.kind is ExceptionKind.AWAY and one.staff_id in {None, staff_id}
            ]
            stretches = _joined(_without([*weekly, *besides.get(staff_id, ())], away))
            if stretches:
                found[staff_id] = stretches
        return found


def duty(session: Session, org_id: UUID) -> Duty:
    """The hours of everybody who is on duty in a branch, and the days on which they are different there."""
    weekly: dict[UUID, list[ScheduleRow]] = {}
    for row in schedules(session):
        if row.org_id == org_id:
            weekly.setdefault(row.staff_id, []).append(row)
    return Duty(
        {staff_id: tuple(rows) for staff_id, rows in weekly.items()},
        tuple(row for row in exceptions(session) if row.org_id == org_id),
    )


def covers(stretches: Iterable[Stretch], from_minute: int, to_minute: int) -> bool:
    """Whether somebody is on duty all that time; their stretches are in order."""
    reached = from_minute
    for one in stretches:
        if one.from_minute <= reached < one.to_minute:
            reached = one.to_minute
    return reached >= to_minute


def _without(stretches: Iterable[Stretch], away: Iterable[tuple[int, int]]) -> list[Stretch]:
    left = list(stretches)
    for starts, ends in away:
        parts = []
        for one in left:
            before = replace(one, to_minute=min(one.to_minute, starts))
            after = replace(one, from_minute=max(one.from_minute, ends))
            parts += [part for part in (before, after) if part.from_minute < part.to_minute]
        left = parts
    return left


def _joined(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """In order; what overlaps or touches is one, where appointments take as long."""
    found: list[Stretch] = []
    for one in sorted(stretches, key=lambda stretch: (stretch.from_minute, stretch.to_minute)):
        last = found[-1] if found else None
        if last is None or last.to_minute < one.from_minute:
            found.append(one)
        elif last.slot_minutes == one.slot_minutes:
            found[-1] = replace(last, to_minute=max(last.to_minute, one.to_minute))
        elif one.to_minute > last.to_minute:
            found.append(replace(one, from_minute=last.to_minute))
    return tuple(found)
