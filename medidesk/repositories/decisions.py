"""Decisions about work that the server refused: written by the operation that carries them out."""

from dataclasses import dataclass
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.models.base import replica_type, table_of
from medidesk.models.decisions import Decision, Verdict
from medidesk.models.types import Text
from medidesk.permissions import Need
from medidesk.repositories.checks import tidy
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

__all__ = ["Decided", "Verdict", "decide", "reason_for"]


@dataclass(frozen=True)
class Decided:
    """The work that was decided about.

    Attributes:
        op_id: its operation.
        author: the login that made it.
        title: what was wanted, in words.
        table, row_id: the row it is about.
        fields: labels of the fields in conflict.
    """

    op_id: UUID
    author: str
    title: str
    table: str = ""
    row_id: UUID | None = None
    fields: tuple[str, ...] = ()


@verb("decisions", Need.ADD, Kind.FACT)
def decide(work: Work, about: Decided, verdict: Verdict, reason: str = "") -> UUID:
    """Write down what becomes of refused work, and why.

    Raises:
        DomainError: it is discarded without a reason, or the reason is too long.
    """
    reason, title = reason_for(verdict, reason), tidy(about.title)
    decision = Decision(
        op_id=about.op_id,
        author=about.author,
        title=title[: _most("title")],
        about_table=about.table,
        about_id=about.row_id,
        verdict=verdict,
        fields=", ".join(about.fields)[: _most("fields")],
        reason=reason,
    )
    work.add(decision)
    work.describe(tr(_TITLES[verdict], title=title), reason)
    return decision.id


def reason_for(verdict: Verdict, reason: str) -> str:
    """The reason as it is kept.

    Raises:
        DomainError: it is needed and missing, or too long.
    """
    reason = tidy(reason)
    if verdict is Verdict.DISCARDED and not reason:
        raise DomainError(tr("Say in a few words why."), field="reason")
    if len(reason) > _most("reason"):
        raise DomainError(
            tr("The reason is too long: {count} letters.", count=len(reason)),
            tr("Say it in at most {most}.", most=_most("reason")),
            field="reason",
        )
    return reason


def _most(column: str) -> int:
    kind = replica_type(table_of(Decision).columns[column])
    return kind.length if isinstance(kind, Text) else 0


_TITLES = {
    Verdict.THEIRS: "{title}: theirs was kept",
    Verdict.MINE: "{title}: kept as wanted",
    Verdict.COMBINED: "{title}: combined",
    Verdict.EDITED: "{title}: typed anew",
    Verdict.DISCARDED: "{title}: discarded",
}
