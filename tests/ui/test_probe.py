"""The probe of the server's address, on real sockets of this machine."""

import socket
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from medidesk.ui.bridge import Background
from medidesk.ui.probe import ServerProbe

HERE = "127.0.0.1"


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server((HERE, 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def deaf() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind((HERE, 0))  # bound, but nobody listens there
        yield taken.getsockname()[1]


@pytest.fixture
def probe(qtbot: QtBot) -> Iterator[ServerProbe]:
    background = Background()
    made = ServerProbe(background)
    yield made
    made.rest()
    background.close()


def all_have_knocked() -> None:
    for thread in threading.enumerate():
        if thread.name == "medidesk-probe":
            thread.join()
    QApplication.processEvents()


def test_a_server_that_listens_is_there(probe: ServerProbe, qtbot: QtBot, listening: int) -> None:
    with qtbot.waitSignal(probe.answered) as said:
        probe.watch((HERE, listening))
    assert said.args == [True]


def test_where_nobody_listens_the_server_is_away(probe: ServerProbe, qtbot: QtBot, deaf: int) -> None:
    with qtbot.waitSignal(probe.answered) as said:
        probe.watch((HERE, deaf))
    assert said.args == [False]


def test_an_answer_about_another_address_is_not_told(probe: ServerProbe, listening: int, deaf: int) -> None:
    heard: list[bool] = []
    probe.answered.connect(heard.append)
    probe.watch((HERE, listening))
    probe.watch((HERE, deaf))
    all_have_knocked()
    assert heard == [False]


def test_nothing_is_told_after_rest(probe: ServerProbe, listening: int) -> None:
    heard: list[bool] = []
    probe.answered.connect(heard.append)
    probe.watch((HERE, listening))
    probe.rest()
    all_have_knocked()
    assert heard == []
