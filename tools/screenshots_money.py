"""Pictures of papers of money and of reports, of a desk that has billed and taken some."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from PySide6.QtWidgets import QApplication

from medidesk import demo
from medidesk.models.billing import Way
from medidesk.repositories import billing, branch_clock, patients, reports, services
from medidesk.repositories.billing import Part
from medidesk.repositories.reports import KINDS
from medidesk.repositories.verbs import Verb
from medidesk.station import Saved
from medidesk.ui import bill_papers
from medidesk.ui.desktop import Desktop
from medidesk.ui.overview.module import open_overview
from medidesk.ui.printing.page import PrintPage
from medidesk.ui.reports.module import open_reports
from medidesk.ui.reports.page import ReportsPage
from tools.screenshots_frame import SIZE, SMALL, Seat, settle, take_both, wait

_PATIENTS = 6


class Till(Seat):
    """A desk at which money is taken."""

    invoice, receipt, drawer, patient = (UUID(int=0),) * 4

    def work(self) -> None:
        """Some come, are billed and pay, in cash and by card; one pays in part, one has a credit note."""
        read, me = self.station.read, self.station.user
        self.drawer = self._saved(billing.open_drawer, me.account_id, "Reception 2", "100")
        offered = [row.id for row in read(services.catalogue) if row.active][:4]
        found = read(patients.page, 0, _PATIENTS)
        for at, row in enumerate(found):
            charges = [
                self._saved(billing.charge, {"patient_id": row.id, "service_id": service})
                for service in offered[: 1 + at % 3]
            ]
            if at == 1:
                self._saved(billing.bill, row.id, charges)
                continue
            cash = Part(Way.CASH, "20", "50") if at % 2 else Part(Way.CARD, "15", reference="VISA 4412")
            invoice = self._saved(billing.settle, row.id, charges, [cash], self.drawer)
            if at == 3:
                self._saved(billing.credit, invoice, "Charged by mistake")
            if at == 5:
                (payment,) = read(billing.payments_of, invoice)
                self.invoice, self.receipt, self.patient = invoice, payment.receipt_id, row.id
        today = branch_clock.today(read(branch_clock.zone_of, me.org_id))
        wait(lambda: bool(read(billing.of_days, me.org_id, today, today)))

    def _saved(self, verb: Verb, *arguments: object) -> UUID:
        outcome = self.station.run(verb, *arguments, patience=20)
        if not isinstance(outcome, Saved):
            raise TypeError(outcome)
        found: UUID = outcome.row.id
        return found


def money(made: demo.Demo, app: QApplication) -> list[str]:
    """Each paper before it is printed, and each report."""
    window = Desktop(app, made.home / "stations" / "till", server=made.address, name="Reception 2")
    window.resize(*SIZE)
    window.begin()
    window.show()
    till = Till(window, made)
    till.sign_in("sofia")
    till.work()
    cut: list[str] = []
    desk = till.shell
    bill_papers.print_receipt(desk, till.receipt)
    cut += _paper(till, app, "receipt")
    bill_papers.print_invoice(desk, till.invoice)
    cut += _paper(till, app, "invoice")
    bill_papers.print_statement(desk, till.patient)
    cut += _paper(till, app, "statement")
    bill_papers.print_drawer(desk, till.drawer)
    cut += _paper(till, app, "drawer")
    cut += _overview(till, app)
    page = open_reports(desk)
    for kind in KINDS:
        page.show_kind(kind.name)
        wait(partial(_shows, page, kind.name))
        settle()
        cut += take_both(app, window, f"sofia-report-{kind.name}")
    page.print_it()
    cut += _paper(till, app, "report-paper")
    page.show_kind(reports.KINDS[0].name)
    window.resize(*SMALL)
    settle()
    cut += take_both(app, window, "sofia-report-small")
    window.close()
    return cut


def _overview(till: Till, app: QApplication) -> list[str]:
    """The figures of the branch, in a large window and in a small one."""
    page = open_overview(till.shell)
    wait(lambda: page.figures is not None)
    cut = take_both(app, till.window, "sofia-overview")
    till.window.resize(*SMALL)
    settle()
    cut += take_both(app, till.window, "sofia-overview-small")
    till.window.resize(*SIZE)
    settle()
    return cut


def _paper(till: Till, app: QApplication, name: str) -> list[str]:
    """A paper before it is printed, in front; closed afterwards."""
    till.shell.toaster.clear()
    cut = take_both(app, till.window, f"sofia-{name}")
    page = till.shell.front()
    if isinstance(page, PrintPage):
        till.shell.close_page(page)
    return cut


def _shows(page: ReportsPage, name: str) -> bool:
    return page.report is not None and page.report.kind == name


PAGES: dict[str, Callable[[demo.Demo, QApplication], list[str]]] = {"money": money}
