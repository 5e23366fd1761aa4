"""Visits: who is here, since when, and what became of it."""

import datetime as dt
import enum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import Merge, Row, Rules
from medidesk.models.types import Id, Instant, Text, Word

NOT_DELETED = sa.text("deleted_at is null")


class VisitKind(enum.StrEnum):
    """The class of an encounter, as in FHIR's `Encounter.class`: ambulatory, emergency, inpatient."""

    OUTPATIENT = "outpatient"
    EMERGENCY = "emergency"
    INPATIENT = "inpatient"


class VisitState(enum.StrEnum):
    """How far a visit has come."""

    WAITING = "waiting"
    IN_ROOM = "in_room"
    COMPLETED = "completed"
    LEFT = "left"  # without having been seen


class Priority(enum.StrEnum):
    """Whether somebody is called before the others."""

    NORMAL = "normal"
    URGENT = "urgent"


class Visit(Row):
    """A patient's stay, from their arrival on. That they came has happened: a visit is a fact.

    The ticket is given by the server, per branch, day and counter: A with an appointment, W without one, E in an
    emergency. A provisional one, given without the server, is on paper and stays valid.
    """

    __rules__ = Rules(
        area="appointments",
        merge=Merge(
            independent=True,
            groups=(("state", "called_at", "in_room_at", "ended_at", "left_reason"),),
        ),
        computed=frozenset({"ticket"}),
        fixed=frozenset({"patient_id", "appointment_id", "arrived_at", "provisional_no"}),
        first=16,
    )

    patient_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("patient.id"), index=True)
    appointment_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("appointment.id"))
    staff_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("staff.id"))  # None: whoever is free
    kind: Mapped[VisitKind] = mapped_column(
        Word(VisitKind), server_default="outpatient", default=VisitKind.OUTPATIENT
    )
    priority: Mapped[Priority] = mapped_column(
        Word(Priority), server_default="normal", default=Priority.NORMAL
    )
    note: Mapped[str] = mapped_column(
        Text(200), server_default="", default=""
    )  # for the desk: nothing clinical
    ticket: Mapped[str | None] = mapped_column(Text(20))
    provisional_no: Mapped[str | None] = mapped_column(Text(20))
    state: Mapped[VisitState] = mapped_column(
        Word(VisitState), server_default="waiting", default=VisitState.WAITING
    )
    arrived_at: Mapped[dt.datetime] = mapped_column(Instant)
    called_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    in_room_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    ended_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    left_reason: Mapped[str] = mapped_column(Text(200), server_default="", default="")

    __table_args__ = (
        # Who has an appointment arrives once.
        sa.Index("visit_appointment_once", "appointment_id", unique=True, postgresql_where=NOT_DELETED),
        sa.CheckConstraint(
            "(state in ('completed', 'left')) = (ended_at is not null)", name="ended_when_it_ended"
        ),
        sa.CheckConstraint("state <> 'in_room' or in_room_at is not null", name="in_room_since"),
        sa.Index("visit_arrived_idx", "org_id", "arrived_at"),
    )
