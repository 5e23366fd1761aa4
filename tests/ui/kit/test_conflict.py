"""Base, theirs and mine: chosen with keys, and whole in whatever room there is."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QRadioButton
from pytestqt.qtbot import QtBot

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.clipping import clipped_texts
from medidesk.ui.kit.conflict import ConflictCard


def _conflict(qtbot: QtBot, other: str = "") -> ConflictCard:
    card = ConflictCard(
        "Omar Haddad was changed at two stations",
        "Choose for each field what is right.",
        [("When you opened it", "10:32"), ("Theirs", "Pharmacy 1"), ("Mine", "Reception 2")],
        [
            ("phone", "Phone", "+961 3 555 204", "+961 3 555 219", "+961 71 555 880"),
            ("address", "Address", "8 Cedar Road", "22 Mill Lane, flat 3", "22 Mill Lane"),
        ],
        "Language merged",
        other=other,
    )
    qtbot.addWidget(card)
    with qtbot.waitExposed(card):
        card.show()
    return card


def test_a_conflict_starts_with_mine_and_arrows_choose(qtbot: QtBot) -> None:
    card = _conflict(qtbot)
    assert card.choices() == {"phone": "mine", "address": "mine"}
    mine = next(child for child in card.findChildren(QRadioButton) if "+961 71" in child.accessibleName())
    mine.setFocus()
    qtbot.keyClick(mine, Qt.Key.Key_Left)
    assert card.choices() == {"phone": "theirs", "address": "mine"}
    with qtbot.waitSignal(card.decided) as decided:
        qtbot.keyClick(card, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert decided.args == [{"phone": "theirs", "address": "mine"}]


def test_a_conflict_may_be_decided_at_once_or_later(qtbot: QtBot) -> None:
    card = _conflict(qtbot)
    card.choose_all("theirs")
    with qtbot.waitSignal(card.decided) as decided:
        qtbot.mouseClick(card.keep, Qt.MouseButton.LeftButton)
    assert decided.args == [{"phone": "theirs", "address": "theirs"}]
    with qtbot.waitSignal(card.later):
        qtbot.keyClick(card, Qt.Key.Key_Escape)


@pytest.mark.parametrize("other", ["", "Open file"])
@pytest.mark.parametrize("width", [340, 400, 520, 590, 700])
def test_a_conflict_is_whole_in_whatever_room_there_is(qtbot: QtBot, width: int, other: str) -> None:
    card = _conflict(qtbot, other)
    card.resize(width, card.heightForWidth(width))
    card.show()
    QApplication.processEvents()
    card.resize(width, max(card.sizeHint().height(), card.heightForWidth(width)))
    QApplication.processEvents()
    card.grab()
    assert clipped_texts(card) == []
    values = card.findChildren(QRadioButton)
    for at, one in enumerate(values):
        assert card.rect().contains(one.geometry()), "inside the card"
        assert not any(one.geometry().intersects(other.geometry()) for other in values[at + 1 :])
    for button in card.findChildren(Button):
        corner = button.mapTo(card, button.rect().bottomRight())
        assert card.rect().contains(corner), button.text()
