"""Claims: what insurers are asked to pay, at several desks at a time, and what they pay."""

from collections.abc import Callable
from random import Random

from medidesk.models.claims import ClaimState
from medidesk.repositories import claims
from medidesk.repositories.claims import ClaimRow
from medidesk.station import Station
from tests.faults.harness.appointments import keep
from tests.faults.harness.work import Deed, work


def _claim(
    at: Station, chance: Random, *states: ClaimState, but: Callable[[ClaimRow], bool] = lambda _: False
) -> ClaimRow | None:
    found = [row for row in at.read(claims.of_branch, at.user.org_id, states) if not but(row)]
    return chance.choice(found) if found else None


@work(weight=4)
def file_claim(at: Station, chance: Random) -> Deed | None:
    """Of an invoice; another desk may claim it at the same moment."""
    found = at.read(claims.unclaimed, at.user.org_id)
    verb = chance.choice((claims.file_claim, claims.file_claim, claims.draft))
    return keep(at, chance, verb, chance.choice(found).id) if found else None


@work(weight=2)
def submit(at: Station, chance: Random) -> Deed | None:
    row = _claim(at, chance, ClaimState.DRAFT, but=lambda one: one.credited > 0)
    return None if row is None else keep(at, chance, claims.submit, row.id)


@work(weight=4)
def answer(at: Station, chance: Random) -> Deed | None:
    """Often a part of it."""
    row = _claim(at, chance, ClaimState.SUBMITTED)
    if row is None:
        return None
    some = {line.id: chance.choice(("0", str(line.claimed))) for line in at.read(claims.lines, row.id)}
    return keep(at, chance, claims.answer, row.id, chance.choice((None, some)), None, "X-1")


@work(weight=4)
def take(at: Station, chance: Random) -> Deed | None:
    row = _claim(at, chance, ClaimState.SUBMITTED, ClaimState.ANSWERED, but=lambda one: one.due <= 0)
    return None if row is None else keep(at, chance, claims.take, row.id, str(row.expected or row.due))


@work(weight=3)
def end(at: Station, chance: Random) -> Deed | None:
    row = _claim(at, chance, ClaimState.SUBMITTED, ClaimState.ANSWERED, but=lambda one: one.due < 0)
    if row is None:
        return None
    if chance.random() < 0.3 and at.can("approvals", "add"):
        return keep(at, chance, claims.write_off, row.id, "not worth a letter")
    if chance.random() < 0.2 and not row.paid:
        return keep(at, chance, claims.withdraw, row.id, "another insurer")
    return keep(at, chance, claims.reconcile, row.id)


@work(weight=1)
def reopen(at: Station, chance: Random) -> Deed | None:
    row = _claim(at, chance, ClaimState.RECONCILED)
    return None if row is None else keep(at, chance, claims.reopen, row.id)
