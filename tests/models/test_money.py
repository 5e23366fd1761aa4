"""Money is exact, of one currency, and rounds to that currency's coins."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medidesk.models.money import Money, decimals

AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)


@given(AMOUNTS, AMOUNTS)
def test_what_is_added_can_be_taken_away_again(one: Decimal, other: Decimal) -> None:
    assert Money(one, "EUR") + Money(other, "EUR") - Money(other, "EUR") == Money(one, "EUR")


@given(st.lists(AMOUNTS, max_size=8))
def test_a_sum_does_not_depend_on_its_order(amounts: list[Decimal]) -> None:
    forwards = sum((Money(one, "KWD") for one in amounts), start=Money(Decimal(0), "KWD"))
    backwards = sum((Money(one, "KWD") for one in reversed(amounts)), start=Money(Decimal(0), "KWD"))
    assert forwards == backwards


@given(AMOUNTS, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_rounding_moves_by_half_a_coin_at_most(amount: Decimal, currency: str) -> None:
    rounded = Money(amount, currency).rounded()
    assert abs(rounded.amount - amount) <= Decimal(1).scaleb(-decimals(currency)) / 2
    assert rounded.rounded() == rounded


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [("2.345", "EUR", "2.35 EUR"), ("2.5", "JPY", "3 JPY"), ("1234.5675", "KWD", "1,234.568 KWD")],
)
def test_amounts_are_written_with_their_currencys_decimals(amount: str, currency: str, words: str) -> None:
    assert str(Money(Decimal(amount), currency)) == words


def test_two_currencies_never_meet() -> None:
    with pytest.raises(ValueError, match="EUR and USD"):
        Money(Decimal(1), "EUR") + Money(Decimal(1), "USD")
    with pytest.raises(ValueError, match="compared"):
        assert Money(Decimal(1), "EUR") < Money(Decimal(1), "USD")


def test_a_float_never_becomes_money() -> None:
    with pytest.raises(TypeError):
        Money(1.5, "EUR")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(Decimal(1), "EUR") * 1.5  # type: ignore[operator]
