"""Lets a changed row glow once, so that the eye finds what another station changed."""

from collections.abc import Iterable
from time import monotonic
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from medidesk.ui.kit.theme import theme

_FRAME_MS = 33


class RowGlow(QObject):
    """Which rows glow, and how much: from 1 down to 0.

    Signals:
        faded(): `strength` is another.
    """

    faded = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.strength: dict[UUID, float] = {}
        self._since: dict[UUID, float] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._fade)

    def begin(self, ids: Iterable[UUID]) -> None:
        """Let these rows glow, unless motion is reduced."""
        if not theme().duration("row_flash"):
            return
        now = monotonic()
        for row_id in ids:
            self._since[row_id] = now
        self._fade()
        self._timer.start()

    def _fade(self) -> None:
        length = theme().duration("row_flash") / 1000
        now = monotonic()
        self._since = {one: at for one, at in self._since.items() if now - at < length}
        self.strength = {one: 1 - (now - at) / length for one, at in self._since.items()}
        if not self._since:
            self._timer.stop()
        self.faded.emit()
