"""Pictures of the claims' windows: what is to be claimed, each stage of a claim, the panels, ages, the paper."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from medidesk import demo
from medidesk.repositories import billing, claims, services
from medidesk.repositories.verbs import Verb
from medidesk.station import Saved
from medidesk.ui import claim_papers
from medidesk.ui.claims.entries import View
from medidesk.ui.claims.page import ClaimsPage, open_claims
from medidesk.ui.desktop import Desktop
from medidesk.ui.kit.theme import apply_theme
from medidesk.ui.reports.module import open_reports
from tools.screenshots_frame import SIZE, SMALL, Seat, settle, take, wait

SMALLEST = (960, 640)
"""What 150 % leaves of a monitor of 1440 px."""
_SMALL = ("to_claim", "answer", "partly", "ages", "all")


class Claims(Seat):
    """Somebody who claims, and how each picture is set up."""

    made: dict[str, UUID]

    def work(self) -> None:
        """Bills of those who are insured; of some of them claims, each further than the one before."""
        org = self.station.user.org_id
        insured = [bill for bill in self.station.read(billing.bills, org) if bill.policy is not None]
        bills = [self._run(billing.bill, one.id, [each.id for each in one.charges]).id for one in insured]
        other = next(row for row in self.station.read(services.catalogue) if row.code == "P01")
        for one in insured:  # once more, for what is still to be claimed
            what = {"patient_id": one.id, "service_id": other.id, "quantity": "2"}
            bills.append(self._run(billing.bill, one.id, [self._run(billing.charge, what).id]).id)
        wait(lambda: len(self.station.read(claims.to_claim, org)) == len(bills))
        names = ("partly", "accepted", "sent", "draft")
        self.made = {}
        for name, bill in zip(names, bills, strict=False):
            verb = claims.draft if name == "draft" else claims.file_claim
            row = self._run(verb, bill, f"AU-{2210 + len(self.made)}", "Please quote our number.")
            self.made[name] = row.id
        self._answer("partly", "10")
        self._answer("accepted", "")
        self.made.setdefault("sent", self.made["accepted"])

    def page(self) -> ClaimsPage:
        """The page, in front, without panel or search."""
        page = open_claims(self.shell)
        page.beside.close()
        self.shell.toaster.clear()
        for draft in self.station.drafts.all():
            self.station.drafts.drop(draft.key)
        page.list.show_view(View.TO_CLAIM)
        return page

    def to_claim(self) -> None:
        """What is to be claimed."""
        self.page()

    def begin(self) -> None:
        """A claim is begun."""
        self.page().beside.begin()

    def all(self) -> None:
        """All of them at once."""
        self.page().beside.claim_all()

    def draft(self) -> None:
        """A draft."""
        self.page().list.show_view(View.DRAFTS)

    def sent(self) -> None:
        """With the insurer."""
        self.page().list.show_view(View.SENT)

    def answer(self) -> None:
        """Their answer is noted."""
        page = self.page()
        page.show_claim(self.made["sent"])
        page.beside.answer()

    def partly(self) -> None:
        """Accepted in part."""
        self.page().show_claim(self.made["partly"])

    def payment(self) -> None:
        """Their payment is noted."""
        page = self.page()
        page.show_claim(self.made["accepted"])
        page.beside.take()

    def reconcile(self) -> None:
        """What they do not pay becomes the patient's."""
        page = self.page()
        page.show_claim(self.made["partly"])
        page.beside.reconcile()

    def withdraw(self) -> None:
        """A claim is given up."""
        page = self.page()
        page.show_claim(self.made["partly"])
        page.beside.withdraw()

    def ages(self) -> None:
        """What insurers owe, by age."""
        self.page().list.show_view(View.BY_AGE)

    def nothing(self) -> None:
        """Nothing has ended yet."""
        self.page().list.show_view(View.DONE)

    def bill(self) -> None:
        """The invoice at the cashier, with how far its claim is."""
        self.page().show_claim(self.made["partly"])
        open_claims(self.shell).acts.open_bill()

    def paper(self) -> None:
        """The claim on paper."""
        claim_papers.print_claim(self.shell, self.made["partly"])

    def report(self) -> None:
        """Claims by age."""
        page = open_reports(self.shell)
        page.show_kind("claims_by_age")
        wait(lambda: page.report is not None and page.report.kind == "claims_by_age")

    def reconciled(self) -> None:
        """Done: the patient pays what they did not."""
        if "done" not in self.made:
            claim = self.station.read(claims.claim, self.made["partly"])
            if claim is not None and claim.expected:
                self._run(claims.take, claim.id, str(claim.expected.quantize(1)), "TRF 88112")
            self._run(claims.reconcile, self.made["partly"])
            self.made["done"] = self.made["partly"]
        self.page().show_claim(self.made["done"])

    def _answer(self, name: str, less: str) -> None:
        """They accept all, or of the first line this much."""
        lines = self.station.read(claims.lines, self.made[name])
        accepted = {lines[0].id: less} if less else None
        self._run(
            claims.answer,
            self.made[name],
            accepted,
            {lines[0].id: "Once a year"},
            "HM/771-B",
            "See our letter.",
        )

    def _run(self, verb: Verb, *args: Any) -> Any:
        outcome = self.station.run(verb, *args, patience=20)
        if not isinstance(outcome, Saved):
            raise TypeError(outcome)
        settle()
        return outcome.row


NAMES: tuple[str, ...] = (
    *("to_claim", "begin", "all", "draft", "sent", "answer", "partly", "payment", "reconcile", "withdraw"),
    *("ages", "nothing", "bill", "paper", "report", "reconciled"),
)


def claims_pictures(made: demo.Demo, app: QApplication) -> list[str]:
    """Each: light and dark; the most important small, mirrored, and as small as 150 % makes it."""
    cut: list[str] = []
    window = Desktop(app, made.home / "stations" / "claims", server=made.address, name="Office")
    window.resize(*SIZE)
    window.begin()
    window.show()
    seat = Claims(window, made)
    seat.sign_in("rui")
    seat.work()
    for name in NAMES:
        show: Callable[[], None] = getattr(seat, name)
        show()
        for mode in ("light", "dark"):
            apply_theme(app, "dark" if mode == "dark" else "light", reduced_motion=True)
            cut += take(window, f"claims-{name}", mode)
        apply_theme(app, "light", reduced_motion=True)
        if name in _SMALL:
            for size, word in ((SMALL, "small"), (SMALLEST, "smallest")):
                window.resize(*size)
                cut += take(window, f"claims-{name}-{word}", "light")
            window.resize(*SIZE)
            app.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            cut += take(window, f"claims-{name}-rtl", "light")
            app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    window.close()
    return cut


PAGES: dict[str, Callable[[demo.Demo, QApplication], list[str]]] = {"claims": claims_pictures}
