"""`medidesk audit …`: the audit trail's seals, and all of it in a file, for whoever answers for it or audits it."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medidesk.command_options import AsJson, Home, home_of
from medidesk.errors import MediDeskError
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.server.seals import Kept

audit = typer.Typer(help="The audit trail of the server on this computer.", no_args_is_help=True)

Archives = Annotated[
    list[Path] | None,
    typer.Option(
        "--archive",
        help="An audit-….jsonl.gz that changes have left for; several may be given.",
        show_default=False,
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder", help="Where archives lie; otherwise in `audit` of the folder.", show_default=False
    ),
]


@audit.command()
def seal(home: Home = None) -> None:
    """Seal what has been changed since the last seal. Stations do so once a day by themselves."""
    from medidesk.server import local, seals

    with local.running(home_of(home)).connect() as connection:
        made = seals.seal(connection)
    print(
        counted(made, "{count} seal was made.", "{count} seals were made.") if made else tr("Nothing is new.")
    )


@audit.command()
def verify(
    *,
    kept: Annotated[
        list[Path] | None,
        typer.Option(
            "--kept", help="A seals-….json from a station's folder or a backup; several may be given."
        ),
    ] = None,
    archive: Archives = None,
    folder: Folder = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Find any change of the audit trail after it was sealed.

    Ends with 1 where there is one, and with 3 where some of it lies in archives that were not looked at.
    """
    from medidesk.server import audit_check, local
    from medidesk.server.archive_list import FOLDER

    known = [one for path in kept or () for one in _read(path)]
    at = home_of(home)
    with local.running(at).connect() as connection:
        found = audit_check.verify(connection, known, archive or (), folder or at / FOLDER)
    if as_json:
        print(json.dumps(asdict(found), default=str))
    else:
        for line in audit_check.lines(found):
            print(line)
    if found.faults or found.unseen:
        raise typer.Exit(1 if found.faults else 3)


@audit.command()
def export(
    file: Annotated[Path, typer.Argument(help="A CSV file that is not there yet.")],
    *,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day (UTC).", show_default=False)
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day after the last.", show_default=False),
    ] = None,
    openings: Annotated[
        bool, typer.Option("--openings", help="Who opened whose file, instead of what was changed.")
    ] = False,
    archive: Archives = None,
    home: Home = None,
) -> None:
    """Write what was changed into a file, with every value: whoever has it can read everybody's record."""
    from medidesk.server import audit_export, local

    trail = audit_export.OPENINGS if openings else audit_export.CHANGES
    if archive:
        written = audit_export.export_archives(archive, file, since, until, trail)
    else:
        with local.running(home_of(home)).connect() as connection:
            written = audit_export.export(connection, file, since, until, trail)
    words = ("{count} opening", "{count} openings") if openings else ("{count} change", "{count} changes")
    print(tr("Written: {count}.", count=counted(written, *words)))


@audit.command(name="archive")
def archive_(
    *,
    before: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="What is older than this day (UTC) leaves; otherwise what is older than a year.",
            show_default=False,
        ),
    ] = None,
    folder: Folder = None,
    home: Home = None,
) -> None:
    """Move old changes out of the database into a file. Keep it: nothing else holds them any more."""
    from medidesk.server import archive, local
    from medidesk.server.archive_list import FOLDER

    at = home_of(home)
    day = archive.usual_day(datetime.now(UTC)) if before is None else before.replace(tzinfo=UTC)
    server = local.running(at)
    with local.server_errors(server.cluster), server.connect() as connection:
        done = archive.archive(connection, folder or at / FOLDER, day)
    if done is None:
        print(tr("There is no seal all of whose changes are older than {day}.", day=f"{day:%d.%m.%Y}"))
        return
    changes = counted(done.archive.rows, "{count} change", "{count} changes")
    opened = counted(done.archive.openings, "{count} opening", "{count} openings")
    print(
        tr("Archived: {changes} and {openings}, in {path}.", changes=changes, openings=opened, path=done.path)
    )
    print(
        tr(
            "Copy this file to where your backups are: those that are made from now on do not hold these changes."
        )
    )


def _read(path: Path) -> "frozenset[Kept]":
    from medidesk.server import seals

    try:
        return seals.read(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MediDeskError(
            tr("{path} holds no seals.", path=path),
            tr("Stations keep them in the file seals-….json of their folder."),
        ) from error
