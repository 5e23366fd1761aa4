"""`medidesk backup …`: set up, taken, looked through, tried, and brought back."""

import getpass
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medidesk.command_options import AsJson, Home, home_of
from medidesk.words import counted, in_utc, tr

if TYPE_CHECKING:
    from medidesk.server.backups.restoring import Restored
    from medidesk.server.backups.shelf import Backup, Plan

backup = typer.Typer(help="Backups of the server on this computer.", no_args_is_help=True)

Key = Annotated[
    Path, typer.Option("--key", help="The file with the key that opens it.", prompt="The file with the key")
]
Which = Annotated[
    str, typer.Argument(help="Its name, or its folder; the newest unless told.", show_default=False)
]

Until = Annotated[
    str,
    typer.Option(
        help='The clinic as it was at a moment, "2026-11-27 14:30", or latest; '
        "then the argument is a folder with backups.",
        show_default=False,
    ),
]


@backup.command()
def setup(
    *,
    home: Home = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where they lie on this computer.", show_default=False)
    ] = None,
    second: Annotated[
        Path | None,
        typer.Option(help="Where each is copied: another disk, a network share.", show_default=False),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option("--key-file", help="Where to write the new key: best on a stick.", show_default=False),
    ] = None,
    recipient: Annotated[
        str, typer.Option(help="The public half of an age key that you have already.", show_default=False)
    ] = "",
    days: Annotated[int, typer.Option(min=1, help="Of how many days one is kept.")] = 14,
    weeks: Annotated[int, typer.Option(min=0, help="Of how many weeks one is kept.")] = 8,
    months: Annotated[int, typer.Option(min=0, help="Of how many months one is kept.")] = 12,
    point_in_time: Annotated[
        bool | None,
        typer.Option(
            "--point-in-time/--no-point-in-time",
            help="Archive the server's log as well, so that any moment can be brought back.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Decide where backups lie and which key opens them. May be repeated: what there is stays."""
    from medidesk.server import units
    from medidesk.server.backups import keys
    from medidesk.server.backups import point_in_time as moments
    from medidesk.server.backups.shelf import PLAN, Plan

    at = home_of(home)
    known = Plan.load(at) if (at / PLAN).exists() else None
    if recipient:
        public = keys.check_public(recipient)
    elif known is not None and key_file is None:
        public = known.key
    else:
        key_file = key_file or Path(
            typer.prompt(tr("Where to write the key that will open them (a new file)"))
        )
        public = keys.new_key(key_file)
        print(tr("The key is in {path}. Without it nobody can open a backup, not even you.", path=key_file))
        print(tr("Keep it away from this computer, in two places; print it as well: it is one line."))
    folder = (folder or (known.folder if known else at / "backups")).absolute()
    second = second.absolute() if second else known.second if known else None
    plan = Plan(public, folder, second, days, weeks, months, known is not None and known.point_in_time)
    plan.save(at)  # before the rest, which may be refused: the key is written already
    archives = plan.point_in_time if point_in_time is None else point_in_time
    restarted = moments.turn_on(at, plan) if archives else moments.turn_off(at)
    replace(plan, point_in_time=archives).save(at)
    print(tr("Backups lie in {folder}.", folder=folder))
    if second is None:
        print(
            tr("There is no second place: what takes the server takes its backups. Name one with --second.")
        )
    else:
        print(tr("Each is copied to {folder}.", folder=second))
    if restarted:
        print(tr("The server was restarted for this; the stations go on by themselves."))
    if archives:
        print(
            tr(
                "What is written is archived within five minutes: any moment since the next backup can be had."
            )
        )
    if sys.platform == "linux":
        service, timer = units.write_backup_units(at, getpass.getuser())
        command = f"sudo systemctl link {service} && sudo systemctl enable --now {timer}"
        print(tr("To take one every night: {command}", command=command))
    print(tr("Take the first one now: medidesk backup now"))


@backup.command()
def now(*, home: Home = None, as_json: AsJson = False) -> None:
    """Take one while people work, check it by restoring it, and copy it to the second place."""
    from medidesk.server import local
    from medidesk.server.backups import taking
    from medidesk.server.backups.shelf import Plan

    at = home_of(home)
    made = taking.take(local.running(at), Plan.load(at), _tell(quiet=as_json))
    if as_json:
        print(json.dumps(_said(made)))
    else:
        print(tr("Taken and checked: {line}", line=_line(made)))


@backup.command(name="list")
def list_(*, home: Home = None, as_json: AsJson = False) -> None:
    """What there is, newest first, and from when to when any moment can be brought back."""
    from medidesk.server.backups import moments, shelf

    plan = shelf.Plan.load(home_of(home))
    known = shelf.backups(plan.folder)
    copied = {one.name for one in shelf.backups(plan.second)} if plan.second else set()
    if as_json:
        print(json.dumps([_said(one) | {"copied": one.name in copied} for one in known]))
        return
    for stretch in moments.stretches(plan.places):
        print(
            tr(
                "Any moment can be brought back from {since} to {until}.",
                since=moments.told(stretch.since),
                until=moments.told(stretch.until),
            )
        )
        if stretch.missing:
            print(tr("After that the segment {name} of the log is missing.", name=stretch.missing))
    for one in known:
        print(_line(one), "" if one.name in copied or plan.second is None else tr("(not copied)"))
    if not known:
        print(tr("There is no backup yet. Make one: medidesk backup now"))


@backup.command()
def verify(key: Key, which: Which = "", *, home: Home = None, until: Until = "") -> None:
    """Open one with its key, restore it into a server that is thrown away, and compare."""
    from medidesk.server.backups import restoring

    at = home_of(home)
    if until:
        from medidesk.server.backups import until as moment_restoring

        shown = moment_restoring.verify(at, *_moment(at, which, until), key, _tell())
        print(tr("The clinic as it was on {moment} can be brought back.", moment=in_utc(shown)))
        return
    found = _find(at, which)
    contents = restoring.verify(at, found, key, _tell())
    print(
        tr(
            "{name} can be brought back: {rows}, each table and rule as it was.",
            name=found.name,
            rows=counted(contents.rows, "{count} row", "{count} rows"),
        )
    )


@backup.command()
def restore(
    key: Key,
    which: Which = "",
    *,
    home: Home = None,
    until: Until = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Let one serve the clinic in place of the server that is there, which is put aside and not deleted."""
    at = home_of(home)
    if until:
        done = _restore_moment(at, key, which, until, ask=not yes)
    else:
        from medidesk.server.backups import restoring

        found = _find(at, which)
        _confirm(in_utc(found.made_at), ask=not yes)
        done = restoring.restore(at, found, key, _tell())
    port = done.server.cluster.status().port
    print(
        tr("The server runs on port {port}, as it was on {moment}.", port=port, moment=in_utc(done.made_at))
    )
    if done.aside is not None:
        print(tr("What served before is in {folder}. Delete it when all is well.", folder=done.aside))
    print(tr("Nobody's work is sent until you have closed the replay:"))
    print("  1. " + tr("Start MediDesk at every station and sign in: each hands in what the backup lacks."))
    print("  2. " + tr("Look who has: medidesk server replay status"))
    print("  3. " + tr("Bring it back, and let everybody go on: medidesk server replay close"))
    print(tr("Then take a backup: medidesk backup now"))


@backup.command(hidden=True)
def wal(
    segment: Path,
    *,
    to: Annotated[Path, typer.Option(help="The archive.")],
    key: Annotated[str, typer.Option(help="The public half of the key.")],
) -> None:
    """Archive one segment of the server's log. The server calls this by itself."""
    from medidesk.server.backups.wal import store

    store(segment.absolute(), to, key)


def _restore_moment(home: Path, key: Path, which: str, until: str, *, ask: bool) -> "Restored":
    from medidesk.server.backups import moments
    from medidesk.server.backups import until as moment_restoring

    places, moment = _moment(home, which, until)
    moment_restoring.archive_now(home)
    moments.way_to(places, moment)  # refused before anybody is asked
    _confirm(tr("the last that was archived") if moment is None else moments.told(moment), ask=ask)
    return moment_restoring.restore(home, places, moment, key, _tell())


def _moment(home: Path, which: str, until: str) -> "tuple[Sequence[Path], datetime | None]":
    """The folders with backups, and the moment that is wanted of them."""
    from medidesk.server.backups import moments

    moment = moments.parsed(until)
    return [Path(which).absolute()] if which else _plan(home).places, moment


def _plan(home: Path) -> "Plan":
    """On a new computer nothing has been set up yet: a folder is enough."""
    from medidesk.server.backups import shelf

    return shelf.Plan.load(home) if (home / shelf.PLAN).exists() else shelf.Plan("", home / "backups")


def _confirm(moment: str, *, ask: bool) -> None:
    print(tr("This is the clinic as it was on {moment}.", moment=moment))
    print(tr("What was entered since then comes back from the stations, as far as they still have it."))
    if ask and not typer.confirm(tr("Let it serve the clinic?")):
        raise typer.Exit(1)


def _find(home: Path, which: str) -> "Backup":
    from medidesk.server.backups import shelf

    return shelf.find(_plan(home), which)


def _tell(*, quiet: bool = False) -> Callable[[str], None]:
    def tell(step: str) -> None:
        if not quiet:
            print(f"{datetime.now(UTC).astimezone():%H:%M:%S}  {step} …", flush=True)

    return tell


def _said(one: "Backup") -> dict[str, object]:
    about = asdict(one.about())
    del about["files"]
    return {"name": one.name, "folder": str(one.path), "bytes": one.size, **about}


def _line(one: "Backup") -> str:
    about = one.about()
    return tr(
        "{name}: of {moment}, {rows}, {size} MB, checked in {seconds} s",
        name=one.name,
        moment=in_utc(one.made_at),
        rows=counted(about.rows, "{count} row", "{count} rows"),
        size=f"{one.size / 1e6:,.1f}",
        seconds=about.seconds,
    )
