"""How a clinic's server is: what it says of itself (`health_said`), and what is worth a look or needs somebody now.

Only an administrator is told (`server_health`, schema/health.sql); on the server's own machine its disk and its
certificate are looked at as well (`machine_health`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from medidesk.server.binaries import NEWEST, OLDEST
from medidesk.server.health_said import Said
from medidesk.words import counted, in_utc, tr

type Level = Literal["good", "look", "bad"]
type When = Callable[[datetime], str]

BACKUP_OLD = timedelta(days=2)
ARCHIVED_LATE = timedelta(minutes=30)
SEALED_LATE = timedelta(days=2)
TRAIL_LONG = timedelta(days=425)
TRANSACTION_LONG = timedelta(hours=1)
FEED_LEAST = timedelta(days=30)
STATION_AWAY = timedelta(days=14)
WORK_AWAY = timedelta(days=1)
"""A station on which work waits is missed sooner."""
BEHIND_BYTES = 64 * 2**20
CONNECTIONS_SHARE = 0.8


@dataclass(frozen=True)
class Finding:
    """One thing about a server.

    Attributes:
        about: what, in a word: "backup", "disk", …
        level: good, worth a look, or somebody must see to it.
        sentence, next_step: for people; a good one needs no next step.
    """

    about: str
    level: Level
    sentence: str
    next_step: str = ""


def findings(said: Said, when: When = in_utc) -> list[Finding]:
    """What a server says of itself, judged; always the same things in the same order.

    Args:
        said: what it said.
        when: puts a moment into words.
    """
    return [
        *_serving(said, when),
        *_backup(said, when),
        *_archive(said, when),
        *_audit(said, when),
        *_feed(said, when),
        *_load(said, when),
        *_standbys(said),
        *_stations(said, when),
    ]


def _serving(said: Said, when: When) -> Iterator[Finding]:
    major = int(said.version.split(".")[0])
    if OLDEST <= major <= NEWEST:
        yield Finding("version", "good", tr("PostgreSQL {version}, since {moment}.", version=said.version,
                                            moment=when(said.started_at)))  # fmt: skip
    else:
        yield Finding(
            "version",
            "look",
            tr("PostgreSQL {version}: MediDesk is tested with {oldest} to {newest}.",
               version=said.version, oldest=OLDEST, newest=NEWEST),
            tr("Move the clinic to one of these."),
        )  # fmt: skip
    if said.replay_open:
        yield Finding(
            "sending",
            "bad",
            tr("A replay is open: nobody's changes are taken until it is closed."),
            tr("medidesk server replay status, then: medidesk server replay close"),
        )
    elif said.sending_paused:
        yield Finding(
            "sending",
            "bad",
            tr("The server came back without the last changes: nobody's changes are taken."),
            tr("medidesk server replay open"),
        )
    else:
        yield Finding("sending", "good", tr("The stations' changes are taken."))
    if said.held:
        sentence = counted(
            said.held, "{count} fact is held for a decision.", "{count} facts are held for a decision."
        )
        yield Finding("held", "look", sentence, tr("Decide at the page of changes."))
    if said.restricted_opened:
        sentence = counted(
            said.restricted_opened,
            "A restricted file was opened within a week. The page Audit says why (Files opened).",
            "Restricted files were opened {count} times within a week. The page Audit says why (Files opened).",
        )
        yield Finding("restricted", "good", sentence)


def _backup(said: Said, when: When) -> Iterator[Finding]:
    if said.backup_at is None:
        yield Finding(
            "backup",
            "bad",
            said.backup_problem or tr("There is no backup."),
            tr("On the server: medidesk backup setup, then: medidesk backup now"),
        )
        return
    age = said.now - said.backup_at
    sentence = tr("The last backup that was checked is of {moment}.", moment=when(said.backup_at))
    if age > BACKUP_OLD:
        yield Finding(
            "backup", "bad", f"{sentence} {said.backup_problem or ''}".strip(), tr("medidesk backup now")
        )
    elif said.backup_problem:
        yield Finding("backup", "look", f"{sentence} {said.backup_problem}", tr("medidesk backup now"))
    else:
        yield Finding("backup", "good", sentence)


def _archive(said: Said, when: When) -> Iterator[Finding]:
    if not said.archiving:
        return
    since = said.archived_at or said.started_at
    if said.archive_failed_at is not None and said.archive_failed_at > since:
        yield Finding(
            "archive",
            "bad",
            tr("The server's log could not be archived since {moment}: what was written since is nowhere else.",
               moment=when(since)),
            tr("On the server: see to the backups' disk, whether it is there and has room. Why is in data/log; "
               "the server goes on trying."),
        )  # fmt: skip
    elif said.unarchived_since is not None and said.now - said.unarchived_since > ARCHIVED_LATE:
        yield Finding(
            "archive",
            "look",
            tr("What was written since {moment} is not archived yet.", moment=when(said.unarchived_since)),
            tr("On the server: see to the backups' disk. If it is well: medidesk server stop, then: "
               "medidesk server start"),
        )  # fmt: skip
    else:
        yield Finding("archive", "good", tr("The server's log is archived."))


def _audit(said: Said, when: When) -> Iterator[Finding]:
    since = said.sealed_at or said.started_at
    if said.changed_at is not None and said.changed_at > since and said.now - since > SEALED_LATE:
        yield Finding(
            "audit",
            "look",
            tr("The audit trail has not been sealed since {moment}.", moment=when(since)),
            tr("Stations seal it once a day while somebody is signed in; or: medidesk audit seal"),
        )
    else:
        yield Finding("audit", "good", tr("The audit trail is sealed."))
    if said.oldest_at is not None and said.now - said.oldest_at > TRAIL_LONG:
        yield Finding(
            "audit_archive",
            "look",
            tr("Changes since {moment} lie in the database.", moment=when(said.oldest_at)),
            tr("On the server, what is older than a year goes into a file: medidesk audit archive"),
        )


def _feed(said: Said, when: When) -> Iterator[Finding]:
    """How far back stations can follow; one that was away longer compares every row instead."""
    if said.feed_cut_at is None:
        return
    if said.fed_since is None or said.now - said.fed_since < FEED_LEAST:
        yield Finding(
            "feed",
            "look",
            tr(
                "The list of changes that stations follow was cut short on {moment}.",
                moment=when(said.feed_cut_at),
            ),
            tr(
                "Stations that come back compare everything. Keep 30 days: medidesk server cut-feed --days 30"
            ),
        )
    else:
        yield Finding(
            "feed", "good", tr("Stations can follow changes since {moment}.", moment=when(said.fed_since))
        )


def _load(said: Said, when: When) -> Iterator[Finding]:
    busy = tr("{count} of {most} connections are in use.", count=said.connections, most=said.connections_most)
    if said.connections > said.connections_most * CONNECTIONS_SHARE:
        step = tr("Set it up for more stations: medidesk server init --stations …")
        yield Finding("connections", "look", busy, step)
    else:
        yield Finding("connections", "good", busy)
    if said.transaction_since is not None and said.now - said.transaction_since > TRANSACTION_LONG:
        yield Finding(
            "transaction",
            "look",
            tr("A transaction has been open since {moment}.", moment=when(said.transaction_since)),
            tr("Somebody works on the database by hand, or a program hangs: end that session."),
        )


def _standbys(said: Said) -> Iterator[Finding]:
    for one in said.standbys:
        behind = tr("The standby {name} is {megabytes} MB behind.", name=one.name or one.address,
                    megabytes=f"{one.bytes_behind / 2**20:,.1f}")  # fmt: skip
        good = one.state == "streaming" and one.bytes_behind < BEHIND_BYTES
        yield Finding("standby", "good" if good else "look", behind, "" if good else tr("Look at its log."))


def _stations(said: Said, when: When) -> Iterator[Finding]:
    missed = [one for one in said.stations if one.unsent and said.now - one.last_seen_at > WORK_AWAY]
    for one in missed:
        changes = counted(one.unsent, "{count} change waits", "{count} changes wait")
        yield Finding(
            "stations",
            "look",
            tr("{changes} at {name}, last in contact {moment}.", changes=changes, name=one.name,
               moment=when(one.last_seen_at)),
            tr("Start MediDesk there and sign in: what waits is sent by itself."),
        )  # fmt: skip
    away = [one for one in said.stations if said.now - one.last_seen_at > STATION_AWAY and one not in missed]
    if away:
        names = ", ".join(one.name for one in away[:5])
        yield Finding(
            "stations",
            "look",
            counted(
                len(away),
                "{count} station has not been here for two weeks:",
                "{count} stations have not been here for two weeks:",
            )
            + f" {names}.",
            tr("What was entered there may wait there: start MediDesk at it once."),
        )
    if not missed and not away:
        known = counted(len(said.stations), "{count} station is known.", "{count} stations are known.")
        yield Finding("stations", "good", known)


def not_running() -> Finding:
    """What there is to say of a server that does not answer because nobody has started it."""
    return Finding("server", "bad", tr("The server does not run."), tr("Start it: medidesk server start"))


def worst(found: list[Finding]) -> Level:
    """The level of the whole."""
    levels = {one.level for one in found}
    return "bad" if "bad" in levels else "look" if "look" in levels else "good"
