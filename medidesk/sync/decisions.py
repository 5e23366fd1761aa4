"""Deciding what stands under *Needs attention*: a new operation that names the one it replaces."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal
from uuid import uuid4

from medidesk.errors import DomainError
from medidesk.models.decisions import Decision, Verdict
from medidesk.sync.operation import Operation, Write
from medidesk.sync.outbox import Entry
from medidesk.words import tr

type Choice = Literal["base", "theirs", "mine"]


def decided(entry: Entry, choices: Mapping[str, str], decider: str, reason: str = "") -> Operation | None:
    """The operation that carries out a person's choices, or None where theirs stands throughout.

    Args:
        entry: the one under attention.
        choices: for each field in conflict, "base", "theirs" or "mine".
        decider: the login of whoever chose; the new operation is theirs, and judged by their rights.
        reason: why, in the person's words.

    Raises:
        DomainError: a field in conflict has no choice.
    """
    detail = (entry.problem or {}).get("detail") or {}
    clashes = detail.get("fields", {})
    undecided = [name for name in clashes if choices.get(name) not in {"base", "theirs", "mine"}]
    if undecided:
        raise DomainError(
            tr("A choice is missing."), tr("Choose for each field what is right."), field=undecided[0]
        )
    writes = []
    for write in entry.operation.writes:
        if write.table == Decision.__tablename__:
            continue  # of an earlier choice that was overtaken: this one is written down in its place
        if write.table == detail.get("table") and str(write.id) == detail.get("id"):
            chosen = _chosen(write, clashes, choices, detail)
            if chosen.values:
                writes.append(chosen)
        else:
            writes.append(write)
    if not writes:
        return None
    return again(entry.operation, tuple(writes), decider, reason)


def verdict(choices: Mapping[str, str]) -> Verdict:
    """What a person's choices come to."""
    sides = set(choices.values())
    if sides == {"theirs"}:
        return Verdict.THEIRS
    return Verdict.MINE if sides == {"mine"} else Verdict.COMBINED


def _chosen(
    write: Write,
    clashes: Mapping[str, Mapping[str, object]],
    choices: Mapping[str, str],
    detail: Mapping[str, object],
) -> Write:
    values = {name: value for name, value in write.values.items() if name not in clashes}
    base = dict(write.base)
    for name, clash in clashes.items():
        base[name] = clash["theirs"]
        if choices[name] != "theirs" and clash[choices[name]] != clash["theirs"]:
            values[name] = clash[choices[name]]
    version = detail.get("version")
    if not isinstance(version, int):
        return replace(write, values=values, base=base)
    return replace(write, values=values, base=base, version=version, left_by=None)


def again(operation: Operation, writes: tuple[Write, ...], author: str, reason: str) -> Operation:
    """The same work under a new id, made now by `author`, that replaces the old one."""
    clock = dt.datetime.now(dt.UTC)
    return replace(
        operation,
        id=uuid4(),
        author=author,
        made_at=clock + (operation.made_at - operation.clock),
        clock=clock,
        writes=writes,
        relied=(),
        supersedes=operation.id,
        reason=reason,
    )
