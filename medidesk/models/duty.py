"""When somebody is on duty: weekly hours, and the days on which it is different.

Hours are minutes after midnight by the clock of the branch they belong to, and no instants: who begins at nine does
so in summer and winter.
"""

import datetime as dt
import enum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import ATOMIC, Row, Rules, Visibility
from medidesk.models.types import Day, Id, Text, Whole, Word

DUTY = Rules(
    area="directory", visibility=Visibility.NETWORK, merge=ATOMIC, fixed=frozenset({"staff_id"}), first=12
)
MINUTES_OF_A_DAY = 24 * 60
SLOT_LEAST, SLOT_MOST = 5, 480
"""Minutes that one appointment takes."""


class ExceptionKind(enum.StrEnum):
    """What is different on some days."""

    AWAY = "away"
    EXTRA = "extra"


class DutySchedule(Row):
    """One stretch of one weekday on which somebody is on duty, each week, in the branch that the row belongs to."""

    __rules__ = DUTY

    staff_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("staff.id"), index=True)
    weekday: Mapped[int] = mapped_column(Whole)  # ISO 8601: 1 is Monday
    from_minute: Mapped[int] = mapped_column(Whole)
    to_minute: Mapped[int] = mapped_column(Whole)
    slot_minutes: Mapped[int] = mapped_column(Whole)
    starts_on: Mapped[dt.date] = mapped_column(Day)
    ends_on: Mapped[dt.date | None] = mapped_column(Day)

    __table_args__ = (
        sa.CheckConstraint("weekday between 1 and 7", name="weekday_iso8601"),
        sa.CheckConstraint(
            f"0 <= from_minute and from_minute < to_minute and to_minute <= {MINUTES_OF_A_DAY}", name="hours"
        ),
        sa.CheckConstraint(f"slot_minutes between {SLOT_LEAST} and {SLOT_MOST}", name="slot_minutes"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_on_after_starts_on"),
        # Nobody is in two places at one time.
        ExcludeConstraint(
            ("staff_id", "="),
            ("weekday", "="),
            (sa.text("int4range(from_minute, to_minute)"), "&&"),
            (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="duty_schedule_one_place",
            using="gist",
            where=sa.text("deleted_at is null"),
        ),
    )


class DutyException(Row):
    """Days on which somebody is away, or on duty besides; without somebody, days on which the branch is closed."""

    __rules__ = DUTY

    staff_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("staff.id"), index=True)
    kind: Mapped[ExceptionKind] = mapped_column(Word(ExceptionKind))
    starts_on: Mapped[dt.date] = mapped_column(Day)
    ends_on: Mapped[dt.date] = mapped_column(Day)
    from_minute: Mapped[int | None] = mapped_column(Whole)  # none: the whole day
    to_minute: Mapped[int | None] = mapped_column(Whole)
    slot_minutes: Mapped[int | None] = mapped_column(Whole)
    reason: Mapped[str] = mapped_column(Text(200), server_default="", default="")

    __table_args__ = (
        sa.CheckConstraint("ends_on >= starts_on", name="ends_on_after_starts_on"),
        sa.CheckConstraint("(from_minute is null) = (to_minute is null)", name="hours_whole"),
        sa.CheckConstraint(
            f"0 <= from_minute and from_minute < to_minute and to_minute <= {MINUTES_OF_A_DAY}", name="hours"
        ),
        sa.CheckConstraint(f"slot_minutes between {SLOT_LEAST} and {SLOT_MOST}", name="slot_minutes"),
        sa.CheckConstraint(
            "kind <> 'extra' or staff_id is not null and from_minute is not null and slot_minutes is not null",
            name="extra_hours_given",
        ),
    )
