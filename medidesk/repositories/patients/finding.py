"""Search as people type it: names in any order, cut short, with or without accents; phone; birth date; numbers.

Only on a replica: it goes through the replica's search text, which `models.search` makes.
"""

import re
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.models.base import table_of
from medidesk.models.patients import Patient
from medidesk.models.search import date_word, digits, match_expression, words
from medidesk.repositories.dates import written_date
from medidesk.repositories.patients.queries import HAS_PARTS, heads, kept
from medidesk.repositories.patients.rows import PatientRow, columns

_DATE = re.compile(
    r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b\d{1,2}\.? ?[^\W\d]{3,9}\.?,? \d{2,4}\b", re.IGNORECASE
)
_ABROAD = re.compile(r"^\s*(\+|00)[\d\s()./-]+$")
_NATIONAL_DIGITS = 8
_INTERNATIONAL_DIGITS = 10

patient = table_of(Patient)
_hits = sa.table("patient_search", sa.column("rowid", sa.Integer), sa.column("patient_search", sa.Text))
_rowid = sa.literal_column("patient.rowid", sa.Integer)


def _matching(expression: sa.BindParameter[Any]) -> sa.Select[Any]:
    return (
        sa.select(*columns(Patient), HAS_PARTS, _hits.c.rowid)
        .select_from(_hits.join(patient, _rowid == _hits.c.rowid))
        .where(_hits.c.patient_search.op("match")(expression), patient.c.deleted_at.is_(None))
        .order_by(_hits.c.rowid.desc())
        .limit(sa.bindparam("rows"))
    )


_FIRST = _matching(sa.bindparam("expression"))
_NEXT = _FIRST.where(_hits.c.rowid < sa.bindparam("below"))


def search(session: Session, text: str, *, limit: int = 50) -> list[PatientRow]:
    """The patients whom a text finds, newest first, at most `limit`; none for a text without words.

    Who is found under the name or number of a merged file is shown as the file that was kept.
    """
    expression = search_expression(text)
    return [] if expression is None else matching(session, expression, limit)


def matching(session: Session, expression: str, limit: int) -> list[PatientRow]:
    """The patients that an FTS5 expression finds, newest first."""
    found: dict[UUID, PatientRow] = {}
    below: int | None = None
    while len(found) < limit:
        asked = {"expression": expression, "rows": limit}
        hits = session.execute(_FIRST if below is None else _NEXT, asked | {"below": below}).all()
        for row in heads(session, [hit[:-1] for hit in hits]):
            shown = row if row.merged_into_id is None else kept(session, row.id)
            if shown is not None and shown.merged_into_id is None:
                found.setdefault(shown.id, shown)
        if len(hits) < limit:
            break
        below = hits[-1][-1]
    return list(found.values())[:limit]


def search_expression(text: str) -> str | None:
    """What was typed as an FTS5 expression; None where it holds no word at all.

    A whole birth date may stand anywhere among other words.
    """
    whole = written_date(text)
    if whole is not None:
        return match_expression(text, whole)
    dates = []

    def take(found: re.Match[str]) -> str:
        date = written_date(found[0])
        if date is None:
            return found[0]
        dates.append(f'"{date_word(date)}"')
        return " "

    # The index parts words at an underscore.
    rest = match_expression(_DATE.sub(take, text).replace("_", " "))
    if rest is not None and _ABROAD.match(text):
        rest = _also_without_prefix(rest, digits(text))
    return " AND ".join([*dates, *([f"({rest})"] if rest and dates else [rest] if rest else [])]) or None


def _also_without_prefix(expression: str, typed: str) -> str:
    """A number typed with its country also finds the file where it stands without."""
    if len(typed.lstrip("0")) < _INTERNATIONAL_DIGITS:
        return expression
    return f'({expression}) OR "{typed[-_NATIONAL_DIGITS:]}"'


def search_terms(text: str) -> list[str]:
    """The words to mark where they are found."""
    date = written_date(text)
    return [text.strip()] if date is not None else words(text)
