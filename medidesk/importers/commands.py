"""`medidesk import fhir FILE…` and `medidesk import csv FILE…`."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medidesk.command_options import Home, home_of
from medidesk.errors import ImportRefused, ServerUnreachable, SignInRefused
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.importers.importing import FileKind, ImportProgress
    from medidesk.importers.report import Report
    from medidesk.station import Station

PASSWORD_FILE = "MEDIDESK_PASSWORD_FILE"  # noqa: S105 (the name of a variable that names a file)
LINES_SHOWN = 30
CATCH_UP_SECONDS = 120.0
CATCH_UP_STEP = 2.0
EXIT_NOT_ALL_READ = 1

app = typer.Typer(
    help="Bring in patients from other programs. What is here already stays as it is.",
    epilog=f"The password is asked for, or read from the file that {PASSWORD_FILE} names. The exit code is 1 "
    "if a file could not be read to its end, or the import ended early.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE…", help="The files; those named together belong together.")
]
Server = Annotated[
    str,
    typer.Option(
        "--server", help="The server's address; this station's own if left out.", show_default=False
    ),
]
User = Annotated[str, typer.Option("--user", help="Who signs in; asked for if left out.", show_default=False)]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Read and check everything; sign in nowhere, save nothing.")
]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--report", help="Write every line of the report to this .csv or .json file.", show_default=False
    ),
]


@app.command()
def fhir(
    files: Files,
    *,
    home: Home = None,
    server: Server = "",
    user: User = "",
    dry_run: DryRun = False,
    report: ReportFile = None,
) -> None:
    """Patients, with allergies and conditions, from FHIR R4: a bundle, NDJSON, or a zip of either."""
    _run("fhir", files, home, server, user, dry_run=dry_run, report=report)


@app.command()
def csv(
    files: Files,
    *,
    home: Home = None,
    server: Server = "",
    user: User = "",
    dry_run: DryRun = False,
    report: ReportFile = None,
) -> None:
    """Patients from Synthea's patients.csv, with the allergies.csv and conditions.csv beside it: files, a folder,
    or a zip.
    """
    _run("csv", files, home, server, user, dry_run=dry_run, report=report)


def _run(
    kind: "FileKind",
    files: list[Path],
    home: Path | None,
    server: str,
    user: str,
    *,
    dry_run: bool,
    report: Path | None,
) -> None:
    if report is not None and report.suffix.lower() not in {".csv", ".json"}:
        raise ImportRefused(
            tr("The report {path} would be neither CSV nor JSON.", path=report),
            tr("Name a file that ends in .csv or .json."),
        )
    if report is not None:
        _begin(report)
    if dry_run:
        result = _with_progress(None, kind, files)
    else:
        _see_that_they_are_there(files)
        with _open(home, server, user) as station:
            _catch_up(station)
            result = _with_progress(station, kind, files)
    _show(result, report)
    if report is not None:
        result.write(report)
    if result.stopped or not result.read_to_the_end:
        raise typer.Exit(EXIT_NOT_ALL_READ)


def _see_that_they_are_there(files: list[Path]) -> None:
    """A slip of the pen is told before anybody signs in; a dry run has a line of its report for it."""
    for file in files:
        if not file.exists():
            raise ImportRefused(
                tr("There is no file {path}.", path=file), tr("Correct its name and start the import again.")
            )


def _catch_up(station: "Station") -> None:
    """Wait until the replica is current: one that is not would not know who is here already.

    Raises:
        ServerUnreachable: the server is away, or it takes too long.
    """
    patience = time.monotonic() + CATCH_UP_SECONDS
    while True:
        try:
            station.wait_current(CATCH_UP_STEP)
        except ServerUnreachable:
            if station.sync.state == "offline" or time.monotonic() > patience:
                raise
        else:
            return


def _begin(report: Path) -> None:
    """Make the file now: that it cannot be written should not come out after an hour's import."""
    from medidesk.importers.report import Report

    Report().write(report)


def _open(home: Path | None, server: str, user: str) -> "Station":
    from medidesk.log import log_to
    from medidesk.station import Station

    folder = home_of(home)
    if not user and not _someone_is_there():
        raise SignInRefused(tr("It was not said who signs in."), tr("Name them with --user."))
    login = user or typer.prompt(tr("User name"), err=True)
    password = _password()
    log_to(folder / "log")  # what libraries have to say is not for the screen
    return Station.open(server, login, password, home=folder)


def _password() -> str:
    """The password, from the file that `MEDIDESK_PASSWORD_FILE` names or from the person: never an argument,
    which everyone on this computer could read.
    """
    named = os.environ.get(PASSWORD_FILE)
    if named:
        try:
            return Path(named).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else tr("it is not UTF-8 text")
            raise SignInRefused(
                tr("The password file {path} cannot be read: {why}.", path=named, why=why),
                tr("Correct {name}, or unset it to be asked.", name=PASSWORD_FILE),
            ) from error
    if not _someone_is_there():
        raise SignInRefused(
            tr("No password was given, and there is nobody to ask."),
            tr(
                "Put it into a file that only you can read, and name that file in {name}.", name=PASSWORD_FILE
            ),
        )
    password: str = typer.prompt(tr("Password"), hide_input=True, err=True)
    return password


def _someone_is_there() -> bool:
    return sys.stdin.isatty()


def _with_progress(station: "Station | None", kind: "FileKind", files: list[Path]) -> "Report":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from medidesk.importers.importing import import_files

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[patients]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(tr("Reading"), total=None, patients="")
        with _interrupted() as cancelled:
            return import_files(
                station,
                files,
                kind=kind,
                dry_run=station is None,
                progress=_mover(bar.update, task),
                cancelled=cancelled,
            )


@contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """Set by Ctrl-C, so that the import ends after the patient in hand and with its report; a second one ends it at
    once.
    """
    event = threading.Event()

    def interrupt(*_: object) -> None:
        event.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)


def _mover(update: Callable[..., None], task: int) -> "Callable[[ImportProgress], None]":
    from medidesk.words import counted

    def move(now: "ImportProgress") -> None:
        told = counted(now.patients, "{count} patient", "{count} patients")
        update(task, completed=now.done, total=now.total, patients=told)

    return move


def _show(report: "Report", file: Path | None) -> None:
    """The report on the screen; as plain text, since files may hold anything that looks like markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    for sentence in report.summary():
        console.print(Text(sentence))
    if report.lines:
        table = Table(tr("What"), tr("File"), tr("Entry"), tr("Subject"), tr("Why"), box=None, pad_edge=False)
        for line in report.lines[:LINES_SHOWN]:
            entry = "" if line.entry is None else f"{line.entry:,}"
            cells = (tr(line.weight.value), line.file, entry, line.subject, line.why)
            table.add_row(*map(Text, cells))
        console.print(table)
    hidden = len(report.lines) - LINES_SHOWN
    if hidden > 0 and file is None:
        console.print(Text(tr("And {count} more lines: --report FILE writes them all.", count=f"{hidden:,}")))
    if file is not None:
        console.print(Text(tr("Every line is in {path}.", path=file)))
    if report.stopped:
        console.print(Text(report.stopped))
