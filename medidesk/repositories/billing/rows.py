"""What the queries about bills and money return: frozen rows that any thread may keep."""

import datetime as dt
import enum
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from medidesk.models.billing import InvoiceKind, InvoiceState, RefundState, Way
from medidesk.repositories.billing.sums import ZERO, LineSums, line_sums, part
from medidesk.repositories.patients.joined import OfFile


@dataclass(frozen=True, slots=True)
class ChargeRow(OfFile):
    """A charge; fields as in `models.billing.Charge`.

    Attributes:
        discount, discount_reason, discount_id: what was taken off before tax; 0, "" and None for nothing.
        code: of the service.
    """

    id: UUID
    org_id: UUID
    patient_id: UUID
    visit_id: UUID | None
    service_id: UUID
    text: str
    quantity: Decimal
    unit_price: Decimal
    tax_percent: Decimal
    charged_at: dt.datetime
    withdrawn_at: dt.datetime | None
    withdrawn_reason: str
    version: int
    updated_by: UUID | None
    code: str
    discount_id: UUID | None
    discount: Decimal
    discount_reason: str
    currency: str

    def sums(self, copay_percent: Decimal | None = None) -> LineSums:
        """What it comes to, for who pays this part of it themselves."""
        return line_sums(
            self.quantity,
            self.unit_price,
            self.currency,
            discount=self.discount,
            tax_percent=self.tax_percent,
            copay_percent=copay_percent,
        )


class Standing(enum.StrEnum):
    """How far an invoice has come."""

    DRAFT = "draft"
    ISSUED = "issued"
    PART_PAID = "part_paid"
    PAID = "paid"
    OVERPAID = "overpaid"  # the rest stays to the patient's credit
    CREDITED = "credited"  # taken back whole


@dataclass(frozen=True, slots=True)
class InvoiceRow(OfFile):
    """An invoice or a credit note; fields as in `models.billing.Invoice`.

    Attributes:
        credited: the patient's part of what credit notes have taken back.
        doubled: the patient's part of lines that another invoice had billed before (an outage).
        paid: what was taken for it of the patient, less what was given back or used for something else.
        credits_number: the number of the invoice that a credit note takes back.
        insured: the insurer's part, less what was taken back of it or had been billed before.
        moved: what the insurer did not pay of it, and the patient pays after all.
        written_off: what nobody pays of it.
        insurer_paid: what the insurer has paid, less what was given back.
    """

    id: UUID
    org_id: UUID
    patient_id: UUID
    kind: InvoiceKind
    credits_id: UUID | None
    policy_id: UUID | None
    state: InvoiceState
    number: str | None
    provisional_no: str | None
    issued_at: dt.datetime | None
    lines: int
    total: Decimal
    covered: Decimal
    note: str
    reason: str
    version: int
    created_at: dt.datetime
    created_by: UUID | None
    currency: str
    credits_number: str
    doubled: Decimal
    credited: Decimal
    paid: Decimal
    insured: Decimal
    moved: Decimal
    written_off: Decimal
    insurer_paid: Decimal

    @property
    def numbered(self) -> str:
        """What stands on the paper: a number given without the server is out, and stays beside the other."""
        return _numbered(self.number, self.provisional_no)

    @property
    def own(self) -> Decimal:
        """The patient's part of what is owed: what the insurer does not cover or pay, less what was taken back."""
        return self.total - self.covered - self.doubled - self.credited + self.moved

    @property
    def due(self) -> Decimal:
        """What the patient still has to pay; below zero where they have paid too much."""
        return self.own - self.paid

    @property
    def insurer_due(self) -> Decimal:
        """What the insurer still has to pay; below zero where they have paid too much."""
        return max(self.insured - self.moved - self.written_off, ZERO) - self.insurer_paid

    @property
    def standing(self) -> Standing:
        """How far it has come."""
        if self.state is InvoiceState.DRAFT:
            return Standing.DRAFT
        if self.due < 0:
            return Standing.OVERPAID
        if self.own <= 0 and self.credited + self.doubled > 0:
            return Standing.CREDITED
        if self.due == 0:
            return Standing.PAID
        return Standing.PART_PAID if self.paid > 0 else Standing.ISSUED


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of an invoice; fields as in `models.billing.InvoiceLine`.

    Attributes:
        credited, credited_net, credited_covered: what was taken back of its total, its net and the insurer's part.
    """

    id: UUID
    invoice_id: UUID
    charge_id: UUID | None
    credits_line_id: UUID | None
    position: int
    text: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    tax_percent: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal
    covered: Decimal
    doubled: bool
    released: bool
    credited: Decimal
    credited_net: Decimal
    credited_covered: Decimal

    @property
    def left(self) -> LineSums:
        """What has not been taken back of it."""
        net, total = self.net - self.credited_net, self.total - self.credited
        return LineSums(net, total - net, total, self.covered - self.credited_covered)

    @property
    def claimable(self) -> Decimal:
        """The insurer's part of what is owed of it."""
        return ZERO if self.doubled else self.left.covered

    @property
    def sums(self) -> LineSums:
        """Its amounts."""
        return LineSums(self.net, self.tax, self.total, self.covered)

    def next_part(self, total: Decimal, currency: str) -> LineSums:
        """What a credit note of this total takes back of it, after those that there are."""
        whole = part(self.sums, self.credited + total, currency)
        net = whole.net - self.credited_net
        return LineSums(net, total - net, total, whole.covered - self.credited_covered)


