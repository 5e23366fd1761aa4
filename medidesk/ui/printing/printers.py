"""Which printer takes which kind of paper, at this station."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from medidesk.errors import MediDeskError
from medidesk.ui.printing.document import Document
from medidesk.words import tr

FILE = "printers.json"


@dataclass(frozen=True)
class Choice:
    """How a kind of paper is printed.

    Attributes:
        printer: its name in the desktop's settings; "" where none was chosen.
        at_once: whether it is printed without having been looked at.
    """

    printer: str = ""
    at_once: bool = False


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
        found = self._read().get(kind)
        if not isinstance(found, dict):
            return Choice()
        return Choice(str(found.get("printer") or ""), found.get("at_once") is True)

    def choose(self, kind: str, choice: Choice) -> None:
        """Keep it; a disk that refuses costs the choice, never the paper."""
        kept = self._read() | {kind: asdict(choice)}
        fresh = self._path.with_name(f"{FILE}.new")
        try:
            fresh.write_text(json.dumps(kept, indent=1), encoding="utf-8")
            fresh.replace(self._path)
        except OSError:
            fresh.unlink(missing_ok=True)

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

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}
