"""Bundles and NDJSON, whole and broken, cut into entries."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medidesk.importers.json_stream import CHUNK, BadEntry, Entry, _Shape, entries
from medidesk.importers.limits import LIMITS, Limits
from medidesk.importers.sources import DamagedError
from tests.importers.samples import bundle, ndjson, patient

SMALL = Limits(entry_bytes=2000)


def cut(content: bytes, name: str = "b.json", limits: Limits = LIMITS) -> tuple[list[Entry | BadEntry], str]:
    """The entries, and why the reading ended early."""
    found: list[Entry | BadEntry] = []
    try:
        for one in entries(io.BytesIO(content), name, limits):
            found.append(one)  # noqa: PERF402 (those before the damage count)
    except DamagedError as damage:
        return found, str(damage)
    return found, ""


def ids(found: list[Entry | BadEntry]) -> list[object]:
    return [one.resource["id"] if isinstance(one, Entry) else one.number for one in found]


PEOPLE = [patient(str(number)) for number in range(1, 6)]
WHOLE = bundle(*PEOPLE)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (WHOLE, "b.json"),
        (b"\xef\xbb\xbf" + WHOLE, "b.json"),
        (b"\n\n  " + WHOLE + b"\n", "b.json"),
        (json.dumps(json.loads(WHOLE), indent=2).encode(), "b.json"),
        (json.dumps(PEOPLE).encode(), "list.json"),
        (ndjson(*PEOPLE), "p.ndjson"),
        (ndjson(*PEOPLE), "called-otherwise.json"),
        (b"\xef\xbb\xbf" + ndjson(*PEOPLE).replace(b"\n", b"\r\n\n"), "p.ndjson"),
        (ndjson(*PEOPLE).rstrip(b"\n"), "p.jsonl"),
        (ndjson(json.loads(WHOLE)), "bundles.ndjson"),
    ],
)
def test_every_way_of_writing_five_patients(content: bytes, name: str) -> None:
    found, why = cut(content, name)
    assert (ids(found), why) == (["1", "2", "3", "4", "5"], "")


def test_a_single_resource_is_one_entry() -> None:
    found, why = cut(json.dumps(PEOPLE[0], indent=1).encode())
    assert (ids(found), why) == (["1"], "")


def test_a_bundle_cut_off_in_the_middle_gives_what_came_before() -> None:
    at = WHOLE.index(b'"id": "4"')
    found, why = cut(WHOLE[:at])
    assert ids(found) == ["1", "2", "3"]
    assert "after entry 3" in why
    assert "cut off" in why


@given(st.integers(0, len(WHOLE) - 1))
def test_a_cut_anywhere_is_told_and_loses_nothing_before_it(at: int) -> None:
    found, why = cut(WHOLE[:at])
    assert why
    # Where the next entry has begun, the one before it was whole.
    begun = WHOLE[:at].count(b'"fullUrl"')
    assert max(begun - 1, 0) <= len(found) <= begun
    assert ids(found) == ["1", "2", "3", "4", "5"][: len(found)]


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (b"\xe9", "not UTF-8"),
        (b"}}", "not JSON"),
        (b"NaN", "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_damage_in_the_middle_of_a_bundle(damage: bytes, why: str) -> None:
    at = WHOLE.index(b'"4"')
    found, told = cut(WHOLE[:at] + (b'"' + damage + b'"' if damage == b"\xe9" else damage) + WHOLE[at:])
    assert ids(found) == ["1", "2", "3"]
    assert why in told


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{}", "no FHIR bundle"),
        (b"[1]", ""),
        (b"17", "no FHIR bundle"),
        (b"null", "no FHIR bundle"),
        (b"hello", "not JSON"),
        (b"   ", "cut off"),
        (b'{"resourceType": "Bundle", "entry": []}', "no entries"),
        (b'{"resourceType": "Bundle", "total": 0}', "no entries"),
        (b"\x00" * 5000, "not JSON"),
        (WHOLE + WHOLE, "not JSON"),
    ],
)
def test_what_is_no_bundle_is_told(content: bytes, why: str) -> None:
    _, told = cut(content)
    assert why in told
    assert bool(why) is bool(told)


def test_a_broken_line_of_ndjson_costs_that_line_only() -> None:
    lines = ndjson(*PEOPLE).splitlines(keepends=True)
    lines[1] = b'{"resourceType": "Patient", "id": "2", "gend\n'
    lines[2] = b'{"resourceType": "Patient", "id": "\xe9"}\n'
    lines[3] = b"[" * 200_000 + b"\n"
    found, why = cut(b"".join(lines), "p.ndjson")
    assert (ids(found), why) == (["1", 2, 3, 4, "5"], "")
    told = [one.why for one in found if isinstance(one, BadEntry)]
    assert "cut off" in told[0]
    assert "not UTF-8 from byte" in told[1]
    assert "nested too deeply" in told[2]


def test_a_line_or_an_entry_beyond_the_limit_is_refused() -> None:
    large = patient("large", note="x" * (3 * CHUNK))
    found, why = cut(ndjson(PEOPLE[0], large, PEOPLE[1]), "p.ndjson", SMALL)
    assert (ids(found), why) == (["1", 2, "2"], "")
    found, why = cut(bundle(PEOPLE[0], large), limits=Limits(entry_bytes=CHUNK))
    assert ids(found) == ["1"]
    assert "Entry 2 is larger than" in why


@pytest.mark.parametrize("number", ["9" * 5_000, "-" + "9" * 70_000, "0." + "9" * 5_000, "1e" + "9" * 30])
def test_a_number_without_end_ends_its_file_and_not_the_program(number: str) -> None:
    before = bundle(PEOPLE[0])
    content = before[:-2] + b', {"resource": {"resourceType": "Patient", "multipleBirthInteger": '
    found, why = cut(content + number.encode() + b"}}]}")
    assert ids(found) == ["1"]
    assert "broken after entry 1" in why


@given(st.integers(900, 1_100), st.integers(1, 700), st.booleans())
def test_a_long_number_is_noticed_however_the_bytes_are_cut(digits: int, step: int, in_string: bool) -> None:
    number = b"7" * digits
    text = (
        b'[1, {"a": "' + number + b'"}]'
        if in_string
        else b'[1, {"a": ' + number + b', "b": "' + number + b'"}]'
    )
    guard = _Shape(9)
    refused = any(guard.refuses(text[at : at + step]) for at in range(0, len(text), step))
    assert refused == (not in_string and digits > 1_000)


@pytest.mark.parametrize("entry", [17, None, "Patient", [], {}, {"resource": []}, {"resource": {"id": "1"}},
                                   {"resource": {"resourceType": 1}}])  # fmt: skip
def test_an_entry_without_a_resource_is_told(entry: object) -> None:
    content = json.dumps({"resourceType": "Bundle", "entry": [entry, {"resource": PEOPLE[0]}]}).encode()
    found, why = cut(content)
    assert (ids(found), why) == ([1, "1"], "")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab"\\[]{}\n', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('"\\[{x', max_size=3), inner, max_size=3)
    ),
    max_leaves=15,
)


def _depth(value: object) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(_depth, inside), default=0)


@given(VALUES, st.integers(1, 7))
def test_depth_is_measured_however_the_bytes_are_cut(value: object, step: int) -> None:
    text = json.dumps(value).encode()
    pieces = [text[at : at + step] for at in range(0, len(text), step)]

    def takes(most: int) -> bool:
        guard = _Shape(most)
        return not any(map(guard.refuses, pieces))

    assert takes(_depth(value))
    assert _depth(value) == 0 or not takes(_depth(value) - 1)
