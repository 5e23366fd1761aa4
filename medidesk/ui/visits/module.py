"""The queue as the shell sees it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.repositories import visits
from medidesk.ui.kit.palette import PaletteItem, says
from medidesk.ui.page import Desk, Module
from medidesk.ui.visits.page import QueuePage, open_queue
from medidesk.ui.visits.panels import NEW, ONE
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Attention, Station


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    may, found = desk.station.can, []
    actions: tuple[tuple[str, str, Callable[[QueuePage], None], bool], ...] = (
        (tr("Queue"), "ticket", QueuePage.arrive, True),
        (tr("Somebody has arrived"), "user-check", QueuePage.find_arrival, may("appointments", "add")),
        (tr("Call next"), "megaphone", QueuePage.call_next, may("appointments", "change")),
        (tr("Board of the waiting room"), "monitor", QueuePage.open_board, True),
    )
    for words, icon, act, allowed in actions:
        if allowed and says(words, text):
            found.append(PaletteItem(icon, words, "", tr("Action"), partial(_do, desk, act)))
    return found


def _do(desk: Desk, act: Callable[[QueuePage], None]) -> None:
    act(open_queue(desk))


def _restore(desk: Desk, key: str) -> bool:
    if key.startswith((NEW, ONE)):
        open_queue(desk, front=False)
        return True
    return False


def _can_edit(_desk: Desk, _entry: Attention) -> bool:
    """A step that was refused is looked at, and done again with one key."""
    return False


def _take_up(desk: Desk, entry: Attention) -> bool:
    if entry.table != "visit" or entry.row_id is None:
        return False
    open_queue(desk).show_visit(entry.row_id)
    return True


def _show_visit(desk: Desk, visit_id: UUID) -> None:
    open_queue(desk).show_visit(visit_id)


def _show_list(desk: Desk, name: str) -> bool:
    if name not in {"waiting", "here"}:
        return False
    open_queue(desk).show_view("here")
    return True


def _waiting(station: Station) -> int:
    return len(station.read(visits.waiting, station.user.org_id))


def module() -> Module:
    """The module's declaration."""
    return Module(
        "visits",
        tr("Queue"),
        "ticket",
        "appointments",
        QueuePage,
        _find,
        _restore,
        _take_up,
        _can_edit,
        show_visit=_show_visit,
        show_list=_show_list,
        badge=_waiting,
        badge_of=frozenset({"visit"}),
    )
