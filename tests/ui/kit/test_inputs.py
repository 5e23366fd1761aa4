"""Inputs of forms: numbers that may be empty, lists that leave the wheel alone, both reading directions."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from medidesk.ui.kit.inputs import Choice, LineEdit, NumberBox, PhoneEdit


def _page(qtbot: QtBot, *widgets: QWidget, rtl: bool = False) -> QWidget:
    page = QWidget()
    # The bot refers to widgets weakly; this closure keeps the page until the test is over.
    qtbot.addWidget(page, before_close_func=lambda _page: page.clearFocus())
    page.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    column = QVBoxLayout(page)
    for widget in widgets:
        column.addWidget(widget)
    with qtbot.waitExposed(page):
        page.show()
    return page


def test_a_number_starts_empty_and_is_typed(qtbot: QtBot) -> None:
    box = NumberBox(unit="tablets")
    _page(qtbot, box)
    assert box.number() is None
    box.setFocus()
    qtbot.keyClicks(box, "14")
    assert box.number() == 14
    assert box.text() == "14 tablets"
    box.set_number(None)
    assert box.number() is None


def test_a_number_is_emptied_by_deleting_it(qtbot: QtBot) -> None:
    box, other = NumberBox(unit="tablets"), LineEdit()
    _page(qtbot, box, other)
    box.set_number(14)
    box.setFocus()
    box.selectAll()
    qtbot.keyClick(box, Qt.Key.Key_Delete)
    other.setFocus()
    assert box.number() is None


def _wheel(widget: QWidget) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(widget.rect().center())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_the_wheel_changes_nothing_that_has_no_focus(qtbot: QtBot) -> None:
    number, choice, other = NumberBox(), Choice(((1, "One"), (2, "Two"))), LineEdit()
    _page(qtbot, number, choice, other)
    number.set_number(5)
    choice.set_value(1)
    other.setFocus()
    _wheel(number)
    _wheel(choice)
    assert (number.number(), choice.value()) == (5, 1)
    choice.setFocus()
    _wheel(choice)
    assert choice.value() == 2


def test_a_word_that_came_from_elsewhere_is_shown_and_kept(qtbot: QtBot) -> None:
    choice = Choice((("", "Not known"), ("en", "English")))
    qtbot.addWidget(choice)
    choice.set_value("Klingon, some")
    assert choice.currentText() == "Klingon, some"
    assert choice.value() == "Klingon, some"
    choice.set_value("en")
    assert choice.currentText() == "English"


def test_a_choice_that_is_not_offered_is_none(qtbot: QtBot) -> None:
    choice = Choice(((1, "One"),))
    qtbot.addWidget(choice)
    choice.set_value(7)
    assert choice.value() is None


@pytest.mark.parametrize("rtl", [False, True])
def test_every_field_begins_at_the_reading_side(qtbot: QtBot, rtl: bool) -> None:
    line, phone = LineEdit("Haddad-Klein"), PhoneEdit()
    phone.setText("+961 3 555 204")
    _page(qtbot, line, phone, rtl=rtl)
    for field in (line, phone):
        # Measured where the cursor stands before the first letter.
        field.setCursorPosition(0)
        first = field.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle).center().x()
        field.end(False)
        last = field.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle).center().x()
        middle = (first + last) / 2
        assert (middle > field.width() / 2) == rtl


def test_arabic_stands_in_the_middle_of_its_field(qtbot: QtBot) -> None:
    field = LineEdit("عمر")
    qtbot.addWidget(field)
    assert field.textMargins().top() > 0
    field.setText("Omar")
    assert field.textMargins().top() == 0
