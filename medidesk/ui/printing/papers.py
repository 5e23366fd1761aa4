"""The papers of the reception desk: a ticket, an appointment slip, a patient's card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QImage

from medidesk.repositories import branch_clock, people
from medidesk.repositories.appointments import AppointmentRow
from medidesk.repositories.patients import PatientRow
from medidesk.repositories.visits import VisitRow
from medidesk.ui import moments
from medidesk.ui.printing.document import Document, Paper
from medidesk.ui.printing.templates import filled
from medidesk.words import tr

if TYPE_CHECKING:
    from uuid import UUID

    from medidesk.station import Station

_QUIET_ZONE = 4
"""Modules of white around a QR code (ISO/IEC 18004)."""
_DOTS = 8


def ticket(station: Station, row: VisitRow) -> Document:
    """The ticket of who has arrived: its number, to whom they come and where, and since when. No name."""
    zone = station.read(branch_clock.zone_of, row.org_id)
    here = row.arrived_at.astimezone(zone)
    values = {
        "clinic": _clinic(station, row.org_id),
        "ticket": row.ticket_no,
        "whom": row.staff_name or tr("Whoever is free"),
        "room": row.room,
        "booked": "" if row.booked_for is None else f"{row.booked_for.astimezone(zone):%H:%M}",
        "arrived": f"{moments.day(here.date())} {here:%H:%M}",
    }
    return Document(
        "ticket",
        tr("Ticket {number}", number=row.ticket_no),
        filled("ticket", values, station.home),
        Paper.ROLL_80,
    )


def slip(station: Station, row: AppointmentRow) -> Document:
    """An appointment to take home: who comes to whom, where, and when by the branch's clock."""
    zone = station.read(branch_clock.zone_of, row.org_id)
    here = row.starts_at.astimezone(zone)
    values = {
        "clinic": _clinic(station, row.org_id),
        "name": row.name,
        "number": row.number,
        "whom": row.staff_name,
        "room": row.room,
        "day": moments.long_day(here.date()),
        "time": f"{here:%H:%M}",
        "minutes": str(row.minutes),
    }
    title = tr("Appointment of {name}", name=row.name)
    return Document("slip", title, filled("slip", values, station.home), Paper.ROLL_80)


def card(station: Station, row: PatientRow) -> Document:
    """A patient's card. The code on it is the file's own id: no number that is given anew makes it void."""
    values = {
        "clinic": _clinic(station, row.org_id),
        "name": row.name,
        "born": moments.born(row.born_on, estimated=row.born_estimated),
        "number": row.number,
    }
    title = tr("Card of {name}", name=row.name)
    return Document(
        "card", title, filled("card", values, station.home), Paper.CARD, {"code": qr_code(str(row.id))}
    )


def qr_code(text: str) -> QImage:
    """A text as a QR code, with its quiet zone."""
    import segno

    rows = [list(row) for row in segno.make_qr(text, error="m").matrix]
    side = len(rows) + 2 * _QUIET_ZONE
    small = QImage(side, side, QImage.Format.Format_RGB32)
    small.fill(QColor("white"))
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                small.setPixelColor(x + _QUIET_ZONE, y + _QUIET_ZONE, QColor("black"))
    return small.scaled(side * _DOTS, side * _DOTS)


def _clinic(station: Station, org_id: UUID) -> str:
    return dict(station.read(people.branches)).get(org_id, station.user.org_name)
