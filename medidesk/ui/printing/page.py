"""A paper before it is printed: how it will look, which printer takes it, and the PDF instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from medidesk.errors import MediDeskError
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.inputs import Choice as Choices
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import rule, shadow
from medidesk.ui.kit.side import Side
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.kit.theme import theme
from medidesk.ui.notice import Notice
from medidesk.ui.page import Desk, Page
from medidesk.ui.printing.document import Document, Paper
from medidesk.ui.printing.printers import Choice, Printers
from medidesk.words import tr

_SIDE, _ROUND = 320, 24


class Sheet(QWidget):
    """One sheet, as it will look."""

    def __init__(self, document: Document, page: int) -> None:
        super().__init__()
        self._document, self._page = document, page
        self._picture = QImage()
        size = document.size
        self.setFixedSize(round(size.width()) + 2 * _ROUND, round(size.height()) + 2 * _ROUND)
        self.setAccessibleName(document.title)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, ratio = QPainter(self), self.devicePixelRatioF()
        if self._picture.isNull():
            self._picture = self._document.picture(self._page, scale=ratio)
            self._picture.setDevicePixelRatio(ratio)
        inner = self.rect().adjusted(_ROUND, _ROUND, -_ROUND, -_ROUND)
        shadow(painter, inner.toRectF(), 2, "2")
        painter.drawImage(inner.topLeft(), self._picture)


@dataclass(frozen=True)
class Offer:
    """How a paper can be had anew.

    Attributes:
        make: makes it as it is now: on the paper that was chosen, as a copy once it was printed.
        papers: what it comes on; nothing where there is no choice.
        given_out: called when it was printed, or kept as PDF.
    """

    make: Callable[[], Document]
    papers: tuple[Paper, ...] = ()
    given_out: Callable[[], None] = lambda: None


class PrintPage(Page):
    """The page.

    Args:
        desk: where it stands.
        document: what is to be printed.
        offer: how it can be had anew.
    """

    def __init__(
        self, desk: Desk, document: Document, offer: Offer | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, f"print/{document.kind}/{document.title}", document.title, "printer", parent)
        self.document, self.printers = document, Printers(desk.station.home)
        self._offer = offer or Offer(lambda: document)
        choice = self.printers.chosen(document.kind)
        self.printer = QComboBox()
        self.printer.setAccessibleName(tr("Printer"))
        self.printer.addItems(self.printers.names())
        self.printer.setCurrentIndex(max(0, self.printer.findText(choice.printer)))
        self.at_once = QCheckBox(tr("From now on print this kind at once"))
        self.at_once.setChecked(choice.at_once)
        self.paper = Choices(tuple((one, paper_words(one)) for one in self._offer.papers))
        self.paper.setAccessibleName(tr("Paper"))
        self.paper.set_value(document.paper)
        self.paper.currentIndexChanged.connect(self._other_paper)
        self.notice = Notice("danger", "circle-alert")
        self.notice.hide()
        self.print_button = Button(tr("Print"), kind="primary", icon="printer", key="Ctrl+P")
        self.print_button.clicked.connect(self.send)
        self.pdf_button = Button(tr("Save as PDF"), kind="secondary", icon="download", key="Ctrl+S")
        self.pdf_button.clicked.connect(self.ask_where)
        self._lay_out()
        self.keys.bind("Ctrl+P", tr("Print"), self.send, when=lambda: self.printer.count() > 0)
        self.keys.bind("Ctrl+S", tr("Save as PDF"), self.ask_where)
        chain_tabs(self)

    def arrive(self) -> None:
        """Print, or the PDF where there is no printer."""
        (self.print_button if self.printer.count() else self.pdf_button).setFocus()

    def show_anew(self, document: Document, offer: Offer) -> None:
        """Show what was asked for again meanwhile, as it is by now."""
        self._offer = offer
        self._show(document)

    def send(self) -> None:
        """Print it, and close the page."""
        choice = self._choice()
        try:
            _send(self.desk, self.printers, self.document, choice)
        except MediDeskError as problem:
            self.notice.say_problem(problem)
            return
        self.printers.choose(self.document.kind, choice)
        self._offer.given_out()
        self.desk.close_page(self)

    def ask_where(self) -> None:
        """Ask for a file's name, and write the PDF there."""
        dialog = QFileDialog(self, tr("Save as PDF"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("PDF (*.pdf)")
        dialog.setDefaultSuffix("pdf")
        dialog.selectFile(f"{self.document.kind}.pdf")
        dialog.fileSelected.connect(lambda name: self.save(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save(self, path: Path) -> None:
        """Write the PDF, meanwhile one goes on."""
        fresh = replace(self.document)  # what is laid out for the window is the window's alone
        self.desk.bridge.background(
            partial(_save, fresh, path, self._offer.given_out),
            partial(self._saved, path),
            self.notice.say_problem,
        )

    def _saved(self, path: Path, _nothing: object) -> None:
        self.notice.hide()
        self.desk.toast(tr("Saved: {name}", name=path.name), str(path.parent), icon="download")
        self._show(self._offer.make())

    def _choice(self) -> Choice:
        paper = self.document.paper.name if len(self._offer.papers) > 1 else ""
        return Choice(self.printer.currentText(), self.at_once.isChecked(), paper)

    def _other_paper(self) -> None:
        paper = self.paper.value()
        if isinstance(paper, Paper) and paper is not self.document.paper:
            before = self.printers.chosen(self.document.kind)
            self.printers.choose(self.document.kind, replace(before, paper=paper.name))
            self._show(self._offer.make())

    def _show(self, document: Document) -> None:
        """Show it as it is now."""
        self.document = document
        while (item := self._sheets.takeAt(0)) is not None:
            if (sheet := item.widget()) is not None:
                sheet.deleteLater()
        for page in range(document.pages):
            self._sheets.addWidget(Sheet(document, page), 0, Qt.AlignmentFlag.AlignHCenter)
        self._sheets.addStretch(1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("bg.subtle"))
        rule(painter, 0, self.width(), 0, theme().colour("border.subtle"))

    def _lay_out(self) -> None:
        sheets = QWidget()
        self._sheets = QVBoxLayout(sheets)
        self._sheets.setContentsMargins(0, 0, 0, 0)
        self._sheets.setSpacing(0)
        self._show(self.document)
        scroll = QScrollArea()
        scroll.setWidget(sheets)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side = Side()
        side.setFixedWidth(_SIDE)
        panel = QVBoxLayout(side)
        panel.setContentsMargins(20, 16, 20, 16)
        panel.setSpacing(12)
        panel.addWidget(Label(self.document.title, "section", "semibold", wrap=True))
        if self.paper.count() > 1:
            panel.addWidget(Label(tr("Paper"), "meta", "medium"))
            panel.addWidget(self.paper)
        else:
            self.paper.setParent(self)
            self.paper.hide()
        if self.printer.count():
            panel.addWidget(Label(tr("Printer"), "meta", "medium"))
            panel.addWidget(self.printer)
            panel.addWidget(self.at_once)
        else:
            words = tr("No printer is set up on this PC. It can be saved as PDF.")
            panel.addWidget(Label(words, "body", "regular", "text.secondary", wrap=True))
            for widget in (self.printer, self.at_once, self.print_button):
                widget.setParent(self)
                widget.hide()
        panel.addWidget(self.notice)
        panel.addStretch(1)
        buttons = QVBoxLayout()
        buttons.setSpacing(8)
        if self.printer.count():
            buttons.addWidget(self.print_button)
        buttons.addWidget(self.pdf_button)
        panel.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(scroll, 1)
        row.addWidget(side)

    def sizeHint(self) -> QSize:
        return QSize(800, 600)


def show(
    desk: Desk,
    make: Callable[[], Document],
    papers: Sequence[Paper] = (),
    given_out: Callable[[], None] = lambda: None,
) -> None:
    """Print a paper: at once where that was chosen for its kind, else it is shown first.

    Args:
        desk: where it is asked for.
        make: makes the document.
        papers: what it comes on, where that can be chosen; `make` asks the station's `Printers` which it is.
        given_out: called when it was printed, or kept as PDF.
    """
    try:
        document = make()
        printers = Printers(desk.station.home)
        choice = printers.chosen(document.kind)
        if choice.at_once:
            _send(desk, printers, document, choice)
            given_out()
            return
    except MediDeskError as problem:
        desk.toast(tr("Not printed"), str(problem), tone="danger", icon="printer")
        return
    offer = Offer(make, tuple(papers), given_out)
    page = desk.open(f"print/{document.kind}/{document.title}", lambda: PrintPage(desk, document, offer))
    if isinstance(page, PrintPage) and page.document is not document:
        page.show_anew(document, offer)


def paper_words(paper: Paper) -> str:
    """What people call a paper."""
    return {
        Paper.A4: tr("A4"),
        Paper.A4_WIDE: tr("A4, across"),
        Paper.ROLL_80: tr("Roll, 80 mm"),
        Paper.CARD: tr("Card"),
    }[paper]


def _send(desk: Desk, printers: Printers, document: Document, choice: Choice) -> None:
    printers.send(document, choice.printer)
    desk.toast(tr("Printed: {title}", title=document.title), choice.printer, icon="printer")


def _save(document: Document, path: Path, given_out: Callable[[], None]) -> None:
    """Whether its page is still open by then or not, what was written was given out."""
    document.save(path)
    given_out()
