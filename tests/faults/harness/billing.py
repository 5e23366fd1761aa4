"""Bills and money: facts that survive every outage, and what two desks do with one bill."""

from collections.abc import Callable, Iterator
from random import Random
from uuid import UUID

import psycopg

from medidesk.models.billing import RefundState, Verdict, Way
from medidesk.repositories import billing, branch_clock, services
from medidesk.repositories.billing import ChargeRow, InvoiceRow, Part, PaymentRow, Standing
from medidesk.station import Station
from tests.faults.harness.appointments import keep
from tests.faults.harness.patients import somebody
from tests.faults.harness.work import Deed, work

PLACE = "Front desk"
WAYS = (Way.CARD, Way.CASH, Way.MOBILE)


def _service(at: Station, chance: Random) -> UUID | None:
    """What has a price here today."""
    today = branch_clock.today(at.read(branch_clock.zone_of, at.user.org_id))
    rows = at.read(services.catalogue)
    found = [row.id for row in rows if at.read(services.price_of, row.id, at.user.org_id, today)]
    return chance.choice(found) if found else None


def _charge(at: Station, chance: Random) -> ChargeRow | None:
    found = at.read(billing.unbilled, at.user.org_id)
    return chance.choice(found) if found else None


def _bill(at: Station, chance: Random, *standings: Standing) -> InvoiceRow | None:
    patient = somebody(at, chance)
    found = [] if patient is None else at.read(billing.of_patient, patient)
    found = found or at.read(billing.outstanding, at.user.org_id)
    found = [row for row in found if row.standing in standings and row.org_id == at.user.org_id]
    return chance.choice(found) if found else None


def _payment(at: Station, chance: Random, free: Callable[[PaymentRow], bool]) -> PaymentRow | None:
    patient = somebody(at, chance)
    found = [] if patient is None else at.read(billing.payments_of_patient, patient)
    found = [row for row in found if free(row) and row.org_id == at.user.org_id]
    return chance.choice(found) if found else None


def _till(at: Station) -> UUID | None:
    held = at.read(billing.open_at, at.user.account_id, at.user.org_id, PLACE)
    return None if held is None else held.id


def _parts(at: Station, chance: Random, amount: str) -> list[Part]:
    way = chance.choice(WAYS)
    return [Part(way if way is not Way.CASH or _till(at) else Way.CARD, amount)]


@work(weight=10)
def charge(at: Station, chance: Random) -> Deed | None:
    patient, service = somebody(at, chance), _service(at, chance)
    if patient is None or service is None:
        return None
    return keep(at, chance, billing.charge, {"patient_id": patient, "service_id": service})


@work(weight=1)
def change_quantity(at: Station, chance: Random) -> Deed | None:
    row = _charge(at, chance)
    return None if row is None else keep(at, chance, billing.change_quantity, row.id, "2")


@work(weight=1)
def withdraw(at: Station, chance: Random) -> Deed | None:
    row = _charge(at, chance)
    return None if row is None else keep(at, chance, billing.withdraw, row.id, "by mistake")


@work(weight=1)
def discount(at: Station, chance: Random) -> Deed | None:
    row = _charge(at, chance)
    return None if row is None else keep(at, chance, billing.discount, row.id, "10 %", "Hardship")


@work(weight=8)
def settle(at: Station, chance: Random) -> Deed | None:
    """Everything that a patient owes, billed and paid in one."""
    row = _charge(at, chance)
    if row is None:
        return None
    owed = at.read(billing.bill_of, row.patient_id, at.user.org_id)
    own, ids = owed.sums().own, [one.id for one in owed.charges]
    if not own:
        return keep(at, chance, billing.bill, row.patient_id, ids)
    return keep(at, chance, billing.settle, row.patient_id, ids, _parts(at, chance, str(own)), _till(at))


@work(weight=2)
def bill(at: Station, chance: Random) -> Deed | None:
    row = _charge(at, chance)
    return None if row is None else keep(at, chance, billing.bill, row.patient_id, [row.id])


@work(weight=1)
def draft(at: Station, chance: Random) -> Deed | None:
    row = _charge(at, chance)
    return None if row is None else keep(at, chance, billing.draft, row.patient_id, [row.id])


@work(weight=2)
def issue(at: Station, chance: Random) -> Deed | None:
    found = at.read(billing.drafts, at.user.org_id)
    verb = chance.choice((billing.issue, billing.issue, billing.discard))
    return keep(at, chance, verb, chance.choice(found).id) if found else None


@work(weight=6)
def pay(at: Station, chance: Random) -> Deed | None:
    """What somebody owes; another desk may take it at the same moment."""
    row = _bill(at, chance, Standing.ISSUED, Standing.PART_PAID)
    if row is None:
        return None
    return keep(at, chance, billing.pay, row.id, _parts(at, chance, str(row.due)), _till(at))


@work(weight=1)
def pay_from_credit(at: Station, chance: Random) -> Deed | None:
    row = _bill(at, chance, Standing.ISSUED, Standing.PART_PAID)
    found = [] if row is None else at.read(billing.credits_of, row.patient_id, at.user.org_id)
    found = [one for one in found if row and one.invoice_number != (row.number or row.provisional_no)]
    if row is None or not found:
        return None
    amount = str(min(row.due, found[0].amount))
    return keep(at, chance, billing.pay, row.id, [Part(Way.CREDIT, amount, source_id=found[0].payment_id)])


