"""The small forms beside a bill: quantity, discount, why a charge is withdrawn, credit note, refund."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from medidesk.models.billing import Charge, Discount, Invoice, Refund
from medidesk.models.money import decimals
from medidesk.models.settings import SettingName
from medidesk.repositories import amounts, billing, settings
from medidesk.repositories.billing import ChargeRow, InvoiceRow, LineRow, PaymentRow
from medidesk.repositories.verbs import Verb
from medidesk.ui import billing_words as words
from medidesk.ui.billing.refund_view import who_approves
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.entry.verb_panel import verb_panel
from medidesk.ui.kit.form import Field, Section
from medidesk.ui.page import Desk
from medidesk.ui.text_field import text_field
from medidesk.words import tr

QUANTITY, DISCOUNT, WITHDRAW = "billing/quantity/", "billing/discount/", "billing/withdraw/"
CREDIT, REFUND = "billing/credit/", "billing/refund/"


def quantity_panel(desk: Desk, charge: ChargeRow) -> EntryPanel:
    """How much of it was done."""
    price = words.money(charge.unit_price, charge.currency)
    return verb_panel(
        desk, charge.text, tr("{price} each", price=price),
        (Field("quantity", tr("Quantity"), required=True, span=2),),
        {"quantity": words.quantity(charge.quantity)}, f"{QUANTITY}{charge.id}",
        lambda typed: (billing.change_quantity, (charge.id, typed["quantity"])),
    )  # fmt: skip


def withdraw_panel(desk: Desk, charge: ChargeRow) -> EntryPanel:
    """Why a charge is taken off the bill."""
    return verb_panel(
        desk, tr("Take {text} off the bill", text=charge.text), tr("It stays on record with the reason."),
        (text_field(Charge, "reason", tr("Why"), column="withdrawn_reason", required=True, span=2),),
        {"reason": ""}, f"{WITHDRAW}{charge.id}",
        lambda typed: (billing.withdraw, (charge.id, typed["reason"])),
    )  # fmt: skip


def discount_panel(desk: Desk, charge: ChargeRow) -> EntryPanel:
    """What is taken off its price, and why; nothing takes a discount back."""
    off = amounts.plain(charge.discount, decimals(charge.currency)) if charge.discount else ""

    def run(typed: Mapping[str, str]) -> tuple[Verb, tuple[Any, ...]]:
        if charge.discount and not typed["taken_off"].strip():
            return billing.take_discount_off, (charge.id,)
        return billing.discount, (charge.id, typed["taken_off"], typed["reason"])

    said = tr("Empty: the discount is taken back") if charge.discount else tr("As in 5.00 or 10 %")
    return verb_panel(
        desk, tr("Discount on {text}", text=charge.text),
        tr("It costs {amount}.", amount=words.money(charge.quantity * charge.unit_price, charge.currency)),
        (
            Field("taken_off", tr("Taken off, before tax"), span=2, help=said),
            text_field(Discount, "reason", tr("Why"), span=2),
        ),
        {"taken_off": off, "reason": charge.discount_reason}, f"{DISCOUNT}{charge.id}", run,
    )  # fmt: skip


def credit_panel(desk: Desk, row: InvoiceRow, lines: Sequence[LineRow]) -> EntryPanel:
    """Take back an invoice: all that is left of it as the form opens, or what is typed for each line."""
    left = {str(line.id): line for line in lines if not line.doubled and line.left.total > 0}
    places = decimals(row.currency)
    whole = {key: amounts.plain(line.left.total, places) for key, line in left.items()}

    def run(typed: Mapping[str, str]) -> tuple[Verb, tuple[Any, ...]]:
        said = {key: typed[key].strip() for key in left}
        totals = None if said == whole else {UUID(key): text for key, text in said.items() if text}
        return billing.credit, (row.id, typed["reason"], totals)

    fields: list[Field | Section] = [
        text_field(Invoice, "reason", tr("Why, as it is printed"), required=True, span=2),
        Section(tr("Taken back of each line, {currency}", currency=row.currency)),
    ]
    fields += [
        Field(
            key, line.text, span=2, help=tr("of {amount}", amount=words.figure(line.left.total, row.currency))
        )
        for key, line in left.items()
    ]
    return verb_panel(
        desk, tr("Credit {number}", number=row.numbered),
        tr("What was paid for it stays to the patient's credit, until it is given back or used."),
        fields, {"reason": ""} | whole, f"{CREDIT}{row.id}", run,
    )  # fmt: skip


def refund_panel(desk: Desk, payment: PaymentRow, drawer: UUID | None, most: str) -> EntryPanel:
    """Give money back of a payment.

    Args:
        desk: where it is done.
        payment: of which.
        drawer: the open one, for cash.
        most: the amount to begin with, as it is typed.
    """
    user = desk.station.user
    limit = desk.station.read(settings.value_of, SettingName.REFUND_LIMIT, payment.org_id) or 0
    names = tuple(desk.station.read(billing.approvers, payment.org_id, user.account_id))
    bound = tr(
        "Up to {amount} you give it back at once.", amount=words.money(Decimal(limit), payment.currency)
    )
    above = tr("Above that somebody else approves it first. ") + who_approves(names)
    away = "" if desk.station.sync.state == "live" else tr(
        " The server is away: the money is handed out when it has confirmed."
    )  # fmt: skip
    way = words.way_name(payment.way)
    return verb_panel(
        desk, tr("Give back of {number}, {way}", number=payment.numbered, way=way.lower()),
        (f"{bound} {above}" if limit else tr("Somebody else approves it first. ") + who_approves(names)) + away,
        (
            Field("amount", tr("Given back, {currency}", currency=payment.currency), required=True, span=2,
                  help=tr("of {amount}", amount=words.figure(payment.left, payment.currency))),
            text_field(Refund, "reason", tr("Why"), required=True, span=2),
        ),
        {"amount": most, "reason": ""}, f"{REFUND}{payment.id}",
        lambda typed: (billing.refund, (payment.id, typed["amount"], typed["reason"], drawer)),
    )  # fmt: skip
