"""The table: reads lazily, keeps choice and place, and is worked by keys."""

from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.clipping import clipped_texts
from medidesk.ui.kit.table import Column, Table
from medidesk.ui.kit.table_model import PAGE
from medidesk.ui.kit.theme import theme
from tests.ui.kit.rows import COLUMNS, People, Person


def _shown(qtbot: QtBot, people: People, *, height: int = 432) -> Table:
    table = Table(COLUMNS)
    qtbot.addWidget(table)
    table.resize(600, height)
    table.set_source(people)
    with qtbot.waitExposed(table):
        table.show()
    table.grab()
    return table


def test_a_hundred_thousand_rows_are_read_a_page_at_a_time(qtbot: QtBot) -> None:
    people = People(100_000)
    table = _shown(qtbot, people)
    assert people.read == [(0, PAGE)]
    assert table.rows.rowCount() == 100_000


def test_end_reads_the_last_page_and_not_what_lies_between(qtbot: QtBot) -> None:
    people = People(100_000)
    table = _shown(qtbot, people)
    qtbot.keyClick(table, Qt.Key.Key_End)
    table.grab()
    assert table.current_row() == people.people[-1]
    assert len(people.read) <= 3
    qtbot.keyClick(table, Qt.Key.Key_Home)
    assert table.current_row() == people.people[0]


def test_arrows_choose_and_enter_opens(qtbot: QtBot) -> None:
    people = People(20)
    table = _shown(qtbot, people)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [table.current_row()]
    assert table.current_row() in people.people[1:3]


def test_a_search_field_drives_the_list_while_it_keeps_the_focus(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    field, table = QLineEdit(), Table(COLUMNS)
    column = QVBoxLayout(page)
    column.addWidget(field)
    column.addWidget(table)
    people = People(5)
    table.set_source(people)
    table.drive_from(field)
    with qtbot.waitExposed(page):
        page.show()
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Down)
    qtbot.keyClick(field, Qt.Key.Key_Down)
    with qtbot.waitSignal(table.opened) as opened:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert opened.args == [people.people[1]]
    qtbot.keyClicks(field, "mar")
    assert field.text() == "mar"


def test_a_change_in_place_announces_only_its_row(qtbot: QtBot) -> None:
    people = People(300)
    table = _shown(qtbot, people)
    changed = people.rename(3, "Renamed")
    announced: list[int] = []
    table.rows.dataChanged.connect(lambda first, last: announced.extend(range(first.row(), last.row() + 1)))
    with qtbot.assertNotEmitted(table.rows.modelReset):
        table.refresh({changed})
    assert announced == [3]


def test_a_row_that_keeps_its_place_is_read_alone(qtbot: QtBot) -> None:
    people = People(300)
    table = _shown(qtbot, people)
    changed = people.bear(3, "1 Jan 2000")
    people.read.clear()
    table.refresh({changed})
    assert people.read == []
    assert table.rows.index(3, 1).data() == "1 Jan 2000"


def test_a_changed_row_glows_once_and_then_rests(qtbot: QtBot) -> None:
    people = People(10)
    table = _shown(qtbot, people)
    rest = table.grab().toImage()
    table.refresh({people.rename(2, "Person 000002 ")})
    glowing = table.grab().toImage()
    spot = (300, 32 + 2 * 40 + 20)
    assert glowing.pixelColor(*spot) != rest.pixelColor(*spot)
    qtbot.waitUntil(lambda: table.grab().toImage().pixelColor(*spot) == rest.pixelColor(*spot), timeout=3000)


def test_rows_inserted_above_keep_choice_and_place(qtbot: QtBot) -> None:
    people = People(1000)
    table = _shown(qtbot, people)
    table.choose_row(120)
    chosen = table.current_row()
    y = table.visualRect(table.currentIndex()).top()
    said: list[object] = []
    table.chosen.connect(said.append)
    people.people[:0] = [Person(UUID(int=900_000 + at), f"New {at}") for at in range(3)]
    table.refresh()
    assert table.current_row() == chosen
    assert table.currentIndex().row() == 123
    assert table.visualRect(table.currentIndex()).top() == y
    assert said == []


def test_a_chosen_row_that_vanishes_is_said(qtbot: QtBot) -> None:
    people = People(10)
    table = _shown(qtbot, people)
    table.choose_row(4)
    del people.people[4]
    with qtbot.waitSignal(table.chosen) as chosen:
        table.refresh()
    assert chosen.args == [None]
    assert table.current_row() is None


def test_the_chosen_row_says_when_it_shows_something_new(qtbot: QtBot) -> None:
    people = People(10)
    table = _shown(qtbot, people)
    table.choose_row(4)
    changed = people.rename(4, "Somebody else")
    with qtbot.waitSignal(table.chosen) as chosen:
        table.refresh({changed})
    assert chosen.args == [people.people[4]]


def test_the_chosen_row_out_of_sight_is_followed_too(qtbot: QtBot) -> None:
    people = People(2000)
    table = _shown(qtbot, people)
    table.choose_row(900)
    table.scrollToTop()
    table.grab()
    changed = people.rename(900, "Somebody else")
    with qtbot.waitSignal(table.chosen) as chosen:
        table.refresh({changed})
    assert chosen.args == [people.people[900]]
    people.people.insert(950, people.people.pop(900))
    table.refresh()
    assert table.currentIndex().row() == 950
    assert table.verticalScrollBar().value() == 0


