"""What lines come to: rounded to the currency's coin line by line, so that a bill is what its lines say."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from medidesk.models.money import Money

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineSums:
    """The amounts of one line.

    Attributes:
        net: before tax, the discount taken off.
        tax: on the net.
        total: both.
        covered: the insurer's part of the total.
    """

    net: Decimal
    tax: Decimal
    total: Decimal
    covered: Decimal = ZERO

    @property
    def own(self) -> Decimal:
        """The patient's part."""
        return self.total - self.covered


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the currency's smallest coin, half up."""
    return Money(amount, currency).rounded().amount


def line_sums(
    quantity: Decimal,
    unit_price: Decimal,
    currency: str,
    *,
    discount: Decimal = ZERO,
    tax_percent: Decimal = ZERO,
    copay_percent: Decimal | None = None,
) -> LineSums:
    """What a quantity at a price comes to; as `bill_line` of the server.

    Args:
        quantity, unit_price: of the charge.
        currency: ISO 4217; it says to which coin is rounded.
        discount: taken off before tax.
        tax_percent: on what is left.
        copay_percent: what the patient pays themselves where they are insured; None where they are not.
    """
    net = rounded(quantity * unit_price, currency) - discount
    tax = rounded(net * tax_percent / 100, currency)
    total = net + tax
    own = total if copay_percent is None else rounded(total * copay_percent / 100, currency)
    return LineSums(net, tax, total, total - own)


def added(sums: Iterable[LineSums]) -> LineSums:
    """The amounts of several lines together."""
    every = list(sums)
    return LineSums(
        sum((one.net for one in every), ZERO),
        sum((one.tax for one in every), ZERO),
        sum((one.total for one in every), ZERO),
        sum((one.covered for one in every), ZERO),
    )


def part(sums: LineSums, total: Decimal, currency: str) -> LineSums:
    """The part of a line that comes to this total: what credit notes have taken back of it; as `bill_line`.

    Where they take it back bit by bit, each takes this part less the part before: so that all of them add up to the
    line, whatever was rounded.
    """
    if not sums.total:
        return sums
    net = rounded(sums.net * total / sums.total, currency)
    return LineSums(net, total - net, total, rounded(sums.covered * total / sums.total, currency))
