"""The Station as windows see it: its news are signals, and its answers arrive on the UI thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot
from shiboken6 import isValid

from medidesk.errors import MediDeskError

if TYPE_CHECKING:
    from medidesk.repositories.verbs import Verb
    from medidesk.station import Station

log = logging.getLogger(__name__)

Answer = Callable[[Any], None]


def _is_gone(callback: Answer) -> bool:
    """Whether the widget whose method this is was deleted meanwhile."""
    inner = getattr(callback, "func", callback)
    owner = getattr(inner, "__self__", None)
    return isinstance(owner, QObject) and not isValid(owner)


class _Job(QRunnable):
    """One function for the pool; its result or its error is handed to `finish`."""

    def __init__(self, function: Callable[[], Any], finish: Callable[[Any], None]) -> None:
        super().__init__()
        self._function, self._finish = function, finish

    def run(self) -> None:
        try:
            result = self._function()
        except Exception as error:  # noqa: BLE001 - handed over whole, and raised again on the UI thread
            result = error
        self._finish(result)


class Background(QObject):
    """Runs functions in a pool and brings what they return, or raise, back to the UI thread."""

    _arrived = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._open = True
        self._arrived.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)

    def run(self, function: Callable[[], Any], done: Answer, failed: Callable[[MediDeskError], None]) -> None:
        """Run `function` elsewhere.

        Args:
            function: what takes time; it touches no widget.
            done: gets its result, on the UI thread.
            failed: gets a `MediDeskError` it raised. Any other exception is a bug of ours and is raised on
                the UI thread, where the exception hook tells of it.
        """

        def finish(result: Any) -> None:
            self.post(partial(_sort_out, done, failed), result)

        self._pool.start(_Job(function, finish))

    def post(self, callback: Answer, value: object) -> None:
        """Call `callback(value)` on the UI thread; may be called from any thread."""
        if self._open and isValid(self):
            self._arrived.emit(callback, value)

    def close(self) -> None:
        """Deliver nothing from now on, and wait for what runs."""
        self._open = False
        self._pool.clear()
        self._pool.waitForDone()

    @Slot(object, object)
    def _hand_over(self, callback: Answer, value: object) -> None:
        if self._open and not _is_gone(callback):
            callback(value)


def _sort_out(done: Answer, failed: Callable[[MediDeskError], None], result: Any) -> None:
    """Hand a result, or what the world did, to whom it concerns, if that widget is still there.

    Any other exception is a bug of ours and is raised here, on the UI thread.
    """
    if isinstance(result, BaseException) and not isinstance(result, MediDeskError):
        raise result
    receiver = failed if isinstance(result, MediDeskError) else done
    if not _is_gone(receiver):
        receiver(result)


class Bridge(QObject):
    """Wraps an open Station.

    Signals:
        changed(Changed): rows are different now, whoever changed them.
        sync_changed(SyncState): the connection, what waits or what needs attention is different now.
    """

    changed = Signal(object)
    sync_changed = Signal(object)

    def __init__(self, station: Station, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.station = station
        self._background = Background(self)
        self._unsubscribe = [
            station.on_changed(lambda news: self._background.post(self.changed.emit, news)),
            station.on_sync(lambda state: self._background.post(self.sync_changed.emit, state)),
        ]

    def run(
        self,
        verb: Verb,
        *args: Any,
        done: Answer,
        failed: Callable[[MediDeskError], None],
        **values: Any,
    ) -> None:
        """Submit a verb; exactly one of the two is called later, on the UI thread.

        Args:
            verb: a repository's verb.
            *args: for the verb.
            done: gets `Saved`, `Queued` or `Refused`.
            failed: gets what must be mended first (a `DomainError`), or why nothing could be kept.
            **values: for the verb.
        """

        def answered(outcome: Any) -> None:
            self._background.post(partial(_sort_out, done, failed), outcome)

        try:
            self.station.submit(verb, *args, done=answered, **values)
        except MediDeskError as error:
            self._background.post(failed, error)

    def ask(self, asked: Future[Any], done: Answer, failed: Callable[[MediDeskError], None]) -> None:
        """Hand over what the server answers to something that was asked of it, sorted like what a verb comes to."""
        self.bring(asked, partial(_sort_out, done, failed))

    def bring(self, asked: Future[Any], answered: Answer) -> None:
        """The same in one piece: the answer, or the exception, of what must be ended in either case."""
        asked.add_done_callback(lambda one: self._background.post(answered, one.exception() or one.result()))

    def background(
        self, function: Callable[[], Any], done: Answer, failed: Callable[[MediDeskError], None]
    ) -> None:
        """Run what blocks (asking the server, scaling a photo) in the pool."""
        self._background.run(function, done, failed)

    def post(self, callback: Answer, value: object) -> None:
        """Call `callback(value)` on the UI thread; may be called from any thread."""
        self._background.post(callback, value)

    def close(self) -> None:
        """Hear nothing more of the Station; the Station itself stays open."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe.clear()
        self._background.close()
