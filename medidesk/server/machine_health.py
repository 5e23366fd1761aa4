"""How the machine of a clinic's server is: its disks, its certificate, which moments can be brought back."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from medidesk.errors import MediDeskError
from medidesk.server import tls
from medidesk.server.backups import moments
from medidesk.server.backups.moments_shelf import bases
from medidesk.server.backups.shelf import Plan
from medidesk.server.cluster import Cluster
from medidesk.server.health import Finding
from medidesk.words import tr

CERTIFICATE_SOON = timedelta(days=30)
DISK_SHARE, DISK_LEAST = 0.1, 2 * 2**30


def of_machine(cluster: Cluster, folders: Mapping[str, Path]) -> Iterator[Finding]:
    """What only the server's own machine knows.

    Args:
        cluster: the server.
        folders: what must have room, by what it is called.
    """
    for name, path in {tr("the clinic's data"): cluster.data, **folders}.items():
        yield _disk(name, path)
    certificate = cluster.data / "server.crt"
    if cluster.authority is not None:
        for about, path in (("certificate", certificate), ("authority", cluster.authority)):
            yield _certificate(about, path)


def _disk(name: str, path: Path) -> Finding:
    try:
        usage = shutil.disk_usage(path)
    except OSError:
        return Finding(
            "disk", "bad", tr("{path} is not there ({name}).", path=path, name=name), tr("Connect its disk.")
        )
    sentence = tr("{free} GB are free for {name}.", free=f"{usage.free / 2**30:,.1f}", name=name)
    if usage.free < min(DISK_LEAST, usage.total * DISK_SHARE):
        return Finding("disk", "bad", sentence, tr("Free some space."))
    if usage.free < usage.total * DISK_SHARE:
        return Finding("disk", "look", sentence, tr("Free some space."))
    return Finding("disk", "good", sentence)


def _certificate(about: str, path: Path) -> Finding:
    try:
        ends = tls.certificate_expiry(path)
    except (OSError, ValueError, MediDeskError):
        return Finding(about, "bad", tr("{path} cannot be read.", path=path), tr("Restore it from a backup."))
    what = tr("The server's certificate") if about == "certificate" else tr("The clinic's authority")
    sentence = tr("{what} is valid until {day}.", what=what, day=f"{ends:%d.%m.%Y}")
    left = ends - datetime.now(UTC)
    if left > CERTIFICATE_SOON:
        return Finding(about, "good", sentence)
    step = (
        tr("It is renewed when the server starts: medidesk server stop, then: medidesk server start")
        if about == "certificate"
        else tr("Every station must be given a new one: ask whoever looks after MediDesk.")
    )
    return Finding(about, "bad" if left < timedelta() else "look", sentence, step)


def of_moments(cluster: Cluster, plan: Plan) -> Iterator[Finding]:
    """Whether any moment can be brought back, where the clinic wants that."""
    if not plan.point_in_time:
        return
    line = cluster.options.archive_to
    if not line:
        yield Finding(
            "moments",
            "look",
            tr("The server does not archive its log, so that no moment since can be brought back."),
            tr("medidesk backup setup --point-in-time, then: medidesk backup now"),
        )
        return
    known = moments.stretches(plan.places)
    if not known or not any(one.about().line == Path(line).name for one in bases(plan.folder)):
        yield Finding(
            "moments",
            "look",
            tr("No moment can be brought back yet: there is no base backup of this server."),
            tr("medidesk backup now"),
        )
        return
    sentence = tr(
        "Any moment can be brought back from {since} to {until}.",
        since=moments.told(known[-1].since),
        until=moments.told(known[-1].until),
    )
    if known[-1].missing:
        lost = tr("After that the segment {name} of the log is missing.", name=known[-1].missing)
        yield Finding("moments", "bad", f"{sentence} {lost}", tr("medidesk backup now"))
    else:
        yield Finding("moments", "good", sentence)
