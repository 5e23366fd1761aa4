"""What stands on the papers of money, in words, by the names that their templates have for it.

docs/printing.md says what each of them is.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from medidesk.models.billing import InvoiceKind, InvoiceState, Way
from medidesk.models.money import Money
from medidesk.repositories.billing import (
    BillPaper,
    DrawerPaper,
    DrawerRow,
    Entry,
    Issuer,
    LineRow,
    ReceiptPaper,
    Statement,
)
from medidesk.repositories.labels import shown
from medidesk.ui import moments
from medidesk.words import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medidesk.ui.printing.templates import Values

_NBSP, _LESS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"


def of_bill(paper: BillPaper, *, copy: bool) -> Values:
    """An invoice or a credit note."""
    bill, said = paper.bill, Amounts(paper.issuer.currency)
    return {
        **head(paper.issuer, copy=copy),
        "title": bill_title(paper),
        "number": bill.number or bill.provisional_no or "",
        "provisional": provisional(bill.number, bill.provisional_no),
        "dated": moment_words(bill.issued_at, paper.issuer.zone),
        "name": bill.name,
        "file_no": bill.file_no,
        "born": moments.born(bill.born_on, estimated=bill.born_estimated),
        "by": paper.issued_by,
        "credits": [{"credited": bill.credits_number, "reason": bill.reason}] if bill.credits_id else [],
        "note": [{"text": bill.note}] if bill.note else [],
        **_sums(paper, said, paper.moved_at),
        "payments": [] if bill.kind is InvoiceKind.CREDIT_NOTE else _settled(paper, said),
        "due": said.with_currency(max(Decimal(0), bill.due)),
        "owed": [{}] if bill.kind is InvoiceKind.INVOICE and bill.state is InvoiceState.ISSUED else [],
    }


def bill_title(paper: BillPaper) -> str:
    """What kind of paper it is."""
    if paper.bill.state is InvoiceState.DRAFT:
        return tr("Draft of an invoice")
    return tr("Credit note") if paper.bill.kind is InvoiceKind.CREDIT_NOTE else tr("Invoice")


def of_receipt(paper: ReceiptPaper, *, copy: bool) -> Values:
    """A receipt."""
    first, said = paper.payments[0], Amounts(paper.issuer.currency)
    of = paper.of
    moved = None if of is None or of.moved_at is None or of.moved_at > first.taken_at else of.moved_at
    bill: Values = {} if of is None else {"invoice": of.bill.numbered, **_sums(of, said, moved)}
    return {
        **head(paper.issuer, copy=copy),
        "number": first.receipt_no or first.provisional_no or "",
        "provisional": provisional(first.receipt_no, first.provisional_no),
        "dated": moment_words(first.taken_at, paper.issuer.zone),
        "name": first.name,
        "file_no": first.file_no,
        "by": paper.taken_by,
        "bill": [] if of is None else [bill],
        "coded": [] if of is None else [{}],
        "deposit": [{}] if of is None else [],
        "payments": [
            {"way": shown(one.way), "amount": said.plain(one.amount), "reference": one.reference}
            for one in paper.payments
        ],
        "paid": said.with_currency(paper.amount),
        "cash": [
            {"tendered": said.plain(one.tendered), "change": said.plain(one.tendered - one.amount)}
            for one in paper.payments
            if one.tendered is not None
        ],
        "owed": [] if of is None else [{"due": said.with_currency(paper.due)}],
    }


def of_statement(statement: Statement, now: dt.datetime) -> Values:
    """A patient's account."""
    said, zone = Amounts(statement.issuer.currency), statement.issuer.zone
    return {
        **head(statement.issuer, copy=False),
        "name": statement.patient.name,
        "file_no": statement.patient.number,
        "born": moments.born(statement.patient.born_on, estimated=statement.patient.born_estimated),
        "since": moments.day(statement.since),
        "dated": moment_words(now, zone),
        "brought": said.plain(statement.brought),
        "lines": [
            {
                "day": day_words(one.at, zone),
                "text": _entry(one.kind, one.way),
                "number": one.number,
                "about": [{"of": one.of}] if one.of else [],
                "owed": said.plain(one.amount) if one.amount >= 0 else "",
                "paid": said.plain(-one.amount) if one.amount < 0 else "",
                "balance": said.plain(one.balance),
            }
            for one in statement.lines
        ],
        "balance_words": tr("To their credit") if statement.balance < 0 else tr("To be paid"),
        "balance": said.with_currency(abs(statement.balance)),
    }


def of_drawer(paper: DrawerPaper, now: dt.datetime, *, copy: bool) -> Values:
    """The close of a drawer, or how it stands while it is open."""
    row, said, zone = paper.drawer, Amounts(paper.issuer.currency), paper.issuer.zone
    taken, back = dict(row.taken), dict(row.returned)
    closed = row.counted is not None
    return {
        **head(paper.issuer, copy=copy and closed),
        "title": tr("Close of a drawer") if closed else tr("Drawer, still open"),
        "cashier": paper.cashier,
        "drawer": row.drawer,
        "opened": moment_words(row.opened_at, zone),
        "closed": moment_words(row.closed_at, zone) or "—",
        "dated": moment_words(now, zone),
        "ways": [
            {
                "way": shown(way),
                "taken": said.plain(taken.get(way, Decimal(0))),
                "returned": said.plain(back.get(way, Decimal(0))),
                "net": said.plain(row.net(way)),
            }
            for way in Way
            if way in taken or way in back
        ],
        "float": said.plain(row.opening_float),
        "cash_taken": said.plain(taken.get(Way.CASH, Decimal(0))),
        "cash_returned": said.plain(-back.get(Way.CASH, Decimal(0))),
        "holds": said.with_currency(row.holds),
        "counts": _counted(row, said),
        "note": [{"text": row.note}] if row.note else [],
        "followed": [{"by": paper.followed_by}] if paper.followed_by else [],
    }


