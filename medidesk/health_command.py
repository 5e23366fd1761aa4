"""`medidesk server health` and `medidesk server watch`: how the server is, and who guesses at passwords there."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import typer

from medidesk.command_options import AsJson, Home, home_of
from medidesk.words import tr

_SIGNS = {"good": "  ", "look": "• ", "bad": "! "}


def health(*, home: Home = None, as_json: AsJson = False) -> None:
    """Say how the server is. Ends with 1 where somebody must see to something."""
    from medidesk.server import health as of_server
    from medidesk.server import local, machine_health
    from medidesk.server.backups.shelf import PLAN, Plan
    from medidesk.server.cluster import Cluster
    from medidesk.server.health_said import Said

    at = home_of(home)
    server = local.LocalServer(Cluster(at / "server"))
    said, found = None, []
    if server.cluster.status().running:
        with local.server_errors(server.cluster), server.connect() as connection:
            row = connection.execute("select server_health()").fetchone()
        said = Said.from_json(row[0] if row else {})
        found += of_server.findings(said)
    else:
        found.append(of_server.not_running())
    folders = {}
    if (at / PLAN).exists():
        plan = Plan.load(at)
        folders[tr("the backups")] = plan.folder
        if plan.second is not None:
            folders[tr("the backups' second place")] = plan.second
        found += machine_health.of_moments(server.cluster, plan)
    found += machine_health.of_machine(server.cluster, folders)
    level = of_server.worst(found)
    if as_json:
        told = {"level": level, "findings": [asdict(one) for one in found], "said": said and asdict(said)}
        print(json.dumps(told, default=str))
    else:
        for one in found:
            print(_SIGNS[one.level] + one.sentence, one.next_step)
    if level == "bad":
        raise typer.Exit(1)


def watch(*, home: Home = None) -> None:
    """Suspend the accounts at whose passwords somebody has guessed too often. The timer runs it each minute."""
    from medidesk.server import failed_sign_ins, local
    from medidesk.server.cluster import Cluster

    server = local.LocalServer(Cluster(home_of(home) / "server"))
    if not server.cluster.status().running:
        return
    with local.server_errors(server.cluster), server.connect() as connection:
        done = failed_sign_ins.suspend(connection, server.cluster.data, datetime.now(UTC))
    for one in done:
        where = ", ".join(one.addresses)
        if one.problem:
            print(tr("{times} wrong passwords for {login} from {where}, who was not suspended: {problem}",
                     times=one.times, login=one.login, where=where, problem=one.problem))  # fmt: skip
        else:
            print(tr("{login} was suspended after {times} wrong passwords from {where}.",
                     login=one.login, times=one.times, where=where))  # fmt: skip
