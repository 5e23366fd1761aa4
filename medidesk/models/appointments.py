"""Appointments: who comes to whom, and when."""

import datetime as dt
import enum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import Merge, Row, Rules, no_overlap, span_forward
from medidesk.models.types import Flag, Id, Instant, Text, Word

HOURS_MOST = 12
"""How long one appointment can take."""


class AppointmentState(enum.StrEnum):
    """What became of an appointment. Only one that is booked holds its time."""

    BOOKED = "booked"
    PARKED = "parked"  # on the pinboard: it is to have another time, and has none yet
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class Appointment(Row):
    """A patient's time with a member of staff, in the branch that the row belongs to."""

    # Whose time it is, and where, belongs together, and so does what became of it; a note changes none of it.
    __rules__ = Rules(
        area="appointments",
        merge=Merge(
            independent=True,
            groups=(("staff_id", "room_id", "starts_at", "ends_at", "state", "cancel_reason"),),
        ),
        fixed=frozenset({"patient_id"}),
        first=15,
    )

    patient_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("patient.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("staff.id"))
    room_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("room.id"))  # None: in no room of the list
    starts_at: Mapped[dt.datetime] = mapped_column(Instant)
    ends_at: Mapped[dt.datetime] = mapped_column(Instant)
    state: Mapped[AppointmentState] = mapped_column(
        Word(AppointmentState), server_default="booked", default=AppointmentState.BOOKED
    )
    note: Mapped[str] = mapped_column(
        Text(200), server_default="", default=""
    )  # for the desk: nothing clinical
    cancel_reason: Mapped[str] = mapped_column(Text(200), server_default="", default="")
    wants_earlier: Mapped[bool] = mapped_column(Flag, server_default=sa.false(), default=False)
    series_id: Mapped[UUID | None] = mapped_column(Id, index=True)  # those that were booked as one series

    __table_args__ = (
        span_forward(),
        # Nobody sees two patients at one time.
        no_overlap("appointment_one_place", "staff_id", where="deleted_at is null and state = 'booked'"),
        # Nor are two patients seen in one room.
        no_overlap(
            "appointment_one_room",
            "room_id",
            where="deleted_at is null and state = 'booked' and room_id is not null",
        ),
        sa.CheckConstraint(f"ends_at <= starts_at + interval '{HOURS_MOST} hours'", name="hours_most").ddl_if(
            dialect="postgresql"
        ),
        sa.CheckConstraint("state <> 'cancelled' or cancel_reason <> ''", name="cancelled_with_reason"),
        sa.Index("appointment_staff_times_idx", "staff_id", "starts_at"),
        sa.Index("appointment_room_times_idx", "room_id", "starts_at"),
        sa.Index("appointment_times_idx", "org_id", "starts_at"),
    )