class Amounts:
    """Amounts of one currency in words."""

    def __init__(self, currency: str) -> None:
        self._currency = currency

    def plain(self, amount: Decimal) -> str:
        """Among others of its currency: "1,234.50"."""
        return f"{Money(amount, self._currency).rounded().amount:,f}".replace("-", _LESS)

    def with_currency(self, amount: Decimal) -> str:
        """By itself: "1,234.50 EUR", never parted between two lines."""
        return f"{self.plain(amount)}{_NBSP}{self._currency}"

    def signed(self, amount: Decimal) -> str:
        """A difference: "+2.00 EUR"."""
        return f"{'+' if amount > 0 else ''}{self.with_currency(amount)}"


def head(of: Issuer, *, copy: bool) -> dict[str, str | Sequence[Values]]:
    """Who issues a paper, and whether it is a copy."""
    return {
        "clinic": of.clinic or of.branch,
        "branch": of.branch if of.clinic else "",
        "currency": of.currency,
        "copy": [{}] if copy else [],
    }


def provisional(number: str | None, given: str | None) -> Sequence[Values]:
    """A number given without the server: alone it is told as such, beside the other that it was printed with it."""
    if not given:
        return []
    words = tr("Printed before with the provisional number {number}", number=given)
    return [{"text": words if number else tr("This number is provisional: it was given without the server.")}]


def _sums(paper: BillPaper, said: Amounts, moved_at: dt.datetime | None) -> dict[str, str | Sequence[Values]]:
    """Its lines, and what they come to; what the insurer did not pay, where that was known then."""
    bill = paper.bill
    moved: list[Values] = [
        {"day": day_words(moved_at, paper.issuer.zone), "refused": said.plain(bill.moved)}
        for _ in range(moved_at is not None and bill.moved > 0)
    ]
    taxed = [one for one in paper.taxes if one.percent]
    return {
        "lines": [_line(one, said) for one in paper.lines],
        "taxed": [{"net": said.plain(sum((one.net for one in paper.lines), Decimal(0)))}] if taxed else [],
        "taxes": [
            {"percent": _percent(one.percent), "net": said.plain(one.net), "tax": said.plain(one.tax)}
            for one in taxed
        ],
        "total": said.with_currency(bill.total),
        "insured": [
            {
                "insurer": _insurer(paper),
                "covered": said.plain(-bill.covered),
                "own": said.with_currency(bill.total - bill.covered),
                "moved": moved,
            }
        ]
        if bill.covered
        else [],
    }


def _insurer(paper: BillPaper) -> str:
    if not paper.insurer:
        return tr("Insurer")
    if not paper.policy_no:
        return paper.insurer
    return tr("{insurer}, policy {number}", insurer=paper.insurer, number=paper.policy_no)


def _line(row: LineRow, said: Amounts) -> Values:
    return {
        "text": row.text,
        "quantity": f"{row.quantity.normalize():f}",
        "price": said.plain(row.unit_price),
        "discount": said.plain(row.discount) if row.discount else "",
        "discounts": [{}] if row.discount else [],
        "tax": _percent(row.tax_percent) if row.tax_percent else "",
        "net": said.plain(row.net),
        "total": said.plain(row.total),
    }


def _settled(paper: BillPaper, said: Amounts) -> Sequence[Values]:
    """What was taken back of an invoice, what was taken for it, and what was given back of that."""
    zone = paper.issuer.zone
    taken: list[Values] = [
        {
            "day": day_words(one.taken_at, zone),
            "way": shown(one.way),
            "number": one.numbered,
            "amount": said.plain(-one.amount),
        }
        for one in paper.payments
    ]
    back: list[Values] = [
        {
            "day": day_words(one.paid_at, zone),
            "way": tr("Given back, {way}", way=shown(one.way)),
            "number": one.number or one.receipt_no,
            "amount": said.plain(one.amount),
        }
        for one in paper.given_back
    ]
    credited: list[Values] = [
        {
            "day": day_words(one.issued_at, zone),
            "way": tr("Credit note"),
            "number": one.numbered,
            "amount": said.plain(one.covered - one.total),
        }
        for one in paper.credit_notes
    ]
    if paper.bill.doubled:
        words, less = tr("Billed before on another invoice"), said.plain(-paper.bill.doubled)
        credited.append({"day": "", "way": words, "number": "", "amount": less})
    return credited + taken + back


def _counted(row: DrawerRow, said: Amounts) -> Sequence[Values]:
    if row.counted is None or row.difference is None:
        return []
    return [{"counted": said.with_currency(row.counted), "difference": said.signed(row.difference)}]


def _entry(kind: Entry, way: Way | None) -> str:
    words = {
        Entry.INVOICE: tr("Invoice"),
        Entry.REFUSED: tr("Not paid by the insurer"),
        Entry.CREDIT_NOTE: tr("Credit note"),
        Entry.PAYMENT: tr("Payment"),
        Entry.REFUND: tr("Given back"),
    }[kind]
    return words if way is None else f"{words}, {shown(way)}"


def _percent(percent: Decimal) -> str:
    return f"{percent.normalize():f}{_NBSP}%"


def day_words(moment: dt.datetime | None, zone: dt.tzinfo) -> str:
    """The day of a moment by a branch's clock; "" for none."""
    return "" if moment is None else moments.day(moment.astimezone(zone).date())


def moment_words(moment: dt.datetime | None, zone: dt.tzinfo) -> str:
    """A moment by a branch's clock; "" for none."""
    if moment is None:
        return ""
    here = moment.astimezone(zone)
    return f"{moments.day(here.date())} {here:%H:%M}"
