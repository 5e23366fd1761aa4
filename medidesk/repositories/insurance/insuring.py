"""Who insures a patient. That somebody is insured is a fact; changing what is written down of it is a claim."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.billing import Invoice
from medidesk.models.insurance import InsurancePolicy, Insurer
from medidesk.models.patients import Patient
from medidesk.permissions import Need
from medidesk.repositories import branch_clock, checks, labels
from medidesk.repositories.insurance import queries
from medidesk.repositories.insurance.keeping import copay_of
from medidesk.repositories.patients.registering import kept_file, name_of
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

AREA = "demographics"


@verb(AREA, Need.ADD, Kind.FACT, shows=queries.policy)
def add_policy(work: Work, patient_id: UUID, policy: Mapping[str, Any]) -> UUID:
    """Write down that an insurer pays for a patient.

    Args:
        work: the unit of work.
        patient_id: whom.
        policy: `insurer_id`, `policy_no`, `holder` (where it is not the patient), `valid_from`, `valid_until`, and
            `copay`, what the patient pays themselves in per cent, as it is typed: what is usual with that insurer
            unless given.

    Raises:
        DomainError: the insurer does not pay any more, or the policy is in the file already.
    """
    patient = kept_file(work, patient_id)
    insurer = _insurer(work, policy.get("insurer_id"))
    values = {"copay_percent": insurer.copay_percent} | _checked(policy, new=True)
    row = InsurancePolicy(patient_id=patient.id, **values)
    _refuse_backwards(row)
    _refuse_twice(work, row, insurer)
    work.add(row)
    work.describe(tr("{name}: insurance added", name=name_of(patient)), _line(insurer, row))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.policy)
def edit_policy(work: Work, policy_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change what is written down of a policy, also its last day (`valid_until`): that ends it.

    Raises:
        DomainError: another insurer is wanted, and this one has been billed by the policy.
    """
    row = work.get(InsurancePolicy, policy_id)
    patient, before = work.see(Patient, row.patient_id), row.insurer_id
    wanted = _checked(changes)
    if wanted.get("insurer_id", before) != before:
        _insurer(work, wanted["insurer_id"])
        if _is_billed(work, row.id):
            raise DomainError(
                tr("Invoices name this insurance with {insurer}.", insurer=work.see(Insurer, before).name),
                tr("Give it a last day, and add the new insurance."),
                field="insurer_id",
            )
    with work.session.no_autoflush:
        for name, value in wanted.items():
            setattr(row, name, value)
        _refuse_backwards(row)
    work.describe(
        tr("{name}: insurance changed", name=name_of(patient)), _line(work.see(Insurer, row.insurer_id), row)
    )
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.policy)
def note_eligibility(work: Work, policy_id: UUID, note: str) -> UUID:
    """The insurer was asked today whether the policy holds, and said this.

    Raises:
        DomainError: nothing was noted.
    """
    row = work.get(InsurancePolicy, policy_id)
    said = checks.checked_text(InsurancePolicy, "eligibility_note", note)
    if not said:
        raise DomainError(
            tr("{field} is missing.", field=checks.label("eligibility_note")),
            tr("Write down what they said, as in {example}.", example=tr("covered until June")),
            field="eligibility_note",
        )
    row.checked_on = branch_clock.today(branch_clock.zone_of(work.session, work.org_id))
    row.eligibility_note = said
    patient = work.see(Patient, row.patient_id)
    work.describe(tr("{name}: insurer asked", name=name_of(patient)), said)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.policy)
def remove_policy(work: Work, policy_id: UUID) -> UUID:
    """Take a policy that was entered by mistake out of the file.

    Raises:
        DomainError: it has been billed by; it ends by its last day, and what was billed keeps naming it.
    """
    row = work.get(InsurancePolicy, policy_id)
    if _is_billed(work, row.id):
        raise DomainError(
            tr("Invoices name this insurance."), tr("Give it a last day instead: then it pays no more.")
        )
    patient, insurer = work.see(Patient, row.patient_id), work.session.get(Insurer, row.insurer_id)
    row.deleted_at = dt.datetime.now(dt.UTC)
    work.describe(tr("{name}: insurance removed", name=name_of(patient)), _line(insurer, row))
    return row.id


def _checked(given: Mapping[str, Any], *, new: bool = False) -> dict[str, Any]:
    plain = {name: value for name, value in given.items() if name != "copay"}
    check = checks.require if new else checks.checked
    return check(InsurancePolicy, plain) | copay_of(given)


def _insurer(work: Work, insurer_id: UUID | None) -> Insurer:
    """Who is to pay: somebody who does."""
    if insurer_id is None:
        raise DomainError(
            tr("{field} is missing.", field=checks.label("insurer_id")),
            tr("Choose one. An administrator can add others under Clinic, Insurers."),
            field="insurer_id",
        )
    insurer = work.see(Insurer, insurer_id)
    if not insurer.active:
        raise DomainError(
            tr("{insurer} does not pay any more.", insurer=insurer.name),
            tr("Choose another insurer."),
            field="insurer_id",
        )
    return insurer


def _refuse_backwards(row: InsurancePolicy) -> None:
    if row.valid_from is not None and row.valid_until is not None and row.valid_until < row.valid_from:
        raise DomainError(
            tr("The insurance ends before it begins."),
            tr("Correct one of the two dates."),
            field="valid_until",
        )


def _refuse_twice(work: Work, row: InsurancePolicy, insurer: Insurer) -> None:
    """One policy is in a file once for one time; another year's may have the same number."""
    for other in queries.policies(work.session, row.patient_id):
        same = (other.insurer_id, other.policy_no) == (row.insurer_id, row.policy_no)
        if same and other.meets(row.valid_from, row.valid_until):
            raise DomainError(
                tr("Policy {number} of {insurer} is in this file already.", number=row.policy_no,
                   insurer=insurer.name),
                tr("Change that one, or correct the number."),
                field="policy_no",
            )  # fmt: skip


def _is_billed(work: Work, policy_id: UUID) -> bool:
    """Whether an invoice or a draft names it, of those that whoever is signed in may see."""
    named = sa.select(Invoice.id).where(Invoice.policy_id == policy_id, Invoice.deleted_at.is_(None)).limit(1)
    return work.session.scalars(named).first() is not None


def _line(insurer: Insurer | None, row: InsurancePolicy) -> str:
    until = tr("until {date}", date=labels.day(row.valid_until)) if row.valid_until else ""
    parts = ("" if insurer is None else insurer.name, row.policy_no, until)
    return " · ".join(part for part in parts if part)
