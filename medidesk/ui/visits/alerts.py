"""Who waits longer than the clinic's limit is told once at every desk that they wait for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from uuid import UUID

from medidesk.models.visits import VisitState
from medidesk.repositories.visits import VisitRow
from medidesk.ui import visit_words as words
from medidesk.ui.page import Desk
from medidesk.words import counted, tr

_ONE_BY_ONE = 2


class LongWaits:
    """Of one desk.

    Args:
        desk: where it is told.
        person: who is signed in, where they see patients: only their own and whoever's concern them.
        show: shows a visit in the queue.
    """

    def __init__(self, desk: Desk, person: UUID | None, show: Callable[[UUID], None]) -> None:
        self._desk, self._person, self._show = desk, person, show
        self._told: set[UUID] = set()
        self._first = True

    def look(self, rows: Iterable[VisitRow], limit: int) -> None:
        """Tell of those who have come past the limit since the last time.

        Args:
            rows: of the day.
            limit: in minutes.
        """
        now = dt.datetime.now(dt.UTC)
        late = [
            row
            for row in rows
            if row.state is VisitState.WAITING
            and row.minutes_waited(now) >= limit
            and row.concerns(self._person)
        ]
        fresh = [row for row in late if row.id not in self._told]
        self._told.update(row.id for row in fresh)
        if self._first or len(fresh) > _ONE_BY_ONE:
            # Whoever sits down sees them in the list; a row of toasts would be read by nobody.
            if fresh:
                said = counted(len(late), "{count} waits too long", "{count} wait too long")
                self._desk.toast(
                    said, tr("Longer than {time}", time=words.waited(limit)),
                    tone="warning", icon="clock-alert", verb=tr("Show"), act=partial(self._show, fresh[0].id),
                )  # fmt: skip
        else:
            for row in fresh:
                self._desk.toast(
                    tr("{name} has waited {time}", name=row.name, time=words.waited(row.minutes_waited(now))),
                    f"{row.ticket_no} · {words.whom(row)}",
                    tone="warning", icon="clock-alert", verb=tr("Show"), act=partial(self._show, row.id),
                )  # fmt: skip
        self._first = False
