"""`medidesk server health`: all that can be checked on the server's machine, for people and for monitoring."""

import json
from dataclasses import asdict

import typer

from medidesk.command_options import AsJson, Home, home_of
from medidesk.words import tr

_SIGNS = {"good": "  ", "look": "• ", "bad": "! "}


def health(*, home: Home = None, as_json: AsJson = False) -> None:
    """Say how the server is. Ends with 1 where somebody must see to something."""
    from medidesk.server import health as of_server
    from medidesk.server import local
    from medidesk.server.backups.shelf import PLAN, Plan
    from medidesk.server.cluster import Cluster

    at = home_of(home)
    server = local.LocalServer(Cluster(at / "server"))
    said, found = None, []
    if server.cluster.status().running:
        with local.server_errors(server.cluster), server.connect() as connection:
            row = connection.execute("select server_health()").fetchone()
        said = of_server.Said.from_json(row[0] if row else {})
        found += of_server.findings(said)
    else:
        found.append(of_server.not_running())
    folders = {}
    if (at / PLAN).exists():
        plan = Plan.load(at)
        folders[tr("the backups")] = plan.folder
        if plan.second is not None:
            folders[tr("the backups' second place")] = plan.second
    found += of_server.of_machine(server.cluster, folders)
    level = of_server.worst(found)
    if as_json:
        told = {"level": level, "findings": [asdict(one) for one in found], "said": said and asdict(said)}
        print(json.dumps(told, default=str))
    else:
        for one in found:
            print(_SIGNS[one.level] + one.sentence, one.next_step)
    if level == "bad":
        raise typer.Exit(1)
