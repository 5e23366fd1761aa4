"""What people see of a bug of ours: one dialog, with what to do; the trace goes to the log."""

import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QMessageBox

from medidesk import __version__
from medidesk.errors import MediDeskError
from medidesk.words import tr

log = logging.getLogger("medidesk")


class BugReport(QObject):
    """Catches what nobody caught, on any thread, for as long as the program runs."""

    _caught = Signal(object)

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._box: QMessageBox | None = None
        self._caught.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take the interpreter's hooks over."""
        sys.excepthook = self._excepthook
        threading.excepthook = self._thread_hook

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def box(self) -> QMessageBox | None:
        """The dialog on show."""
        return self._box

    def _excepthook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        log.critical("not caught", exc_info=(kind, error, trace))
        self._caught.emit(error)

    def _thread_hook(self, args: Any) -> None:
        if args.exc_value is not None:
            self._excepthook(args.exc_type, args.exc_value, args.exc_traceback)

    def _show(self, error: BaseException) -> None:
        """One dialog, however many bugs come in a row."""
        if self._box is not None:
            return
        box = QMessageBox()
        box.setWindowTitle(tr("MediDesk"))
        box.setIcon(QMessageBox.Icon.Warning)
        if isinstance(error, MediDeskError):
            box.setText(error.title)
            box.setInformativeText(str(error))
        else:
            box.setText(tr("Something in MediDesk went wrong"))
            box.setInformativeText(
                tr(
                    "What you typed is kept as a draft. You can go on; if it happens again, start MediDesk anew."
                )
            )
            # Names of our own functions only: values may be a patient's.
            frames = traceback.extract_tb(error.__traceback__)
            places = "\n".join(f"{frame.name}, line {frame.lineno}" for frame in frames)
            box.setDetailedText(f"MediDesk {__version__}\n{type(error).__name__}\n{places}")
        box.setWindowModality(Qt.WindowModality.NonModal)
        box.finished.connect(self._forget)
        self._box = box
        box.open()

    def _forget(self, _result: int) -> None:
        if self._box is not None:
            self._box.deleteLater()
            self._box = None
