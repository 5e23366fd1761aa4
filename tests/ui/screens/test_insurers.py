"""Insurers are kept at the Clinic page: by keys, beside colleagues, and without the server."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from PySide6.QtCore import Qt

from medidesk.repositories import insurance
from medidesk.ui.directory.list_page import ListPage
from tests.support.database import Clinic
from tests.support.raw_rows import insert
from tests.support.stations import server_rows
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.line import Line
from tests.ui.screens.test_directory import OpenShell, open_entry, page_of, panel_of, shown

KEPT = "select name, payer_code, copay_percent, phone, active from insurer where deleted_at is null order by name"


def show_insurers(desk: Hands, page: ListPage) -> None:
    """They are the kind after the ten that a digit shows."""
    desk.press(Qt.Key.Key_0, CONTROL)
    desk.press(Qt.Key.Key_PageDown, CONTROL)
    assert page.table is page.tables["insurer"]


def add_insurer(desk: Hands, page: ListPage, name: str, copay: str = "20") -> None:
    """As whoever never touches the mouse: name, payer code, usual co-pay."""
    show_insurers(desk, page)
    desk.press(Qt.Key.Key_N, ALT)
    desk.type(name)
    desk.press(Qt.Key.Key_Tab)
    desk.type("HM-01")
    desk.press(Qt.Key.Key_Tab)
    desk.type(copay)
    desk.press(Qt.Key.Key_Return, CONTROL)


def test_an_insurer_is_added_and_changed_by_keys_alone(open_shell: OpenShell, clinic: Clinic) -> None:
    agreed = insert(clinic.admin(), "price_list", {"org_id": clinic.org_id, "name": "Agreed"})
    desk = open_shell("ingrid")
    page = page_of(desk)
    add_insurer(desk, page, "Harbour Mutual", "12,5")
    desk.see(lambda: page.panel is None)
    assert shown(page) == ["Harbour Mutual"]
    assert server_rows(clinic, KEPT) == [("Harbour Mutual", "HM-01", Decimal("12.50"), "", True)]
    panel = open_entry(desk, page, "Harbour Mutual")
    assert panel.form.values()["copay"] == "12.5"
    panel.form.set_values({"price_list_id": agreed, "active": False})
    panel.form.changed.emit("active")
    desk.fill(panel.form.editor("phone"), "555 0140")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    (row,) = desk.station.read(insurance.insurers)
    assert (row.price_list, row.phone, row.active) == ("Agreed", "555 0140", False)
    assert server_rows(clinic, KEPT) == [("Harbour Mutual", "HM-01", Decimal("12.50"), "555 0140", False)]


def test_every_kind_is_reached_by_the_arrows_of_the_page(open_shell: OpenShell) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    seen = []
    for _ in page.tables:
        desk.press(Qt.Key.Key_PageDown, CONTROL)
        seen.append(page.table)
    assert {id(one) for one in seen} == {id(one) for one in page.tables.values()}
    assert seen[-1] is page.tables["staff"], "after the last comes the first"
    desk.press(Qt.Key.Key_PageUp, CONTROL)
    assert page.table is page.tables["insurer"]
    assert "Ctrl+PgDown" in [item.key for item in page.keys.items() if item.hint]


def test_what_cannot_be_is_told_beside_its_field(open_shell: OpenShell) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    add_insurer(desk, page, "Harbour Mutual", "120")
    desk.see(lambda: page.panel is not None and panel_of(page).form.problems())
    assert panel_of(page).form.problems() == {"copay": "“120” is too much."}
    desk.fill(panel_of(page).form.editor("copay"), "20")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    add_insurer(desk, page, "harbour mutual")
    desk.see(lambda: page.panel is not None and panel_of(page).form.problems())
    assert panel_of(page).form.problems() == {"name": "“Harbour Mutual” is there already."}


def test_one_that_insures_somebody_is_not_removed(open_shell: OpenShell, clinic: Clinic) -> None:
    by, _policy = insured(clinic)
    desk = open_shell("ingrid")
    page = page_of(desk)
    show_insurers(desk, page)
    page._open("insurer", by)
    run = page.entries._remover(page.entries.kinds["insurer"], desk.station.read(insurance.insurer, by), "")
    assert run is not None
    run[1]()
    desk.see(desk.toasts)
    assert "Say that it is not active instead" in desk.toasts()[-1]
    assert desk.station.read(insurance.insurer, by) is not None


def test_an_insurer_that_two_change_keeps_both(open_shell: OpenShell, clinic: Clinic) -> None:
    insured(clinic)
    desk = open_shell("ingrid")
    page = page_of(desk)
    show_insurers(desk, page)
    panel = open_entry(desk, page, "Harbour Mutual")
    desk.fill(panel.form.editor("phone"), "555 0140")
    clinic.admin().execute("update insurer set copay_percent = 15")
    desk.see(lambda: panel.form.values()["copay"] == "15")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    assert server_rows(clinic, KEPT) == [("Harbour Mutual", "", Decimal("15.00"), "555 0140", True)]


def test_a_name_taken_during_an_outage_is_typed_anew(
    open_shell: OpenShell, cut_line: Callable[[], Line], clinic: Clinic
) -> None:
    line = cut_line()
    desk = open_shell("ingrid", server=line.address)
    desk.station.wait_current(timeout=20)
    page = page_of(desk)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    add_insurer(desk, page, "Harbour Mutual")
    desk.see(lambda: page.panel is None)
    insert(clinic.admin(), "insurer", {"org_id": clinic.org_id, "name": "Harbour Mutual"})
    line.mend()
    desk.station.retry_now()
    desk.see(desk.station.attention)
    (entry,) = desk.station.attention()
    assert entry.sentence == "There is already an insurer of this name."
    module = next(one for one in desk.shell._modules if one.name == "directory")
    assert module.can_edit(desk.shell, entry)
    assert module.take_up(desk.shell, entry)
    form = panel_of(page).form
    assert (form.values()["name"], form.values()["copay"]) == ("Harbour Mutual", "20")
    desk.fill(form.editor("name"), "Harbour Mutual North")
    desk.press(Qt.Key.Key_Return, CONTROL)
    both = ["Harbour Mutual", "Harbour Mutual North"]
    desk.see(lambda: [row[0] for row in server_rows(clinic, KEPT)] == both)
    desk.see(lambda: not desk.station.attention() and not desk.station.sync.waiting)


def insured(clinic: Clinic) -> tuple[UUID, UUID]:
    """An insurer, and the policy of somebody there."""
    admin, of = clinic.admin(), {"org_id": clinic.org_id}
    by = insert(admin, "insurer", of | {"name": "Harbour Mutual"})
    patient = insert(admin, "patient", of | {"family_name": "Okafor"})
    return by, insert(
        admin, "insurance_policy", of | {"patient_id": patient, "insurer_id": by, "policy_no": "1"}
    )
