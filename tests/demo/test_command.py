import gc
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from medidesk import demo
from medidesk.demo import command
from medidesk.demo.seat import close_when_told, half_of
from medidesk.server.cluster import Cluster
from medidesk.sync.profiles import StationProfile
from medidesk.sync.station_lock import StationLock
from tests.support.cluster import folder_for_cluster
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Of one demo, which each test starts where it does not run."""
    with folder_for_cluster() as folder:
        yield folder
        Cluster(folder / "server").destroy()


@pytest.fixture
def without_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="there is always a screen")
@pytest.mark.parametrize(
    ("variables", "screen"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen:size=1x1"}, False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "xcb"}, True),
    ],
)
def test_whether_there_is_a_screen(
    without_screen: None, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], screen: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert command.has_screen() is screen


def test_two_windows_share_a_screen_without_covering_each_other() -> None:
    screen = (100, 50, 1921, 1080)
    left, right = (half_of(screen, seat) for seat in command.SEATS)
    assert left[0] >= 100
    assert left[0] + left[2] <= right[0]
    assert right[0] + right[2] <= 100 + 1921
    assert left[1] + left[3] <= 50 + 1080


def test_the_demo_says_where_its_secrets_are_and_does_not_say_them(
    home: Path, without_screen: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(home, tour=False) == 0
    said = capsys.readouterr().out
    made = demo.open_demo(home)
    assert "throw-away keys and passwords" in said
    assert str(home) in said
    assert str(made.passwords_file) in said
    assert "There is no screen here" in said
    assert made.address in said
    assert not any(person.password in said for person in made.people)
    assert made.server.cluster.status().running
    command.stop(home)
    assert not made.server.cluster.status().running


def test_a_seat_signs_in_by_itself_and_closes_its_files_when_told(home: Path) -> None:
    made = demo.start(home)
    seat = command.SEATS[0]
    with made.stations() as place:
        words = [sys.executable, "-m", "medidesk.demo.seat", seat.login, str(place)]
        assert not any(person.password in word for person in made.people for word in words)
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", command.FOLDER_VARIABLE: str(home)}
        window = subprocess.Popen(words, env=environment)
        try:
            station = seat.home(place)
            wait_until(
                lambda: (station / "station.toml").exists() and StationProfile.load(station).people, 60
            )
            assert [one.login for one in StationProfile.load(station).people] == [seat.login]
            assert StationProfile.load(station).name == seat.name
            window.send_signal(signal.SIGHUP)  # the terminal was closed
            assert window.wait(30) == 0
        finally:
            window.kill()
            window.wait()
        StationLock(station).release()


def test_a_seat_that_is_told_nothing_rests(qapp: QApplication) -> None:
    """The socket that tells of a signal stays open: a closed one would wake the window without end."""
    forget = close_when_told(qapp)
    gc.collect()
    told = signal.set_wakeup_fd(-1)
    try:
        assert stat.S_ISSOCK(os.fstat(told).st_mode)
    finally:
        qapp.aboutToQuit.disconnect(forget)
        forget()


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="there is always a screen")
def test_a_screen_that_does_not_answer_counts_as_none(
    home: Path,
    without_screen: None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DISPLAY", "/nowhere:0")
    assert command.run(home, tour=False) == 0
    out, err = capfd.readouterr()
    assert "There is no screen here" in out
    assert err.splitlines()[0] == "MediDesk found no screen for its windows"
    command.stop(home)


def test_stopping_where_there_is_no_demo_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        command.stop(folder)
        assert capsys.readouterr().out == f"There is no demo in {folder}.\n"
    assert list(tmp_path.iterdir()) == []
