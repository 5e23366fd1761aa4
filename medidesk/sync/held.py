"""Facts that the server holds, in words for whoever decides: who entered what, and why it could not be taken."""

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from medidesk.errors import AlreadyDecided, DomainError
from medidesk.repositories.labels import field_label, table_label
from medidesk.sync import problems
from medidesk.sync.codec import codecs
from medidesk.sync.value_words import points, value_words
from medidesk.words import tr

DECIDED = "MD014"
INSIDE = frozenset({"id", "org_id"})


@dataclass(frozen=True)
class HeldRow:
    """One row that a held fact writes.

    Attributes:
        label: what it is, "Allergy"; `inserts` where it is new.
        fields: labels and values in words; the values are empty where this person may not see such a row.
        shown: whether they may.
    """

    label: str
    inserts: bool
    fields: tuple[tuple[str, str], ...]
    shown: bool


@dataclass(frozen=True)
class Settled:
    """What people at its author's station have already decided about it.

    Attributes:
        verdict: a `Verdict`'s value: "discarded", "edited" (typed anew) or another.
        by: the account; `at` when.
        reason: why.
    """

    verdict: str
    by: UUID | None
    at: dt.datetime
    reason: str


@dataclass(frozen=True)
class HeldFact:
    """Something people were told was saved, and that the server could not take as it is.

    Attributes:
        op_id: its operation.
        author: the login that entered it at `station`; `made_at` when, `held_at` when it reached the server.
        title, line: what was entered; the line is empty where this person may not see all of it.
        sentence: why the server could not take it.
        rows: what it writes, the first ones; `more` how many there are beside them.
        patient_id: whose file it concerns, where that is known.
        settled: what its author has done about it meanwhile.
    """

    op_id: UUID
    author: str
    station: str
    made_at: dt.datetime
    held_at: dt.datetime
    title: str
    line: str
    sentence: str
    rows: tuple[HeldRow, ...]
    more: int
    patient_id: UUID | None
    settled: Settled | None


def from_list(listed: list[Mapping[str, Any]]) -> list[HeldFact]:
    """What the server lists (`held_facts`), in words."""
    return [_fact(one) for one in listed]


def _fact(one: Mapping[str, Any]) -> HeldFact:
    patients = [row["patient"] for row in one["writes"] if row["patient"]]
    held_at = dt.datetime.fromisoformat(one["held_at"])
    return HeldFact(
        op_id=UUID(one["op_id"]),
        author=one["author"],
        station=one["station"] or "",
        made_at=dt.datetime.fromisoformat(one["made_at"]) if one["made_at"] else held_at,
        held_at=held_at,
        title=one["title"] or one["verb"] or "",
        line=one["line"] or "",
        sentence=sentence(one["sqlstate"], one["reason"]),
        rows=tuple(_row(row) for row in one["writes"]),
        more=one["more"],
        patient_id=UUID(patients[0]) if patients else None,
        settled=None if one["settled"] is None else _settled(one["settled"]),
    )


def _settled(said: Mapping[str, Any]) -> Settled:
    by = UUID(said["by"]) if said["by"] else None
    return Settled(said["verdict"], by, dt.datetime.fromisoformat(said["at"]), said["reason"])


def _row(row: Mapping[str, Any]) -> HeldRow:
    table = str(row["table"])
    codec = codecs().get(table)
    values = row["values"] or {}
    order = {} if codec is None else {name: at for at, name in enumerate(codec.columns)}
    fields = tuple(
        (field_label(table, name), value_words(codec, name, values[name]) if name in values else "")
        for name in sorted(row["fields"], key=lambda name: order.get(name, len(order)))
        if name not in INSIDE and not points(codec, name)
    )
    return HeldRow(table_label(table), bool(row["inserts"]), fields, bool(row["shown"]))


def sentence(state: str, message: str, constraint: str = "") -> str:
    """Why the server could not take a fact, for whoever decides about it.

    Args:
        state: the SQLSTATE.
        message: what the server said.
        constraint: the rule's name; without it the message is asked, which names the rule last.
    """
    rule = constraint or next(reversed(re.findall(r'"([^"]+)"', message)), "")
    if rule in problems.CONSTRAINTS:
        return tr(problems.CONSTRAINTS[rule])
    if state == problems.RULE:
        return message
    return tr(SENTENCES.get(state) or SENTENCES.get(state[:2]) or UNKNOWN, code=state)


SENTENCES = {
    problems.FORBIDDEN: "The roles of whoever entered it did not include this when it reached the server.",
    problems.CONFLICT: "Somebody else changed the same fields meanwhile, and theirs stands.",
    problems.GONE: "What it changes is not at the server. That may be held as well: enter that first.",
    problems.UNIQUE: "There is already such an entry.",
    "23502": "Something that must be filled in is missing.",
    "23503": "What it belongs to is not at the server. That may be held as well: enter that first.",
    "23": "The clinic's rules do not allow these values together.",
    "22": "A value is not of the right form.",
    "42": "The server keeps such entries in another form today.",
}
UNKNOWN = "The server could not take it ({code})."
NEITHER_THEN = (
    "The roles of whoever entered it do not include this, and did not when it was entered. "
    "Give them the role, or discard it and say why."
)


def refusal(error: psycopg.Error) -> DomainError:
    """What an administrator is told whose decision the server did not take. The fact stays held."""
    state, diagnostic = error.sqlstate or "", error.diag
    if state == DECIDED:
        detail = json.loads(diagnostic.message_detail or "{}")
        words = (
            tr("“{login}” has entered this already.", login=detail["by"])
            if detail["verdict"] == "enter"
            else tr("“{login}” has discarded this already.", login=detail["by"])
        )
        return AlreadyDecided(words, tr("Nothing was done twice."))
    if state == problems.FORBIDDEN:
        return DomainError(tr(NEITHER_THEN))
    words = sentence(state, str(diagnostic.message_primary), diagnostic.constraint_name or "")
    return DomainError(words, tr("It stays held."))
