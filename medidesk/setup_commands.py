"""`medidesk server init` and `medidesk server pairing`: a machine becomes a clinic's server, and stations join."""

import getpass
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medidesk.command_options import AsJson, Home, home_of
from medidesk.errors import MediDeskError
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.server.local import FirstPerson, LocalServer
    from medidesk.server.pairing import Invitation


def init(
    *,
    home: Home = None,
    clinic: Annotated[str, typer.Option(help="The clinic's name.", show_default=False)] = "",
    name: Annotated[
        list[str] | None,
        typer.Option(help="What stations call this machine; several may be given.", show_default=False),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="From where they may connect, as 192.168.1.0/24.", show_default=False),
    ] = None,
    stations: Annotated[int, typer.Option(min=1, max=2000, help="How many stations there will be.")] = 50,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens.")] = 5432,
    listen: Annotated[str, typer.Option(help="On which of this machine's addresses.")] = "*",
    login: Annotated[str, typer.Option(help="Who signs in first.", show_default=False)] = "",
    family_name: Annotated[str, typer.Option(help="Their family name.", show_default=False)] = "",
    given_name: Annotated[str, typer.Option(help="Their given name.", show_default=False)] = "",
) -> None:
    """Make this machine the clinic's server. May be repeated: data, people and pairing codes stay."""
    from medidesk.server import setup, units
    from medidesk.server.backups.shelf import PLAN
    from medidesk.server.cluster import Cluster

    folder = home_of(home)
    wanted = setup.Wanted(tuple(name or ()), tuple(network or ()), stations, port, listen)
    person = None
    if not Cluster(folder / "server").exists:
        clinic = clinic or typer.prompt(tr("The clinic's name"))
        person = _first_person(login, family_name, given_name, clinic)
    server = setup.set_up(folder, wanted, clinic, person)
    settings = server.cluster.options
    print(tr("The server runs on port {port}, as {names}.", port=port, names=", ".join(settings.names)))
    if set(settings.networks) <= set(setup.LOOPBACK):
        print(
            tr("It lets in nobody but this machine: say from where stations come, --network 192.168.1.0/24")
        )
    else:
        print(tr("It lets in {networks}.", networks=", ".join(settings.networks)))
    for hint in setup.firewall_hints(settings):
        print(tr("The firewall must let them through: {command}", command=hint))
    if sys.platform == "linux":
        unit = units.write_server_unit(server.cluster, folder, getpass.getuser())
        print(tr("To start it with the machine: {command}", command=f"sudo systemctl enable --now {unit}"))
        watch, timer = units.write_watch_units(folder, getpass.getuser())
        command = f"sudo systemctl link {watch} && sudo systemctl enable --now {timer}"
        print(tr("To suspend accounts whose passwords are guessed at: {command}", command=command))
    if not (folder / PLAN).exists():
        print(tr("It is not backed up yet: medidesk backup setup"))
    print()
    _show(_invitation(server))


def pairing(*, home: Home = None, as_json: AsJson = False) -> None:
    """Show what a station needs to join: the address and the pairing code, also as a QR code."""
    from medidesk.server import local

    found = _invitation(local.running(home_of(home)))
    if as_json:
        print(json.dumps({"address": found.address, "code": found.code, "text": str(found)}))
    else:
        _show(found)


def _first_person(login: str, family_name: str, given_name: str, clinic: str) -> "FirstPerson":
    from medidesk import passwords
    from medidesk.server.local import FirstPerson

    family_name = family_name or typer.prompt(tr("Your family name"))
    login = (login or typer.prompt(tr("Your user name, in small letters"))).strip().lower()
    password = typer.prompt(tr("Your password"), hide_input=True, confirmation_prompt=True)
    passwords.check(password, (login, clinic, family_name, given_name))
    return FirstPerson(login, password, family_name, given_name)


def _invitation(server: "LocalServer") -> "Invitation":
    from medidesk.server import pairing, setup

    if server.authority is None:
        raise MediDeskError(
            tr("This server has no TLS, so that no other computer may join."),
            tr("Install PostgreSQL from your system: sudo apt install postgresql"),
        )
    code = pairing.code_of(Path(server.authority).read_bytes())
    return pairing.Invitation(setup.address_of(server), code)


def _show(invitation: "Invitation") -> None:
    import segno

    print(tr("Stations join with"))
    print(tr("  Address:      {address}", address=invitation.address))
    print(tr("  Pairing code: {code}", code=invitation.code))
    drawn = io.StringIO()
    segno.make(str(invitation), error="m").terminal(drawn, compact=True)
    print(drawn.getvalue())
