import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medidesk.errors import DomainError
from medidesk.repositories.dates import age, parse_date, parse_day, written_date

TODAY = dt.date(2026, 3, 2)
LIVED = st.dates(dt.date(1850, 1, 1), TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "12.3.84", "12.03.1984", "12/03/1984", "12-3-1984", "1984-03-12", "1984/3/12", "12 Mar 1984",
        "12 march 84", "12. March 1984", "12mar1984", "March 12, 1984", "12th mar 1984",
        "1984 Mar 12", " 12.3.1984 ", "12031984", "120384", "19840312", "١٢/٣/١٩٨٤",
    ],
)  # fmt: skip
def test_a_date_is_read_as_people_write_it(text: str) -> None:
    assert parse_date(text, TODAY) == dt.date(1984, 3, 12)


@pytest.mark.parametrize(
    "text",
    ["", "12.3", "31.2.1984", "0.1.1984", "12.13.", "maria", "1984", "12/3/184", "99.99.99", "12 foo 1984"],
)
def test_what_is_no_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_date(text, TODAY, field="born_on")
    assert refused.value.field == "born_on"
    assert "12.3.1984" in refused.value.next_step


def test_the_month_comes_first_only_where_nothing_else_is_a_date() -> None:
    assert parse_date("03/12/1984", TODAY) == dt.date(1984, 12, 3)
    assert parse_date("03/25/1984", TODAY) == dt.date(1984, 3, 25)


def test_a_year_of_two_digits_is_the_last_that_is_not_to_come() -> None:
    assert parse_date("2.3.26", TODAY) == dt.date(2026, 3, 2)
    assert parse_date("3.3.26", TODAY) == dt.date(1926, 3, 3)
    assert parse_date("29.2.24", TODAY) == dt.date(2024, 2, 29)


def test_a_day_of_work_may_be_to_come() -> None:
    assert parse_day("3.3.26", TODAY) == dt.date(2026, 3, 3)
    assert parse_day("1.1.36", TODAY) == dt.date(2036, 1, 1)
    assert parse_day("1.1.37", TODAY) == dt.date(1937, 1, 1)
    assert parse_day("12.3.1984", TODAY) == dt.date(1984, 3, 12)


@given(
    LIVED,
    st.sampled_from(
        ["{d}.{m}.{y}", "{d:02}/{m:02}/{y}", "{y}-{m:02}-{d:02}", "{d:02}{m:02}{y}", "{y}{m:02}{d:02}"]
    ),
)
def test_every_date_comes_back_from_every_way_to_write_it(day: dt.date, pattern: str) -> None:
    assert parse_date(pattern.format(d=day.day, m=day.month, y=day.year), TODAY) == day


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_sentence(text: str) -> None:
    if written_date(text, TODAY) is None and not text.strip().isdigit():
        with pytest.raises(DomainError, match="is not a date"):
            parse_date(text, TODAY)
    else:
        with suppress(DomainError):
            assert isinstance(parse_date(text, TODAY), dt.date)


def test_digits_alone_are_no_date_in_a_search_box() -> None:
    assert written_date("12031984", TODAY) is None


@pytest.mark.parametrize(
    ("born_on", "words"),
    [
        ((1984, 3, 2), "42 years"), ((1984, 3, 3), "41 years"), ((2024, 3, 2), "2 years"),
        ((2024, 3, 3), "23 months"), ((2025, 8, 2), "7 months"), ((2026, 2, 2), "1 month"),
        ((2026, 2, 3), "27 days"), ((2026, 3, 1), "1 day"), ((2026, 3, 2), "0 days"),
    ],
)  # fmt: skip
def test_age_is_said_in_the_unit_that_matters(born_on: tuple[int, int, int], words: str) -> None:
    assert age(dt.date(*born_on), TODAY) == words


def test_somebody_born_on_the_last_of_a_month_is_a_month_older_on_the_last_of_the_next() -> None:
    assert age(dt.date(2026, 1, 31), dt.date(2026, 2, 28)) == "1 month"


@given(LIVED, st.integers(0, 400))
def test_nobody_gets_younger(born_on: dt.date, days: int) -> None:
    units = {"day": 1, "month": 28, "year": 365}

    def least_days(words: str) -> int:
        number, unit = words.split()
        return int(number) * units[unit.removesuffix("s")]

    later = born_on + dt.timedelta(days=days)
    assert least_days(age(born_on, later)) <= days
