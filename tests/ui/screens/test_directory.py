"""Whoever runs the clinic keeps its directory: by keys, beside colleagues, and without the server."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from medidesk.models.directory import StaffKind
from medidesk.repositories import directory, duty
from medidesk.ui.directory.list_page import ListPage
from medidesk.ui.entry.panel import EntryPanel
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.support.waiting import wait_until
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]


def page_of(desk: Hands) -> ListPage:
    page = desk.shell.open("directory", lambda: pytest.fail("the page is not open"))
    assert isinstance(page, ListPage)
    desk.sit_down()
    return page


def panel_of(page: ListPage) -> EntryPanel:
    assert page.panel is not None
    return page.panel


def shown(page: ListPage) -> list[str]:
    return [page.table.rows.row_at(at).name for at in range(page.table.rows.rowCount())]


def open_entry(desk: Hands, page: ListPage, name: str) -> EntryPanel:
    """Search for it, and press Enter."""
    desk.press(Qt.Key.Key_F, CONTROL)
    desk.fill(page.search, name)
    desk.see(lambda: shown(page) == [name])
    desk.press(Qt.Key.Key_Return)
    return panel_of(page)


def add_department(desk: Hands, page: ListPage, name: str) -> None:
    desk.press(Qt.Key.Key_2, CONTROL)
    desk.press(Qt.Key.Key_N, ALT)
    desk.type(name)
    desk.press(Qt.Key.Key_Return, CONTROL)


def test_somebody_is_added_by_keys_alone(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    desk.press(Qt.Key.Key_N, ALT)
    form = panel_of(page).form
    assert form.editor("kind").hasFocus()
    desk.type("N")  # as a drop-down list is chosen from
    desk.press(Qt.Key.Key_Tab)
    desk.press(Qt.Key.Key_Tab)
    desk.type("Grace")
    desk.press(Qt.Key.Key_Tab)
    desk.type("Achieng")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    assert page.table.current_row().name == "Grace Achieng"
    rows = server_rows(clinic, "select kind, given_name, org_id from staff where family_name = 'Achieng'")
    assert rows == [(StaffKind.NURSE, "Grace", clinic.org_id)]
    assert not desk.station.drafts.all()


def test_an_entry_is_changed_and_takes_in_what_others_changed(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    panel = open_entry(desk, page, "Dr Anjali Kumar")
    desk.fill(panel.form.editor("registration_no"), "MC 4410")
    clinic.admin().execute("update staff set phone = '555 0199' where family_name = 'Kumar'")
    desk.see(lambda: panel.form.values()["phone"] == "555 0199")
    assert panel.form.values()["registration_no"] == "MC 4410"
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    rows = server_rows(clinic, "select registration_no, phone, title from staff where family_name = 'Kumar'")
    assert rows == [("MC 4410", "555 0199", "Dr")]


def test_what_was_typed_is_there_again_after_a_restart(open_shell: OpenShell) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    panel = open_entry(desk, page, "Rui Tavares")
    desk.fill(panel.form.editor("registration_no"), "C-7")
    desk.press(Qt.Key.Key_Escape)
    assert page.panel is None
    assert page.has_draft
    (draft,) = desk.station.drafts.all()
    desk.shell.close_page(page)
    desk.shell._reopen(draft.key)
    again = page_of(desk)
    assert panel_of(again).form.values()["registration_no"] == "C-7"
    assert again.has_draft


def test_the_keys_drive_the_list_in_front_alone(open_shell: OpenShell) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    staff = page.tables["staff"].current_row()
    desk.press(Qt.Key.Key_5, CONTROL)  # nothing is there
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    assert page.panel is None
    desk.press(Qt.Key.Key_2, CONTROL)
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    assert panel_of(page).accessibleName() == shown(page)[1]
    assert page.tables["staff"].current_row() == staff


def test_a_name_that_is_there_is_refused_beside_its_field(open_shell: OpenShell) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    add_department(desk, page, "pharmacy")
    desk.see(panel_of(page).form.problems)
    assert panel_of(page).form.problems() == {"name": "“Pharmacy” is there already."}
    desk.fill(panel_of(page).form.editor("name"), "Physiotherapy")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    assert "Physiotherapy" in shown(page)


def test_whoever_can_sign_in_is_not_removed_and_what_nobody_needs_is(open_shell: OpenShell) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    remove(open_entry(desk, page, "Rui Tavares"))
    desk.see(lambda: any("can still sign in" in one for one in desk.toasts()))
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_3, CONTROL)
    remove(open_entry(desk, page, "Cardiology"))
    desk.see(lambda: page.panel is None)
    desk.fill(page.search, "")
    desk.see(lambda: shown(page) == ["General practice"])


def remove(panel: EntryPanel) -> None:
    next(one for one in panel.findChildren(QPushButton) if one.text() == "Remove").click()


def test_a_branch_is_opened_as_its_clinic_is(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    desk.press(Qt.Key.Key_4, CONTROL)
    desk.press(Qt.Key.Key_N, ALT)
    desk.type("North Quay")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    assert "North Quay" in shown(page)
    made = "select parent_id, timezone, currency from organisation where name = 'North Quay'"
    assert server_rows(clinic, made) == [(clinic.org_id, "Europe/Lisbon", "EUR")]
    # Now there is a choice of branches, and departments are those of the one that is chosen.
    desk.press(Qt.Key.Key_1, CONTROL)
    desk.press(Qt.Key.Key_N, ALT)
    form = panel_of(page).form
    assert form.values()["org_id"] == clinic.org_id
    north = next(row.id for row in desk.station.read(directory.organisations) if row.name == "North Quay")
    form.set_values({"org_id": north})
    form.changed.emit("org_id")
    assert form.editor("department_id").count() == 1  # type: ignore[attr-defined]


def test_a_row_of_another_branch_is_left_to_its_administrator(open_shell: OpenShell, clinic: Clinic) -> None:
    clinic.admin().execute(
        "insert into organisation (id, org_id, parent_id, kind, name) "
        "values (gen_random_uuid(), %s, %s, 'clinic', 'Next Door')",
        (clinic.network_id, clinic.network_id),
    )
    desk = open_shell("ingrid")
    page = page_of(desk)
    desk.press(Qt.Key.Key_4, CONTROL)
    desk.fill(page.search, "next door")
    desk.see(lambda: shown(page) == ["Next Door"])
    desk.press(Qt.Key.Key_Return)
    assert page.panel is None
    desk.see(lambda: any("Next Door belongs to another branch" in one for one in desk.toasts()))


def test_a_name_taken_during_an_outage_is_typed_anew(
    open_shell: OpenShell, cut_line: Callable[[], Line], clinic: Clinic
) -> None:
    line = cut_line()
    desk = open_shell("ingrid", server=line.address)
    desk.station.wait_current(timeout=20)
    page = page_of(desk)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    add_department(desk, page, "Physiotherapy")
    desk.see(lambda: page.panel is None)
    assert "Physiotherapy" in shown(page), "it waits, and is shown"
    clinic.admin().execute(
        "insert into department (id, org_id, name) values (gen_random_uuid(), %s, 'Physiotherapy')",
        (clinic.org_id,),
    )
    line.mend()
    desk.station.retry_now()
    # No event reaches the window meanwhile: the list still shows what was refused.
    wait_until(desk.station.attention)
    assert "Physiotherapy" in shown(page)
    (entry,) = desk.station.attention()
    module = next(one for one in desk.shell._modules if one.name == "directory")
    assert module.can_edit(desk.shell, entry)
    assert module.take_up(desk.shell, entry)
    form = panel_of(page).form
    assert form.values()["name"] == "Physiotherapy"
    desk.fill(form.editor("name"), "Physiotherapy 2")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: not desk.station.attention() and not desk.station.sync.waiting)
    names = server_rows(clinic, "select name from department where name like 'Physio%%' order by 1")
    assert names == [("Physiotherapy",), ("Physiotherapy 2",)]


def test_duty_hours_are_given_for_several_days_by_keys_alone(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("ingrid")
    page = page_of(desk)
    desk.press(Qt.Key.Key_5, CONTROL)
    desk.press(Qt.Key.Key_N, ALT)
    desk.type("Dr")  # who
    for number in range(1, 8):
        desk.press(Qt.Key.Key_Tab)
        if number in {1, 3}:
            desk.press(Qt.Key.Key_Space)
    desk.press(Qt.Key.Key_Tab)
    desk.type("8.30")
    desk.press(Qt.Key.Key_Tab)
    desk.type("12")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    given = (
        "select weekday, from_minute, to_minute, slot_minutes from duty_schedule d "
        "join staff s on s.id = d.staff_id where s.family_name = 'Kumar' order by weekday"
    )
    assert server_rows(clinic, given) == [(1, 510, 720, 15), (3, 510, 720, 15)]
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    form = panel_of(page).form
    assert form.values()["starts"] == "08:30"
    desk.fill(form.editor("ends"), "8")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(form.problems)
    assert form.problems() == {"ends": "It ends before it begins."}


def test_two_administrators_give_one_person_the_same_hours(
    open_shell: OpenShell, cut_line: Callable[[], Line], clinic: Clinic
) -> None:
    line = cut_line()
    desk = open_shell("ingrid", server=line.address)
    desk.station.wait_current(timeout=20)
    who = desk.station.read(directory.staff)[0]
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    hours = {"staff_id": who.id, "starts": "9", "ends": "12", "slot_minutes": 15, "starts_on": "2.11.2026"}
    desk.station.run(duty.add_schedule, hours | {"monday": True, "tuesday": True})
    clinic.admin().execute(
        "insert into duty_schedule "
        "(id, org_id, staff_id, weekday, from_minute, to_minute, slot_minutes, starts_on) "
        "values (gen_random_uuid(), %s, %s, 2, 660, 780, 20, '2026-01-01')",
        (clinic.org_id, who.id),
    )
    line.mend()
    desk.station.retry_now()
    desk.see(desk.station.attention)
    (entry,) = desk.station.attention()
    assert "at the same time" in entry.sentence
    module = next(one for one in desk.shell._modules if one.name == "directory")
    assert not module.can_edit(desk.shell, entry), "the form would show one of the days"
    # All of it or nothing: Monday was entered with Tuesday.
    desk.see(lambda: [row.weekday for row in desk.station.read(duty.schedules)] == [2])


def test_hours_that_two_changed_are_picked_as_times(
    open_shell: OpenShell, cut_line: Callable[[], Line], clinic: Clinic
) -> None:
    line = cut_line()
    desk = open_shell("ingrid", server=line.address)
    desk.station.wait_current(timeout=20)
    who = desk.station.read(directory.staff)[0]
    hours = {"staff_id": who.id, "starts": "9", "ends": "12", "slot_minutes": 15, "starts_on": "2.11.2026"}
    desk.station.run(duty.add_schedule, hours | {"monday": True}, patience=20)
    (row,) = desk.station.read(duty.schedules)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    desk.station.run(duty.edit_schedule, row.id, {"ends": "13"})
    clinic.admin().execute("update duty_schedule set to_minute = 690")
    line.mend()
    desk.station.retry_now()
    desk.see(desk.station.attention)
    (entry,) = desk.station.attention()
    fields = {one.name: (one.label, one.base, one.theirs, one.mine) for one in entry.fields}
    assert fields["to_minute"] == ("To", "12:00", "11:30", "13:00")
    page = page_of(desk)
    page.take_up("duty", entry)
    assert panel_of(page).form.values()["ends"] == "13:00"
