"""The columns of the queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from medidesk.repositories.visits import VisitRow
from medidesk.ui import moments
from medidesk.ui import visit_words as words
from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.table import Column
from medidesk.words import tr


def columns(limit: Callable[[], int]) -> tuple[Column, ...]:
    """What is shown of a visit.

    Args:
        limit: the minutes from which somebody has waited too long.
    """

    def now() -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def waits(row: VisitRow) -> str:
        return words.waited(row.minutes_waited(now()))

    def waits_chip(row: VisitRow) -> tuple[ChipLook, ...]:
        return (words.waited_chip(row, now(), limit()),)

    return (
        Column(tr("Ticket"), lambda row: row.ticket_no, 148, kind="figures", weight="semibold"),
        Column(
            tr("Patient"), lambda row: row.name, 220, kind="person", weight="semibold",
            secondary=words.about, grow=3,
        ),
        Column(tr("With"), words.whom, 150, secondary=lambda row: row.room, grow=2),
        Column(tr("Appointment"), _booked, 100, kind="figures", leaves=2),
        Column(tr("Arrived"), lambda row: moments.last_change(row.arrived_at), 90, kind="figures", leaves=3),
        Column(tr("Waits"), waits, 110, kind="chips", chips=waits_chip),
        Column(tr("State"), _state, 180, kind="chips", chips=_state_chips),
        Column(tr("Note"), lambda row: row.note, 160, leaves=1, grow=2),
    )  # fmt: skip


def _booked(row: VisitRow) -> str:
    return "" if row.booked_for is None else moments.clock(row.booked_for)


def _state(row: VisitRow) -> str:
    return words.state_name(row.state)


def _state_chips(row: VisitRow) -> tuple[ChipLook, ...]:
    return (words.state_chip(row), *words.urgent_chips(row))
