"""A time that came free by what this person did is offered to those who would come earlier."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from medidesk.errors import MediDeskError
from medidesk.models.appointments import AppointmentState
from medidesk.repositories import appointments
from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui.answers import refuse, tell
from medidesk.ui.appointments import words
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.inline_warning import InlineWarning
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.appointments.page import CalendarPage


_ROOM_FOR_DISMISS = 860


class OfferStrip(InlineWarning):
    """Over the grid: which time is free, and who would come.

    It never takes the focus by itself: whoever goes on typing gives nothing away by chance.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        self.take = Button(tr("Move"), kind="secondary", icon="calendar-clock", size="small", key="Alt+O")
        self.other = Button(tr("Somebody else"), kind="secondary", size="small")
        self.dismiss = Button(tr("Not now"), kind="ghost", size="small")
        buttons = (self.take, self.other, self.dismiss)
        super().__init__("accent", "", "", buttons, icon="calendar-clock", parent=parent)
        self.hide()

    def set_words(self, title: str, line: str) -> None:
        super().set_words(title, line)
        self.setToolTip(f"{title}\n{line}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Escape does the same.
        self.dismiss.setVisible(self.width() >= _ROOM_FOR_DISMISS)

    def holds_focus(self) -> bool:
        """Whether one of its buttons has the focus."""
        return any(button.hasFocus() for button in (self.take, self.other, self.dismiss))


class Offers(QObject):
    """Of one page."""

    def __init__(self, page: CalendarPage) -> None:
        super().__init__(page)
        self._page = page
        self._freed: AppointmentRow | None = None
        self._who: list[AppointmentRow] = []
        self._asked = False
        self.strip = OfferStrip()
        self.strip.take.clicked.connect(lambda _on=False: self.take())
        self.strip.other.clicked.connect(lambda _on=False: self.next_one())
        self.strip.dismiss.clicked.connect(lambda _on=False: self.leave())

    @property
    def who(self) -> AppointmentRow | None:
        """Whom the time is offered to."""
        return self._who[0] if self._who else None

    def freed(self, before: AppointmentRow, outcome: Any) -> None:
        """An appointment is not any more what it was; offer its old time where somebody would take it.

        Args:
            before: the appointment as it was.
            outcome: what cancelling, parking or moving it came to.
        """
        row = getattr(outcome, "row", None)
        was_booked = before.state is AppointmentState.BOOKED
        if not isValid(self) or not isinstance(row, AppointmentRow) or not was_booked:
            return
        holds = row.state is AppointmentState.BOOKED and row.staff_id == before.staff_id
        if not (holds and row.starts_at == before.starts_at) and self._page.may_change:
            self._freed, self._who = before, []
            self.look()

    def look(self) -> None:
        """Show who would come now; nothing once the time is taken or is over."""
        if self._freed is None:
            return
        now, first = dt.datetime.now(dt.UTC), self.who
        rows = self._page.desk.station.read(appointments.could_come, self._freed, now)
        rows.sort(key=lambda row: first is None or row.id != first.id)  # whoever is shown stays shown
        if not rows:
            self._end()
            return
        self._who = rows
        self._show()

    def take(self) -> None:
        """Give the time to whoever is shown."""
        if self._freed is not None and self.who is not None:
            self.bring(self.who, self._freed.starts_at)

    def bring(self, row: AppointmentRow, starts_at: dt.datetime) -> None:
        """Give somebody an earlier time, and offer the one they had."""
        if not self._asked:
            self._asked = True
            self._page.desk.bridge.run(
                appointments.bring_forward, row.id, starts_at,
                done=partial(self._brought, row), failed=self._not_brought,
            )  # fmt: skip

    def _not_brought(self, problem: MediDeskError) -> None:
        self._asked = False
        refuse(self._page.desk, tr("Not moved"), problem)

    def next_one(self) -> None:
        """Show somebody else who would come."""
        self._who = [*self._who[1:], *self._who[:1]]
        self._show()

    def leave(self) -> None:
        """Offer it to nobody."""
        self._end()
        self._page.arrive()

    def reach(self) -> None:
        """Put the focus where Enter gives the time away."""
        if self.is_shown():
            self.strip.take.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def is_shown(self) -> bool:
        """Whether there is a time to give away."""
        return not self.strip.isHidden()

    def _brought(self, before: AppointmentRow, outcome: Any) -> None:
        row, desk, self._asked = getattr(outcome, "row", None), self._page.desk, False
        self._end()
        if not isinstance(row, AppointmentRow):
            tell(desk, "", outcome)
            return
        time = words.day_and_time(row.starts_at, self._page.zone)
        desk.toast(
            tr("Moved: {what}", what=f"{words.patient(row)}: {row.staff_name}"), time,
            icon="calendar-clock", verb=tr("Undo"), act=partial(self._take_back, before),
        )  # fmt: skip
        if self._page.may_change:
            self._page.show_one(row.id)
        self.freed(before, outcome)

    def _take_back(self, before: AppointmentRow) -> None:
        run, failed = self._page.desk.bridge.run, partial(refuse, self._page.desk, tr("Not moved back"))

        def wait_again(outcome: Any) -> None:
            if getattr(outcome, "reason", None) is not None:
                tell(self._page.desk, "", outcome)
                return
            again = {"wants_earlier": True}
            done = partial(tell, self._page.desk, tr("Moved back: {name}", name=words.patient(before)))
            run(appointments.change, before.id, again, done=done, failed=failed)

        run(
            appointments.move, before.id, before.staff_id, before.starts_at, before.ends_at, True, before.room_id,
            done=wait_again, failed=failed,
        )  # fmt: skip

    def _show(self) -> None:
        freed, row, zone = self._freed, self.who, self._page.zone
        if freed is None or row is None:
            return
        time = words.clock(freed.starts_at, zone)
        day, has_day = (words.short_day(one.starts_at, zone) for one in (freed, row))
        title = tr("{time} with {name} is free", time=f"{day} {time}", name=freed.staff_name)
        has = tr(
            "{name} has {time} and would come",
            name=words.patient(row), time=f"{has_day} {words.clock(row.starts_at, zone)}",
        )  # fmt: skip
        self.strip.set_words(title, " · ".join(part for part in (has, row.phone) if part))
        self.strip.take.setText(tr("Move to {time}", time=time))
        self.strip.take.setAccessibleName(tr("Move {name} to {time}", name=row.name, time=time))
        self.strip.other.setVisible(len(self._who) > 1)
        self.strip.show()
        self._page.keys.look_again()

    def _end(self) -> None:
        held = self.strip.holds_focus()
        self._freed, self._who = None, []
        self.strip.hide()
        if held:
            self._page.arrive()
        self._page.keys.look_again()
