"""The list of claims at real windows: several at once, by age, by insurer, searched, saved and printed."""

import csv
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt

from medidesk.repositories import claims
from medidesk.ui.claims.claim_all import ClaimAllPanel
from medidesk.ui.claims.entries import View
from medidesk.ui.claims.page import ClaimsPage
from medidesk.ui.kit.clipping import clipped_texts
from medidesk.ui.kit.keys import canonical, collisions
from medidesk.ui.printing.page import PrintPage
from tests.support.billing import priced
from tests.support.database import Clinic
from tests.support.insured import insurer
from tests.support.stations import server_rows
from tests.ui.screens.claims_desk import claims_page, done, insured_bill, names, press, shown, stage
from tests.ui.screens.conftest import ALT, CONTROL, Hands

OpenShell = Callable[..., Hands]
F9, ENTER, ESCAPE = Qt.Key.Key_F9, Qt.Key.Key_Return, Qt.Key.Key_Escape
SAVE = (ENTER, CONTROL)


@pytest.fixture
def service(clinic: Clinic) -> UUID:
    """What costs 30.00."""
    return priced(clinic, "30")


@pytest.fixture
def desk(open_shell: OpenShell, service: UUID) -> Hands:
    """Sofia's window."""
    del service
    return open_shell("sofia", name="Reception 2")


def test_all_that_are_shown_are_claimed_with_two_keys(desk: Hands, clinic: Clinic, service: UUID) -> None:
    solidarity, mutual = insurer(clinic), insurer(clinic, "Mutual")
    for name, of in (("Okafor", solidarity), ("Haddad", mutual), ("Beridze", solidarity)):
        insured_bill(desk, clinic, service, name=name, of=of)
    page = claims_page(desk)
    desk.see(lambda: names(page, View.TO_CLAIM) == ["Okafor", "Haddad", "Beridze"])
    page.list.show_insurer(solidarity)
    assert [entry.bill.name for entry in shown(page)] == ["Okafor", "Beridze"]
    press(desk, (Qt.Key.Key_A, ALT))
    panel = page.beside.now
    assert isinstance(panel, ClaimAllPanel)
    assert panel.sum.rows.rows() == (("Solidarity · 2 bills", "48.00"),)
    assert panel.sum.figure.text() == "48.00"
    press(desk, SAVE, SAVE)  # the second does nothing more
    desk.see(lambda: any("2 claims submitted" in toast for toast in desk.toasts()))
    assert page.beside.now is None
    assert server_rows(clinic, "select state, claimed from insurance_claim") == [("submitted", 24)] * 2
    desk.see(lambda: names(page, View.TO_CLAIM) == ["Haddad"])
    press(desk, (Qt.Key.Key_I, ALT), Qt.Key.Key_Home)
    assert page.list.insurer is None
    assert names(page, View.SENT) == ["Okafor", "Beridze"]


def test_one_after_the_other_with_two_keys_each(desk: Hands, clinic: Clinic, service: UUID) -> None:
    solidarity = insurer(clinic)
    for name in ("Okafor", "Haddad"):
        insured_bill(desk, clinic, service, name=name, of=solidarity)
    page = claims_page(desk)
    desk.see(lambda: len(shown(page)) == 2)
    for name in ("Okafor", "Haddad"):
        desk.see(partial(shows, page, name))
        press(desk, F9, SAVE)
        desk.see(partial(has_sent, page, name))
    assert server_rows(clinic, "select count(*) from insurance_claim") == [(2,)]


def shows(page: ClaimsPage, name: str) -> bool:
    """Whether the bill of this patient is shown."""
    return page.now is not None and page.now.bill.name == name


def has_sent(page: ClaimsPage, name: str) -> bool:
    """Whether their claim is with the insurer, and no panel is open."""
    return name in names(page, View.SENT) and page.beside.now is None


def lists(page: ClaimsPage, found: list[str]) -> bool:
    """Whether the claims of these are listed."""
    return [entry.bill.name for entry in shown(page)] == found


