"""What the queries of a branch's figures return: frozen rows that any thread may keep."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from medidesk.models.money import Money


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day so far.

    Attributes:
        booked: appointments of the day, those that took place and those that did not; cancelled ones are none.
        came, missed: of them, who has come, and who is marked as not having come.
        waiting, in_room, done: visits of the day, with or without an appointment.
        median_wait: minutes from the arrival to the room, of those who have got there; None where nobody has.
        longest_wait: minutes that somebody has been waiting now; None where nobody waits.
        taken: what came in less what was given back; None for whoever may not see money.
        unbilled: what was charged and is on no invoice yet; likewise.
        due, unpaid: what patients owe on invoices, and on how many; likewise.
    """

    booked: int
    came: int
    missed: int
    waiting: int
    in_room: int
    done: int
    median_wait: int | None
    longest_wait: int | None
    taken: Money | None
    unbilled: Money | None
    due: Money | None
    unpaid: int


@dataclass(frozen=True, slots=True)
class HourRow:
    """The appointments that begin within an hour of a day, by how far they are.

    Attributes:
        hour: 0 to 23 by the branch's clock.
        done, here, booked, missed: over, in the house, to come, and not come.
        typical: how many there were on this weekday within this hour, on average of the last weeks; None before
            there were any.
    """

    hour: int
    done: int
    here: int
    booked: int
    missed: int
    typical: Decimal | None

    @property
    def whole(self) -> int:
        """All of them."""
        return self.done + self.here + self.booked + self.missed


@dataclass(frozen=True, slots=True)
class WeekRow:
    """How many of a week's appointments were missed, of those that were to be."""

    monday: dt.date
    expected: int
    missed: int

    @property
    def rate(self) -> Decimal | None:
        """In per cent; None where nobody was expected."""
        return (
            None
            if not self.expected
            else (Decimal(100) * self.missed / self.expected).quantize(Decimal("0.1"))
        )


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """What was billed on some days.

    Attributes:
        days: by day, the patients' part and the insurers'.
        services: by service, what it came to, the most first.
        total: of all of it.
    """

    days: tuple[tuple[dt.date, Decimal, Decimal], ...]
    services: tuple[tuple[str, Decimal], ...]
    total: Money


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one moment. `revenue` is of the last days; None for whoever may not see money."""

    now: dt.datetime
    zone: dt.tzinfo
    day: DayRow
    hours: tuple[HourRow, ...]
    weeks: tuple[WeekRow, ...]
    revenue: RevenueRow | None
