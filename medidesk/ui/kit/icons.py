"""Lucide icons, recoloured and rendered sharply for the device, each just once.

The key of the cache is name, size, colour and device ratio; a change of theme empties it.
"""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from medidesk.ui.kit.theme import RESOURCES, theme

_DIRECTED = {"chevron-right": "chevron-left", "chevron-left": "chevron-right"}


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    return (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=2048)
def _rendered(name: str, size: int, colour: str, ratio: float) -> QPixmap:
    stroke = 2.0 if size <= 14 else 1.75
    svg = (
        _source(name).replace("currentColor", colour).replace('stroke-width="2"', f'stroke-width="{stroke}"')
    )
    edge = max(1, round(size * ratio))
    pixmap = QPixmap(edge, edge)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, edge, edge))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def clear() -> None:
    """Forget every rendered icon."""
    _rendered.cache_clear()


def _hex(colour: str | QColor) -> str:
    return (theme().colour(colour) if isinstance(colour, str) else colour).name()


def mirrored(name: str, rtl: bool) -> str:
    """The icon's name for a reading direction: arrows that mean "onward" turn round."""
    return _DIRECTED.get(name, name) if rtl else name


def icon_pixmap(
    name: str, size: int = 16, colour: str | QColor = "text.secondary", ratio: float | None = None
) -> QPixmap:
    """The icon as a pixmap of `size` px; `colour` is a token or a QColor; `ratio` the device's by default."""
    app = QGuiApplication.instance()
    if ratio is None:
        ratio = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
    return _rendered(name, size, _hex(colour), ratio)


def icon(name: str, size: int = 16, colour: str | QColor = "text.secondary") -> QIcon:
    """The icon for a menu, an action or a tab, with its disabled face."""
    made = QIcon(icon_pixmap(name, size, colour))
    made.addPixmap(icon_pixmap(name, size, "text.disabled"), QIcon.Mode.Disabled)
    return made


def draw_icon(
    painter: QPainter, x: float, y: float, name: str, size: int = 16, colour: str | QColor = "text.secondary"
) -> None:
    """Draw the icon with its top left at (x, y), set on whole device pixels."""
    ratio = painter.device().devicePixelRatioF()
    pixmap = _rendered(name, size, _hex(colour), ratio)
    painter.drawPixmap(
        QRectF(round(x * ratio) / ratio, round(y * ratio) / ratio, size, size), pixmap, QRectF(pixmap.rect())
    )
