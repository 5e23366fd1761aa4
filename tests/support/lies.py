"""A server that proves itself and answers nonsense: its functions are replaced by ones that say anything."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from hypothesis import strategies as st

JUNK: tuple[Any, ...] = (
    None, True, "", "no time", "../../../etc/passwd", "x" * 100_000, "'; drop table patient; --", "\u202e", [],
    [[]], [None], [1], ["a"], [{}], {}, {"a": {"b": []}}, -1.5, -(10**30), 10**40, {"table": "patient"},
)  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
ANY_JSON = st.recursive(
    st.sampled_from(JUNK) | st.integers(-5, -1) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "rows", "epoch", "server"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@contextmanager
def saying(admin: psycopg.Connection, function: str, body: str) -> Iterator[None]:
    """While the block runs, a function of the server has another body, of SQL.

    Args:
        admin: a superuser's connection; each statement is a transaction of its own.
        function: by its signature.
        body: may call what it was as `was_…`.
    """
    name = function.partition("(")[0]
    row = admin.execute(
        "select pg_get_function_arguments(oid), pg_get_function_result(oid) from pg_proc "
        "where oid = to_regprocedure(%s)",
        (f"medidesk.{function}",),
    ).fetchone()
    assert row is not None, f"no {function}"
    with admin.transaction():
        admin.execute(f"alter function medidesk.{function} rename to was_{name}".encode())
        admin.execute(
            f"create function medidesk.{name}({row[0]}) returns {row[1]} language sql "
            f"set search_path = medidesk, public, pg_temp as $lie$ {body} $lie$".encode()
        )
        admin.execute(f"grant execute on function medidesk.{function} to public".encode())
    try:
        yield
    finally:
        with admin.transaction():
            admin.execute(f"drop function medidesk.{function}".encode())
            admin.execute(f"alter function medidesk.was_{function} rename to {name}".encode())


def literal(value: Any) -> str:
    """A JSON value as an SQL expression."""
    text = json.dumps(value).replace("'", "''")
    return f"'{text}'::jsonb"


def lies(call: str, keys: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Bodies for a function that answers JSON: anything else, or its own answer with parts replaced or left out.

    Args:
        call: what it was, `was_hello()`.
        keys: the parts of its own answer.
    """
    return st.one_of(
        ANY_JSON.map(lambda said: f"select {literal(said)}"),
        st.dictionaries(st.sampled_from(keys), ANY_JSON, min_size=1, max_size=2).map(
            lambda wrong: f"select {call} || {literal(wrong)}"
        ),
        st.sampled_from(keys).map(lambda key: f"select {call} - '{key}'"),
        st.just("select null::jsonb"),
    )
