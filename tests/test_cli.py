import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medidesk import cli
from medidesk.commands import app
from medidesk.errors import MediDeskError, ServerProblem
from medidesk.sync.profiles import KnownPerson, StationProfile
from medidesk.sync.station_lock import StationLock
from medidesk.ui.screen import EXIT_NO_SCREEN


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEDIDESK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def closed_log() -> Iterator[None]:
    before = list(logging.getLogger().handlers)
    yield
    for handler in set(logging.getLogger().handlers) - set(before):
        logging.getLogger().removeHandler(handler)
        handler.close()


def run(*words: str) -> str:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_what_the_world_does_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> None:
        raise ServerProblem("The port is taken.", "Choose another.")

    assert cli.guarded(fails) == cli.EXIT_TOLD
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["The server has a problem", "The port is taken.", "Choose another."]


def test_a_bug_is_written_down_without_what_was_in_the_data(
    home: Path, capsys: pytest.CaptureFixture[str], closed_log: None
) -> None:
    def fails() -> None:
        int("María Fernández, " + "born 12 Mar 1984")

    assert cli.guarded(fails) == cli.EXIT_BUG
    log = home / "log" / "medidesk.log"
    text = log.read_text(encoding="utf-8")
    assert "in fails" in text
    assert "builtins.ValueError" in text
    assert "Fernández, born" not in text
    assert log.stat().st_mode & 0o077 == 0
    error = capsys.readouterr().err
    assert str(log) in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("ending", "code"),
    [(SystemExit(3), 3), (SystemExit(None), 0), (SystemExit("words"), 1), (KeyboardInterrupt(), 130)],
)
def test_exit_codes(ending: BaseException, code: int) -> None:
    def ends() -> None:
        raise ending

    assert cli.guarded(ends) == code
    assert cli.guarded(lambda: None) == 0


def medidesk(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "medidesk", *words],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_terminal_that_lacks_a_letter_shows_another(home: Path) -> None:
    told = medidesk("server", "start", "--home", str(home / "Größe"), PYTHONIOENCODING="ascii")
    assert told.returncode == cli.EXIT_TOLD
    assert "Gr??e" in told.stderr


def test_a_reader_that_leaves_is_no_bug(home: Path) -> None:
    command = f"{sys.executable} -m medidesk station status --json; echo $? >&2"
    told = subprocess.run(
        ["sh", "-c", f"{{ {command}; }} 3>&- | true"], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stderr.splitlines() in (["0"], [str(cli.EXIT_TOLD)])


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="there is always a screen")
def test_without_a_screen_the_program_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for variables in ({}, {"DISPLAY": "/nowhere:0"}):
        told = medidesk(**variables)
        assert told.returncode == EXIT_NO_SCREEN, told.stderr
        title, reason, next_step = told.stderr.splitlines()
        assert "no screen" in title
        assert "DISPLAY" in reason or "xcb" in reason
        assert "make window-libraries" in next_step


@pytest.mark.parametrize(
    "words",
    [
        ("demo", "--folder", "{file}"),
        ("demo", "--folder", "{file}/below"),
        ("demo", "--folder", "{long}"),
        ("demo", "--reset", "--folder", "{other}"),
        ("server", "start", "--home", "{file}"),
        ("server", "start", "--home", "{long}"),
        ("server", "status", "--home", "{file}"),
        ("server", "stop", "--home", "{long}"),
        ("station", "status", "--home", "{long}"),
    ],
)
def test_a_folder_that_is_none_gets_a_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "other" / "thing").mkdir(parents=True)
    places = {"file": tmp_path / "file", "other": tmp_path / "other", "long": tmp_path / ("long" * 100)}
    with pytest.raises(MediDeskError) as told:
        CliRunner().invoke(app, [word.format(**places) for word in words], catch_exceptions=False)
    assert told.value.next_step


def test_a_station_that_has_joined_nothing_says_so_and_nothing_is_made(home: Path) -> None:
    assert "not joined a clinic" in run("station", "status")
    assert json.loads(run("station", "status", "--json"))["server"] == ""
    assert not home.exists()


def test_a_station_tells_its_clinic_and_what_waits(home: Path) -> None:
    home.mkdir()
    profile = StationProfile(
        home, name="Reception 2", server="postgresql://h/db", clinic="Harbour", waiting=3
    )
    profile.signed_in(KnownPerson("sofia", "Sofia Marchetti", "Reception"))
    profile.save()
    lock = StationLock(home)
    found = json.loads(run("station", "status", "--json"))
    lock.release()
    assert found["open"] is True
    assert found["waiting"] == 3
    assert found["people"] == [
        {"login": "sofia", "display_name": "Sofia Marchetti", "role_label": "Reception"}
    ]
    said = run("station", "status")
    assert "Reception 2 of Harbour" in said
    assert "It is not open." in said


def test_a_server_that_was_never_set_up_is_named_as_such(home: Path) -> None:
    assert json.loads(run("server", "status", "--json"))["running"] is False
    assert "No clinic's server has been set up" in run("server", "status")
    with pytest.raises(ServerProblem):
        run("server", "start")
    assert "No clinic's server has been set up" in run("server", "stop")


def test_help_imports_nothing_heavy() -> None:
    asked = "import sys; sys.argv = ['medidesk', '--help']\nfrom medidesk import cli\n"
    asked += "try: cli.main()\nexcept SystemExit: pass\n"
    asked += (
        "print([name for name in ('PySide6', 'sqlalchemy', 'psycopg', 'sqlcipher3') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.rstrip().endswith("[]")
