"""Search as people type it: names in any order, cut short, with or without accents; phone; birth date; numbers.

Only on a replica: it goes through the replica's search text, which `models.search` makes.
"""

import re
from uuid import UUID

from sqlalchemy.orm import Session

from medidesk.models.patients import Patient
from medidesk.models.search import date_word, digits, fold, match_expression, respelt, words
from medidesk.repositories.dates import written_date
from medidesk.repositories.patients.queries import heads, kept
from medidesk.repositories.patients.rows import PatientRow, columns
from medidesk.repositories.quick import Decoder, driver

_DATE = re.compile(
    r"(?<!\d)(?<!\d[./-])\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?!\d|[./-]\d)|\b\d{1,2}\.? ?[^\W\d]{3,9}\.?,? \d{2,4}\b",
    re.IGNORECASE,
)
# "00012" is the end of a file number. As a phone without its prefix it would be "12…", which finds half the clinic.
_END_OF_NUMBER = re.compile(r"0+\d{0,2}")
_ABROAD = re.compile(r"^\s*(\+|00)[\d\s()./-]+$")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NATIONAL_DIGITS = 8
_INTERNATIONAL_DIGITS = 10

# Letters that Python counts as part of a word and the index does not (SQLite's unicode61): they part words there.
_PARTING = re.compile("[_\u19b0-\u19c0\u19c8\u19c9\u1cf2\u1cf3]")

# Written out, since SQLAlchemy knows no FTS5 table.
_MATCHING = f"""
select {", ".join(f"patient.{column.name}" for column in columns(Patient))},
       exists (select 1 from patient part where part.merged_into_id = patient.id), hits.rowid
  from patient_search hits join patient on patient.rowid = hits.rowid
 where hits.patient_search match ? and hits.rowid < ? and patient.deleted_at is null
 order by hits.rowid desc limit ?
"""
_LAST_ROWID = 2**63 - 1
_DECODER = Decoder(columns(Patient))


def search(session: Session, text: str, *, limit: int = 50) -> list[PatientRow]:
    """The patients whom a text finds, newest first, at most `limit`; none for a text without words.

    Who is found under the name or number of a merged file is shown as the file that was kept. The id of a file,
    which a card's code says, finds that file.
    """
    if _ID.fullmatch(text.strip()):
        scanned = kept(session, UUID(text.strip()))
        return [] if scanned is None else [scanned]
    expression = search_expression(text)
    return [] if expression is None else matching(session, expression, limit)


def matching(session: Session, expression: str, limit: int) -> list[PatientRow]:
    """The patients that an FTS5 expression finds, newest first."""
    replica = driver(session)
    assert replica is not None, "the server has no such index"  # noqa: S101 (a bug of ours)
    found: dict[UUID, PatientRow] = {}
    below = _LAST_ROWID
    while len(found) < limit:
        hits = replica.execute(_MATCHING, (expression, below, limit)).fetchall()
        for row in heads(session, [_DECODER.row(hit)[:-1] for hit in hits]):
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

    number = text.strip()
    if _END_OF_NUMBER.fullmatch(number):
        return f'"{digits(number)}" *'
    undated = _DATE.sub(take, text)
    rest = match_expression(_PARTING.sub(" ", fold(undated)))
    other = match_expression(_PARTING.sub(" ", fold(respelt(undated))))
    if rest != other:
        rest = f"({rest}) OR ({other})"
    if rest is not None and _ABROAD.match(text):
        rest = _also_without_prefix(rest, digits(text))
    return " AND ".join([*dates, *([f"({rest})"] if rest and dates else [rest] if rest else [])]) or None


def _also_without_prefix(expression: str, typed: str) -> str:
    """A number typed with its country also finds the file where it stands without."""
    if len(typed.lstrip("0")) < _INTERNATIONAL_DIGITS:
        return expression
    return f'({expression}) OR "{typed[-_NATIONAL_DIGITS:]}"'


def search_words(text: str) -> list[str]:
    """The folded words of a text as the index holds them."""
    return words(_PARTING.sub(" ", fold(text)))


def search_terms(text: str) -> list[str]:
    """The words to mark where they are found."""
    date = written_date(text)
    return [text.strip()] if date is not None else search_words(text)
