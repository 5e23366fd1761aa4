"""`medidesk import` as it is typed."""

import csv
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medidesk.errors import ImportRefused, MediDeskError, ServerUnreachable, SignInRefused
from medidesk.importers import commands, import_files
from medidesk.importers.commands import PASSWORD_FILE, _interrupted, app
from medidesk.importers.report import Report, Weight
from tests.importers.samples import bundle, patient, put
from tests.support.database import Clinic
from tests.support.proxy import Proxy


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if isinstance(result.exception, MediDeskError):
        raise result.exception
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


BAD = bundle(patient("1"), patient("=2", name=[]), patient("3", gender="[red]"))


def test_an_import_on_the_command_line(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = put(tmp_path / "password", clinic.password("anjali").encode() + b"\n")
    monkeypatch.setenv(PASSWORD_FILE, str(password))
    path = put(tmp_path / "b.json", BAD)
    where = ("--home", tmp_path / "home", "--server", clinic.server, "--user", "anjali")
    code, output = run("fhir", path, *where)
    assert code == 0
    assert "2 patients added" in output
    assert "no name" in output
    assert "[red]" in output
    code, output = run("fhir", path, *where)
    assert code == 0
    assert "2 patients were here already" in output
    with clinic.admin() as connection:
        assert connection.execute("select count(*) from medidesk.patient").fetchone() == (2,)


def test_an_import_without_the_server_says_so_and_gives_up_soon(
    clinic: Clinic, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = put(tmp_path / "password", clinic.password("anjali").encode())
    monkeypatch.setenv(PASSWORD_FILE, str(password))
    monkeypatch.setattr(commands, "CATCH_UP_STEP", 0.2)
    path = put(tmp_path / "b.json", BAD)
    where = ("--home", tmp_path / "home", "--server", proxy.through(clinic.server), "--user", "anjali")
    assert run("fhir", path, *where)[0] == 0
    proxy.cut()
    with pytest.raises(ServerUnreachable, match="could not catch up"):
        run("fhir", path, *where)


def test_a_dry_run_needs_no_one_to_sign_in(tmp_path: Path) -> None:
    path = put(tmp_path / "b.json", BAD)
    code, output = run("fhir", path, "--dry-run", "--home", tmp_path / "home")
    assert code == 0
    assert "2 patients would be imported" in output
    assert not (tmp_path / "home").exists()


def test_a_file_that_cannot_be_read_ends_with_code_1(tmp_path: Path) -> None:
    code, output = run("csv", tmp_path / "missing.csv", "--dry-run")
    assert code == 1
    assert "There is no such file." in output


def test_a_file_that_is_not_there_is_told_before_anybody_signs_in(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="no file"):
        run("fhir", put(tmp_path / "b.json", BAD), tmp_path / "missing.json", "--home", tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_the_report_is_written_as_csv_that_no_spreadsheet_calculates(tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    run("fhir", put(tmp_path / "=b.json", BAD), "--dry-run", "--report", target)
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["what", "file", "entry", "subject", "why"]
    assert rows[1][:3] == ["left out", "'=b.json", "3"] or rows[1][:3] == ["skipped", "'=b.json", "2"]
    assert {row[0] for row in rows[1:]} == {"skipped", "left out", "summary"}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert target.stat().st_mode & 0o077 == 0


def test_the_report_is_written_as_json(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    run("fhir", put(tmp_path / "b.json", BAD), "--dry-run", "--report", target)
    told = json.loads(target.read_text(encoding="utf-8"))
    assert (told["patients"], told["dry_run"]) == (2, True)
    assert [line["weight"] for line in told["lines"]] == ["skipped", "left out"]


def test_a_report_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = put(tmp_path / "b.json", BAD)
    with pytest.raises(ImportRefused, match="neither CSV nor JSON"):
        run("fhir", path, "--dry-run", "--report", tmp_path / "report.txt")
    with pytest.raises(ImportRefused, match="cannot be written: No such file"):
        # Before anybody is asked to sign in, let alone after an hour's import.
        run("fhir", path, "--report", tmp_path / "nowhere" / "report.csv")


def test_without_a_password_and_without_anybody_to_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "b.json", BAD)
    monkeypatch.delenv(PASSWORD_FILE, raising=False)
    with pytest.raises(SignInRefused, match="who signs in"):
        run("fhir", path, "--home", tmp_path / "home")
    with pytest.raises(SignInRefused, match=PASSWORD_FILE):
        run("fhir", path, "--home", tmp_path / "home", "--user", "anjali")
    monkeypatch.setenv(PASSWORD_FILE, str(tmp_path / "missing"))
    with pytest.raises(SignInRefused, match="cannot be read: No such file"):
        run("fhir", path, "--home", tmp_path / "home", "--user", "anjali")


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """As in a terminal; what a shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_ends_an_import_with_its_report_and_only_the_second_one_without(tmp_path: Path) -> None:
    path = put(tmp_path / "b.json", BAD)
    before = signal.getsignal(signal.SIGINT)
    with _interrupted() as cancelled:
        signal.raise_signal(signal.SIGINT)
        report = import_files(None, [path], dry_run=True, cancelled=cancelled)
        assert "cancelled" in report.stopped
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_report_keeps_so_many_lines_and_counts_the_others() -> None:
    report = Report(lines_most=2)
    for number in range(5):
        report.say(Weight.SKIPPED, "b.json", number, "", "why")
    assert (len(report.lines), report.lines_more, report.count(Weight.SKIPPED)) == (2, 3, 5)
    assert "3 further lines not kept" in list(report.summary())
