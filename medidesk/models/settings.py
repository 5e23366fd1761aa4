"""What a clinic sets for itself: a closed list, with the values that each takes and the program's default."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import ATOMIC, Row, Rules, Visibility
from medidesk.models.types import Document, Word


class SettingName(enum.StrEnum):
    """Everything that can be set."""

    LOCK_MINUTES_MOST = "lock_minutes_most"
    OFFLINE_DAYS = "offline_days"
    REFUND_LIMIT = "refund_limit"
    RESTRICTED_MINUTES = "restricted_minutes"
    WAITING_MINUTES = "waiting_minutes"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The whole numbers that a setting takes.

    Attributes:
        least, most: the smallest and the largest.
        default: what holds where nobody has set it; None where that is nothing.
    """

    least: int
    most: int
    default: int | None

    def holds(self, value: object) -> bool:
        """Whether a value can be set; what a file holds may be anything."""
        return type(value) is int and self.least <= value <= self.most


OFFLINE_DAYS = 30
"""Days for which somebody may sign in without the server, where nobody has set it."""
BOUNDS: Mapping[SettingName, Bounds] = {
    # Minutes without a key after which every station locks: none, so that it is each person's own choice.
    SettingName.LOCK_MINUTES_MOST: Bounds(1, 120, None),
    SettingName.OFFLINE_DAYS: Bounds(1, 90, OFFLINE_DAYS),
    # The amount above which a refund takes somebody else's approval, in the branch's currency.
    SettingName.REFUND_LIMIT: Bounds(0, 1_000_000, 0),
    # Minutes for which a restricted file stays open after somebody has stated why.
    SettingName.RESTRICTED_MINUTES: Bounds(5, 720, 60),
    # Minutes after which the desk is told that somebody has waited too long.
    SettingName.WAITING_MINUTES: Bounds(5, 240, 30),
}


def _within() -> str:
    """A CHECK of the bounds. Among values of jsonb none but a number lies between two numbers."""
    cases = " ".join(
        f"when '{name}' then value between '{one.least}'::jsonb and '{one.most}'::jsonb"
        for name, one in BOUNDS.items()
    )
    return f"case name {cases} end"


class Setting(Row):
    """A value that holds in the branch it is set in and in everything below, up to where another is set."""

    __rules__ = Rules(
        area="directory", visibility=Visibility.NETWORK, merge=ATOMIC, fixed=frozenset({"name"}), first=10
    )

    name: Mapped[SettingName] = mapped_column(Word(SettingName))
    value: Mapped[int] = mapped_column(Document)

    __table_args__ = (
        sa.CheckConstraint("value::text ~ '^[0-9]+$'", name="value_whole"),
        sa.CheckConstraint(_within(), name="value_within"),
        sa.Index(
            "setting_once", "org_id", "name", unique=True, postgresql_where=sa.text("deleted_at is null")
        ),
    )
