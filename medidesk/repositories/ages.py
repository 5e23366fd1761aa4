"""How long something has been owed: by months, as ageing lists show it."""

from decimal import Decimal

from medidesk.words import tr

BUCKETS: tuple[int | None, ...] = (30, 60, 90, None)
"""The last day of each; the last has none."""


def words() -> tuple[str, ...]:
    """What the buckets are called: "0–30 days"."""
    said, first = [], 0
    for last in BUCKETS:
        if last is None:
            said.append(tr("Over {days} days", days=first - 1))
        else:
            said.append(tr("{first}–{last} days", first=first, last=last))
            first = last + 1
    return tuple(said)


def bucket(days: int) -> int:
    """Which of them an age belongs to; what is of tomorrow, by another clock, is of today."""
    return next(at for at, last in enumerate(BUCKETS) if last is None or days <= last)


def in_buckets(days: int, due: Decimal) -> tuple[Decimal | None, ...]:
    """What is due, in the bucket of its age."""
    return tuple(due if one == bucket(days) else None for one in range(len(BUCKETS)))
