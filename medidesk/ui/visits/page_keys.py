"""The keys of the queue, and when each does something."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from medidesk.repositories.visits import VisitRow
from medidesk.ui.visit_steps import print_ticket
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.visits.page import QueuePage


def bind_keys(page: QueuePage) -> None:
    """Give the page its keys."""

    def may_add() -> bool:
        return page.may_add

    def may_change() -> bool:
        return page.may_change

    def has_panel() -> bool:
        return page.panel is not None

    def submit() -> None:
        if page.panel is not None:
            page.panel.submit()

    def with_chosen(act: Callable[[VisitRow], None]) -> None:
        row = page.table.current_row()
        if row is not None:
            act(row)

    keys, steps = page.keys, page.steps
    keys.list_only("Up, Down", tr("Choose"))
    keys.list_only("Return", tr("Open"))
    keys.bind("Alt+A", tr("Arrived"), page.find_arrival, when=may_add)
    keys.bind("F7", tr("In the room, done"), partial(with_chosen, steps.step), when=may_change)
    keys.bind("F8", tr("Call next"), page.call_next, when=may_change)
    keys.bind("Alt+C", tr("Call"), partial(with_chosen, steps.call), when=may_change)
    keys.bind("Alt+L", tr("Left"), partial(with_chosen, steps.leave), when=may_change)
    keys.bind("Alt+Z", tr("Step back"), partial(with_chosen, steps.take_back), when=may_change)
    keys.bind("Alt+T", tr("Ticket"), partial(with_chosen, partial(print_ticket, page.desk)))
    if page.desk.station.can("billing", "read"):
        keys.bind("F9", tr("Bill"), partial(with_chosen, lambda row: page.desk.open_bill(row.patient_id)))
    keys.bind("Alt+O", tr("Board"), page.open_board)
    for at, (view, name) in enumerate(zip(page.views, page.view_names, strict=True), start=1):
        keys.bind(f"Ctrl+{at}", name, partial(page.show_view, view), hint=False)
    keys.bind("Ctrl+Return", tr("Save"), submit, when=has_panel)
    keys.bind("Ctrl+Enter", tr("Save"), submit, when=has_panel, hint=False)
    keys.bind("Escape", tr("Close, draft kept"), page.close_panel, when=has_panel)
