"""Amounts of money: exact, in one currency, rounded to that currency's smallest coin."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from medidesk.models.types import Exact

# ISO 4217, minor units; a currency that is not named has two decimals.
MINOR_UNITS = {
    "BHD": 3, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KMF": 0, "KRW": 0,
    "KWD": 3, "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0,
    "XOF": 0, "XPF": 0,
}  # fmt: skip
DEFAULT_MINOR_UNITS = 2


def amount() -> Exact:
    """The column type of an amount: four decimals hold every currency and a price per tablet."""
    return Exact(scale=4)


def decimals(currency: str) -> int:
    """How many decimals an amount of this currency has on paper."""
    return MINOR_UNITS.get(currency, DEFAULT_MINOR_UNITS)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in a currency (ISO 4217 code). Only amounts of one currency can meet."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount, float):
            msg = "money is never a float"
            raise TypeError(msg)
        if not self.amount.is_finite():
            msg = "money is a finite number"
            raise ValueError(msg)

    def rounded(self) -> "Money":
        """Rounded half up to the currency's smallest coin, as receipts are."""
        coin = Decimal(1).scaleb(-decimals(self.currency))
        return Money(self.amount.quantize(coin, ROUND_HALF_UP), self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, factor: int | Decimal) -> "Money":
        if isinstance(factor, float):
            msg = "money is never multiplied by a float"
            raise TypeError(msg)
        return Money(self.amount * factor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __str__(self) -> str:
        return f"{self.rounded().amount:,f} {self.currency}"

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            msg = f"{self.currency} and {other.currency} cannot be added or compared"
            raise ValueError(msg)
        return other.amount
