"""Which printer takes which kind of paper, at this station."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from medidesk.errors import MediDeskError
from medidesk.ui import choices_file
from medidesk.ui.printing.document import Document, Paper
from medidesk.words import tr

FILE = "printers.json"


@dataclass(frozen=True)
class Choice:
    """How a kind of paper is printed.

    Attributes:
        printer: its name in the desktop's settings; "" where none was chosen.
        at_once: whether it is printed without having been looked at.
        paper: on which paper, by the name of a `Paper`; "" where none was chosen.
    """

    printer: str = ""
    at_once: bool = False
    paper: str = ""

    def on(self, papers: Sequence[Paper]) -> Paper:
        """The paper among those that a kind comes on; the first where none was chosen."""
        return next((one for one in papers if one.name == self.paper), papers[0])


class Printers:
    """Of one station's folder."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE

    @staticmethod
    def names() -> list[str]:
        """The printers that this PC knows."""
        return list(QPrinterInfo.availablePrinterNames())

    def chosen(self, kind: str) -> Choice:
        """What was chosen for a kind; a damaged file counts as nothing."""
        found = choices_file.read(self._path).get(kind, {})
        return Choice(
            str(found.get("printer") or ""), found.get("at_once") is True, str(found.get("paper") or "")
        )

    def choose(self, kind: str, choice: Choice) -> None:
        """Keep it; a disk that refuses costs the choice, never the paper."""
        choices_file.write(self._path, choices_file.read(self._path) | {kind: asdict(choice)})

    def send(self, document: Document, printer: str) -> None:
        """Print it.

        Raises:
            MediDeskError: there is no such printer, or it takes nothing.
        """
        info = QPrinterInfo.printerInfo(printer)
        if not printer or info.isNull():
            raise MediDeskError(
                tr("This PC knows no printer “{name}”.", name=printer)
                if printer
                else tr("No printer is chosen."),
                tr("Choose another one, or save it as PDF."),
            )
        device = QPrinter(info, QPrinter.PrinterMode.HighResolution)
        device.setFullPage(True)
        device.setDocName(document.kind)  # what a spool shows to everybody names nobody
        document.paint_on(device)
