"""Services and their prices are kept at the Clinic page: by keys, beside colleagues, and without the server."""

import datetime as dt
from collections.abc import Callable

from PySide6.QtCore import Qt

from medidesk.repositories import services
from medidesk.repositories.dates import today
from medidesk.ui.kit.form import Section
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.line import Line
from tests.ui.screens.test_directory import OpenShell, open_entry, page_of, panel_of, shown

CATALOGUE = (
    "select s.code, s.name, s.kind, s.tax_percent::text, p.amount::text, p.valid_from = current_date "
    "from service s left join service_price p on p.service_id = s.id "
    "where s.deleted_at is null order by p.valid_from"
)


def add_service(desk: Hands, code: str, name: str, price: str) -> None:
    """As whoever never touches the mouse: code, kind, name, tax, offered, price."""
    desk.press(Qt.Key.Key_8, CONTROL)
    desk.press(Qt.Key.Key_N, ALT)
    desk.type(code)
    desk.press(Qt.Key.Key_Tab)
    desk.press(Qt.Key.Key_Tab)
    desk.type(name)
    for _ in range(3):
        desk.press(Qt.Key.Key_Tab)
    desk.type(price)
    desk.press(Qt.Key.Key_Return, CONTROL)


def test_a_service_is_added_and_given_a_new_price_by_keys_alone(
    open_shell: OpenShell, clinic: Clinic
) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    add_service(desk, "C01", "Consultation", "45,50")
    desk.see(lambda: page.panel is None)
    assert shown(page) == ["Consultation"]
    assert server_rows(clinic, CATALOGUE) == [
        ("C01", "Consultation", "consultation", "0.00", "45.5000", True)
    ]
    panel = open_entry(desk, page, "Consultation")
    coming = today() + dt.timedelta(days=60)
    desk.fill(panel.form.editor("price"), "48")
    desk.fill(panel.form.editor("valid_from"), f"{coming:%d.%m.%Y}")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    assert [row[4] for row in server_rows(clinic, CATALOGUE)] == ["45.5000", "48.0000"]
    (row,) = desk.station.read(services.catalogue)
    panel = open_entry(desk, page, "Consultation")
    (head,) = (part for part in panel.form.spec.fields if isinstance(part, Section))
    assert [line.split(" · ")[0] for line in head.lines] == ["45.50 EUR", "48.00 EUR"]
    assert str(row.price_on(today()).money) == "45.50 EUR"  # type: ignore[union-attr]


def test_what_is_no_amount_is_told_beside_its_field_and_stays_typed(
    open_shell: OpenShell, clinic: Clinic
) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    add_service(desk, "C01", "Consultation", "1.200")
    desk.see(lambda: page.panel is not None and panel_of(page).form.problems())
    assert panel_of(page).form.problems() == {"price": "“1.200” can be read in two ways."}
    assert panel_of(page).form.values()["price"] == "1.200"
    desk.fill(panel_of(page).form.editor("price"), "1200")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    assert [row[4] for row in server_rows(clinic, CATALOGUE)] == ["1200.0000"]


def test_a_price_in_an_insurers_list(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    desk.press(Qt.Key.Key_9, CONTROL)
    desk.press(Qt.Key.Key_N, ALT)
    desk.type("Harbour Mutual")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    add_service(desk, "C01", "Consultation", "45")
    desk.see(lambda: page.panel is None)
    panel = open_entry(desk, page, "Consultation")
    (insurer,) = desk.station.read(services.price_lists)
    panel.form.set_values({"price_list_id": insurer.id})
    panel.form.changed.emit("price_list_id")
    desk.fill(panel.form.editor("price"), "38")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    in_lists = (
        "select l.name, p.amount::int from service_price p left join price_list l on l.id = p.price_list_id"
    )
    assert sorted(server_rows(clinic, in_lists), key=str) == [("Harbour Mutual", 38), (None, 45)]
    desk.press(Qt.Key.Key_9, CONTROL)
    desk.fill(page.search, "")
    desk.press(Qt.Key.Key_Return)
    panel_of(page)
    assert desk.station.read(services.price_lists)[0].prices == 1


def test_a_code_taken_during_an_outage_is_typed_anew(
    open_shell: OpenShell, cut_line: Callable[[], Line], clinic: Clinic
) -> None:
    line = cut_line()
    desk = open_shell("ingrid", server=line.address)
    desk.station.wait_current(timeout=20)
    page = page_of(desk)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    add_service(desk, "C01", "Consultation", "45")
    desk.see(lambda: page.panel is None)
    clinic.admin().execute(
        "insert into service (id, org_id, code, name, kind) "
        "values (gen_random_uuid(), %s, 'C01', 'Chest X-ray', 'imaging')",
        (clinic.org_id,),
    )
    line.mend()
    desk.station.retry_now()
    desk.see(desk.station.attention)
    (entry,) = desk.station.attention()
    assert entry.sentence == "Another service has this code meanwhile. Choose another one."
    module = next(one for one in desk.shell._modules if one.name == "directory")
    assert module.take_up(desk.shell, entry)
    form = panel_of(page).form
    assert (form.values()["code"], form.values()["name"]) == ("C01", "Consultation")
    desk.fill(form.editor("code"), "C02")
    desk.fill(form.editor("price"), "45")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: not desk.station.attention() and not desk.station.sync.waiting)
    assert {row[:2] for row in server_rows(clinic, CATALOGUE)} == {
        ("C01", "Chest X-ray"),
        ("C02", "Consultation"),
    }


def test_a_price_that_two_set_for_one_day_is_typed_anew(
    open_shell: OpenShell, cut_line: Callable[[], Line], clinic: Clinic
) -> None:
    line = cut_line()
    desk = open_shell("ingrid", server=line.address)
    desk.station.wait_current(timeout=20)
    page = page_of(desk)
    add_service(desk, "C01", "Consultation", "")
    desk.see(lambda: page.panel is None)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    panel = open_entry(desk, page, "Consultation")
    desk.fill(panel.form.editor("price"), "45")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    clinic.admin().execute(
        "insert into service_price (id, org_id, service_id, amount, valid_from) "
        "select gen_random_uuid(), org_id, id, 40, (now() at time zone 'UTC')::date from service"
    )
    line.mend()
    desk.station.retry_now()
    desk.see(desk.station.attention)
    (entry,) = desk.station.attention()
    module = next(one for one in desk.shell._modules if one.name == "directory")
    assert module.can_edit(desk.shell, entry)
    assert module.take_up(desk.shell, entry)
    assert panel_of(page).form.values()["price"] == "45"
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: not desk.station.attention() and not desk.station.sync.waiting)
    assert [row[4] for row in server_rows(clinic, CATALOGUE)] == ["45.0000"]
