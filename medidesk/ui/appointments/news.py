"""What colleagues did to the appointments that are on screen, in a sentence each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

from medidesk.models.appointments import AppointmentState
from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui.appointments import words
from medidesk.words import tr

_MOST = 2
"""More at once are seen in the grid, and not told one by one."""


def told(
    before: Mapping[UUID, AppointmentRow],
    now: Mapping[UUID, AppointmentRow],
    zone: dt.tzinfo,
    name_of: Callable[[UUID | None], str],
    mine: UUID,
) -> list[tuple[str, str, AppointmentRow]]:
    """Title, line and row of what others changed; nothing where that is too much to be read.

    Args:
        before, now: what the screen showed, and shows.
        zone: of the branch's clock.
        name_of: what a person is called.
        mine: the account that is signed in here.
    """
    found = list(_changes(before, now, zone, name_of, mine))
    return found if len(found) <= _MOST else []


def _changes(
    before: Mapping[UUID, AppointmentRow],
    now: Mapping[UUID, AppointmentRow],
    zone: dt.tzinfo,
    name_of: Callable[[UUID | None], str],
    mine: UUID,
) -> Iterator[tuple[str, str, AppointmentRow]]:
    for key, row in now.items():
        old = before.get(key)
        if old is None or row.version == old.version or row.updated_by in {None, mine}:
            continue
        by = name_of(row.updated_by)
        if row.state is AppointmentState.CANCELLED and old.state is not row.state:
            yield (
                tr("{by} cancelled an appointment", by=by),
                f"{words.patient(row)}: {row.cancel_reason}",
                row,
            )
        elif (row.starts_at, row.staff_id) != (old.starts_at, old.staff_id):
            line = tr(
                "{name}: {time} instead of {before}",
                name=words.patient(row), time=words.clock(row.starts_at, zone),
                before=words.clock(old.starts_at, zone),
            )  # fmt: skip
            yield tr("{by} moved an appointment", by=by), line, row
        elif row.room_id != old.room_id:
            line = tr(
                "{name}: {room} instead of {before}",
                name=words.patient(row), room=row.room or tr("no room"), before=old.room or tr("no room"),
            )  # fmt: skip
            yield tr("{by} moved an appointment", by=by), line, row