@work(weight=2)
def deposit(at: Station, chance: Random) -> Deed | None:
    patient = somebody(at, chance)
    if patient is None:
        return None
    return keep(at, chance, billing.deposit, patient, _parts(at, chance, "20"), _till(at))


@work(weight=1)
def credit(at: Station, chance: Random) -> Deed | None:
    row = _bill(at, chance, Standing.ISSUED, Standing.PAID, Standing.PART_PAID)
    return None if row is None else keep(at, chance, billing.credit, row.id, "was not done")


@work(weight=2)
def refund(at: Station, chance: Random) -> Deed | None:
    row = _payment(at, chance, lambda one: one.left > 0 and one.way is not Way.CREDIT)
    if row is None or (row.way is Way.CASH and _till(at) is None):
        return None
    return keep(at, chance, billing.refund, row.id, str(min(row.left, 5)), "too much", _till(at))


@work(weight=2)
def decide_refund(at: Station, chance: Random) -> Deed | None:
    found = [
        row
        for row in at.read(billing.refunds_open, at.user.org_id)
        if row.state is RefundState.ASKED and row.created_by != at.user.account_id
    ]
    if not found:
        return None
    return keep(at, chance, billing.decide_refund, chance.choice(found).id, chance.choice(list(Verdict)))


@work(weight=2)
def pay_out(at: Station, chance: Random) -> Deed | None:
    rows = at.read(billing.refunds_open, at.user.org_id)
    found = [row for row in rows if row.state is RefundState.APPROVED]
    if not found:
        return None
    row, verb = chance.choice(found), chance.choice((billing.pay_out, billing.withdraw_refund))
    if verb is billing.withdraw_refund:
        return keep(at, chance, verb, row.id)
    return None if row.way is Way.CASH and not _till(at) else keep(at, chance, verb, row.id, _till(at))


@work(weight=3)
def open_drawer(at: Station, chance: Random) -> Deed | None:
    if _till(at) is not None:
        return None
    return keep(at, chance, billing.open_drawer, at.user.account_id, PLACE, "50")


@work(weight=1)
def close_drawer(at: Station, chance: Random) -> Deed | None:
    till = _till(at)
    return None if till is None else keep(at, chance, billing.close_drawer, till, "70", "counted twice")


def violations(server: psycopg.Connection) -> Iterator[str]:
    """What does not hold of the money at the server, in sentences."""
    for name, query in _LAWS.items():
        for row in server.execute(query.encode()).fetchmany(3):
            yield f"money: {name}: {row}"


_LAWS = {
    "an invoice is what its lines say": (
        "select i.id, i.total, sum(l.total) from invoice i left join invoice_line l on l.invoice_id = i.id "
        "and l.deleted_at is null where i.state = 'issued' group by i.id "
        "having i.total <> coalesce(sum(l.total), 0) or i.lines <> count(l.id)"
    ),
    "a charge is owed once": (
        "select charge_id, count(*) from invoice_line where charge_id is not null and deleted_at is null "
        "and not doubled and not released group by charge_id having count(*) > 1"
    ),
    "of no payment more is gone than was there": "select id, amount from payment where payment_left(id, true) < 0",
    "no drawer holds less than nothing": (
        "select id, drawer_holds(id) from cashier_session where drawer_holds(id) < 0"
    ),
    "what is taken is settled, a credit, or given back": (
        "select p.patient_id, sum(p.amount) from payment p where p.way <> 'credit' group by p.patient_id "
        "having sum(p.amount) <> (select coalesce(sum(payment_left(q.id, false)), 0) from payment q "
        "where q.patient_id = p.patient_id) + (select coalesce(sum(r.amount), 0) from refund r "
        "join payment q on q.id = r.payment_id where q.patient_id = p.patient_id and r.state = 'paid')"
    ),
    "nothing above the limit is given back on one's own word": (
        "select r.id, r.amount from refund r where r.state = 'paid' and not exists (select from refund_verdict v "
        "where v.refund_id = r.id and v.verdict = 'approved' and v.created_by is distinct from r.created_by)"
    ),
    "a claim says what its lines say": (
        "select c.id, c.claimed, sum(l.claimed) from insurance_claim c left join claim_line l on l.claim_id = c.id "
        "group by c.id having (c.claimed, c.lines) is distinct from (sum(l.claimed), count(l.id)) "
        "or c.state in ('answered', 'reconciled') and c.accepted is distinct from sum(l.accepted)"
    ),
    "an invoice is claimed once": (
        "select invoice_id, count(*) from insurance_claim where state <> 'withdrawn' "
        "group by invoice_id having count(*) > 1"
    ),
    "of a claim that is done with nothing is left": (
        "select id, insurer_due(invoice_id) from insurance_claim where state = 'reconciled' "
        "and insurer_due(invoice_id) > 0"
    ),
    "numbers have no gaps": (
        "select left(number, 3), count(*), max(split_part(number, '-', 2)::int) from invoice "
        "where number is not null and (select epoch from server_identity) = 1 group by org_id, left(number, 3) "
        "having count(*) <> max(split_part(number, '-', 2)::int)"
    ),
}
