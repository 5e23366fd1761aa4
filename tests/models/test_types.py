"""Every column type means the same on PostgreSQL, in a replica, in an operation's JSON, and in Python."""

import datetime as dt
import enum
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medidesk.models.replica_type import ReplicaType
from medidesk.models.types import Bytes, Day, Document, Exact, Flag, Id, Instant, Text, Whole, Word, new_id
from medidesk.sync.codec import SQLITE
from tests.support.database import Clinic


class Colour(enum.StrEnum):
    RED = "red"
    GREEN = "green"


SCALE = 4
INSTANTS = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), inner, max_size=3
        )
    ),
    max_leaves=6,
)
VALUES: dict[str, tuple[ReplicaType, st.SearchStrategy[Any]]] = {
    "a_id": (Id(), st.uuids()),
    "b_instant": (Instant(), INSTANTS),
    "c_day": (Day(), st.dates(dt.date(1850, 1, 1), dt.date(2200, 1, 1))),
    "d_exact": (
        Exact(SCALE),
        st.integers(-(10**13), 10**13).map(lambda whole: Decimal(whole).scaleb(-SCALE)),
    ),
    "e_word": (Word(Colour), st.sampled_from(Colour)),
    "f_text": (Text(200), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200)),
    "g_flag": (Flag(), st.booleans()),
    "h_whole": (Whole(), st.integers(-(2**31), 2**31 - 1)),
    "i_document": (Document(), st.dictionaries(st.text("abcü", max_size=3), JSON, max_size=3)),
    "j_bytes": (Bytes(), st.binary(max_size=64)),
}
ROWS = st.fixed_dictionaries({name: st.none() | values for name, (_, values) in VALUES.items()})

scratch = sa.Table("scratch", sa.MetaData(), *(sa.Column(name, kind) for name, (kind, _) in VALUES.items()))


def stored(row: dict[str, Any]) -> dict[str, Any]:
    return {name: VALUES[name][0].process_bind_param(value, SQLITE) for name, value in row.items()}


@given(ROWS)
def test_a_value_comes_back_from_a_replica_as_it_was(row: dict[str, Any]) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        scratch.create(connection)
        connection.execute(scratch.insert(), row)
        assert dict(connection.execute(scratch.select()).one()._mapping) == row
    engine.dispose()


@given(ROWS)
def test_a_value_comes_back_from_an_operations_json_as_it_was(row: dict[str, Any]) -> None:
    for name, value in stored(row).items():
        kind = VALUES[name][0]
        assert kind.from_json(kind.to_json(value)) == value


def test_postgresql_hands_over_what_the_replica_would_store(clinic: Clinic) -> None:
    """By the wire of a pull, and by the JSON of an answer."""
    engine = sa.create_engine("postgresql+psycopg://", creator=clinic.admin, poolclass=sa.pool.StaticPool)
    wire = ", ".join(kind.wire(name) for name, (kind, _) in VALUES.items())

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(ROWS)
    def check(row: dict[str, Any]) -> None:
        with engine.connect() as connection:
            connection.execute(sa.text("delete from scratch"))
            connection.execute(scratch.insert(), row)
            assert dict(connection.execute(scratch.select()).one()._mapping) == row
            raw = connection.connection.driver_connection
            assert raw is not None
            sent = raw.cursor(binary=True).execute(f"select {wire} from scratch").fetchone()
            for (name, (kind, _)), value in zip(VALUES.items(), sent, strict=True):
                received = kind.from_json(kind.to_json(value)) if isinstance(kind, Document) else value
                assert received == stored(row)[name], name
            answered = raw.execute("select to_jsonb(scratch) from scratch").fetchone()[0]
            for name, (kind, _) in VALUES.items():
                if name != "d_exact":  # numbers of an answer are parsed as decimals; see below
                    assert kind.from_json(answered[name]) == stored(row)[name], name
            connection.rollback()

    with engine.begin() as connection:
        scratch.create(connection)
    check()
    engine.dispose()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=SCALE, min_value=-(10**9), max_value=10**9))
def test_an_exact_number_is_exact_as_a_decimal_of_an_answer(number: Decimal) -> None:
    assert Exact(SCALE).from_json(number) == Exact(SCALE).store(number)


@pytest.mark.parametrize("wrong", [1.5, 0.0])
def test_a_float_never_becomes_an_exact_number(wrong: float) -> None:
    with pytest.raises(TypeError, match="float"):
        Exact(2).process_bind_param(wrong, SQLITE)


def test_digits_are_never_dropped_in_silence() -> None:
    with pytest.raises(ValueError, match="more than 2 decimals"):
        Exact(2).process_bind_param(Decimal("1.005"), SQLITE)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Instant().process_bind_param(dt.datetime(2026, 1, 1), SQLITE)  # noqa: DTZ001


def test_a_word_outside_its_enumeration_is_refused() -> None:
    with pytest.raises(ValueError, match="blue"):
        Word(Colour).process_bind_param("blue", SQLITE)


def test_equal_documents_are_equal_text() -> None:
    assert Document().store({"b": 1, "a": 2}) == Document().store({"a": 2, "b": 1})


def test_ids_made_here_sort_by_the_time_they_were_made() -> None:
    made = [new_id() for _ in range(200)]
    assert made == sorted(made)
    assert {one.version for one in made} == {7}
    assert uuid4() not in made
