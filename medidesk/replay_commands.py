"""`medidesk server new-epoch` and `medidesk server replay …`: what an administrator does after a restore."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from medidesk.command_options import AsJson, Home, home_of
from medidesk.words import tr

if TYPE_CHECKING:
    import psycopg

replay = typer.Typer(
    help="After a restore: bring back from the stations what the backup lacks.", no_args_is_help=True
)

Address = Annotated[
    str,
    typer.Option(
        "--server", help="Address of a server that is not in the station's folder.", show_default=False
    ),
]
User = Annotated[str, typer.Option("--user", help="Who signs in there.", show_default=False)]


def new_epoch(*, home: Home = None, server: Address = "", user: User = "") -> None:
    """Let a database that was restored into another server serve the clinic."""
    from medidesk.server import replay as of_server

    with _connected(home, server, user) as connection:
        of_server.new_epoch(connection)
    print(tr("This server serves the clinic from now on. Every station fills its copy anew by itself."))
    print(tr("If the stations say that it came back without the last changes: medidesk server replay open"))


@replay.command(name="open")
def open_(*, home: Home = None, server: Address = "", user: User = "") -> None:
    """Pause sending and ask the stations for what the server lost."""
    from medidesk.server import replay as of_server

    with _connected(home, server, user) as connection:
        of_server.open_replay(connection)
    print(tr("The stations hand in their journals by themselves where somebody is signed in."))
    print(tr("Look who has: medidesk server replay status. Then: medidesk server replay close"))


@replay.command()
def status(*, home: Home = None, server: Address = "", user: User = "", as_json: AsJson = False) -> None:
    """Say what the stations have handed in, or what the last replay brought back."""
    from medidesk.server import replay as of_server

    with _connected(home, server, user) as connection:
        _show(of_server.status(connection), as_json=as_json)


@replay.command()
def close(
    *,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also without stations that are missing.")] = False,
    home: Home = None,
    server: Address = "",
    user: User = "",
    as_json: AsJson = False,
) -> None:
    """Bring back what they handed in, and let sending go on."""
    from medidesk.server import replay as of_server

    with _connected(home, server, user) as connection:
        _show(of_server.close_replay(connection, anyway=anyway), as_json=as_json)


def _show(report: object, *, as_json: bool) -> None:
    from medidesk.server.replay import Report, lines

    assert isinstance(report, Report)  # noqa: S101 (both callers hand one over)
    if as_json:
        print(json.dumps(asdict(report)))
        return
    for line in lines(report):
        print(line)


@contextmanager
def _connected(home: Path | None, address: str, user: str) -> "Iterator[psycopg.Connection]":
    """The server in the station's folder as its superuser, or another one as an administrator who signs in."""
    import psycopg

    from medidesk.server import local, migrate
    from medidesk.sync.connection import Login, at_the_server
    from medidesk.sync.explained import explain

    if not address:
        with local.running(home_of(home)).connect() as connection:
            yield connection
        return
    password = typer.prompt(tr("Password of {user}", user=user), hide_input=True)
    login = Login(address, user, password)
    try:
        opened = migrate.connect(at_the_server(login).conninfo())
    except psycopg.Error as error:
        raise explain(error, login) from error
    with opened as connection:
        yield connection
