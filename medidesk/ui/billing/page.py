"""The cashier's page: who is to be billed, the bill, the payment, and the drawer above them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.models.billing import Way
from medidesk.ui.billing.beside import Beside
from medidesk.ui.billing.bill_pane import BillPane
from medidesk.ui.billing.doing import Doing
from medidesk.ui.billing.drawer import Drawer
from medidesk.ui.billing.entries import Entry, Subject, View
from medidesk.ui.billing.finder import ServiceFinder
from medidesk.ui.billing.list_pane import ListPane
from medidesk.ui.billing.open_in_place import OpenInPlace
from medidesk.ui.billing.page_acts import PageActs
from medidesk.ui.billing.page_head import PageHead
from medidesk.ui.billing.page_keys import bind_keys
from medidesk.ui.billing.pay import PayPane
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.page import Desk, Page
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Changed

KEY = "billing"
TABLES = frozenset(
    {
        "charge",
        "discount",
        "invoice",
        "invoice_line",
        "payment",
        "refund",
        "refund_verdict",
        "cashier_session",
    }
    | {"visit", "patient", "insurance_policy", "insurer", "organisation", "setting"}
    | {"insurance_claim", "claim_line"}
)
_LIST_WIDE, _LIST_SLIM = 360, 320
_WIDE_FROM, _BOTH_FROM = 1300, 1020


class CashierPage(Page):
    """The page.

    Attributes:
        row: where a panel is put.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, KEY, tr("Cashier"), "wallet", parent)
        self._at_bill = False
        self.drawer = Drawer(desk, self)
        self.doing, self.beside = Doing(self), Beside(self)
        self.acts = PageActs(self)
        self.head = PageHead(self.drawer)
        self.list = ListPane(desk)
        self.bill = BillPane(desk, self.acts)
        self.pay = PayPane(OpenInPlace(self.drawer))
        self._lay_out()
        self._connect()
        bind_keys(self)
        self.list.refresh()
        self.list.choose_first()
        chain_tabs(self)
        self.beside.take_drafts_up()

    def arrive(self) -> None:
        """The panel or the bill where one is at work, else the list."""
        if self.beside.now is not None:
            self.beside.now.arrive()
        elif self.pay.is_done():
            self.pay.setFocus()
        else:
            self.go_to_list()

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now; what is looked at stays."""
        if news is not None and isinstance(self.beside.now, ServiceFinder):
            self.beside.now.refresh(news)
        if news is not None and not news.everything and not TABLES & set(news.tables):
            return
        self.drawer.refresh()
        self.list.refresh()
        if self.bill.subject is None and self.list.current() is None and not self.pay.is_done():
            self.list.choose_first()
        self._renew()
        self._show_pending()

    # What is looked at

    def look_at(self, subject: Subject | None, *, keep_pay: bool = False) -> None:
        """Show something beside the list.

        Args:
            subject: what.
            keep_pay: the payment pane is about to say what was done.
        """
        if subject != self.bill.subject and not keep_pay:
            self.pay.begin_anew()
        self.bill.subject = subject
        self._renew(keep_pay=keep_pay)

    def show_patient(self, patient_id: UUID) -> None:
        """Come to the front with the bill of this patient."""
        self.desk.open(KEY, lambda: self)
        self.beside.close()
        self.look_at(Subject("patient", patient_id))
        self.list.point_at(patient_id)
        self.arrive_at_bill()

    def arrive_at_bill(self, *, pay: bool = False) -> None:
        """Put the focus into the bill, or into the payment of it."""
        self._at_bill = True
        self._place()
        if not self.isVisible():
            return
        if pay and self.pay.is_live():
            self.pay.arrive()
        else:
            self.bill.arrive()

    def go_to_list(self) -> None:
        """Back to the list and its search."""
        self._at_bill = False
        self._place()
        self.list.arrive()

    def go_on(self) -> None:
        """What was paid is done with: who comes next."""
        self.pay.begin_anew()
        self.pay.show_wanted(None)
        self.go_to_list()
        self.bill.subject = None
        self._renew()
        if self.list.current() is None:
            self.list.choose_first()
        else:
            self._chosen(self.list.current())

    def start_paying(self) -> None:
        """F9: to the payment, and from there take it."""
        if not self._leave_panel():
            return
        if self.pay.holds_focus() and self.pay.isVisible():
            self.pay.take()
        elif self.pay.is_live():
            self.arrive_at_bill(pay=True)

    def choose_way(self, way: Way) -> None:
        """Pay in this way."""
        if self._leave_panel():
            self.pay.choose_way(way)

    def _leave_panel(self) -> bool:
        """After the last service the payment needs no Escape; says whether it can go on."""
        may = self.beside.may_leave()
        if may and self.beside.now is not None:
            self.beside.close()
        return may

    def step_back(self) -> None:
        """Out of a panel, then out of what was paid, then back to the list."""
        if self.beside.now is not None:
            self.beside.close()
        elif self.pay.is_done():
            self.go_on()
        else:
            self.go_to_list()

    def place_pay(self) -> None:
        """The payment stands beside the bill where there is any, and no panel in its place."""
        self.pay.setVisible(self.beside.now is None and self.pay.has_something())
        self._place()

    def _chosen(self, entry: Entry | None) -> None:
        if entry is not None:
            if self.pay.is_done():
                self.pay.begin_anew()
            self.look_at(entry.subject)

    def _opened(self, entry: Entry | None) -> None:
        if entry is not None:
            self._chosen(entry)
            self.arrive_at_bill()

    def _renew(self, *, keep_pay: bool = False) -> None:
        wanted = self.bill.renew()
        if not (keep_pay or self.pay.is_done() or self.pay.is_busy()):
            self.pay.show_wanted(wanted)
        self.place_pay()
        self.keys.look_again()

    def _ticked(self) -> None:
        if not self.pay.is_busy():
            self.pay.show_wanted(self.bill.wanted_of_charges())
            self.keys.look_again()

    def _show_pending(self, _state: object = None) -> None:
        pending = self.desk.station.pending
        self.list.table.set_pending(pending("invoice") | pending("refund"))
        self.bill.invoice.payments.set_pending(pending("payment"))
        self.bill.charges.lines.set_pending(pending("charge"))

    # The frame

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """In a narrow window the list and the bill, or a panel beside it, take turns."""
        both = self.width() >= _BOTH_FROM
        at_bill = self._at_bill or self.beside.now is not None
        self.list.setVisible(both or not at_bill)
        self._right.setVisible(both or at_bill)
        if both:
            self.list.setFixedWidth(_LIST_WIDE if self.width() >= _WIDE_FROM else _LIST_SLIM)
        else:
            self.list.setMinimumWidth(0)
            self.list.setMaximumWidth(16_777_215)

    def _connect(self) -> None:
        self.list.chosen.connect(self._chosen)
        self.list.opened.connect(self._opened)
        self.bill.charges.changed.connect(self._ticked)
        self.bill.charges.opened.connect(self._open_subject)
        self.bill.invoice.note_opened.connect(lambda note: self._open_subject(Subject("invoice", note)))
        self.bill.invoice.refund_opened.connect(lambda refund: self._open_subject(Subject("refund", refund)))
        self.bill.invoice.keep_asked.connect(self.doing.keep_credit)
        self.bill.invoice.back_asked.connect(self.beside.refund)
        self.pay.take_asked.connect(self.doing.take)
        self.pay.issue_asked.connect(self.doing.issue)
        self.pay.draft_asked.connect(self.doing.keep_draft)
        self.pay.next_asked.connect(self.go_on)
        self.pay.done.print_asked.connect(self.doing.print_receipt)
        self.head.open_asked.connect(self.beside.open_drawer)
        self.head.close_asked.connect(self.beside.close_drawer)
        self.desk.bridge.sync_changed.connect(self._show_pending)

    def _open_subject(self, subject: Subject) -> None:
        self.look_at(subject)
        self.arrive_at_bill()

    def _lay_out(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._right = QWidget()
        self.row = QHBoxLayout(self._right)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(0)
        self.row.addWidget(self.bill, 1)
        self.row.addWidget(self.pay)
        both = QHBoxLayout()
        both.setContentsMargins(1, 0, 0, 0)
        both.setSpacing(0)
        both.addWidget(self.list)
        both.addWidget(self._right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addLayout(both, 1)


def open_cashier(desk: Desk, *, front: bool = True, view: View | None = None) -> CashierPage:
    """The cashier's page, wherever it is asked for."""
    page = desk.open(KEY, lambda: CashierPage(desk), front=front)
    if not isinstance(page, CashierPage):
        raise TypeError(page.key)
    if view is not None:
        page.list.show_view(view)
    return page
