"""Money for what is to come: it stays to the patient's credit."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from medidesk.errors import DomainError, MediDeskError
from medidesk.repositories import billing
from medidesk.repositories.patients import PatientRow
from medidesk.ui.billing.drawer import Drawer
from medidesk.ui.billing.open_in_place import OpenInPlace
from medidesk.ui.billing.pay_ways import PayWays
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.kit.button import Button
from medidesk.ui.notice import Notice
from medidesk.ui.page import Desk
from medidesk.words import tr


class DepositPanel(SidePanel):
    """The panel.

    Signals:
        taken(outcome): it was taken.
    """

    taken = Signal(object)

    def __init__(
        self, desk: Desk, patient: PatientRow, drawer: Drawer, parent: QWidget | None = None
    ) -> None:
        line = tr("It stays to their credit, and pays what is billed later.")
        super().__init__(tr("Deposit of {name}", name=patient.name), line, parent)
        self._desk, self._patient, self._drawer = desk, patient, drawer
        self._busy = False
        self.ways = PayWays()
        self.ways.begin(None, drawer.currency, ())
        self.ways.entered.connect(self.submit)
        self.ways.edited.connect(self._show)
        self.in_place = OpenInPlace(drawer)
        self.in_place.opened.connect(self._opened)
        self.notice = Notice("danger", "circle-alert")
        self.take = Button(
            tr("Take the deposit"), kind="primary", icon="banknote", key="Ctrl+Return", size="counter"
        )
        self.take.clicked.connect(self.submit)
        for widget in (self.in_place, self.ways, self.notice, self.take):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.notice.hide()
        self._show()

    def arrive(self) -> None:
        """The float where the drawer is closed, else the amount."""
        if self._needs_drawer():
            self.in_place.arrive()
        else:
            self.ways.arrive()

    def submit(self) -> None:
        """Take it, once."""
        if self._busy:
            return
        if self._needs_drawer():
            self.in_place.arrive()
            return
        try:
            reckoned = self.ways.reckon()
        except DomainError as problem:
            self.ways.refuse(problem)
            return
        if not reckoned.parts:
            self.ways.rows[0].show_problem(tr("Type how much."))
            self.ways.arrive()
            return
        self._busy = True
        self._show()
        self._desk.bridge.run(
            billing.deposit, self._patient.id, reckoned.parts, self._drawer.id,
            done=self._done, failed=self._failed,
        )  # fmt: skip

    def _needs_drawer(self) -> bool:
        return self.in_place.is_needed() and self.ways.has_cash()

    def _opened(self) -> None:
        self._show()
        self.arrive()

    def _show(self) -> None:
        self.in_place.setVisible(self._needs_drawer())
        self.ways.show_state(busy=self._busy)
        self.take.setEnabled(not self._busy)

    def _done(self, outcome: Any) -> None:
        self._busy = False
        self._show()
        reason = getattr(outcome, "reason", None)
        if reason is not None:
            self.notice.say(tr("Not taken"), str(reason))
        else:
            self.taken.emit(outcome)

    def _failed(self, problem: MediDeskError) -> None:
        self._busy = False
        self._show()
        if not (isinstance(problem, DomainError) and self.ways.refuse(problem)):
            self.notice.say_problem(problem)
