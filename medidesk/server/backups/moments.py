"""Which moments can be brought back: from each base backup on, as far as the archived log goes without a gap."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from medidesk.errors import BackupProblem
from medidesk.server.backups import wal
from medidesk.server.backups.moments_shelf import Base, bases
from medidesk.server.backups.wal import Archived, Segments
from medidesk.words import tr

LATEST = "latest"


@dataclass(frozen=True, order=True)
class Stretch:
    """From when to when any moment can be brought back.

    Attributes:
        since, until: the moments.
        missing: the segment that is missing after it, where more of the log is there; nothing otherwise.
    """

    since: datetime
    until: datetime
    missing: str = ""


@dataclass(frozen=True)
class Way:
    """How a moment is brought back.

    Attributes:
        bases: copies of the base backup to begin with.
        log: the copies of each segment that is needed, in order.
    """

    bases: tuple[Base, ...]
    log: tuple[Sequence[Archived], ...]


def parsed(text: str) -> datetime | None:
    """A moment as somebody typed it, local time unless it carries an offset; None for the latest that there is.

    Raises:
        BackupProblem: it is none.
    """
    if text.strip().lower() == LATEST:
        return None
    try:
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BackupProblem(
            tr("“{text}” is no moment.", text=text.strip()[:80]),
            tr('It looks like "2026-11-27 14:30", of this computer\'s time, or is the word: latest'),
        ) from error


def told(moment: datetime) -> str:
    """A moment as it may be typed again, in this computer's time."""
    return moment.astimezone().isoformat(sep=" ", timespec="seconds")


def stretches(places: Sequence[Path]) -> list[Stretch]:
    """What can be brought back from these folders together, the oldest first."""
    found: list[Stretch] = []
    for base in _all(places):
        one = _stretch(base[0], _log(places, base[0].about().line))
        if one is None:
            continue
        if found and one.since <= found[-1].until:
            found[-1] = replace(found[-1], until=max(found[-1].until, one.until), missing=one.missing)
        else:
            found.append(one)
    return found


def _all(places: Sequence[Path]) -> list[list[Base]]:
    """The copies of each base backup, the oldest first."""
    found: dict[str, list[Base]] = {}
    for place in places:
        for one in bases(place):
            found.setdefault(one.name, []).append(one)
    return sorted(found.values(), key=lambda copies: copies[0].made_at)


def _log(places: Sequence[Path], line: str) -> Segments:
    return wal.segments(*(place / wal.FOLDER / line for place in places))


def _stretch(base: Base, log: Segments) -> Stretch | None:
    """How far the log goes on from a base backup; None where what that one needs itself is missing."""
    about = base.about()
    names = wal.following(about.first, log)
    if about.last not in names:
        return None
    since = base.made_at.replace(microsecond=0) + timedelta(seconds=1)
    missing = wal.after(names[-1])
    later = any(wal.number(name) > wal.number(missing) for name in log)
    return Stretch(since, max(since, log[names[-1]][0].until), missing if later else "")


def way_to(places: Sequence[Path], moment: datetime | None) -> Way:
    """What brings a moment back.

    Args:
        places: the folders that backups lie in.
        moment: the one; None for the latest that there is.

    Raises:
        BackupProblem: it cannot be brought back, and what can.
    """
    known = _all(places)
    if not known:
        raise BackupProblem(
            tr("There is no base backup, so that no moment can be brought back."),
            tr("Bring back a whole backup: medidesk backup restore, without --until"),
        )
    before = [one for one in known if moment is None or one[0].made_at <= moment]
    if not before:
        raise _refused(tr("{moment} is before the oldest base backup.", moment=_or_latest(moment)), places)
    copies = before[-1]
    about = copies[0].about()
    log = _log(places, about.line)
    names = wal.following(about.first, log)
    stretch = _stretch(copies[0], log)
    if stretch is None:
        raise _missing(wal.after(names[-1]) if names else about.first, places)
    if stretch.missing and (moment is None or moment > stretch.until):
        raise _missing(stretch.missing, places)
    if moment is not None and moment > stretch.until:
        raise _refused(
            tr("{moment} is after the last that was archived of the log.", moment=_or_latest(moment)), places
        )
    enough = len(names)
    if moment is not None:
        reaches = (at for at, name in enumerate(names, 1) if log[name][0].until >= moment)
        enough = max(next(reaches, enough), names.index(about.last) + 1)
    return Way(tuple(copies), tuple(log[name] for name in names[:enough]))


def _missing(name: str, places: Sequence[Path]) -> BackupProblem:
    return _refused(
        tr("The segment {name} of the server's log is missing in the archive.", name=name), places
    )


def _or_latest(moment: datetime | None) -> str:
    return LATEST if moment is None else told(moment)


def _refused(sentence: str, places: Sequence[Path]) -> BackupProblem:
    known = stretches(places)
    if not known:
        return BackupProblem(
            sentence, tr("No moment can be brought back; a whole backup can: without --until")
        )
    had = ", ".join(tr("{since} to {until}", since=told(one.since), until=told(one.until)) for one in known)
    return BackupProblem(sentence, tr("What can be brought back: {stretches}", stretches=had))
