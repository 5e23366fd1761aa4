"""The drawer of whoever is signed in, at this PC: opened with a float, counted blind, closed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from medidesk.errors import DomainError, MediDeskError
from medidesk.models.billing import CashierSession, Way
from medidesk.models.money import decimals
from medidesk.repositories import amounts, billing
from medidesk.repositories.billing import DrawerRow
from medidesk.ui import billing_words as words
from medidesk.ui import moments
from medidesk.ui.colleagues import name_of
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.form import Field, FormSpec
from medidesk.ui.kit.label import Label
from medidesk.ui.notice import Notice
from medidesk.ui.page import Desk
from medidesk.ui.sums import SumRows
from medidesk.ui.text_field import text_field
from medidesk.words import tr

OPEN = "billing/drawer/open"
CLOSE = "billing/drawer/close/"
WAYS = (Way.CASH, Way.CARD, Way.MOBILE, Way.TRANSFER)

type Done = Callable[[Any], None]
type Failed = Callable[[MediDeskError], None]


class Drawer(QObject):
    """It, as this desk sees it.

    Attributes:
        row: while it is open.
        place: what it is called: this PC's name.

    Signals:
        changed(): it is open or closed now.
    """

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._user = desk, desk.station.user
        self.place = desk.station.name
        self.may_open = desk.station.can("billing", "add")
        self.row: DrawerRow | None = None
        self.refresh()

    @property
    def id(self) -> UUID | None:
        """Of the open one."""
        return None if self.row is None else self.row.id

    @property
    def currency(self) -> str:
        """Of the branch."""
        return self._desk.station.read(billing.currency_of, self._user.org_id)

    def refresh(self) -> None:
        """Look again."""
        read = self._desk.station.read
        before = self.id
        self.row = read(billing.open_at, self._user.account_id, self._user.org_id, self.place)
        if self.id != before:
            self.changed.emit()

    def handover(self) -> DrawerRow | None:
        """What was counted last at this PC, where nobody has gone on from it."""
        return self._desk.station.read(billing.handed_over, self._user.org_id, self.place)

    def handover_words(self) -> str:
        """Who counted it, and when; "" for nobody."""
        before = self.handover()
        if before is None or before.closed_at is None:
            return ""
        who = name_of(self._desk, before.cashier_id)
        return tr("Counted {time} by {name}.", time=moments.when(before.closed_at), name=who)

    def first_float(self) -> str:
        """What stands in the field of the float: what was counted last."""
        before = self.handover()
        if before is None or before.counted is None:
            return ""
        return amounts.plain(before.counted, decimals(before.currency))

    def open(self, typed: str, done: Done, failed: Failed, resolves: UUID | None = None) -> None:
        """Open it: handed over where what was counted is in it, else with a float of its own."""
        before = self.handover()
        self._desk.bridge.run(
            billing.open_drawer, self._user.account_id, self.place, typed,
            before.id if before is not None and self._is(typed, before.counted) else None,
            done=done, failed=failed, resolves=resolves,
        )  # fmt: skip

    def _is(self, typed: str, counted: Decimal | None) -> bool:
        try:
            return amounts.parse_amount(typed, self.currency) == counted
        except DomainError:
            return False


def open_panel(desk: Desk, drawer: Drawer) -> EntryPanel:
    """The panel that opens it."""

    def store(
        values: dict[str, Any], _changed: frozenset[str], resolves: UUID | None, done: Done, failed: Failed
    ) -> None:
        drawer.open(str(values["opening_float"]), done, failed, resolves)

    spec = FormSpec(
        (
            Field(
                "opening_float", tr("Cash in it now, {currency}", currency=drawer.currency), required=True,
                help=drawer.handover_words(), span=2,
            ),
        )
    )  # fmt: skip
    title = tr("Open the drawer of {place}", place=drawer.place)
    values = {"opening_float": drawer.first_float()}
    return EntryPanel(title, spec, values, store, desk.station.drafts, OPEN, is_new=True)


def close_panel(desk: Desk, row: DrawerRow) -> EntryPanel:
    """The panel in which it is counted. What should be in it is not said before."""

    def store(
        values: dict[str, Any], _changed: frozenset[str], resolves: UUID | None, done: Done, failed: Failed
    ) -> None:
        desk.bridge.run(
            billing.close_drawer, row.id, str(values["counted"]), str(values["note"]),
            done=done, failed=failed, resolves=resolves,
        )  # fmt: skip

    spec = FormSpec(
        (
            Field(
                "counted", tr("Counted cash, {currency}", currency=row.currency), required=True, span=2,
                help=tr("Count first: what should be there is shown afterwards."),
            ),
            text_field(CashierSession, "note", tr("Note"), span=2, optional_word=tr("optional")),
        )
    )  # fmt: skip
    title = tr("Count and close the drawer of {place}", place=row.drawer)
    values = {"counted": "", "note": ""}
    return EntryPanel(title, spec, values, store, desk.station.drafts, f"{CLOSE}{row.id}", is_new=True)


class ClosedPanel(SidePanel):
    """What was counted, beside what should have been there.

    Signals:
        print_asked(): the close is to be printed.
    """

    print_asked = Signal()

    def __init__(self, row: DrawerRow, *, waits: bool) -> None:
        super().__init__(tr("Drawer of {place} closed", place=row.drawer))
        self.row = row
        rows = SumRows()
        rows.show_rows(_sums(row))
        self.verdict = Notice()
        self.verdict.say(*_difference(row), tone=_tone(row), icon=_icon(row))
        self.body.addWidget(self.verdict)
        self.body.addWidget(rows)
        taken = [
            (words.way_name(way), words.figure(row.net(way), row.currency)) for way in WAYS if row.net(way)
        ]
        if taken:
            self.body.addWidget(
                Label(tr("Taken, less what was given back"), "caption", "semibold", "text.tertiary")
            )
            ways = SumRows()
            ways.show_rows(taken)
            self.body.addWidget(ways)
        if row.note:
            self.body.addWidget(Label(row.note, "body", "regular", "text.secondary", wrap=True))
        if waits:
            said = tr("Saved on this PC. It is sent when the server is back.")
            self.body.addWidget(Label(said, "meta", "regular", "warning.text", wrap=True))
        self._print = Button(tr("Print the close"), kind="primary", icon="printer", key="Ctrl+Return")
        self._print.clicked.connect(self.print_asked)
        self.body.addWidget(self._print)
        self.body.addStretch(1)

    def arrive(self) -> None:
        """Printing comes next."""
        self._print.setFocus()

    def submit(self) -> None:
        self.print_asked.emit()


def _sums(row: DrawerRow) -> list[tuple[str, str]]:
    cash = dict(row.taken).get(Way.CASH, Decimal(0))
    back = dict(row.returned).get(Way.CASH, Decimal(0))
    counted = Decimal(0) if row.counted is None else row.counted
    found = [
        (tr("Float"), row.opening_float), (tr("Cash taken"), cash), (tr("Cash given back"), -back),
        (tr("Should be in it"), row.holds), (tr("Counted"), counted),
    ]  # fmt: skip
    return [(label, words.figure(amount, row.currency)) for label, amount in found]


def _difference(row: DrawerRow) -> tuple[str, str]:
    difference = row.difference or Decimal(0)
    if not difference:
        return tr("It is right to the coin"), ""
    amount = words.money(abs(difference), row.currency)
    title = (
        tr("{amount} too much", amount=amount) if difference > 0 else tr("{amount} missing", amount=amount)
    )
    return title, tr("It stays on record with your name.")


def _tone(row: DrawerRow) -> str:
    return "warning" if row.difference else "success"


def _icon(row: DrawerRow) -> str:
    return "triangle-alert" if row.difference else "circle-check"
