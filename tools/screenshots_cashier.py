"""Pictures of the cashier's windows: bills, payments, invoices, refunds, the drawer; and bills in a file."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from medidesk import demo
from medidesk.models.billing import Way
from medidesk.repositories import billing, services
from medidesk.repositories.billing import Part
from medidesk.ui.billing.entries import Subject, View
from medidesk.ui.billing.finder import ServiceFinder
from medidesk.ui.billing.page import CashierPage, open_cashier
from medidesk.ui.desktop import Desktop
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.kit.theme import apply_theme
from medidesk.ui.patients import opening
from tools.screenshots_frame import SIZE, SMALL, Seat, settle, take, wait

SMALLEST = (960, 640)
"""What 150 % leaves of a monitor of 1440 px."""


class Cashier(Seat):
    """A cashier's seat, and how each picture is set up."""

    def page(self) -> CashierPage:
        """The page, in front, without panel or search."""
        page = open_cashier(self.shell)
        page.beside.close()
        self.shell.toaster.clear()
        if page.pay.is_done():
            page.go_on()
        page.list.show_view(View.TO_BILL)
        return page

    def drawer(self) -> UUID | None:
        """The open drawer; opened where it is not."""
        page, user = self.page(), self.station.user
        if page.drawer.row is None:
            self.station.run(billing.open_drawer, user.account_id, self.station.name, "100")
            wait(lambda: page.drawer.row is not None)
        return page.drawer.id

    def cashier_closed(self) -> None:
        """Cash is to be taken, and the drawer is closed."""
        self.page().arrive_at_bill(pay=True)

    def drawer_open(self) -> None:
        """The float is asked for."""
        self.page().beside.open_drawer()

    def cashier(self) -> None:
        """Who is to be billed, and the first bill."""
        self.drawer()
        self.page().list.arrive()

    def cashier_insured(self) -> None:
        """The bill of somebody who is insured, with what was done besides."""
        self.drawer()
        page = self.page()
        insured = next(bill for bill in self._bills() if bill.policy is not None)
        if len(insured.charges) == 1:
            other = next(row for row in self.station.read(services.catalogue) if row.code == "P01")
            self.station.run(
                billing.charge, {"patient_id": insured.id, "service_id": other.id, "quantity": "2"}
            )
        page.show_patient(insured.id)
        wait(lambda: len(page.bill.charges.billed()) > 1)

    def cashier_pay(self) -> None:
        """Paid in two ways, with change."""
        self.drawer()
        page = self.page()
        page.show_patient(max(self._bills(), key=lambda bill: bill.sums().own).id)
        page.arrive_at_bill(pay=True)
        row = page.pay.ways.rows[0]
        row.amount.setText("20")
        row.amount.textEdited.emit("20")
        page.pay.choose_way(Way.CARD)
        row.amount.setText("50")
        row.amount.textEdited.emit("50")

    def cashier_paid(self) -> None:
        """What was taken just now, with the change."""
        self.drawer()
        page = self.page()
        page.list.choose_first()
        page.arrive_at_bill(pay=True)
        page.pay.ways.rows[0].amount.setText("100")
        page.start_paying()
        wait(page.pay.is_done)

    def cashier_add(self) -> None:
        """A service is added."""
        page = self.page()
        page.beside.add_service()
        if isinstance(page.beside.now, ServiceFinder):
            page.beside.now.search.setText("ele")
            settle()
            page.beside.now.table.opened.emit(page.beside.now.table.current_row())

    def cashier_unpaid(self) -> None:
        """Invoices that are not paid."""
        page = self.page()
        page.list.show_view(View.UNPAID)

    def cashier_taken(self) -> None:
        """What was taken today."""
        self.page().list.show_view(View.TAKEN)

    def invoice(self) -> None:
        """An invoice that is paid, of which a line was taken back."""
        page = self.page()
        invoice = self._paid()
        if not any(
            row.credits_id == invoice for row in self.station.read(billing.of_patient, self._of(invoice))
        ):
            line = self.station.read(billing.lines, invoice)[0]
            self.station.run(billing.credit, invoice, "Was not done", {line.id: "10"})
        page.look_at(Subject("invoice", invoice))
        page.arrive_at_bill()

    def credit(self) -> None:
        """An invoice is taken back line by line."""
        page = self.page()
        page.look_at(Subject("invoice", self._paid()))
        page.beside.credit()

    def refund(self) -> None:
        """A refund that waits for somebody's word."""
        payment = self.station.read(billing.payments_of, self._paid())[0]
        page = self.page()
        if not page.list.found[View.REFUNDS]:
            self.station.run(billing.refund, payment.id, "10", "The test was not done", self.drawer())
            wait(lambda: bool(page.list.found[View.REFUNDS]))
        page.list.show_view(View.REFUNDS)

    def refund_ask(self) -> None:
        """Money is given back."""
        page = self.page()
        page.look_at(Subject("invoice", self._paid()))
        page.beside.refund()

    def drawer_close(self) -> None:
        """It is counted."""
        self.drawer()
        page = self.page()
        page.beside.close_drawer()
        if isinstance(page.beside.now, EntryPanel):
            page.beside.now.form.set_values({"counted": "240"})

    def drawer_closed(self) -> None:
        """It was counted, and something is missing."""
        drawer = self.drawer()
        page = self.page()
        row = None if drawer is None else self.station.read(billing.drawer, drawer)
        page.beside.close_drawer()
        if isinstance(page.beside.now, EntryPanel) and row is not None:
            page.beside.now.form.set_values({"counted": str(row.holds - Decimal("5.00"))[:-2]})
            page.beside.submit()
            wait(lambda: page.drawer.row is None)

    def file_bills(self) -> None:
        """The bills in a patient's file."""
        opening.open_file(self.shell, self._of(self._paid()), section="billing")

    def tidy(self) -> None:
        """Back to the page alone."""
        self.shell.toaster.clear()
        for page in self.shell.pages():
            if page.key.startswith(("patients/file", "print/")):
                self.shell.close_page(page)
        for draft in self.station.drafts.all():
            self.station.drafts.drop(draft.key)

    def _bills(self) -> list[billing.Bill]:
        return self.station.read(billing.bills, self.station.user.org_id)

    def _paid(self) -> UUID:
        """An invoice that was paid now."""
        page = self.page()
        for entry in page.list.found[View.TAKEN]:
            if entry.invoice_id is not None:
                return entry.invoice_id
        bill = self._bills()[-1]
        parts = [Part(Way.CASH, str(bill.sums().own.quantize(Decimal("0.01"))), tendered="200")]
        outcome = self.station.run(
            billing.settle, bill.id, [one.id for one in bill.charges], parts, self.drawer()
        )
        wait(lambda: bool(page.list.found[View.TAKEN]))
        found: UUID = outcome.row.id  # type: ignore[union-attr]  # what was refused ends the pictures here
        return found

    def _of(self, invoice: UUID) -> UUID:
        row = self.station.read(billing.invoice, invoice)
        if row is None:
            raise LookupError(invoice)
        return row.patient_id


