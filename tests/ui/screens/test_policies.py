"""Who insures a patient is kept in their file: by keys, beside colleagues, and without the server."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt

from medidesk.repositories import billing, insurance
from medidesk.repositories.dates import today
from medidesk.repositories.insurance import PolicyRow
from medidesk.station import Queued, Saved
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.chip import Chip
from medidesk.ui.kit.form import Section
from medidesk.ui.patients.entries import EntryRow
from medidesk.ui.patients.file_page import FilePage
from tests.support.database import Clinic
from tests.support.raw_rows import insert
from tests.support.stations import server_rows
from tests.ui.screens.billing_desk import add_service, cashier, charged
from tests.ui.screens.conftest import ALT, CONTROL, OMAR, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]
KEPT = (
    "select i.name, p.policy_no, p.copay_percent from insurance_policy p join insurer i on i.id = p.insurer_id "
    "where p.deleted_at is null order by p.policy_no"
)
DAY = dt.timedelta(days=1)


@pytest.fixture
def harbour(clinic: Clinic) -> UUID:
    """The insurer of most."""
    return insurer(clinic, "Harbour Mutual", 20)


def insurer(clinic: Clinic, name: str, copay: int, *, active: bool = True) -> UUID:
    row = {"org_id": clinic.org_id, "name": name, "copay_percent": copay, "active": active}
    return insert(clinic.admin(), "insurer", row)


def file_of(desk: Hands, values: dict[str, Any] = OMAR) -> FilePage:
    page = desk.open_file(desk.register(values))
    desk.sit_down()
    return page


def insured(desk: Hands, page: FilePage, by: UUID, number: str = "HM-1", **more: Any) -> PolicyRow:
    """A policy of the patient that the server has, shown in the file."""
    values = {"insurer_id": by, "policy_no": number} | more
    made = desk.station.run(insurance.add_policy, page.patient_id, values, patience=20)
    assert isinstance(made, Saved), made
    desk.see(lambda: any(one.id == made.row.id for one in page.insured.policies))
    row: PolicyRow = made.row
    return row


def panel_of(page: FilePage) -> EntryPanel:
    panel = page.panel()
    assert isinstance(panel, EntryPanel)
    return panel


def card(page: FilePage) -> list[str]:
    """What the rows of the card say."""
    rows = page.overview._insurance.findChildren(EntryRow)
    return [row.accessibleName() for row in rows if not row.isHidden()]


def section(panel: EntryPanel) -> str:
    (head,) = (part for part in panel.form.spec.fields if isinstance(part, Section))
    return head.title


def test_insurance_is_added_by_keys_and_begins_with_the_usual_copay(
    open_shell: OpenShell, clinic: Clinic, harbour: UUID
) -> None:
    insurer(clinic, "Care", 10)
    insurer(clinic, "Long gone", 0, active=False)
    desk = open_shell("sofia")
    page = file_of(desk)
    desk.press(Qt.Key.Key_I, ALT)
    panel = panel_of(page)
    form = panel.form
    assert form.editor("insurer_id").hasFocus()
    assert section(panel) == "Nobody pays for them today"
    assert [words for _id, words in form.spec.inputs()[0].choices] == ["Care", "Harbour Mutual"]
    desk.type("C")  # as a drop-down list is chosen from
    assert form.values()["copay"] == "10"
    desk.press(Qt.Key.Key_Down)
    assert form.values()["copay"] == "20"
    desk.press(Qt.Key.Key_Tab)
    desk.type("HM-40217")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel() is None)
    assert server_rows(clinic, KEPT) == [("Harbour Mutual", "HM-40217", Decimal("20.00"))]
    desk.see(lambda: card(page) == ["Harbour Mutual, HM-40217 · co-pay 20 %, Pays today"])
    assert not desk.station.drafts.all()


def test_where_there_is_one_insurer_it_is_chosen_and_a_typed_copay_stays(
    open_shell: OpenShell, clinic: Clinic, harbour: UUID
) -> None:
    desk = open_shell("sofia")
    page = file_of(desk)
    page._change("policy", None)
    form = panel_of(page).form
    assert (form.values()["insurer_id"], form.values()["copay"]) == (harbour, "20")
    desk.fill(form.editor("copay"), "35")
    form.changed.emit("insurer_id")
    assert form.values()["copay"] == "35"


def test_what_cannot_be_is_told_beside_its_field(open_shell: OpenShell, harbour: UUID) -> None:
    desk = open_shell("sofia")
    page = file_of(desk)
    desk.press(Qt.Key.Key_I, ALT)
    form = panel_of(page).form
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert form.problems() == {"policy_no": "Policy number is needed."}
    for field, text in (("policy_no", "HM-1"), ("valid_from", "2.1.2026"), ("valid_until", "1.1.2026")):
        desk.fill(form.editor(field), text)
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(form.problems)
    assert form.problems() == {"valid_until": "The insurance ends before it begins."}
    desk.fill(form.editor("valid_until"), "31.12.2026")
    desk.fill(form.editor("copay"), "a fifth")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: "copay" in form.problems())
    assert form.problems() == {"copay": "“a fifth” is no amount."}


def test_the_card_says_which_pays_and_folds_away_what_is_over(
    open_shell: OpenShell, clinic: Clinic, harbour: UUID
) -> None:
    care = insurer(clinic, "Care", 0)
    desk = open_shell("sofia")
    page = file_of(desk)
    insured(desk, page, harbour, "old", valid_until=today() - DAY)
    insured(desk, page, harbour, "always")
    insured(desk, page, care, "now", valid_from=today() - DAY)
    insured(desk, page, care, "then", valid_from=today() + DAY, copay="")
    desk.see(lambda: len(card(page)) == 3)
    said = card(page)
    assert [line.rpartition(", ")[2] for line in said if line.endswith(("today", "come"))] == [
        "To come",
        "Pays today",
    ]
    assert said[1].startswith("Care, now")
    assert said[2].startswith("Harbour Mutual, always"), (
        "it holds, and does not pay while another began later"
    )
    fold = next(
        one for one in page.overview._insurance.findChildren(Button) if one.text() == "1 that is over"
    )
    fold.click()
    desk.see(lambda: card(page)[-1:] and card(page)[-1].endswith("Over"))
    page._change("policy", next(one.id for one in page.insured.policies if one.policy_no == "always"))
    assert section(panel_of(page)) == "Today Care pays, now"


def test_what_the_insurer_said_is_noted_by_keys(open_shell: OpenShell, clinic: Clinic, harbour: UUID) -> None:
    desk = open_shell("sofia")
    page = file_of(desk)
    desk.press(Qt.Key.Key_K, ALT)
    assert page.panel() is None, "nobody insures them"
    policy = insured(desk, page, harbour)
    desk.press(Qt.Key.Key_K, ALT)
    assert panel_of(page).form.editor("eligibility_note").hasFocus()
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert panel_of(page).form.problems() == {"eligibility_note": "What they said is needed."}
    desk.type("covered until June")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel() is None)
    noted = "select checked_on = (now() at time zone 'UTC')::date, eligibility_note from insurance_policy"
    assert server_rows(clinic, noted) == [(True, "covered until June")]
    desk.see(lambda: any(": covered until June" in said for said in card(page)))
    page._change("policy", policy.id)
    way = next(one for one in panel_of(page).findChildren(Button) if "insurer said" in one.text())
    way.click()
    assert panel_of(page).form.values() == {"eligibility_note": ""}


def test_a_policy_that_two_change_keeps_both(open_shell: OpenShell, clinic: Clinic, harbour: UUID) -> None:
    desk, doctor = open_shell("sofia"), open_shell("anjali")
    page = file_of(desk)
    policy = insured(desk, page, harbour)
    page._change("policy", policy.id)
    form = panel_of(page).form
    desk.fill(form.editor("policy_no"), "HM-2")
    doctor.see(lambda: doctor.station.read(insurance.policy, policy.id))
    doctor.station.run(insurance.edit_policy, policy.id, {"copay": "15"})
    desk.see(lambda: form.values()["copay"] == "15")
    assert panel_of(page).foot.remote_text() == "Co-pay is new: changed by Dr Anjali Kumar"
    desk.sit_down()
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel() is None)
    assert server_rows(clinic, KEPT) == [("Harbour Mutual", "HM-2", Decimal("15.00"))]


def test_a_policy_is_removed_unless_an_invoice_names_it(
    open_shell: OpenShell, clinic: Clinic, harbour: UUID
) -> None:
    service = add_service(clinic, "C01", "Consultation", "30")
    desk = open_shell("sofia")
    page = file_of(desk)
    policy = insured(desk, page, harbour)
    charge = charged(desk, page.patient_id, service)
    desk.station.run(billing.bill, page.patient_id, [charge.id], patience=20)
    page._change("policy", policy.id)
    press(panel_of(page), "Remove")
    desk.see(lambda: any("Invoices name this insurance." in said for said in desk.toasts()))
    assert any("Give it a last day instead" in said for said in desk.toasts())
    page._change("policy", insured(desk, page, harbour, "mistake").id)
    press(panel_of(page), "Remove")
    desk.see(lambda: len(page.insured.policies) == 1)
    assert [row[1] for row in server_rows(clinic, KEPT)] == ["HM-1"]


def press(panel: EntryPanel, words: str) -> None:
    next(one for one in panel.findChildren(Button) if one.text() == words).click()


def test_a_reader_sees_who_insures_and_changes_nothing(open_shell: OpenShell, harbour: UUID) -> None:
    desk, cash = open_shell("sofia"), open_shell("rui")
    page = file_of(desk)
    insured(desk, page, harbour)
    cash.see(lambda: cash.station.read(insurance.policies, page.patient_id))
    shown = cash.open_file(page.patient_id)
    cash.see(lambda: card(shown) == ["Harbour Mutual, HM-1 · co-pay 20 %, Pays today"])
    cash.sit_down()
    cash.press(Qt.Key.Key_I, ALT)
    assert shown.panel() is None


def test_the_cashier_sees_who_insures_and_when_they_were_asked(
    open_shell: OpenShell, clinic: Clinic, harbour: UUID
) -> None:
    service = add_service(clinic, "C01", "Consultation", "30")
    desk = open_shell("sofia")
    page = file_of(desk)
    policy = insured(desk, page, harbour)
    charged(desk, page.patient_id, service)
    till = cashier(desk)
    till.show_patient(page.patient_id)
    desk.see(lambda: "Insurer not asked yet" in chips(till))
    assert "Harbour Mutual, pays 20 % themselves" in chips(till)
    desk.station.run(insurance.note_eligibility, policy.id, "covered until June", patience=20)
    desk.see(lambda: any(said.endswith(": covered until June") for said in chips(till)))


def chips(till: Any) -> list[str]:
    return [one.accessibleName() for one in till.bill.charges.head.findChildren(Chip) if not one.isHidden()]


def test_insurance_is_added_and_noted_without_the_server(
    open_shell: OpenShell, cut_line: Callable[[], Line], clinic: Clinic, harbour: UUID
) -> None:
    line = cut_line()
    desk = open_shell("sofia", server=line.address)
    desk.station.wait_current(timeout=20)
    page = file_of(desk)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    desk.press(Qt.Key.Key_I, ALT)
    desk.press(Qt.Key.Key_Tab)
    desk.type("HM-40217")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: card(page) == ["Harbour Mutual, HM-40217 · co-pay 20 %, Pays today"])
    noted = desk.station.run(insurance.note_eligibility, page.insured.policies[0].id, "covered")
    assert isinstance(noted, Queued)
    line.mend()
    desk.station.retry_now()
    desk.see(lambda: not desk.station.sync.waiting)
    assert desk.station.attention() == []
    assert server_rows(clinic, "select policy_no, eligibility_note from insurance_policy") == [
        ("HM-40217", "covered")
    ]


@pytest.mark.parametrize(
    ("mine", "theirs", "form"),
    [
        ({"policy_no": "HM-2"}, "policy_no = 'HM-3'", "policy_no"),
        (None, "eligibility_note = 'not covered'", "eligibility_note"),
    ],
)
def test_what_met_during_an_outage_is_put_into_words_and_can_be_typed_anew(
    open_shell: OpenShell,
    cut_line: Callable[[], Line],
    clinic: Clinic,
    harbour: UUID,
    mine: dict[str, Any] | None,
    theirs: str,
    form: str,
) -> None:
    line = cut_line()
    desk = open_shell("sofia", server=line.address)
    desk.station.wait_current(timeout=20)
    page = file_of(desk)
    policy = insured(desk, page, harbour)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    if mine is None:
        desk.station.run(insurance.note_eligibility, policy.id, "covered")
    else:
        desk.station.run(insurance.edit_policy, policy.id, mine)
    clinic.admin().execute(f"update insurance_policy set {theirs}".encode())
    line.mend()
    desk.station.retry_now()
    desk.see(desk.station.attention)
    # What is typed over what stands there now; over what came later there would be something to pick.
    told = theirs.partition("'")[2].rstrip("'")
    desk.see(lambda: getattr(desk.station.read(insurance.policy, policy.id), form) == told)
    (entry,) = desk.station.attention()
    assert [(one.label, one.mine) for one in entry.fields] == [
        ("Policy number", "HM-2") if mine else ("What the insurer said", "covered")
    ]
    module = next(one for one in desk.shell._modules if one.name == "patients")
    assert module.can_edit(desk.shell, entry)
    assert module.take_up(desk.shell, entry)
    wanted = "HM-2" if mine else "covered"
    assert panel_of(page).form.values()[form] == wanted
    desk.sit_down()
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: server_rows(clinic, f"select {form} from insurance_policy") == [(wanted,)])
    desk.see(lambda: not desk.station.attention() and not desk.station.sync.waiting)
