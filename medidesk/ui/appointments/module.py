"""The calendar as the shell sees it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.ui.appointments.beside import Beside
from medidesk.ui.appointments.page import KEY, CalendarPage
from medidesk.ui.appointments.panels import NEW, ONE
from medidesk.ui.kit.palette import PaletteItem, says
from medidesk.ui.page import Desk, Module
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Attention


def _open(desk: Desk, *, front: bool = True) -> CalendarPage:
    page = desk.open(KEY, lambda: CalendarPage(desk), front=front)
    if not isinstance(page, CalendarPage):
        raise TypeError(page.key)
    return page


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    found = []
    if says(tr("Calendar"), text):
        found.append(PaletteItem("calendar-days", tr("Calendar"), "", tr("Action"), lambda: _open(desk)))
    if desk.station.can("appointments", "add"):
        for words, icon, wanted in (
            (tr("Book an appointment"), "calendar-plus", Beside.book),
            (tr("Find a free time"), "search", Beside.find_time),
        ):
            if says(words, text):
                act = partial(_beside, desk, wanted)
                found.append(PaletteItem(icon, words, "", tr("Action"), act))
    return found


def _beside(desk: Desk, wanted: Callable[[Beside], None]) -> None:
    wanted(_open(desk).beside)


def _restore(desk: Desk, key: str) -> bool:
    if key.startswith((NEW, ONE)):
        _open(desk, front=False)
        return True
    return False


def _can_edit(desk: Desk, entry: Attention) -> bool:
    """Whether it wanted a time: what was cancelled or parked has no form."""
    return (
        entry.table == "appointment"
        and isinstance(entry.wanted.get("starts_at"), dt.datetime)
        and desk.station.can("appointments", "change")
    )


def _take_up(desk: Desk, entry: Attention) -> bool:
    return entry.table == "appointment" and _open(desk).beside.take_up(entry)


def _open_appointment(desk: Desk, appointment_id: UUID) -> None:
    _open(desk).show_one(appointment_id)


def _book_for(desk: Desk, patient_id: UUID) -> None:
    _open(desk).beside.book_for(patient_id)


def _show_list(desk: Desk, name: str) -> bool:
    if name != "today":
        return False
    _open(desk).today()
    return True


def module() -> Module:
    """The module's declaration."""
    return Module(
        "appointments",
        tr("Calendar"),
        "calendar-days",
        "appointments",
        CalendarPage,
        _find,
        _restore,
        _take_up,
        _can_edit,
        open_appointment=_open_appointment,
        show_list=_show_list,
        book_for=_book_for,
    )