def test_by_age_leads_to_what_an_insurer_owes(desk: Hands, clinic: Clinic, service: UUID) -> None:
    solidarity, mutual = insurer(clinic), insurer(clinic, "Mutual")
    done(desk, claims.file_claim, insured_bill(desk, clinic, service, of=mutual).id)
    for name in ("Haddad", "Beridze"):
        insured_bill(desk, clinic, service, name=name, of=solidarity)
    page = claims_page(desk)
    desk.see(lambda: len(names(page, View.TO_CLAIM)) == 2)
    press(desk, (Qt.Key.Key_6, CONTROL))
    rows = [(row.insurer, [f"{amount:.2f}" for amount in row.amounts]) for row in page.list.ages.rows()]
    nothing = ["0.00"] * 3
    assert rows == [
        ("Solidarity", ["48.00", "0.00", *nothing, "48.00"]),
        ("Mutual", ["0.00", "24.00", *nothing, "24.00"]),
        ("Total", ["48.00", "24.00", *nothing, "72.00"]),
    ]
    assert page.list.ages.table.hasFocus()
    assert not page.claim.isVisible(), "the ages take the whole page"
    press(desk, Qt.Key.Key_Down, ENTER)
    assert page.list.view is View.SENT
    assert page.list.insurers.currentText() == "Mutual"
    assert [entry.bill.name for entry in shown(page)] == ["Okafor"]


def test_it_is_found_by_number_name_insurer_and_policy(desk: Hands, clinic: Clinic, service: UUID) -> None:
    bill = insured_bill(desk, clinic, service)
    insured_bill(desk, clinic, service, name="Haddad", of=insurer(clinic, "Mutual"))
    done(desk, claims.file_claim, bill.id)
    page = claims_page(desk)
    for text, found in (
        ("oka", ["Okafor"]), (bill.numbered, ["Okafor"]), ("mutu", ["Haddad"]), ("P-1234", ["Haddad", "Okafor"]),
    ):  # fmt: skip
        press(desk, Qt.Key.Key_F2)
        desk.type(text)
        desk.see(partial(lists, page, found))
    desk.type("zz")
    desk.see(lambda: shown(page) == [])
    assert page.list._nobody.isVisible()


def test_those_shown_are_saved_as_csv_and_one_is_printed(
    desk: Hands, clinic: Clinic, service: UUID, tmp_path: Path
) -> None:
    bill = insured_bill(desk, clinic, service)
    done(desk, claims.file_claim, bill.id, "A-12", "As agreed")
    insured_bill(desk, clinic, service, name="Haddad", of=insurer(clinic, "Mutual"))
    page = claims_page(desk)
    desk.see(lambda: names(page, View.SENT) == ["Okafor"])
    assert not page.has_claims(), "bills that are to be claimed are no claims yet"
    press(desk, (Qt.Key.Key_3, CONTROL))
    page.save(tmp_path / "claims.csv")
    desk.see(lambda: any("Saved: claims.csv" in toast for toast in desk.toasts()))
    head, row = csv.reader(io.StringIO((tmp_path / "claims.csv").read_text(encoding="utf-8-sig")))
    of = dict(zip(head, row, strict=True))
    wanted = {
        "Claim": bill.numbered, "Insurer": "Solidarity", "Payer code": "S-01", "Policy": "P-1234",
        "Authorisation": "A-12", "Patient": "Okafor", "Service": "Consultation", "Total": "30.00",
        "Claimed": "24.00", "Accepted": "", "Stage": "Submitted",
    }  # fmt: skip
    assert {name: of[name] for name in wanted} == wanted
    page.save(tmp_path / "nowhere" / "claims.csv")
    desk.see(lambda: any("There is no folder" in toast for toast in desk.toasts()))
    press(desk, (Qt.Key.Key_P, CONTROL))
    paper = desk.shell.front()
    assert isinstance(paper, PrintPage)
    assert all(part in paper.document.html for part in ("A-12", "As agreed", "24.00"))


def test_keys_words_and_panels_in_a_small_window(
    open_shell: OpenShell, clinic: Clinic, service: UUID
) -> None:
    desk = open_shell("sofia", name="Reception 2", size=(1280, 720))
    insured_bill(desk, clinic, service)
    page = claims_page(desk)
    desk.see(lambda: page.subject is not None)
    assert collisions() == []
    frame = {canonical(item.key) for item in desk.shell.keys.items()}
    assert frame & {canonical(item.key) for item in page.keys.items()} == set()
    press(desk, F9)
    assert page.beside.now is not None
    assert clipped_texts(page) == []
    press(desk, ESCAPE)
    assert page.beside.now is None
    desk.shell.resize(700, 640)
    press(desk, ENTER)
    desk.see(page.claim.isVisible)
    assert not page.list.isVisible(), "in a narrow window they take turns"
    press(desk, ESCAPE)
    desk.see(page.list.isVisible)
    assert stage(page) is None
