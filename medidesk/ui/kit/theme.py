"""Colours, sizes and fonts in force, read from `resources/styles/tokens.json`.

No other module names a colour: a widget asks `theme().colour("bg.surface")` while it paints, so a change
of theme needs nothing but a repaint.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

Mode = Literal["light", "dark"]
Role = Literal["caption", "meta", "body", "strong", "section", "title", "figure", "display"]
Weight = Literal["regular", "medium", "semibold", "bold"]

RESOURCES = Path(__file__).resolve().parents[3] / "resources"

tokens: dict[str, Any] = json.loads((RESOURCES / "styles" / "tokens.json").read_text(encoding="utf-8"))
"""The whole token file: sizes in px at 100 %, colours by mode, states by kind."""


@lru_cache(maxsize=512)
def _rgba(mode: Mode, name: str) -> tuple[int, int, int, int]:
    digits = tokens["colour"][mode][name].lstrip("#")
    red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return red, green, blue, int(digits[6:8] or "ff", 16)


@lru_cache(maxsize=256)
def _font(role: Role, weight: Weight, figures: bool, scale: float) -> QFont:
    font = QFont()
    font.setFamilies(tokens["font"]["families"])
    font.setPixelSize(round(tokens["font"]["size"][role] * scale))
    font.setWeight(QFont.Weight(tokens["font"]["weight"][weight]))
    tracking = tokens["font"]["tracking_percent"].get(role)
    if tracking and tracking != 100:
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, tracking)
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    if figures:
        for feature, value in tokens["font"]["role"]["figures"]["features"].items():
            font.setFeature(QFont.Tag(feature), value)
    return font


@dataclass(frozen=True)
class Theme:
    """One mode's colours and fonts.

    Attributes:
        mode: "light" or "dark".
        scale: of text sizes only; whole windows scale by Qt's own device ratio.
        reduced_motion: every duration but a toast's stay is zero.
    """

    mode: Mode = "light"
    scale: float = 1.0
    reduced_motion: bool = False

    def colour(self, name: str) -> QColor:
        """The colour of a token such as "bg.surface"; an unknown name is a KeyError."""
        return QColor(*_rgba(self.mode, name))

    def tone(self, tone: str, part: Literal["base", "text", "soft", "border"]) -> QColor:
        """One part of a tone ("accent", "danger", "warning", "success", "info", "violet", "neutral")."""
        return self.colour(f"{tone}.{part}")

    def font(self, role: Role = "body", weight: Weight = "regular", *, figures: bool = False) -> QFont:
        """The font of a text role; `figures` gives digits one width, for columns of numbers."""
        return QFont(_font(role, weight, figures, self.scale))

    def line(self, role: Role) -> int:
        """Height in px of one line of text of this role."""
        height: int = tokens["font"]["line"][role]
        return round(height * self.scale)

    def avatar(self, index: int) -> tuple[QColor, QColor]:
        """Ground and ink of avatar colour `index`, counted round."""
        pairs = tokens["avatar"][self.mode]
        ground, ink = pairs[index % len(pairs)]
        return QColor(ground), QColor(ink)

    def duration(self, name: str) -> int:
        """Milliseconds of a motion token; zero when motion is reduced, except a toast's stay."""
        if self.reduced_motion and name != "toast_stay":
            return 0
        return int(tokens["motion"][name])


class ThemeSignals(QObject):
    """Tells widgets that keep fonts or pictures of their own to make them anew."""

    theme_changed = Signal()


_state: dict[str, Any] = {"theme": Theme(), "signals": None, "fonts": False}


def theme() -> Theme:
    """The theme in force."""
    current: Theme = _state["theme"]
    return current


def theme_signals() -> ThemeSignals:
    """The one object that says `theme_changed`."""
    if _state["signals"] is None:
        _state["signals"] = ThemeSignals()
    signals: ThemeSignals = _state["signals"]
    return signals


def _load_fonts() -> None:
    if _state["fonts"]:
        return
    for path in sorted((RESOURCES / "fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))
    _state["fonts"] = True


def palette_of(look: Theme) -> QPalette:
    """The palette that keeps Fusion's grey out of menus, views and tool tips."""
    groups, roles = QPalette.ColorGroup, QPalette.ColorRole
    palette = QPalette()
    for role, name in {
        roles.Window: "bg.surface",
        roles.WindowText: "text.primary",
        roles.Base: "bg.input",
        roles.AlternateBase: "bg.subtle",
        roles.Text: "text.primary",
        roles.Button: "bg.raised",
        roles.ButtonText: "text.primary",
        roles.BrightText: "text.on.accent",
        roles.Highlight: "accent.soft.strong",
        roles.HighlightedText: "text.primary",
        roles.Link: "accent.text",
        roles.LinkVisited: "accent.text",
        roles.ToolTipBase: "bg.tooltip",
        roles.ToolTipText: "text.on.tooltip",
        roles.PlaceholderText: "text.tertiary",
        roles.Light: "bg.raised",
        roles.Midlight: "border.subtle",
        roles.Mid: "border.default",
        roles.Dark: "border.input",
        roles.Shadow: "border.default",
        roles.Accent: "accent.base",
    }.items():
        palette.setColor(role, look.colour(name))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(groups.Disabled, role, look.colour("text.disabled"))
    return palette


def style_sheet(look: Theme) -> str:
    """`resources/styles/kit.qss` with each `@token` filled in."""
    template = (RESOURCES / "styles" / "kit.qss").read_text(encoding="utf-8")

    def filled(match: re.Match[str]) -> str:
        colour = look.colour(match[1])
        return f"rgba({colour.red()},{colour.green()},{colour.blue()},{colour.alpha()})"

    return re.sub(r"@([a-z]+(?:\.[a-z0-9]+)*)", filled, template)


def apply_theme(app: QApplication, mode: Mode, scale: float = 1.0, *, reduced_motion: bool = False) -> Theme:
    """Dress the whole application; may be called again at any time to change the look."""
    from medidesk.ui.kit import icons
    from medidesk.ui.kit.halo import follow_focus
    from medidesk.ui.kit.proxy_style import KitStyle

    _load_fonts()
    look = Theme(mode, scale, reduced_motion)
    _state["theme"] = look
    icons.clear()
    if not isinstance(app.property("kitStyle"), bool):
        app.setStyle(KitStyle())
        app.setProperty("kitStyle", True)
        follow_focus(app)
    app.setPalette(palette_of(look))
    app.setFont(look.font("body"))
    app.setStyleSheet(style_sheet(look))
    theme_signals().theme_changed.emit()
    return look
