"""Adding a service to a bill: its code or name, Enter, how many, Enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medidesk.errors import MediDeskError
from medidesk.models.search import fold
from medidesk.repositories import billing, branch_clock, insurance, services, settings
from medidesk.ui import billing_words as words
from medidesk.ui.billing.pay_parts import EnterField
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.inputs import set_state
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.kit.theme import tokens
from medidesk.ui.notice import Notice
from medidesk.ui.page import Desk
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Changed

_FOUND_MOST = 7
TABLES = frozenset({"service", "service_price", "price_list", "insurer", "insurance_policy", "setting"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A service at the price that this patient pays today."""

    id: UUID
    code: str
    name: str
    price: str


class ServiceFinder(SidePanel):
    """The panel; it stays for the next one.

    Args:
        desk: where it stands.
        patient_id: whose bill.

    Signals:
        charged(outcome): one was added.
    """

    charged = Signal(object)

    def __init__(self, desk: Desk, patient_id: UUID, parent: QWidget | None = None) -> None:
        super().__init__(tr("Add a service"), tr("Code or name, Enter, how many, Enter."), parent)
        self._desk, self._patient_id = desk, patient_id
        self._busy = False
        self.chosen: Offer | None = None
        self._every = self._offers()
        self.search = SearchBox(tr("Code or name"))
        self.table = Table(
            (
                Column(
                    tr("Service"), lambda row: row.name, 180, weight="medium", grow=1,
                    secondary=lambda row: row.code,
                ),
                Column(tr("Price"), lambda row: row.price, 96, kind="figures", align="end"),
            ),
            row="two_line", gutter=8, name=tr("Services found"),
        )  # fmt: skip
        self.table.horizontalHeader().hide()
        self.table.drive_from(self.search)
        self.table.opened.connect(self._choose)
        self.search.searched.connect(self._search)
        nothing = tr("No service is called so, or it has no price here.")
        self._none = Label(nothing, "body", "regular", "text.tertiary", wrap=True)
        self._what = Label("", "body", "semibold", wrap=True)
        self.quantity = EnterField()
        self.quantity.setAccessibleName(tr("How many"))
        self.quantity.entered.connect(self.submit)
        self.notice = Notice("danger", "circle-alert")
        self.add = Button(tr("Add to the bill"), kind="primary", icon="plus", key="Return")
        self.add.clicked.connect(self.submit)
        self._ask = QWidget()
        column = QVBoxLayout(self._ask)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._what)
        column.addWidget(Label(tr("How many"), "meta", "medium"))
        column.addWidget(self.quantity)
        column.addWidget(self.add)
        for widget in (self.search, self.table, self._none, self._ask, self.notice):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.notice.hide()
        self._search("")

    def arrive(self) -> None:
        """The search takes what is typed."""
        self.search.setFocus()
        self.search.selectAll()

    def is_empty(self) -> bool:
        """Whether nothing is typed into it."""
        return not (self._busy or self.chosen or self.search.text().strip())

    def refresh(self, news: Changed) -> None:
        """Offer what there is now; what is chosen stays."""
        if news.everything or TABLES & set(news.tables):
            self._every = self._offers()
            if self.chosen is None:
                self._search(self.search.text())

    def submit(self) -> None:
        """Charge it."""
        if self._busy or self.chosen is None:
            return
        self._busy = True
        self.notice.hide()
        set_state(self.quantity, "")
        values = {
            "patient_id": self._patient_id,
            "service_id": self.chosen.id,
            "quantity": self.quantity.text(),
            "org_id": self._desk.station.user.org_id,
        }
        self._desk.bridge.run(billing.charge, values, done=self._done, failed=self._failed)

    def _choose(self, row: Offer) -> None:
        self.chosen = row
        self._what.setText(f"{row.name} · {row.price}")
        self._ask.show()
        self.quantity.setText("1")
        self.quantity.setFocus()
        self.quantity.selectAll()

    def _search(self, text: str) -> None:
        wanted = fold(text).split()
        rows = [row for row in self._every if all(word in fold(f"{row.code} {row.name}") for word in wanted)]
        rows.sort(key=lambda row: not fold(row.code).startswith(fold(text).strip()))
        rows = rows[:_FOUND_MOST]
        self.table.set_marks(tuple(wanted))
        self.table.set_source(FoundRows(rows), choose_first=True)
        self.table.setFixedHeight(len(rows) * int(tokens["row"]["two_line"]))
        self.table.setVisible(bool(rows))
        self._none.setVisible(not rows)
        self.chosen = None
        self._ask.hide()

    def _offers(self) -> list[Offer]:
        read, org = self._desk.station.read, self._desk.station.user.org_id
        day = branch_clock.today(read(branch_clock.zone_of, org))
        policy = read(insurance.policy_on, self._patient_id, day)
        list_id = None if policy is None else policy.price_list_id
        currency = read(billing.currency_of, org)
        way = read(settings.way_up, org)
        found = []
        for row in read(services.catalogue):
            price = services.price_on(row.prices, way, day, list_id)
            if row.active and price is not None and price.currency == currency:
                found.append(Offer(row.id, row.code, row.name, words.figure(price.amount, currency)))
        return found

    def _done(self, outcome: Any) -> None:
        self._busy = False
        reason = getattr(outcome, "reason", None)
        if reason is not None:
            self.notice.say(tr("Not added"), str(reason))
            return
        self.search.clear()
        self._search("")
        self.arrive()
        self.charged.emit(outcome)

    def _failed(self, problem: MediDeskError) -> None:
        self._busy = False
        field = getattr(problem, "field", None)
        if field == "quantity":
            set_state(self.quantity, "refused")
            self.quantity.setFocus()
        self.notice.say_problem(problem)
