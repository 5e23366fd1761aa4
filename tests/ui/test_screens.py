"""Every screen is made off-screen, light and dark, wide and small and at 150 %, left to right and mirrored: it
is not empty, and no word of the program's own is cut off.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from medidesk.errors import SignInRefused
from medidesk.ui.first_run.page import FirstRunPage
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.clipping import clipped_texts
from medidesk.ui.kit.theme import apply_theme
from medidesk.ui.patients import opening
from medidesk.ui.sign_in.greeting import Greeting, Person
from medidesk.ui.sign_in.page import SignInPage
from tests.ui.screens.conftest import ALT, MARIA, OMAR, TAMAR, Hands, cut_line, open_shell
from tests.ui.screens.line import Line

__all__ = ["cut_line", "open_shell"]

WIDE, SMALL, SMALLEST = (1440, 900), (1280, 720), (960, 640)
COLOURS_LEAST = 24
"""A page with text, edges and grounds has far more; a page that failed to paint has one or two."""

PEOPLE = tuple(
    Person(login, name, role)
    for login, name, role in (
        ("sofia", "Sofia Marchetti", "Reception"),
        ("yusuf", "Yusuf Demir", "Pharmacist"),
        ("joseph", "Joseph Ndlovu", "Nurse"),
        ("anjali", "Dr Anjali Kumar", "Cardiology"),
        ("mei", "Mei Lin", "Nurse"),
        ("rui", "Rui Tavares", "Cashier"),
    )
)

type Screen = Callable[[Hands], QWidget]


def patients_list(desk: Hands) -> QWidget:
    desk.patients()
    return desk.shell


def search(desk: Hands) -> QWidget:
    page = desk.patients()
    page.look_for("mar")
    desk.see(page.search.hint)
    return desk.shell


def nobody_found(desk: Hands) -> QWidget:
    page = desk.patients()
    page.look_for("Zzyzx")
    desk.see(page.search.hint)
    return desk.shell


def file(desk: Hands) -> QWidget:
    desk.open_file(_first(desk))
    return desk.shell


def details(desk: Hands) -> QWidget:
    desk.open_file(_first(desk)).show_section("details")
    return desk.shell


def entry_panel(desk: Hands) -> QWidget:
    desk.open_file(_first(desk))._change("alert", None)
    return desk.shell


def merge_panel(desk: Hands) -> QWidget:
    desk.open_file(_first(desk)).merge_with()
    return desk.shell


def registration(desk: Hands) -> QWidget:
    page = opening.register(desk.shell, "María Ortega +34 612 555 018")
    desk.see(page.duplicates.candidates)
    return desk.shell


def changes(desk: Hands) -> QWidget:
    desk.shell.show_changes()
    return desk.shell


def palette(desk: Hands) -> QWidget:
    desk.shell.palette_box.open("ma")
    return desk.shell


def keys(desk: Hands) -> QWidget:
    desk.shell._show_keys()
    return desk.shell


SCREENS: tuple[Screen, ...] = (
    patients_list,
    search,
    nobody_found,
    file,
    details,
    entry_panel,
    merge_panel,
    registration,
    changes,
    palette,
    keys,
)


@pytest.fixture(autouse=True)
def light_again(qapp: QApplication) -> Iterator[None]:
    """Whatever a screen was dressed in, the next test starts in plain light."""
    yield
    apply_theme(qapp, "light")
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def settle() -> None:
    """Let everything that is due happen: searches, layouts, and what they cause in turn."""
    for _round in range(3):
        QApplication.processEvents()


def look_at(widget: QWidget) -> None:
    """The picture is not empty and no word is cut off."""
    settle()
    image = widget.grab().toImage()
    step = 7
    seen = {
        QColor(image.pixel(x, y)).rgb()
        for x in range(0, image.width(), step)
        for y in range(0, image.height(), step)
    }
    assert len(seen) >= COLOURS_LEAST, "nothing is painted"
    assert clipped_texts(widget) == []


def all_screens(desk: Hands) -> None:
    for values in (MARIA, OMAR, TAMAR):
        desk.register(values)
    for screen in SCREENS:
        widget = screen(desk)
        try:
            look_at(widget)
        except AssertionError as error:
            pytest.fail(f"{screen.__name__}: {error}")
        _tidy_up(desk)


@pytest.mark.parametrize(
    ("mode", "size"), [("light", WIDE), ("dark", WIDE), ("dark", SMALL), ("light", SMALLEST)]
)
def test_every_screen(
    open_shell: Callable[..., Hands], qapp: QApplication, mode: str, size: tuple[int, int]
) -> None:
    apply_theme(qapp, "dark" if mode == "dark" else "light")
    desk = open_shell("anjali", size=size)
    all_screens(desk)
    assert (desk.shell.width(), desk.shell.height()) == size, "no page may push the window larger"


def test_every_screen_with_larger_text(open_shell: Callable[..., Hands], qapp: QApplication) -> None:
    apply_theme(qapp, "light", 1.15)
    all_screens(open_shell("anjali"))


def test_every_screen_mirrored(open_shell: Callable[..., Hands], qapp: QApplication) -> None:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    desk = open_shell("anjali")
    all_screens(desk)
    shell = desk.shell
    assert shell.rail.x() > shell.sheet.mapTo(shell, shell.sheet.rect().topLeft()).x(), (
        "the rail is at the right"
    )
    header = desk.open_file(_first(desk)).header
    settle()
    assert header._name.geometry().right() == header._facts.geometry().right(), "name and facts share an edge"
    page = desk.patients()
    assert page.preview.x() < page.table.mapTo(page, page.table.rect().topLeft()).x()


def test_everything_that_takes_the_focus_has_a_name(open_shell: Callable[..., Hands]) -> None:
    desk = open_shell("anjali")
    for values in (MARIA, OMAR):
        desk.register(values)
    nameless: set[str] = set()
    for screen in SCREENS:
        for widget in screen(desk).findChildren(QWidget):
            takes_keys = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.focusProxy()
            if widget.isVisible() and takes_keys and not _spoken(widget):
                nameless.add(f"{screen.__name__}: {widget!r}")
        _tidy_up(desk)
    assert nameless == set()


def _spoken(widget: QWidget) -> str:
    """What a screen reader says of a widget."""
    text = getattr(widget, "text", None)
    return widget.accessibleName() or (text() if callable(text) else "")


def test_every_screen_at_one_and_a_half(open_shell: Callable[..., Hands]) -> None:
    """At 150 % a window that fills a 1440 px monitor is 960 px wide, the smallest there is."""
    desk = open_shell("anjali", size=SMALLEST)
    for values in (MARIA, OMAR):
        desk.register(values)
    for screen in (patients_list, search, file, details):
        widget = screen(desk)
        settle()
        image = QImage(1500, 960, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(1.5)
        widget.render(image)
        assert clipped_texts(widget) == [], screen.__name__
        _tidy_up(desk)


def test_two_stations_side_by_side_keep_names_and_phones_whole(open_shell: Callable[..., Hands]) -> None:
    desk = open_shell("sofia", size=SMALLEST)
    desk.register(MARIA)
    page = desk.patients()
    desk.see(lambda: page.table.rows.row_at(0) is not None)
    assert not page.preview.isVisible()
    shown = [
        column.title for at, column in enumerate(page.table.rows.columns) if not page.table.isColumnHidden(at)
    ]
    assert {"Patient", "File no.", "Phone"} <= set(shown)
    desk.press(Qt.Key.Key_V, ALT)
    assert page.preview.isVisible()
    look_at(desk.shell)
    page.table.setFocus()
    desk.press(Qt.Key.Key_Space)
    assert not page.preview.isVisible()
    desk.press(Qt.Key.Key_V, ALT)
    desk.shell.resize(*WIDE)
    settle()
    assert page.preview.isVisible()
    assert page.preview.x() == page.width() - page.preview.width()
    desk.shell.resize(*SMALLEST)
    settle()
    assert not page.preview.isVisible(), "it lies over the list only when it is wanted"


def test_in_a_narrow_window_the_changes_cover_the_page(open_shell: Callable[..., Hands]) -> None:
    desk = open_shell("sofia", size=SMALLEST)
    sheet = desk.shell.sheet
    desk.shell.show_changes()
    look_at(desk.shell)
    panel = sheet.panel()
    assert panel is not None
    assert not sheet.pages.isVisible()
    assert panel.width() >= sheet.width() - 2
    desk.shell.resize(*WIDE)
    settle()
    assert sheet.pages.isVisible()
    desk.shell.resize(*SMALLEST)
    settle()
    desk.press(Qt.Key.Key_Escape)
    assert sheet.pages.isVisible()
    assert desk.patients().search.hasFocus()


def test_a_long_name_is_whole_and_the_buttons_stand_below_it(open_shell: Callable[..., Hands]) -> None:
    desk = open_shell("sofia", size=SMALLEST)
    name = {"given_name": "María Guadalupe Antonia", "family_name": "Fernández de la Ortega y Santillana"}
    header = desk.open_file(desk.register(MARIA | name)).header
    look_at(header)
    edit = next(one for one in header.findChildren(Button) if one.text() == "Edit details")
    place = header._name.mapTo(header, header._name.rect().bottomLeft())
    assert edit.mapTo(header, edit.rect().topLeft()).y() > place.y()


def test_offline_the_banner_and_the_pill_say_so(
    open_shell: Callable[..., Hands], cut_line: Callable[[], Line]
) -> None:
    line = cut_line()
    desk = open_shell("sofia", server=line.address)
    desk.station.wait_current(timeout=20)
    desk.register(MARIA)
    line.cut()
    desk.see(desk.shell.sheet.banner.isVisible)
    desk.register(OMAR)
    desk.see(lambda: "1 change waiting" in desk.shell.top_bar.pill.text())
    look_at(patients_list(desk))
    look_at(changes(desk))


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, SMALLEST])
def test_sign_in(qtbot: QtBot, qapp: QApplication, mode: str, size: tuple[int, int]) -> None:
    apply_theme(qapp, "dark" if mode == "dark" else "light")
    page = SignInPage(
        Greeting(
            "Harbour Street Clinic",
            "Reception 2, ground floor",
            "clinic.lan",
            (("127.0.0.1", 5432),),
            PEOPLE,
            dt.datetime(2026, 11, 20, 10, 42, 7, tzinfo=dt.UTC),
            3,
        )
    )
    qtbot.addWidget(page)
    page.resize(*size)
    page.show()
    look_at(page)
    page.show_server(reachable=False)
    page.show_problem(SignInRefused("The password is not right.", "Try again, or ask an administrator."))
    look_at(page)
    page.set_busy("Signing in…")
    look_at(page)
    assert (page.width(), page.height()) == size


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("way", [0, 1, 2])
def test_first_run(qtbot: QtBot, qapp: QApplication, mode: str, way: int) -> None:
    apply_theme(qapp, "dark" if mode == "dark" else "light")
    page = FirstRunPage()
    qtbot.addWidget(page)
    page.resize(*SMALLEST)
    page.show()
    if way:
        page._open_way(page._cards[way])
    look_at(page)


def _first(desk: Hands) -> UUID:
    page = desk.patients()
    desk.see(lambda: page.table.rows.row_at(0) is not None)
    first: UUID = page.table.rows.row_at(0).id
    return first


def _tidy_up(desk: Hands) -> None:
    desk.shell.palette_box.hide()
    desk.shell.keys_panel.hide()
    desk.shell.close_changes()
    for page in desk.shell.pages()[1:]:
        desk.shell.close_page(page)
    desk.patients().search.clear()
