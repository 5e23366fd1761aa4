"""Carries out what the first-run page asks, until there is a server to sign in at."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from medidesk.ui.bridge import Background
from medidesk.ui.first_run import actions
from medidesk.ui.first_run.actions import Address, Founder, Proof, Proved, Ready
from medidesk.ui.first_run.page import FirstRunPage
from medidesk.words import tr


class FirstRun(QObject):
    """The page with what stands behind its buttons.

    Args:
        home: the station's folder.
        background: where what blocks runs.
        parent: the window.

    Signals:
        ready(Ready): somebody can sign in.
    """

    ready = Signal(object)

    def __init__(self, home: Path, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._home, self._background = home, background
        self.page = FirstRunPage()
        self.page.demo_asked.connect(self._start_demo)
        self.page.found_asked.connect(self._found)
        self.page.test_asked.connect(self._test)
        self.page.join_asked.connect(self._join)
        self._proved: Proved | None = None

    def _start_demo(self) -> None:
        self._do(tr("Starting the demo clinic. The first time takes a minute…"), actions.start_demo)

    def _found(self, founder: Founder) -> None:
        found = partial(actions.found_clinic, self._home, founder)
        self._do(tr("Setting the server up on this PC…"), found)

    def _test(self, address: Address, proof: Proof) -> None:
        self.page.set_busy(tr("Asking {server}…", server=str(address)))
        self._background.run(
            partial(actions.prove, self._home, address, proof), self._is_proved, self.page.show_problem
        )

    def _is_proved(self, proved: Proved) -> None:
        self._proved = proved
        self.page.show_proved(proved.silent)

    def _join(self) -> None:
        if self._proved is not None:
            self._done(Ready(self._home, self._proved.address.url(self._proved.authority)))

    def _do(self, words: str, action: Any) -> None:
        self.page.set_busy(words)
        self._background.run(action, self._done, self.page.show_problem)

    def _done(self, ready: Ready) -> None:
        self.page.set_busy(None)
        self.ready.emit(ready)