def test_the_chosen_row_is_paler_while_the_focus_is_elsewhere(qtbot: QtBot) -> None:
    page, field, table = QWidget(), QLineEdit(), Table(COLUMNS)
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    column.addWidget(field)
    column.addWidget(table)
    table.set_source(People(5))
    with qtbot.waitExposed(page):
        page.show()
    table.setFocus()
    table.choose_row(1)
    spot = table.viewport().grab().toImage()
    assert spot.pixelColor(0, 60) == theme().colour("focus.ring")
    assert spot.pixelColor(150, 44) == theme().colour("bg.selected")
    field.setFocus()
    spot = table.viewport().grab().toImage()
    assert spot.pixelColor(150, 44) == theme().colour("bg.selected.inactive")
    assert spot.pixelColor(0, 60) == theme().colour("bg.selected.inactive")


@pytest.mark.parametrize("rtl", [False, True])
def test_a_waiting_row_has_an_amber_bar_at_the_reading_side(qtbot: QtBot, rtl: bool) -> None:
    people = People(3)
    table = _shown(qtbot, people)
    table.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    table.set_pending([people.people[1].id])
    image = table.viewport().grab().toImage()
    x = image.width() - 2 if rtl else 1
    assert image.pixelColor(x, 60) == theme().colour("warning.base")
    assert image.pixelColor(x, 100) == theme().colour("bg.surface")


@pytest.mark.parametrize("rtl", [False, True])
def test_a_chosen_row_that_waits_has_both_bars(qtbot: QtBot, rtl: bool) -> None:
    people = People(5)
    table = _shown(qtbot, people)
    table.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    table.set_pending([people.people[1].id])
    table.pose(chosen=1, has_focus=True)
    image = table.viewport().grab().toImage()
    middle = table.rowViewportPosition(1) + 20
    edge = [image.pixelColor(image.width() - 1 - x if rtl else x, middle) for x in range(7)]
    assert edge[:3] == [theme().colour("focus.ring")] * 3
    assert edge[4:7] == [theme().colour("warning.base")] * 3


def test_search_words_are_marked_without_regard_to_accents(qtbot: QtBot) -> None:
    people = People(1)
    people.rename(0, "Zoë Ångström")
    table = _shown(qtbot, people)
    plain = table.grab().toImage()
    table.set_marks(["zoe"])
    assert table.grab().toImage() != plain
    table.set_marks(["xyz"])
    assert table.grab().toImage() == plain


def test_a_row_is_said_in_words(qtbot: QtBot) -> None:
    people = People(2)
    table = _shown(qtbot, people)
    table.set_pending([people.people[0].id])
    index = table.rows.index(0, 0)
    said = table.rows.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert said == "Person 000000; Born 12 Mar 1984; Waiting to be sent"


def test_optional_columns_leave_when_there_is_no_room(qtbot: QtBot) -> None:
    columns = (*COLUMNS, Column("Phone", lambda _row: "+34 612", 200, leaves=1))
    table = Table(columns)
    qtbot.addWidget(table)
    table.set_source(People(2))
    with qtbot.waitExposed(table):
        table.show()
    table.resize(600, 300)
    assert not table.isColumnHidden(2)
    table.resize(400, 300)
    assert table.isColumnHidden(2)
    assert sum(table.columnWidth(at) for at in range(2)) == table.viewport().width()


def test_columns_leave_in_their_own_order(qtbot: QtBot) -> None:
    columns = (
        *COLUMNS,
        Column("Age", lambda _row: "40 years", 100, leaves=1),
        Column("Phone", lambda _row: "+34 612", 100, leaves=2),
    )
    table = Table(columns)
    qtbot.addWidget(table)
    with qtbot.waitExposed(table):
        table.show()
    table.resize(440, 300)
    assert [table.isColumnHidden(at) for at in range(4)] == [False, False, True, False]
    table.resize(400, 300)
    assert [table.isColumnHidden(at) for at in range(4)] == [False, False, True, True]


@pytest.mark.parametrize("width", range(240, 252))
def test_a_long_name_leaves_its_flag_whole(qtbot: QtBot, width: int) -> None:
    flag = ChipLook("", "danger", "circle-alert", bare=True, name="Allergies on file")
    table = Table((Column("Patient", lambda row: row.name, 240, kind="person", chips=lambda _row: [flag]),))
    qtbot.addWidget(table)
    people = People(1)
    people.rename(0, "n" * 60)
    table.resize(width, 200)
    table.set_source(people)
    with qtbot.waitExposed(table):
        table.show()
    image = table.viewport().grab().toImage()
    red = theme().colour("danger.base")
    assert any(image.pixelColor(x, y) == red for x in range(width // 2, width) for y in range(40))


def test_a_name_that_does_not_fit_is_on_record(qtbot: QtBot) -> None:
    people = People(1)
    name = "Wolfeschlegelsteinhausenbergerdorff " * 3
    people.rename(0, name)
    table = _shown(qtbot, people)
    assert clipped_texts(table) == [name]
