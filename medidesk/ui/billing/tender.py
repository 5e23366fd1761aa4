"""How a sum is paid in several ways at once: what is kept of each, the change, and what is left to pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from medidesk.errors import DomainError
from medidesk.models.billing import Way
from medidesk.models.money import Money, decimals
from medidesk.repositories import amounts
from medidesk.repositories.billing import CreditRow, Part
from medidesk.words import tr

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the fields of one way: of cash, what was handed over."""

    way: Way
    amount: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What it comes to.

    Attributes:
        parts: as the verbs take them.
        kept: what is taken in all.
        change: what is given back of the cash.
        left: what stays to be paid.
    """

    parts: tuple[Part, ...]
    kept: Decimal
    change: Decimal
    left: Decimal


def reckon(
    typed: Iterable[Typed], due: Decimal | None, currency: str, held: Sequence[CreditRow] = ()
) -> Reckoned:
    """Work it out.

    Args:
        typed: the ways.
        due: what is to be paid; None for a deposit, of which all is kept.
        currency: of the branch.
        held: what the patient has to their credit, the oldest first.

    Raises:
        DomainError: an amount cannot be read, or is more than is due; its field is the name of the way.
    """
    read = [(one, _amount(one, currency)) for one in typed]
    others = sum((amount for one, amount in read if one.way is not Way.CASH), ZERO)
    if due is not None and others > due:
        way = next(one.way for one, amount in read if one.way is not Way.CASH and amount > 0)
        raise DomainError(
            tr("Only {amount} is due.", amount=Money(due, currency)),
            tr("Nothing is given back of this."),
            field=way.value,
        )
    parts: list[Part] = []
    kept = change = ZERO
    for one, amount in read:
        takes = amount
        if one.way is Way.CASH and due is not None:
            takes = min(amount, due - others)
            change = amount - takes
        if takes <= 0:
            continue
        kept += takes
        plain = _plain(takes, currency)
        if one.way is Way.CREDIT:
            parts += _of_credit(takes, currency, held)
        elif one.way is Way.CASH:
            parts.append(Part(one.way, plain, tendered=_plain(amount, currency)))
        else:
            parts.append(Part(one.way, plain, reference=one.reference.strip()))
    return Reckoned(tuple(parts), kept, change, ZERO if due is None else due - kept)


def _of_credit(wanted: Decimal, currency: str, held: Sequence[CreditRow]) -> list[Part]:
    """The oldest credit is used up first."""
    there = sum((one.amount for one in held), ZERO)
    if wanted > there:
        raise DomainError(
            tr("To their credit is {amount}.", amount=Money(there, currency)),
            tr("Take the rest in another way."),
            field=Way.CREDIT.value,
        )
    parts = []
    for one in held:
        takes = min(one.amount, wanted)
        if takes > 0:
            parts.append(Part(Way.CREDIT, _plain(takes, currency), source_id=one.payment_id))
            wanted -= takes
    return parts


def _amount(one: Typed, currency: str) -> Decimal:
    if not one.amount.strip():
        return ZERO
    return amounts.parse_amount(one.amount, currency, field=one.way.value)


def _plain(amount: Decimal, currency: str) -> str:
    return amounts.plain(amount, decimals(currency))
