"""One document, laid out for its paper: painted on a screen, on a printer, or into a PDF."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QGuiApplication,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextDocument,
    QTextOption,
)

from medidesk.errors import MediDeskError
from medidesk.ui.kit.theme import tokens
from medidesk.ui.printing.direction import directed
from medidesk.ui.saving import save_file
from medidesk.words import tr

_PX_PER_MM = 96 / 25.4
"""Templates are written in CSS pixels, of which there are 96 to the inch, whatever they are painted on."""
_DPI = 96
_TEXT_PX = 13
_RESOLUTION = 300
_FOOT_PX, _FOOT_INK = 10, "#555555"


class Paper(enum.Enum):
    """Width, height and margin in millimetres; a roll is as long as what stands on it."""

    A4 = (210.0, 297.0, 18.0)
    A4_WIDE = (297.0, 210.0, 15.0)
    CARD = (85.6, 54.0, 4.0)  # ISO/IEC 7810 ID-1
    ROLL_80 = (80.0, 0.0, 4.0)

    @property
    def is_roll(self) -> bool:
        """Whether it has no length of its own."""
        return not self.value[1]

    @property
    def is_turned(self) -> bool:
        """Whether a printer holds it upright and prints across it."""
        return self is Paper.A4_WIDE

    @property
    def margin(self) -> float:
        """In CSS pixels."""
        return self.value[2] * _PX_PER_MM

    @property
    def room(self) -> QSizeF:
        """Between the margins, in CSS pixels; no height for a roll."""
        width, height, margin = self.value
        return QSizeF((width - 2 * margin) * _PX_PER_MM, max(0.0, height - 2 * margin) * _PX_PER_MM)


@dataclass(frozen=True)
class Document:
    """What is printed.

    Attributes:
        kind: of which sort, such as "ticket"; each has its printer.
        title: what people call it, such as "Ticket W-03".
        html: in Qt's subset of HTML.
        paper: what it is for.
        pictures: by the names that `html` calls them.
        foot: what stands at the foot of every sheet of several, before its number.
    """

    kind: str
    title: str
    html: str
    paper: Paper
    pictures: Mapping[str, QImage] = field(default_factory=dict)
    foot: str = ""

    @property
    def pages(self) -> int:
        """How many sheets it takes."""
        return 1 if self.paper.is_roll else max(1, self._text.pageCount())

    @property
    def size_mm(self) -> QSizeF:
        """Of a sheet."""
        width, height, margin = self.paper.value
        return QSizeF(width, height or ceil(self._text.size().height() / _PX_PER_MM + 2 * margin))

    @property
    def size(self) -> QSizeF:
        """Of a sheet, in CSS pixels."""
        return self.size_mm * _PX_PER_MM

    def picture(self, page: int = 0, *, scale: float = 1.0) -> QImage:
        """A sheet as it will look.

        Args:
            page: which, from 0.
            scale: of 96 dots an inch.
        """
        size = self.size * scale
        image = QImage(ceil(size.width()), ceil(size.height()), QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.scale(scale, scale)
        self._paint(painter, page)
        painter.end()
        return image

    def pdf(self) -> bytes:
        """The whole of it as a PDF."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        writer = QPdfWriter(buffer)
        writer.setTitle(self.title)
        writer.setCreator("MediDesk")
        writer.setResolution(_RESOLUTION)
        self.paint_on(writer)
        buffer.close()
        return bytes(buffer.data().data())

    def save(self, path: Path) -> None:
        """Write the PDF into a file of one's own choice.

        Raises:
            MediDeskError: it cannot be written there.
        """
        save_file(path, self.pdf())

    def paint_on(self, device: QPagedPaintDevice) -> None:
        """Paint every sheet on a printer or a PDF, which takes the paper's size for it.

        Raises:
            MediDeskError: the device takes nothing.
        """
        turned, size = self.paper.is_turned, self.size_mm
        held = size.transposed() if turned else size
        device.setPageSize(
            QPageSize(held, QPageSize.Unit.Millimeter, "", QPageSize.SizeMatchPolicy.ExactMatch)
        )
        device.setPageOrientation(
            QPageLayout.Orientation.Landscape if turned else QPageLayout.Orientation.Portrait
        )
        device.setPageMargins(QMarginsF())
        painter = QPainter()
        if not painter.begin(device):
            raise MediDeskError(
                tr("{title} could not be printed.", title=self.title),
                tr("See that the printer is on and ready, or save it as PDF."),
            )
        dots = device.logicalDpiX() / _DPI
        for page in range(self.pages):
            if page:
                device.newPage()
            painter.save()
            painter.scale(dots, dots)
            self._paint(painter, page)
            painter.restore()
        painter.end()

    @cached_property
    def _text(self) -> QTextDocument:
        text = QTextDocument()
        font = QFont()
        font.setFamilies(tokens["font"]["families"])
        font.setPixelSize(_TEXT_PX)
        text.setDefaultFont(font)
        option = QTextOption()
        option.setTextDirection(QGuiApplication.layoutDirection())
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)  # no word is cut off
        text.setDefaultTextOption(option)
        text.setDocumentMargin(0)
        for name, image in self.pictures.items():
            text.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
        from_right = option.textDirection() == Qt.LayoutDirection.RightToLeft
        text.setHtml(directed(self.html, from_right=from_right))
        if self.paper.is_roll:
            text.setTextWidth(self.paper.room.width())
        else:
            text.setPageSize(self.paper.room)
        return text

    def _paint(self, painter: QPainter, page: int) -> None:
        room, margin = self.paper.room, self.paper.margin
        height = self._text.size().height() if self.paper.is_roll else room.height()
        look = QAbstractTextDocumentLayout.PaintContext()
        # Paper is white whatever the windows are.
        look.palette.setColor(QPalette.ColorRole.Text, Qt.GlobalColor.black)
        look.clip = QRectF(0, page * height, room.width(), height)
        painter.save()
        painter.translate(margin, margin - page * height)
        painter.setClipRect(look.clip)
        self._text.documentLayout().draw(painter, look)
        painter.restore()
        if self.foot and self.pages > 1:
            self._paint_foot(painter, page)

    def _paint_foot(self, painter: QPainter, page: int) -> None:
        margin, size = self.paper.margin, self.paper.room
        said = tr("Page {page} of {pages}", page=page + 1, pages=self.pages)
        font = QFont(self._text.defaultFont())
        font.setPixelSize(_FOOT_PX)
        painter.save()
        painter.setFont(font)
        painter.setPen(QColor(_FOOT_INK))
        place = QRectF(margin, margin + size.height() + margin / 4, size.width(), margin / 2)
        from_right = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
        words = (said, self.foot) if from_right else (self.foot, said)
        for side, text in zip(sides, words, strict=True):
            painter.drawText(place, side | Qt.AlignmentFlag.AlignTop, text)
        painter.restore()