@dataclass(frozen=True, slots=True)
class PaymentRow(OfFile):
    """A payment; fields as in `models.billing.Payment`.

    Attributes:
        refunded: what was given back of it; `asked`: what is to be.
        drawn: what of it was used for something else; of credit, what went back to the payment that it came from.
        invoice_number: of what it was taken for; "" for a deposit.
    """

    id: UUID
    org_id: UUID
    patient_id: UUID
    invoice_id: UUID | None
    session_id: UUID | None
    receipt_id: UUID
    receipt_no: str | None
    provisional_no: str | None
    way: Way
    amount: Decimal
    tendered: Decimal | None
    source_id: UUID | None
    reference: str
    taken_at: dt.datetime
    created_by: UUID | None
    currency: str
    invoice_number: str
    refunded: Decimal
    asked: Decimal
    drawn: Decimal

    @property
    def numbered(self) -> str:
        """The same of the receipt."""
        return _numbered(self.receipt_no, self.provisional_no)

    @property
    def left(self) -> Decimal:
        """What can still be given back or used."""
        return self.amount - self.refunded - self.asked - self.drawn


@dataclass(frozen=True, slots=True)
class RefundRow(OfFile):
    """Money that is given back; fields as in `models.billing.Refund`, and of its payment."""

    id: UUID
    org_id: UUID
    payment_id: UUID
    amount: Decimal
    reason: str
    state: RefundState
    session_id: UUID | None
    number: str | None
    paid_at: dt.datetime | None
    created_at: dt.datetime
    created_by: UUID | None
    way: Way
    receipt_no: str
    patient_id: UUID
    invoice_id: UUID | None
    currency: str


@dataclass(frozen=True, slots=True)
class CreditRow:
    """What a patient has to their credit: of a deposit, or of an invoice that was paid too much."""

    payment_id: UUID
    amount: Decimal
    currency: str
    invoice_number: str
    receipt_no: str
    taken_at: dt.datetime


@dataclass(frozen=True, slots=True)
class DrawerRow:
    """Somebody's time at a drawer; fields as in `models.billing.CashierSession`.

    Attributes:
        taken, returned: by way, what was taken and what was given back.
        follower_id: the session that it was handed over to.
    """

    id: UUID
    org_id: UUID
    cashier_id: UUID
    drawer: str
    opened_at: dt.datetime
    opening_float: Decimal
    follows_id: UUID | None
    closed_at: dt.datetime | None
    counted: Decimal | None
    expected: Decimal | None
    note: str
    version: int
    currency: str
    taken: tuple[tuple[Way, Decimal], ...]
    returned: tuple[tuple[Way, Decimal], ...]
    follower_id: UUID | None

    @property
    def holds(self) -> Decimal:
        """The cash that should be in it."""
        return self.opening_float + dict(self.taken).get(Way.CASH, ZERO) - self._back(Way.CASH)

    @property
    def difference(self) -> Decimal | None:
        """What was counted beyond what should have been there; None while it is open.

        It counts what has come in since it was closed, too: what another station had taken without the server.
        """
        return None if self.counted is None else self.counted - self.holds

    def net(self, way: Way) -> Decimal:
        """What was taken in one way, less what was given back."""
        return dict(self.taken).get(way, ZERO) - self._back(way)

    def _back(self, way: Way) -> Decimal:
        return dict(self.returned).get(way, ZERO)


def _numbered(number: str | None, provisional: str | None) -> str:
    return f"{number} ({provisional})" if number and provisional else number or provisional or "—"