NAMES: tuple[str, ...] = (
    *(
        "cashier_closed",
        "drawer_open",
        "cashier",
        "cashier_insured",
        "cashier_pay",
        "cashier_add",
        "cashier_paid",
    ),
    *("cashier_unpaid", "cashier_taken", "invoice", "credit", "refund_ask", "refund", "file_bills"),
    *("drawer_close", "drawer_closed"),
)
_SMALL = ("cashier_insured", "cashier_pay", "cashier_add", "invoice", "refund", "file_bills", "drawer_close")


def pictures_of(names: Sequence[str], made: demo.Demo, app: QApplication) -> list[str]:
    """Each of them: light and dark, and of the most important small, mirrored, and as small as 150 % makes it."""
    cut: list[str] = []
    window = Desktop(app, made.home / "stations" / "rui", server=made.address, name="Cash desk 1")
    window.resize(*SIZE)
    window.begin()
    window.show()
    seat = Cashier(window, made)
    seat.sign_in("rui")
    window.activateWindow()
    for name in names:
        getattr(seat, name)()
        for mode in ("light", "dark"):
            apply_theme(app, "dark" if mode == "dark" else "light", reduced_motion=True)
            cut += take(window, f"rui-{name}", mode)
        apply_theme(app, "light", reduced_motion=True)
        if name in _SMALL:
            for size, word in ((SMALL, "small"), (SMALLEST, "smallest")):
                window.resize(*size)
                cut += take(window, f"rui-{name}-{word}", "light")
            window.resize(*SIZE)
            app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            cut += take(window, f"rui-{name}-rtl", "light")
            app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        seat.tidy()
    window.close()
    return cut
