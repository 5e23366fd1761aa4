"""Claims: what an insurer is asked to pay of an invoice, and what becomes of it."""

import datetime as dt
import enum
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import Row
from medidesk.models.billing import NOT_DELETED, billing
from medidesk.models.money import amount as money
from medidesk.models.types import Id, Instant, Text, Whole, Word


class ClaimState(enum.StrEnum):
    """How far a claim has come. What was accepted follows from its lines, what was paid from payments."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ANSWERED = "answered"
    RECONCILED = "reconciled"  # nothing is expected of the insurer any more
    WITHDRAWN = "withdrawn"


class InsuranceClaim(Row):
    """The insurer's part of one invoice, line by line. Its number is the invoice's.

    Attributes:
        claimed, accepted: what its lines add up to; the database holds it to that.
        to_patient: of what the insurer did not pay, what the patient pays after all.
        written_off: of the same, what nobody pays.
    """

    __rules__ = billing("billing", "patient_id", "invoice_id", "insurer_id", "policy_no", "claimed", "lines")

    patient_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("patient.id"), index=True)
    invoice_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("invoice.id"), index=True)
    insurer_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("insurer.id"), index=True)
    policy_no: Mapped[str] = mapped_column(Text(60))
    state: Mapped[ClaimState] = mapped_column(
        Word(ClaimState), server_default="draft", default=ClaimState.DRAFT
    )
    authorisation: Mapped[str] = mapped_column(Text(60), server_default="", default="")
    note: Mapped[str] = mapped_column(Text(200), server_default="", default="")  # printed
    lines: Mapped[int] = mapped_column(Whole, server_default="0", default=0)
    claimed: Mapped[Decimal] = mapped_column(money(), server_default="0", default=Decimal(0))
    submitted_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    insurer_ref: Mapped[str] = mapped_column(Text(60), server_default="", default="")
    answered_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text(200), server_default="", default="")
    accepted: Mapped[Decimal | None] = mapped_column(money())
    ended_at: Mapped[dt.datetime | None] = mapped_column(Instant)  # reconciled, or withdrawn
    end_note: Mapped[str] = mapped_column(Text(200), server_default="", default="")
    to_patient: Mapped[Decimal] = mapped_column(money(), server_default="0", default=Decimal(0))
    written_off: Mapped[Decimal] = mapped_column(money(), server_default="0", default=Decimal(0))

    __table_args__ = (
        sa.CheckConstraint("policy_no <> ''", name="policy_no_given"),
        sa.CheckConstraint("state in ('draft', 'withdrawn') or lines > 0", name="claims_something"),
        sa.CheckConstraint("accepted between 0 and claimed", name="accepted_within"),
        sa.CheckConstraint(
            "claimed >= 0 and lines >= 0 and to_patient >= 0 and written_off >= 0", name="not_negative"
        ),
        sa.CheckConstraint(
            "state in ('draft', 'withdrawn') or submitted_at is not null", name="submitted_when_submitted"
        ),
        sa.CheckConstraint(
            "(answered_at is null) = (accepted is null) and (state <> 'answered' or accepted is not null)",
            name="answered_when_answered",
        ),
        sa.CheckConstraint(
            "state not in ('draft', 'submitted') or accepted is null", name="accepted_when_answered"
        ),
        sa.CheckConstraint(
            "(state in ('reconciled', 'withdrawn')) = (ended_at is not null)", name="ended_when_ended"
        ),
        sa.CheckConstraint(
            "state = 'reconciled' or to_patient = 0 and written_off = 0", name="shared_out_at_the_end"
        ),
        sa.CheckConstraint("state <> 'withdrawn' or end_note <> ''", name="withdrawn_with_reason"),
        sa.CheckConstraint("written_off = 0 or end_note <> ''", name="written_off_with_reason"),
        # An invoice is claimed once.
        sa.Index(
            "insurance_claim_live_once",
            "invoice_id",
            unique=True,
            postgresql_where=sa.text("deleted_at is null and state <> 'withdrawn'"),
        ),
    )


class ClaimLine(Row):
    """A line of the invoice on a claim.

    Attributes:
        claimed: the insurer's part of it when the claim was made.
        accepted: what they pay of it; None before they have answered.
        refusal: why not the rest, in their words.
    """

    __rules__ = billing("billing", "claim_id", "invoice_line_id", "position", "claimed")

    claim_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("insurance_claim.id"), index=True)
    invoice_line_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("invoice_line.id"), index=True)
    position: Mapped[int] = mapped_column(Whole)
    claimed: Mapped[Decimal] = mapped_column(money())
    accepted: Mapped[Decimal | None] = mapped_column(money())
    refusal: Mapped[str] = mapped_column(Text(120), server_default="", default="")

    __table_args__ = (
        sa.CheckConstraint("claimed > 0", name="claimed_positive"),
        sa.CheckConstraint("accepted between 0 and claimed", name="accepted_within"),
        sa.Index("claim_line_once", "claim_id", "invoice_line_id", unique=True, postgresql_where=NOT_DELETED),
    )
