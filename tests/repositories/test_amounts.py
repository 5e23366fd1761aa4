"""Amounts as people type them, in every way that has one meaning."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medidesk.errors import DomainError
from medidesk.models.money import decimals
from medidesk.repositories.amounts import parse_amount, parse_percent, plain


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [
        ("45", "EUR", "45"), ("12.50", "EUR", "12.50"), ("12,5", "EUR", "12.5"), (" 12,50 ", "EUR", "12.50"),
        (".50", "EUR", "0.5"), ("12.", "EUR", "12"), ("1 200", "EUR", "1200"), ("1.200,50", "EUR", "1200.50"),
        ("1,200.50", "EUR", "1200.50"), ("1.200.300", "EUR", "1200300"), ("1'200.50", "CHF", "1200.50"),
        ("1 200,5", "EUR", "1200.5"), ("0.125", "KWD", "0.125"), ("1.125", "KWD", "1.125"), ("1200", "JPY", "1200"),
        ("١٢٫٥".replace("٫", "."), "EUR", "12.5"), ("0", "EUR", "0"), ("1,200.125", "KWD", "1200.125"),
    ],
)  # fmt: skip
def test_what_is_typed_is_that_amount(typed: str, currency: str, amount: str) -> None:
    assert parse_amount(typed, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("", "EUR"), ("free", "EUR"), ("-5", "EUR"), ("1.200", "EUR"), ("1,200", "EUR"), ("12.505", "EUR"),
        ("12.5", "JPY"), ("1.2.3", "EUR"), ("1.20,50", "EUR"), ("12,34,56", "EUR"), ("1e3", "EUR"), ("NaN", "EUR"),
        ("9" * 30, "EUR"), ("1,2,3.4", "EUR"), (".", "EUR"), ("12\0", "EUR"), ("½", "EUR"), ("0.1255", "KWD"),
    ],
)  # fmt: skip
def test_what_is_none_or_has_two_meanings_is_told(typed: str, currency: str) -> None:
    with pytest.raises(DomainError) as told:
        parse_amount(typed, currency, field="price")
    assert told.value.field == "price"
    assert told.value.next_step


@given(st.decimals(0, 10**9, places=3), st.sampled_from(["EUR", "JPY", "KWD"]), st.sampled_from(".,"))
def test_there_and_back(amount: Decimal, currency: str, sign: str) -> None:
    places = decimals(currency)
    rounded = amount.quantize(Decimal(1).scaleb(-places))
    assert parse_amount(plain(rounded, places).replace(".", sign), currency) == rounded


@pytest.mark.parametrize(("typed", "percent"), [("", "0"), ("23", "23"), ("5,5 %", "5.5"), ("0.25%", "0.25")])
def test_a_percentage(typed: str, percent: str) -> None:
    assert parse_percent(typed) == Decimal(percent)


@pytest.mark.parametrize("typed", ["101", "-1", "a", "5%%", "5.555"])
def test_what_is_no_percentage(typed: str) -> None:
    with pytest.raises(DomainError):
        parse_percent(typed)
