"""The commands of `medidesk`, as typer reads them from a command line."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from medidesk.audit_commands import audit
from medidesk.backup_commands import backup
from medidesk.command_options import AsJson, Home, home_of
from medidesk.errors import StationInUse
from medidesk.health_command import health, watch
from medidesk.replay_commands import new_epoch, replay
from medidesk.setup_commands import init, pairing
from medidesk.words import tr

app = typer.Typer(
    name="medidesk",
    help="The desktop application that runs a clinic: reception, pharmacy counter, ward.",
    epilog="Without a command: the desktop program.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
server = typer.Typer(help="The clinic's server on this computer.", no_args_is_help=True)
station = typer.Typer(help="This computer as a station of a clinic.", no_args_is_help=True)
app.add_typer(server, name="server")
app.add_typer(audit, name="audit")
app.add_typer(backup, name="backup")
server.add_typer(replay, name="replay")
server.command(name="new-epoch")(new_epoch)
server.command()(init)
server.command()(pairing)
server.command()(health)
server.command()(watch)
app.add_typer(station, name="station")

_NO_SERVER = "No clinic's server has been set up on this computer."


@app.callback(invoke_without_command=True)
def desktop(context: typer.Context, home: Home = None) -> None:
    """Open the desktop program, unless a command follows."""
    if context.invoked_subcommand is None:
        from medidesk.app import run_desktop

        raise typer.Exit(run_desktop(home_of(home)))


@app.command()
def demo(
    *,
    reset: Annotated[bool, typer.Option("--reset", help="Delete the demo and make it anew.")] = False,
    tour: Annotated[
        bool | None,
        typer.Option(
            "--tour/--no-tour", help="Drive both stations off-screen, with pictures.", show_default=False
        ),
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the demo's server; its data stays.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where the demo lies.", show_default=False)] = None,
) -> None:
    """Try MediDesk: a clinic with invented patients, and two stations of it side by side."""
    from medidesk.demo import command

    if stop:
        command.stop(folder)
    else:
        raise typer.Exit(command.run(folder, reset=reset, tour=tour))


@app.command(
    name="import",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
def import_(context: typer.Context) -> None:
    """Bring in patients from other programs: FHIR, CSV. See `medidesk import --help`."""
    from medidesk.importers.commands import app as importers

    importers(args=context.args, prog_name="medidesk import")


@server.command()
def start(home: Home = None) -> None:
    """Start the server of the clinic that lives on this computer."""
    from medidesk.server.cluster import Cluster

    status = Cluster(_server_folder(home)).start()
    print(tr("The server runs on port {port}.", port=status.port))


@server.command(name="stop")
def stop_server(home: Home = None) -> None:
    """Stop it; stations go on and catch up later."""
    from medidesk.server.cluster import Cluster

    cluster = Cluster(_server_folder(home))
    cluster.stop()
    print(tr("The server is stopped.") if cluster.exists else tr(_NO_SERVER))


@server.command(name="status")
def server_status(*, home: Home = None, as_json: AsJson = False) -> None:
    """Say whether it runs, and where."""
    from dataclasses import asdict

    from medidesk.server.cluster import Cluster

    found = Cluster(_server_folder(home)).status()
    if as_json:
        print(json.dumps(asdict(found)))
    elif found.running:
        text = "PostgreSQL {version} runs on port {port}, process {pid}."
        print(tr(text, version=found.version, port=found.port, pid=found.pid))
    elif found.version is None:
        print(tr(_NO_SERVER))
    else:
        print(tr("The server does not run. Start it: medidesk server start"))


@server.command(name="cut-feed")
def cut_feed(
    *,
    home: Home = None,
    days: Annotated[int, typer.Option(min=30, help="How many days the change feed reaches back.")] = 30,
) -> None:
    """Let older audit rows go to an archive: stations that were away longer compare every row instead."""
    from datetime import timedelta

    from medidesk.server import local

    with local.running(home_of(home)).connect() as connection:
        row = connection.execute("select cut_feed(%s)", (timedelta(days=days),)).fetchone()
    if row is None or row[0] is None:
        print(tr("Nothing in the change feed is older than {days} days.", days=days))
    else:
        print(tr("The change feed begins after transaction {xid}.", xid=row[0]))


@station.command(name="status")
def station_status(*, home: Home = None, as_json: AsJson = False) -> None:
    """Say which clinic this station belongs to and what waited when it was last closed."""
    known = _station(home_of(home))
    if as_json:
        print(json.dumps(known))
    elif not known["server"]:
        print(tr("This computer has not joined a clinic yet. Start it: medidesk"))
    else:
        _tell_station(known)


def _tell_station(known: dict[str, Any]) -> None:
    print(tr("{name} of {clinic}", **known))
    print(tr("Server: {server}", **known))
    print(tr("Last contact: {time}", time=known["last_contact"] or tr("never")))
    if not known["open"]:
        print(tr("Changes waiting when it was last closed: {waiting}", **known))
    elif known["state"] is not None:
        print(tr("State: {state}", **known))
        print(tr("Changes waiting: {waiting}; needing attention: {attention}", **known))
        if known["arrives_after_ms"] is not None:
            print(tr("Changes arrive {arrives_after_ms} ms after they are written", **known))
    if known["checked"] is not None:
        print(tr("Checked {at}: {rows} rows, {mended} mended", **known["checked"]))
    print(tr("It is open now.") if known["open"] else tr("It is not open."))


_FIGURES = (
    "state", "since", "waiting", "attention", "oldest_waiting_at", "oldest_waiting_age_seconds", "outbox_bytes",
    "last_contact", "cursor_at", "cursor_age_seconds", "checked", "arrives_after_ms", "pulls_measured", "told_at",
)  # fmt: skip


def _station(home: Path) -> dict[str, Any]:
    """What a station's folder says about it; nothing is written there."""
    from medidesk.sync import status_file
    from medidesk.sync.profiles import StationProfile
    from medidesk.sync.station_lock import StationLock

    profile = StationProfile.load(home)
    in_use = False
    if (home / "station.lock").exists():
        try:
            StationLock(home).release()
        except StationInUse:
            in_use = True
    known: dict[str, Any] = {
        "home": str(home),
        "name": profile.name,
        "clinic": profile.clinic,
        "server": profile.server,
        "people": [vars(person) for person in profile.people],
        "last_contact": profile.last_contact and profile.last_contact.isoformat(),
        "waiting": profile.waiting,
        "open": in_use,
    }
    told = status_file.read(home)
    return dict.fromkeys(_FIGURES) | known | {name: told[name] for name in _FIGURES if name in told}


def _server_folder(home: Path | None) -> Path:
    return home_of(home) / "server"
