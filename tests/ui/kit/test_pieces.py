"""The small pieces: buttons, chips, pills, search, toasts, banners, warnings, conflicts, Ctrl+K."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from medidesk.ui.kit.avatar import colour_index, initials
from medidesk.ui.kit.banner import Banner
from medidesk.ui.kit.button import Button, IconButton
from medidesk.ui.kit.card import Card
from medidesk.ui.kit.chip import Chip, chips_for_state
from medidesk.ui.kit.clipping import clipped_texts
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.kit.inline_warning import InlineWarning
from medidesk.ui.kit.keycap import shown_key
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.marks import match_spans
from medidesk.ui.kit.paint import isolated, reads_rtl
from medidesk.ui.kit.palette import CommandPalette, PaletteItem
from medidesk.ui.kit.pill import FilterPill, Segments, SyncPill
from medidesk.ui.kit.progress import ProgressLine
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.theme import theme, tokens
from medidesk.ui.kit.toast import Toaster


def _page(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    page = QWidget()
    # The bot refers to widgets weakly; this closure keeps the page until the test is over.
    qtbot.addWidget(page, before_close_func=lambda _page: page.clearFocus())
    page.resize(800, 600)
    column = QVBoxLayout(page)
    for widget in widgets:
        column.addWidget(widget)
    with qtbot.waitExposed(page):
        page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    return page


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_a_button_is_pressed_by_space_and_by_enter(qtbot: QtBot, key: Qt.Key) -> None:
    button = Button("Register", kind="primary", key="Alt+N")
    _page(qtbot, button)
    with qtbot.waitSignal(button.clicked):
        qtbot.keyClick(button, key)


def test_a_button_says_its_name_and_its_key(qtbot: QtBot) -> None:
    button = Button("Register", key="Alt+N")
    qtbot.addWidget(button)
    assert (button.accessibleName(), button.accessibleDescription()) == ("Register", "Alt N")
    cross = IconButton("x", "Close")
    qtbot.addWidget(cross)
    assert cross.accessibleName() == "Close"
    assert min(cross.sizeHint().width(), cross.sizeHint().height()) >= tokens["control"]["min_hit"]


def test_a_button_grows_for_its_key_cap_and_nothing_is_clipped(qtbot: QtBot) -> None:
    bare, capped = Button("Register"), Button("Register", icon="user-plus", key="Ctrl+Return")
    page = _page(qtbot, bare, capped)
    assert capped.sizeHint().width() > bare.sizeHint().width() + 40
    assert clipped_texts(page) == []
    capped.setFixedWidth(60)
    assert clipped_texts(page) == ["Register"]


def test_the_focused_button_has_a_ring_and_one_halo(qtbot: QtBot) -> None:
    first, second = Button("One"), Button("Two")
    page = _page(qtbot, first, second)
    for button in (first, second, first, second):
        button.setFocus()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    ring = second.grab().toImage()
    assert ring.pixelColor(ring.width() // 2, 1) == theme().colour("focus.ring")
    halos = [child for child in page.findChildren(QWidget) if type(child).__name__ == "Halo"]
    shown = [halo for halo in halos if halo.isVisible()]
    assert [halo.geometry().adjusted(3, 3, -3, -3) for halo in shown] == [second.geometry()]


def test_a_halo_goes_with_the_piece_it_lies_around(qtbot: QtBot) -> None:
    first, second = Button("One"), Button("Two")
    page = _page(qtbot, first, second)
    second.setFocus()
    with qtbot.waitSignal(second.destroyed):
        second.deleteLater()
    first.setFocus()
    halos = [child for child in page.findChildren(QWidget) if type(child).__name__ == "Halo"]
    shown = [halo for halo in halos if halo.isVisible()]
    assert [halo.geometry().adjusted(3, 3, -3, -3) for halo in shown] == [first.geometry()]


@pytest.mark.parametrize(
    ("key", "words"),
    [("Alt+N", "Alt N"), ("Ctrl+Return", "Ctrl ↵"), ("Escape", "Esc"), ("Ctrl++", "Ctrl +"), ("F9", "F9")],
)
def test_keys_are_written_as_on_the_caps(key: str, words: str) -> None:
    assert shown_key(key) == words


def test_every_state_has_a_chip_with_icon_and_word(qtbot: QtBot) -> None:
    for kind, states in tokens["state"].items():
        for state in states:
            look = chips_for_state(kind, state)
            assert look.text
            assert look.icon
            chip = Chip.from_look(look)
            qtbot.addWidget(chip)
            assert chip.accessibleName() == look.text
            assert not chip.grab().isNull()


def test_initials_leave_titles_and_join_no_arabic_letters() -> None:
    assert initials("Dr Anjali Kumar") == "AK"
    assert initials("Ana-Maria Popescu") == "AP"
    assert initials("عمر حداد") == "ع"
    assert initials("Madonna") == "M"
    assert initials("  ") == "?"


def test_a_name_keeps_its_colour() -> None:
    assert colour_index("María Fernández Ortega") == 2
    assert colour_index("Itamar Goldberg") == 4


def test_marks_find_words_in_any_order_and_merge() -> None:
    assert match_spans("Omar Haddad", ["had", "mar"]) == [(1, 4), (5, 8)]
    assert match_spans("María", ["mari", "ria"]) == [(0, 5)]
    assert match_spans("Straße", ["strass"]) == [(0, 5)]
    assert match_spans("Omar", ["", "x"]) == []


def test_direction_comes_from_the_first_letter() -> None:
    assert reads_rtl("30 يناير 1981")
    assert not reads_rtl("30 Jan")
    assert not reads_rtl("+34 612")
    assert isolated("+34") == "\u2066+34\u2069"


def test_search_says_each_keystroke_once_and_esc_clears(qtbot: QtBot) -> None:
    box = SearchBox("Search", "Ctrl+K")
    _page(qtbot, box)
    said: list[str] = []
    box.searched.connect(said.append)
    box.setText("m")
    box.setText("ma")
    qtbot.waitUntil(lambda: bool(said))
    assert said == ["ma"]
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: said == ["ma", ""])
    with qtbot.waitSignal(box.down):
        qtbot.keyClick(box, Qt.Key.Key_Down)


def test_search_shows_a_hint_without_clipping(qtbot: QtBot) -> None:
    box = SearchBox("Search", large=True)
    page = _page(qtbot, box)
    box.set_hint("13 matches")
    assert box.height() == tokens["control"]["large"]
    assert box.textMargins().right() > 60
    assert clipped_texts(page) == []


def test_segments_move_with_the_arrows_in_the_reading_direction(qtbot: QtBot) -> None:
    segments = Segments(["Day", "Week"])
    _page(qtbot, segments)
    qtbot.keyClick(segments, Qt.Key.Key_Right)
    assert segments.current() == 1
    segments.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    with qtbot.waitSignal(segments.chosen) as chosen:
        qtbot.keyClick(segments, Qt.Key.Key_Right)
    assert chosen.args == [0]


def test_pills_say_their_state(qtbot: QtBot) -> None:
    pill, filter_pill = SyncPill(), FilterPill("Due", 4)
    page = _page(qtbot, pill, filter_pill)
    pill.show_state("warning", "cloud-off", "Offline since 10:42 · 3 changes waiting")
    assert "Offline since 10:42" in pill.accessibleName()
    assert filter_pill.accessibleName() == "Due 4"
    qtbot.keyClick(filter_pill, Qt.Key.Key_Space)
    assert filter_pill.isChecked()
    assert clipped_texts(page) == []


def test_toasts_never_take_the_focus_and_are_three_at_most(qtbot: QtBot) -> None:
    field = QLineEdit()
    page = _page(qtbot, field)
    field.setFocus()
    toaster = Toaster(page)
    for at in range(4):
        toaster.show(f"Saved {at}", action="Undo")
    assert [toast.title for toast in toaster.toasts()] == ["Saved 1", "Saved 2", "Saved 3"]
    assert field.hasFocus()


def test_a_toast_stays_while_hovered(qtbot: QtBot) -> None:
    toaster = Toaster(_page(qtbot))
    toast = toaster.show("Saved")
    assert toast.waits()
    here = QPointF(10, 10)
    QApplication.sendEvent(toast, QEnterEvent(here, here, here))
    assert not toast.waits()
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert toast.waits()
    toaster.clear()
    assert toaster.toasts() == ()


def test_a_toasts_verb_acts_once_and_the_toast_goes(qtbot: QtBot) -> None:
    done: list[str] = []
    toaster = Toaster(_page(qtbot))
    toast = toaster.show("Moved", action="Undo", on_action=lambda: done.append("undo"))
    qtbot.mouseClick(toast.action, Qt.MouseButton.LeftButton)
    assert done == ["undo"]
    assert toaster.toasts() == ()


def test_toasts_lie_in_the_trailing_corner(qtbot: QtBot) -> None:
    page = _page(qtbot)
    toaster = Toaster(page)
    toast = toaster.show("Saved")
    qtbot.waitUntil(lambda: toast.geometry().bottom() == page.height() - 16 + 32 - 1)
    assert toast.geometry().right() == page.width() - 16 + 32 - 1
    page.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert toast.geometry().left() == 16 - 32


def test_a_banner_pushes_and_its_link_acts(qtbot: QtBot) -> None:
    followed: list[bool] = []
    banner = Banner()
    page = _page(qtbot, banner)
    assert not banner.isVisible()
    banner.show_message(
        "Working without the server.", "Changes are sent later.", "Try now", lambda: followed.append(True)
    )
    assert banner.isVisible()
    assert banner.height() == 40
    qtbot.mouseClick(banner.link, Qt.MouseButton.LeftButton)
    assert followed == [True]
    assert clipped_texts(page) == []


def test_an_inline_warning_keeps_its_words_off_its_buttons(qtbot: QtBot) -> None:
    warning = InlineWarning(
        "danger",
        "Allergy: amoxicillin is a penicillin",
        "Anaphylaxis in 2019. Held back until a doctor confirms it.",
        [Button("Replace", kind="danger", key="Alt+R")],
    )
    page = _page(qtbot, warning)
    assert clipped_texts(page) == []
    assert warning.accessibleName().startswith("Allergy")
    warning.setFixedWidth(300)
    assert len(clipped_texts(page)) == 2


def test_progress_can_be_cancelled_with_esc_once(qtbot: QtBot) -> None:
    stopped: list[bool] = []
    progress = ProgressLine("Exporting", lambda: stopped.append(True))
    _page(qtbot, progress)
    progress.show_progress(0.5, "Exporting, 50 of 100")
    assert progress.accessibleName() == "Exporting, 50 of 100"
    qtbot.keyClick(progress.cancel, Qt.Key.Key_Escape)
    assert stopped == [True]
    assert not progress.cancel.isEnabled()


def test_cards_and_empty_states_open_no_windows_of_their_own(qtbot: QtBot) -> None:
    card = Card("Problems", Button("Add", kind="link"), count=4)
    card.body.addWidget(EmptyState("users", "Nobody here", "Nobody was registered.", Button("Register")))
    page = _page(qtbot, card)
    assert [window for window in QApplication.topLevelWidgets() if window.isVisible()] == [page]
    assert clipped_texts(page) == []


def test_a_label_without_room_is_on_record(qtbot: QtBot) -> None:
    plain, short = Label("A rather long sentence"), Label("Another long sentence", elide=True)
    page = _page(qtbot, plain, short)
    plain.setFixedWidth(40)
    short.setFixedWidth(40)
    assert set(clipped_texts(page)) == {"A rather long sentence", "Another long sentence"}


def test_ctrl_k_groups_results_runs_the_chosen_one_and_gives_the_focus_back(qtbot: QtBot) -> None:
    field = QLineEdit()
    page = _page(qtbot, field)
    field.setFocus()
    ran: list[str] = []

    def found(text: str) -> list[PaletteItem]:
        names = [("Amodu", "Patient"), ("Amount", "Action"), ("Amoah", "Patient")]
        return [
            PaletteItem("user", name, "", kind, lambda name=name: ran.append(name))  # type: ignore[misc]
            for name, kind in names
            if name.lower().startswith(text)
        ]

    palette = CommandPalette(page)
    palette.set_provider(found)
    palette.open()
    qtbot.keyClicks(palette.field, "amo")
    qtbot.waitUntil(lambda: [item.title for item in palette.results.items] == ["Amodu", "Amoah", "Amount"])
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert ran == ["Amoah"]
    assert not palette.isVisible()
    assert field.hasFocus()


def test_ctrl_k_closes_with_esc(qtbot: QtBot) -> None:
    field = QLineEdit()
    palette = CommandPalette(_page(qtbot, field))
    field.setFocus()
    palette.open("nothing")
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert field.hasFocus()


def test_the_pill_has_room_for_its_words_at_every_minute(qtbot: QtBot) -> None:
    pill = SyncPill()
    qtbot.addWidget(pill)
    for minute in range(60):
        pill.show_state("warning", "cloud-off", f"Offline since 06:{minute:02} · {minute} changes waiting")
        pill.resize(pill.sizeHint())
        assert clipped_texts(pill) == []
