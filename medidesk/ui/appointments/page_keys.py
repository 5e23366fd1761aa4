"""The keys of the calendar, and when each does something."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from medidesk.ui.appointments.heading import View
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.appointments.page import CalendarPage


def bind_keys(page: CalendarPage) -> None:
    """Give the page its keys."""

    def shows_month() -> bool:
        return page.view is View.MONTH

    def shows_times() -> bool:
        return page.view is not View.MONTH

    def has_panel() -> bool:
        return page.beside.now is not None

    def has_something() -> bool:
        return has_panel() or page.grid.moving is not None or page.offers.is_shown()

    def escape() -> None:
        if page.grid.moving is not None:
            page.grid.give_up()
        elif page.offers.strip.holds_focus() or not has_panel():
            page.offers.leave()
        else:
            page.beside.close()

    def submit() -> None:
        if page.beside.now is not None:
            page.beside.now.submit()

    keys = page.keys
    keys.list_only("Left, Right", tr("With whom"), when=shows_times)
    keys.list_only("Up, Down", tr("Time"), when=shows_times)
    keys.list_only("Left, Right, Up, Down", tr("Day"), when=shows_month)
    keys.list_only("Return", tr("Open or book"), when=shows_times)
    keys.list_only("Enter", tr("Open the day"), when=shows_month)
    keys.bind("Alt+B", tr("Book"), page.beside.book)
    keys.bind("Alt+F", tr("Free time"), page.beside.find_time)
    keys.bind("Alt+W", tr("Would come earlier"), page.beside.show_waiting)
    keys.bind("Alt+O", tr("Offer the free time"), page.offers.reach, when=page.offers.is_shown)
    keys.bind("F6", tr("Move"), page.grid.begin_move, when=shows_times)
    keys.bind("F7", tr("Arrived, in room, done"), page.movers.step, when=shows_times)
    keys.bind("F8", tr("Call next"), page.waiting.call_next, when=lambda: page.may_change)
    if page.desk.station.can("billing", "read"):
        keys.bind("F9", tr("Bill"), page.movers.open_bill, when=shows_times)
    keys.list_only("P", tr("Park"), when=shows_times)
    keys.list_only("T", tr("Today"))
    keys.list_only("Del", tr("Cancel"), hint=False, when=shows_times)
    keys.bind("PgUp", tr("Day, week or month before"), partial(page.go_on, -1), hint=False)
    keys.bind("PgDown", tr("Next day, week or month"), partial(page.go_on, 1), hint=False)
    keys.bind("Ctrl+1", tr("Day"), page.show_whole_day, hint=False)
    keys.bind("Ctrl+2", tr("Week of one"), page.show_week, hint=False)
    keys.bind("Ctrl+3", tr("Month"), page.show_month, hint=False)
    keys.bind("Alt+D", tr("Whose month"), page.month.whom.setFocus, when=shows_month)
    keys.bind("Ctrl+G", tr("Go to a day"), page.heading.day_field.setFocus, hint=False)
    keys.bind("Ctrl+Return", tr("Save"), submit, when=has_panel)
    keys.bind("Ctrl+Enter", tr("Save"), submit, when=has_panel, hint=False)
    keys.bind("Escape", tr("Close, draft kept"), escape, when=has_something)
