"""Giving money back. Always a claim: it is handed out when the server has said so, and never twice."""

import datetime as dt
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.models.billing import Payment, Refund, RefundState, RefundVerdict, Verdict, Way
from medidesk.models.money import Money
from medidesk.models.settings import SettingName
from medidesk.permissions import Need
from medidesk.repositories import amounts, checks, settings
from medidesk.repositories.billing import queries
from medidesk.repositories.billing.drawers import open_drawer_of
from medidesk.repositories.billing.rows import RefundRow
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

AREA, APPROVALS = "billing", "approvals"
WAYS_BACK = frozenset({Way.CASH, Way.CARD, Way.MOBILE, Way.TRANSFER, Way.INSURER})


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.refund)
def refund(work: Work, payment_id: UUID, amount: str, reason: str, session_id: UUID | None = None) -> UUID:
    """Give money back of a payment, in the way it came; above the clinic's limit, ask for it.

    What was given back of the payment before counts towards the limit.

    Args:
        work: the unit of work.
        payment_id: of which payment.
        amount: how much, as it is typed.
        reason: why.
        session_id: the drawer that cash is taken from.

    Raises:
        DomainError: there is less left of the payment, or in the drawer.
    """
    shown = work.read(queries.payment, payment_id)
    of = work.get(Payment, payment_id)
    if shown is None or of.way not in WAYS_BACK:
        raise DomainError(
            tr("This was no money of theirs."), tr("Give back the payment that the credit came from.")
        )
    asked = amounts.parse_amount(amount, shown.currency, field="amount")
    if not 0 < asked <= shown.left:
        raise DomainError(
            tr("Of this payment {amount} is left to give back.", amount=Money(shown.left, shown.currency)),
            tr("Give back that much at most."),
            field="amount",
        )
    said = checks.checked_text(Refund, "reason", reason)
    if not said:
        raise DomainError(tr("It is not said why."), tr("Give a reason."), field="reason")
    row = Refund(org_id=of.org_id, payment_id=of.id, amount=asked, reason=said, state=RefundState.ASKED)
    if shown.refunded + asked <= limit(work, of.org_id):
        _hand_out(work, row, of.way, session_id)
    work.add(row)
    title = tr("{name}: money given back") if row.paid_at else tr("{name}: refund asked for")
    work.describe(title.replace("{name}", shown.name), f"{Money(asked, shown.currency)} · {said}")
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.refund)
def pay_out(work: Work, refund_id: UUID, session_id: UUID | None = None) -> UUID:
    """Give back what somebody has approved."""
    row, shown = work.get(Refund, refund_id), _shown(work, refund_id)
    if row.state is not RefundState.APPROVED:
        raise DomainError(tr("This refund has not been approved."), tr("Somebody else decides on it first."))
    _hand_out(work, row, shown.way, session_id)
    work.describe(tr("{name}: money given back", name=shown.name), str(Money(row.amount, shown.currency)))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.refund)
def withdraw_refund(work: Work, refund_id: UUID) -> UUID:
    """Nothing is given back after all."""
    row, shown = work.get(Refund, refund_id), _shown(work, refund_id)
    if row.state not in {RefundState.ASKED, RefundState.APPROVED}:
        raise DomainError(tr("This refund is done with."), tr("Look at the payment again."))
    row.state = RefundState.WITHDRAWN
    work.describe(tr("{name}: refund withdrawn", name=shown.name), str(Money(row.amount, shown.currency)))
    return row.id


@verb(APPROVALS, Need.ADD, Kind.CLAIM, shows=queries.refund)
def decide_refund(work: Work, refund_id: UUID, verdict: Verdict, note: str = "") -> UUID:
    """Approve a refund that somebody else has asked for, or decline it."""
    row, shown = work.get(Refund, refund_id), _shown(work, refund_id)
    if row.state is not RefundState.ASKED:
        raise DomainError(tr("This refund has been decided on already."), tr("Look at it again."))
    work.add(
        RefundVerdict(
            org_id=row.org_id,
            refund_id=row.id,
            verdict=verdict,
            note=checks.checked_text(RefundVerdict, "note", note),
        )
    )
    approved = verdict is Verdict.APPROVED
    title = tr("{name}: refund approved") if approved else tr("{name}: refund declined")
    work.describe(title.replace("{name}", shown.name), str(Money(row.amount, shown.currency)))
    return row.id


def limit(work: Work, org_id: UUID) -> int:
    """The amount up to which a refund takes nobody else's approval."""
    return settings.value_of(work.session, SettingName.REFUND_LIMIT, org_id) or 0


def _hand_out(work: Work, row: Refund, way: Way, session_id: UUID | None) -> None:
    if way is Way.CASH:
        drawer = open_drawer_of(work, session_id)
        if row.amount > drawer.holds:
            raise DomainError(
                tr("There is only {amount} in this drawer.", amount=Money(drawer.holds, drawer.currency)),
                tr("Give it back from another one, or when more has been taken."),
            )
        row.session_id = drawer.id
    row.state, row.paid_at = RefundState.PAID, dt.datetime.now(dt.UTC)


def _shown(work: Work, refund_id: UUID) -> RefundRow:
    shown = work.read(queries.refund, refund_id)
    if shown is None:
        raise DomainError(tr("This entry is no longer there."), tr("Look at the payment again."))
    return shown
