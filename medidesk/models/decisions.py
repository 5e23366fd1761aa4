"""What people decided about work that the server had refused: who, when, what became of it, and why."""

import enum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import ATOMIC, Row, Rules, Scope
from medidesk.models.types import Id, Text, Word


class Verdict(enum.StrEnum):
    """What became of a change that could not be saved as it was."""

    THEIRS = "theirs"  # what a colleague wrote meanwhile stands throughout
    MINE = "mine"  # what was wanted stands throughout
    COMBINED = "combined"  # some of each, or back to what was there before
    EDITED = "edited"  # typed anew and sent again
    DISCARDED = "discarded"  # given up, with a reason


class Decision(Row):
    """One decision. It is written by the operation that carries the decision out, and so is in the audit trail.

    It holds no values: those that were written stand in the trail beside the row they changed, and those that were
    given up in the journal of the station where they were typed.
    """

    __rules__ = Rules(area="decisions", merge=ATOMIC, scope=Scope.NONE, first=60)

    op_id: Mapped[UUID] = mapped_column(Id, index=True)
    author: Mapped[str] = mapped_column(Text(63))
    title: Mapped[str] = mapped_column(Text(300))
    about_table: Mapped[str] = mapped_column(Text(63), server_default="", default="")
    about_id: Mapped[UUID | None] = mapped_column(Id, index=True)
    verdict: Mapped[Verdict] = mapped_column(Word(Verdict))
    fields: Mapped[str] = mapped_column(Text(500), server_default="", default="")
    reason: Mapped[str] = mapped_column(Text(500), server_default="", default="")

    __table_args__ = (
        sa.CheckConstraint("verdict <> 'discarded' or reason <> ''", name="discarded_for_a_reason"),
    )
