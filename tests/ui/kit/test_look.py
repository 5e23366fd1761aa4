"""The look: every token in use exists, words are legible, icons are there, and nothing is clipped."""

import re
from itertools import product

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from medidesk.ui.kit import icons
from medidesk.ui.kit.clipping import clipped_texts
from medidesk.ui.kit.gallery import Gallery
from medidesk.ui.kit.theme import (
    RESOURCES,
    Mode,
    Theme,
    Weight,
    apply_theme,
    style_sheet,
    theme,
    theme_signals,
    tokens,
)

MODES: tuple[Mode, Mode] = ("light", "dark")


def _luminance(colour: QColor) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TONES = ("danger", "warning", "success", "info", "violet", "neutral", "accent")


@pytest.mark.parametrize(("mode", "tone"), list(product(MODES, TONES)))
def test_a_tones_words_are_legible_on_its_ground(mode: Mode, tone: str) -> None:
    look = Theme(mode)
    assert _contrast(look.tone(tone, "text"), look.tone(tone, "soft")) >= 4.5


@pytest.mark.parametrize(
    ("mode", "ink", "ground"),
    list(
        product(
            MODES,
            ("text.primary", "text.secondary", "text.tertiary"),
            ("bg.surface", "bg.subtle", "bg.hover", "bg.selected"),
        )
    ),
)
def test_words_are_legible_on_every_ground(mode: Mode, ink: str, ground: str) -> None:
    look = Theme(mode)
    assert _contrast(look.colour(ink), look.colour(ground)) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_a_fields_edge_can_be_seen(mode: Mode) -> None:
    look = Theme(mode)
    assert _contrast(look.colour("border.input"), look.colour("bg.surface")) >= 3


@pytest.mark.parametrize("mode", MODES)
def test_the_style_sheet_names_only_colours_that_exist(mode: Mode) -> None:
    assert "@" not in style_sheet(Theme(mode)).split("*/", 1)[1]


def test_translucent_colours_read_alpha_last() -> None:
    assert Theme("light").colour("focus.halo").getRgb() == (0x0B, 0x7F, 0x99, 0x38)


def test_every_icon_of_every_state_is_shipped_and_draws(qapp: QApplication) -> None:
    names = {spec["icon"] for states in tokens["state"].values() for spec in states.values()}
    for name in names:
        image = icons.icon_pixmap(name, 16, "text.primary", 2.0).toImage()
        assert image.width() == 32
        assert any(image.pixelColor(x, y).alpha() for x in range(32) for y in range(32)), name


def test_every_icon_the_code_names_is_shipped() -> None:
    shipped = {path.stem for path in (RESOURCES / "icons").glob("*.svg")}
    naming = re.compile(r'(?:icon=|IconButton\(\s*)"([a-z0-9-]+)"|draw_icon\([^"]*"([a-z0-9-]+)", \d')
    named = set()
    for path in (RESOURCES.parent / "medidesk" / "ui").rglob("*.py"):
        for match in naming.finditer(path.read_text(encoding="utf-8")):
            named.add(match[1] or match[2])
    assert "search" in named
    assert named - shipped == set()


def test_the_fonts_are_the_shipped_ones(qapp: QApplication) -> None:
    weights: tuple[Weight, ...] = ("regular", "medium", "semibold", "bold")
    for weight in weights:
        assert QFontInfo(theme().font("body", weight)).family() == "Inter"


def test_only_figures_have_tabular_digits(qapp: QApplication) -> None:
    assert not theme().font("body").featureTags()
    assert len(theme().font("body", figures=True).featureTags()) == 1
    assert not qapp.font().featureTags()


def test_a_change_of_theme_is_said_and_seen(qtbot: QtBot, qapp: QApplication) -> None:
    with qtbot.waitSignal(theme_signals().theme_changed):
        apply_theme(qapp, "dark")
    assert qapp.palette().window().color() == Theme("dark").colour("bg.surface")
    assert qapp.font().family() == "Inter"


def test_larger_text_keeps_its_proportions(qapp: QApplication) -> None:
    assert Theme("light", 1.5).font("body").pixelSize() == 20
    assert Theme("light").font("body").pixelSize() == 13


def test_reduced_motion_stops_everything_but_a_toasts_stay() -> None:
    look = Theme("light", reduced_motion=True)
    assert look.duration("row_flash") == 0
    assert look.duration("toast_stay") == 6000


@pytest.mark.parametrize(("mode", "rtl"), list(product(MODES, (False, True))))
def test_nothing_in_the_gallery_is_clipped(qtbot: QtBot, qapp: QApplication, mode: Mode, rtl: bool) -> None:
    apply_theme(qapp, mode)
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
    sheet = Gallery()
    qtbot.addWidget(sheet)
    with qtbot.waitExposed(sheet):
        sheet.show()
    sheet.show_focus()
    assert clipped_texts(sheet) == []
    image = sheet.grab().toImage()
    assert image.pixelColor(5, 5) == theme().colour("bg.canvas")
