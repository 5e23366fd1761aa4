"""How it is paid: the ways, one or several at once, with what is typed for each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from medidesk.errors import DomainError
from medidesk.models.billing import Way
from medidesk.models.money import decimals
from medidesk.repositories import amounts
from medidesk.repositories.billing import CreditRow
from medidesk.ui import billing_words as words
from medidesk.ui.billing.pay_parts import WayRow
from medidesk.ui.billing.tender import ZERO, Reckoned, Typed, reckon
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.words import tr

WAYS = (Way.CASH, Way.CARD, Way.MOBILE, Way.TRANSFER, Way.CREDIT)


class PayWays(QWidget):
    """The ways.

    Attributes:
        rows: those that are chosen.

    Signals:
        edited(): an amount is another, or a way came or went.
        entered(): Enter was pressed in a field.
    """

    edited = Signal()
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[WayRow] = []
        self._due: Decimal | None = None
        self._currency = "EUR"
        self._credits: tuple[CreditRow, ...] = ()
        self._left = Label("", "meta", "medium", "warning.text", wrap=True, figures=True)
        self._left.hide()
        grid = QGridLayout()
        grid.setSpacing(8)
        grid.addWidget(Label(tr("How"), "meta", "medium"), 0, 0)
        self.buttons = {way: self._button(at, way) for at, way in enumerate(WAYS, start=1)}
        for at, button in enumerate(self.buttons.values()):
            grid.addWidget(button, 1 + at // 2, at % 2)
        self._parts = QVBoxLayout()
        self._parts.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(grid)
        column.addLayout(self._parts)
        column.addWidget(self._left)

    def begin(self, due: Decimal | None, currency: str, held: Sequence[CreditRow]) -> None:
        """Something is to be paid; what was typed for it already stays.

        Args:
            due: how much; None for a deposit, of any amount.
            currency: of the branch.
            held: what the patient has to their credit.
        """
        self._due, self._currency, self._credits = due, currency, tuple(held)
        if not self.rows or (len(self.rows) == 1 and self.rows[0].is_untouched()):
            way = self.rows[0].way if self.rows else Way.CASH
            self._drop_rows()
            self._add(Way.CASH if way is Way.CREDIT and not self._credits else way, due or ZERO)
        self.show_state(busy=False)

    def end(self) -> None:
        """Nothing is to be paid any more."""
        self._drop_rows()

    def show_state(self, *, busy: bool) -> None:
        """Show which ways are chosen; while the money is being taken nothing can be typed."""
        chosen = {row.way for row in self.rows}
        for way, button in self.buttons.items():
            button.setChecked(way in chosen)
            button.set_kind("soft" if way in chosen else "secondary")
            button.setEnabled(not busy)
        self.buttons[Way.CREDIT].setVisible(bool(self._credits))
        for row in self.rows:
            row.amount.setReadOnly(busy)
            row.cross.setVisible(len(self.rows) > 1 and not busy)
        self._show_change()

    def has_cash(self) -> bool:
        """Whether some of it is paid in cash."""
        return any(row.way is Way.CASH for row in self.rows)

    def choose(self, way: Way) -> None:
        """Pay in this way: what is left where something is, else in place of a way that nobody typed into."""
        if self.buttons[way].isHidden() or not self.buttons[way].isEnabled():
            return
        row = next((one for one in self.rows if one.way is way), None)
        if row is None:
            left = self._left_to_pay()
            if left <= 0 and len(self.rows) == 1 and self.rows[0].is_untouched():
                left = self._due or ZERO
                self._drop_rows()
            row = self._add(way, left)
            self.show_state(busy=False)
            chain_tabs(self)
            self.edited.emit()
        row.arrive()

    def arrive(self) -> None:
        """The first amount takes what is typed."""
        if self.rows:
            self.rows[0].arrive()

    def reckon(self) -> Reckoned:
        """What the fields come to.

        Raises:
            DomainError: one cannot be read, or is too much.
        """
        typed = [
            Typed(row.way, row.amount.text(), "" if row.reference is None else row.reference.text())
            for row in self.rows
        ]
        return reckon(typed, self._due, self._currency, self._credits)

    def reckoned(self) -> Reckoned | None:
        """The same; None while one cannot be read."""
        try:
            return self.reckon()
        except DomainError:
            return None

    def refuse(self, problem: DomainError) -> bool:
        """Say it beside the way that it concerns; says whether there is one."""
        row = next((one for one in self.rows if problem.field == one.way.value), None)
        if row is None:
            return False
        row.show_problem(str(problem))
        row.arrive()
        return True

    def _left_to_pay(self) -> Decimal:
        reckoned = self.reckoned()
        return ZERO if reckoned is None else reckoned.left

    def _edited(self, row: WayRow) -> None:
        row.show_problem("")
        self._show_change()
        self.edited.emit()

    def _show_change(self) -> None:
        reckoned = self.reckoned()
        there = sum((one.amount for one in self._credits), ZERO)
        for row in self.rows:
            if row.way is Way.CREDIT:
                row.show_beside(tr("To their credit"), words.figure(there, self._currency))
            elif row.way is Way.CASH and self._due is not None and reckoned is not None:
                row.show_beside(tr("Change"), words.figure(reckoned.change, self._currency))
        left = ZERO if reckoned is None or not self.rows else reckoned.left
        self._left.setText(tr("{amount} stays to be paid.", amount=words.money(left, self._currency)))
        self._left.setVisible(left > 0)

    def _add(self, way: Way, amount: Decimal) -> WayRow:
        row = WayRow(way)
        if way is Way.CREDIT:
            amount = min(amount, sum((one.amount for one in self._credits), ZERO))
        if amount > 0:
            row.fill_in(amounts.plain(amount, decimals(self._currency)))
        row.edited.connect(partial(self._edited, row))
        row.entered.connect(self.entered)
        row.removed.connect(partial(self._remove, row))
        self.rows.append(row)
        self._parts.addWidget(row)
        return row

    def _remove(self, row: WayRow) -> None:
        self.rows.remove(row)
        self._drop(row)
        self.show_state(busy=False)
        self.edited.emit()
        self.arrive()

    def _drop_rows(self) -> None:
        for row in self.rows:
            self._drop(row)
        self.rows = []

    def _drop(self, row: WayRow) -> None:
        self._parts.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _button(self, at: int, way: Way) -> Button:
        button = Button(words.way_name(way), icon=words.WAY_ICONS[way], key=f"Alt+{at}", parent=self)
        button.setCheckable(True)
        button.clicked.connect(lambda _on=False: self.choose(way))
        return button
