"""Bills and money in words and chips."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from medidesk.models.billing import InvoiceKind, RefundState, Way
from medidesk.models.money import Money
from medidesk.repositories import labels
from medidesk.repositories.billing import InvoiceRow, RefundRow, Standing
from medidesk.ui import moments
from medidesk.ui.kit.chip import ChipLook
from medidesk.words import counted, tr

WAY_ICONS = {
    Way.CASH: "banknote",
    Way.CARD: "credit-card",
    Way.MOBILE: "smartphone",
    Way.TRANSFER: "landmark",
    Way.CREDIT: "wallet",
    Way.INSURER: "shield-check",
}


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency: "1,234.50 EUR"."""
    return str(Money(amount, currency))


def figure(amount: Decimal, currency: str) -> str:
    """An amount where its currency stands elsewhere: "1,234.50"."""
    return f"{Money(amount, currency).rounded().amount:,f}".replace("-", "\N{MINUS SIGN}")


def way_name(way: Way) -> str:
    """How money changes hands, as on a button."""
    return labels.shown(way)


def ways(of: tuple[Way, ...]) -> str:
    """Several of them: "Cash, card"."""
    return ", ".join(way_name(way) if at == 0 else way_name(way).lower() for at, way in enumerate(of))


def standing_chip(row: InvoiceRow, *, large: bool = False) -> ChipLook:
    """How far an invoice is, or that it takes another one back."""
    if row.kind is InvoiceKind.CREDIT_NOTE:
        return ChipLook(tr("Credit note"), "neutral", "undo-2", large=large)
    text, tone, icon = {
        Standing.DRAFT: (tr("Draft"), "neutral", "pencil-line"),
        Standing.ISSUED: (tr("Not paid"), "warning", "wallet"),
        Standing.PART_PAID: (tr("Paid in part"), "warning", "wallet"),
        Standing.PAID: (tr("Paid"), "success", "circle-check"),
        Standing.OVERPAID: (tr("Paid too much"), "info", "hand-coins"),
        Standing.CREDITED: (tr("Credited"), "neutral", "undo-2"),
    }[row.standing]
    return ChipLook(text, tone, icon, large=large)


def refund_chip(row: RefundRow, *, large: bool = False) -> ChipLook:
    """How far a refund has come."""
    text, tone, icon = {
        RefundState.ASKED: (tr("Asked for"), "warning", "clock"),
        RefundState.APPROVED: (tr("Approved"), "info", "check"),
        RefundState.DECLINED: (tr("Declined"), "danger", "ban"),
        RefundState.PAID: (tr("Given back"), "neutral", "undo-2"),
        RefundState.WITHDRAWN: (tr("Withdrawn"), "neutral", "x"),
    }[row.state]
    return ChipLook(text, tone, icon, large=large)


def age(moment: dt.datetime) -> str:
    """How long something has been owed: "today", "1 day", "12 days"."""
    days = moments.days_since(moment)
    return tr("today") if days <= 0 else counted(days, "{count} day", "{count} days")


def quantity(of: Decimal) -> str:
    """How many, without noughts at the end: "1", "0.5"."""
    return f"{of.normalize():f}"


def charges(count: int) -> str:
    """How many."""
    return counted(count, "{count} charge", "{count} charges")
