"""Bills on a replica of a test's own, as the server sends them: invoices with lines, payments, refunds."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from medidesk.models.access import UserAccount
from medidesk.models.billing import (
    CashierSession,
    Charge,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    Payment,
    Refund,
    RefundState,
    Way,
)
from medidesk.models.directory import Organisation, OrganisationKind, Staff, StaffKind
from medidesk.models.services import Service, ServiceKind
from medidesk.models.types import new_id
from medidesk.repositories.billing import line_sums
from tests.support.replica_clinic import ReplicaClinic

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
BRANCH = "Harbour Street Clinic"


@dataclass(frozen=True)
class Line:
    """A line of an invoice."""

    text: str = "Consultation"
    price: str = "30"
    quantity: str = "1"
    discount: str = "0"
    tax: str = "0"
    copay: str | None = None
    service: UUID | None = None


@dataclass
class Books:
    """The books of one branch."""

    desk: ReplicaClinic
    currency: str = "EUR"
    _numbers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, desk: ReplicaClinic, currency: str = "EUR", name: str = BRANCH) -> Self:
        """A branch of a network, in Lisbon, without anything billed."""
        network = new_id()
        desk.put(
            Organisation,
            {"id": network, "org_id": network, "kind": OrganisationKind.NETWORK, "name": "Quay Health"},
            {
                "id": desk.org_id, "org_id": desk.org_id, "kind": OrganisationKind.CLINIC, "parent_id": network,
                "name": name, "timezone": "Europe/Lisbon", "currency": currency,
            },
        )  # fmt: skip
        return cls(desk, currency)

    def person(self, given: str, family: str) -> UUID:
        """The account of somebody who works here."""
        staff = {"kind": StaffKind.OTHER, "given_name": given, "family_name": family}
        (staff_id,) = self.desk.put(Staff, staff)
        return self.desk.put(UserAccount, {"login": given.lower(), "staff_id": staff_id})[0]

    def service(self, name: str) -> UUID:
        """Something that is charged for."""
        service = {"code": name[:8].upper(), "name": name, "kind": ServiceKind.OTHER}
        return self.desk.put(Service, service)[0]

    def invoice(
        self, patient: UUID, *lines: Line, at: dt.datetime = NOON, credits_id: UUID | None = None, **more: Any
    ) -> UUID:
        """An invoice that was issued; a credit note where it takes one back."""
        sums = [
            line_sums(
                Decimal(one.quantity), Decimal(one.price), self.currency, discount=Decimal(one.discount),
                tax_percent=Decimal(one.tax), copay_percent=None if one.copay is None else Decimal(one.copay),
            )
            for one in lines
        ]  # fmt: skip
        kind = InvoiceKind.INVOICE if credits_id is None else InvoiceKind.CREDIT_NOTE
        (made,) = self.desk.put(
            Invoice,
            {
                "patient_id": patient, "kind": kind, "credits_id": credits_id, "state": InvoiceState.ISSUED,
                "number": self._number("I26" if credits_id is None else "C26"), "issued_at": at,
                "lines": len(lines), "total": sum((one.total for one in sums), Decimal(0)),
                "covered": sum((one.covered for one in sums), Decimal(0)),
                "reason": "" if credits_id is None else "Charged by mistake",
            } | more,
        )  # fmt: skip
        for position, (one, sum_) in enumerate(zip(lines, sums, strict=True), start=1):
            self.desk.put(
                InvoiceLine,
                {
                    "invoice_id": made, "position": position, "text": one.text, "quantity": Decimal(one.quantity),
                    "unit_price": Decimal(one.price), "discount": Decimal(one.discount),
                    "tax_percent": Decimal(one.tax), "net": sum_.net, "tax": sum_.tax, "total": sum_.total,
                    "covered": sum_.covered, "charge_id": self._charge(patient, one, at),
                },
            )  # fmt: skip
        return made

    def drawer(self, cashier: UUID, opening: str = "100", **more: Any) -> UUID:
        """A drawer that was opened."""
        values = {
            "cashier_id": cashier, "drawer": "Reception 2", "opened_at": NOON, "opening_float": Decimal(opening),
        }  # fmt: skip
        return self.desk.put(CashierSession, values | more)[0]

    def receipt(
        self,
        patient: UUID,
        invoice: UUID | None,
        *parts: tuple[Way, str],
        at: dt.datetime = NOON,
        **more: Any,
    ) -> UUID:
        """Money that was taken at one time; returns the receipt's id."""
        receipt, number = new_id(), self._number("R26")
        for way, amount in parts:
            self.desk.put(
                Payment,
                {
                    "patient_id": patient, "invoice_id": invoice, "receipt_id": receipt, "receipt_no": number,
                    "way": way, "amount": Decimal(amount), "taken_at": at,
                } | more,
            )  # fmt: skip
        return receipt

    def refund(self, payment: UUID, amount: str, at: dt.datetime = NOON, **more: Any) -> UUID:
        """Money that was given back."""
        values = {
            "payment_id": payment, "amount": Decimal(amount), "reason": "Did not come",
            "state": RefundState.PAID, "paid_at": at, "number": self._number("F26"),
        }  # fmt: skip
        return self.desk.put(Refund, values | more)[0]

    def _charge(self, patient: UUID, line: Line, at: dt.datetime) -> UUID:
        charge = {
            "patient_id": patient, "service_id": line.service or new_id(), "text": line.text,
            "quantity": Decimal(line.quantity), "unit_price": Decimal(line.price),
            "tax_percent": Decimal(line.tax), "charged_at": at,
        }  # fmt: skip
        return self.desk.put(Charge, charge)[0]

    def _number(self, prefix: str) -> str:
        self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
        return f"{prefix}-{self._numbers[prefix]:05}"


def many(count: int) -> Sequence[Line]:
    """So many lines, each told from the others."""
    return [Line(f"Dressing {at}", "12.50", tax="23") for at in range(1, count + 1)]
