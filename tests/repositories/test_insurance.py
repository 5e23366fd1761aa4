"""Insurers are kept by whoever runs the clinic, and a patient's policies by whoever keeps their file."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from medidesk.models.billing import Invoice, InvoiceKind, InvoiceState
from medidesk.models.directory import Organisation, OrganisationKind
from medidesk.models.patients import Patient
from medidesk.repositories import insurance, patients, services
from medidesk.repositories.dates import today
from medidesk.repositories.insurance import PolicyRow
from tests.support.replica_clinic import ReplicaClinic, refused

DAY = dt.timedelta(days=1)


@pytest.fixture
def clinic(desk: ReplicaClinic) -> ReplicaClinic:
    """The clinic at the quay."""
    quay = {"id": desk.org_id, "org_id": desk.org_id, "kind": OrganisationKind.CLINIC, "name": "Quay"}
    desk.put(Organisation, quay | {"currency": "EUR", "timezone": "UTC"})
    return desk


def insurer(desk: ReplicaClinic, **values: Any) -> UUID:
    made = desk.run(insurance.add_insurer, {"name": "Harbour Mutual", "copay": "20", "active": True} | values)
    assert made is not None
    return made


def insured(desk: ReplicaClinic, patient: UUID, by: UUID, number: str = "HM-1", **values: Any) -> UUID:
    made = desk.run(insurance.add_policy, patient, {"insurer_id": by, "policy_no": number} | values)
    assert made is not None
    return made


def shown(desk: ReplicaClinic, policy: UUID) -> PolicyRow:
    row = desk.read(insurance.policy, policy)
    assert row is not None
    return row


def test_an_insurer_is_added_changed_and_removed(clinic: ReplicaClinic) -> None:
    agreed = clinic.run(services.add_price_list, {"name": "Agreed"})
    captured = clinic.capture(insurance.add_insurer, {"name": " Harbour  Mutual ", "copay": "12,5 %"})
    assert (captured.title, captured.line) == ("Insurer added", "Harbour Mutual")
    clinic.keep(captured)
    (row,) = clinic.read(insurance.insurers)
    assert (row.name, row.copay, row.active, row.org_name) == ("Harbour Mutual", "12.5", True, "Quay")
    changes = {"price_list_id": agreed, "copay": "", "payer_code": "HM01", "phone": "555 0100"}
    captured = clinic.capture(insurance.edit_insurer, row.id, changes)
    assert captured.line == "Price list, Payer code, Phone, Usual co-pay"
    clinic.keep(captured)
    changed = clinic.read(insurance.insurer, row.id)
    assert changed is not None
    assert (changed.price_list, changed.copay, changed.payer_code) == ("Agreed", "", "HM01")
    clinic.run(insurance.remove_insurer, row.id)
    assert clinic.read(insurance.insurers) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"), ({"name": "harbour mutual"}, "name"), ({"name": "x" * 121}, "name"),
        ({"copay": "101"}, "copay"), ({"copay": "half"}, "copay"), ({"email": "nobody"}, "email"),
        ({"phone": "1"}, "phone"),
    ],
)  # fmt: skip
def test_what_an_insurer_cannot_be_is_told_at_its_field(
    clinic: ReplicaClinic, values: dict[str, Any], field: str
) -> None:
    first = insurer(clinic)
    other = insurer(clinic, name="Other")
    assert refused(clinic, insurance.add_insurer, {"name": "New"} | values).field == field
    assert refused(clinic, insurance.edit_insurer, other, values).field == field
    clinic.run(insurance.edit_insurer, first, {"name": "Harbour mutual"})


def test_a_name_is_one_insurers_in_its_branch(clinic: ReplicaClinic) -> None:
    north = clinic.put(Organisation, {"parent_id": clinic.org_id, "name": "North", "kind": "branch"})[0]
    first = insurer(clinic)
    insurer(clinic, org_id=north)
    clinic.run(insurance.remove_insurer, first)
    insurer(clinic)


def test_an_insurer_in_policies_is_made_inactive_and_pays_no_more(clinic: ReplicaClinic) -> None:
    by, patient = insurer(clinic), clinic.patient("Okafor")
    policy = insured(clinic, patient, by)
    told = refused(clinic, insurance.remove_insurer, by)
    assert told.sentence == "“Harbour Mutual” stands in 1 policy of a patient."
    assert "not active" in told.next_step
    clinic.run(insurance.edit_insurer, by, {"active": False})
    assert clinic.read(insurance.policy_on, patient, today()) is None
    assert refused(clinic, insurance.add_policy, patient, {"insurer_id": by, "policy_no": "2"}).field == (
        "insurer_id"
    )
    clinic.run(insurance.edit_policy, policy, {"holder": "Ada"})
    assert shown(clinic, policy).holder == "Ada", "what is there can still be put right"


def test_a_price_list_that_an_insurer_pays_by_is_not_removed(clinic: ReplicaClinic) -> None:
    agreed = clinic.run(services.add_price_list, {"name": "Agreed"})
    by = insurer(clinic, price_list_id=agreed)
    assert refused(clinic, services.remove_price_list, agreed).sentence == "Harbour Mutual pays by “Agreed”."
    clinic.run(insurance.edit_insurer, by, {"price_list_id": None})
    clinic.run(services.remove_price_list, agreed)
    assert refused(clinic, insurance.edit_insurer, by, {"price_list_id": agreed}).next_step


def test_a_policy_begins_with_what_is_usual_with_its_insurer(clinic: ReplicaClinic) -> None:
    by, patient = insurer(clinic), clinic.patient("Okafor", "Ada")
    values = {"insurer_id": by, "policy_no": "HM-1", "valid_from": "1.1.2026", "valid_until": "31.12.2035"}
    captured = clinic.capture(insurance.add_policy, patient, values)
    assert captured.title == "Ada Okafor: insurance added"
    assert captured.line == "Harbour Mutual · HM-1 · until 31 Dec 2035"
    clinic.keep(captured)
    (row,) = clinic.read(insurance.policies, patient)
    assert (row.copay, row.valid_from, row.checked_on) == ("20", dt.date(2026, 1, 1), None)
    own = insured(clinic, patient, by, "HM-2", copay="")
    assert shown(clinic, own).copay_percent == Decimal(0), "nothing was typed over what is usual"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"insurer_id": None}, "insurer_id"), ({"policy_no": ""}, "policy_no"), ({"copay": "-1"}, "copay"),
        ({"valid_from": "soon"}, "valid_from"), ({"policy_no": "9" * 61}, "policy_no"),
        ({"valid_from": "2.1.2026", "valid_until": "1.1.2026"}, "valid_until"),
        ({"policy_no": "HM-0"}, "policy_no"), ({"checked_on": today() + DAY}, "checked_on"),
    ],
)  # fmt: skip
def test_what_a_policy_cannot_be_is_told_at_its_field(
    clinic: ReplicaClinic, values: dict[str, Any], field: str
) -> None:
    by, patient = insurer(clinic), clinic.patient("Okafor")
    insured(clinic, patient, by, "HM-0")
    wanted = {"insurer_id": by, "policy_no": "HM-1"} | values
    assert refused(clinic, insurance.add_policy, patient, wanted).field == field


def test_one_number_is_another_years_policy(clinic: ReplicaClinic) -> None:
    by, patient = insurer(clinic), clinic.patient("Okafor")
    first = insured(clinic, patient, by, valid_until=today())
    insured(clinic, patient, by, valid_from=today() + DAY)
    told = refused(clinic, insurance.add_policy, patient, {"insurer_id": by, "policy_no": "HM-1"})
    assert told.sentence == "Policy HM-1 of Harbour Mutual is in this file already."
    told = refused(clinic, insurance.edit_policy, first, {"valid_from": today() + DAY})
    assert told.field == "valid_until"


def test_of_two_that_hold_the_one_that_began_last_pays(clinic: ReplicaClinic) -> None:
    old, new, patient = insurer(clinic), insurer(clinic, name="Care"), clinic.patient("Okafor")
    always = insured(clinic, patient, old)
    since = insured(clinic, patient, new, valid_from=today() - 9 * DAY, valid_until=today())
    insured(clinic, patient, new, "coming", valid_from=today() + DAY)

    def pays(day: dt.date) -> UUID | None:
        found = clinic.read(insurance.policy_on, patient, day)
        assert clinic.read(insurance.policies_on, [patient], day).get(patient) == found
        return None if found is None else found.id

    assert pays(today()) == since
    assert pays(today() - 10 * DAY) == always
    clinic.run(insurance.edit_policy, since, {"valid_until": today() - DAY})
    assert pays(today()) == always
    clinic.run(insurance.remove_policy, always)
    assert pays(today()) is None


def test_what_the_insurer_said_is_noted_with_its_day(clinic: ReplicaClinic) -> None:
    patient = clinic.patient("Okafor", "Ada")
    policy = insured(clinic, patient, insurer(clinic))
    captured = clinic.capture(insurance.note_eligibility, policy, " covered  until June ")
    assert (captured.title, captured.line) == ("Ada Okafor: insurer asked", "covered until June")
    clinic.keep(captured)
    row = shown(clinic, policy)
    assert (row.checked_on, row.eligibility_note) == (dt.datetime.now(dt.UTC).date(), "covered until June")
    assert refused(clinic, insurance.note_eligibility, policy, " ").field == "eligibility_note"
    assert refused(clinic, insurance.note_eligibility, policy, "x" * 201).field == "eligibility_note"


def test_a_policy_that_was_billed_by_stays_with_its_insurer(clinic: ReplicaClinic) -> None:
    by, other, patient = insurer(clinic), insurer(clinic, name="Care"), clinic.patient("Okafor")
    policy = insured(clinic, patient, by)
    bill = {"patient_id": patient, "policy_id": policy, "kind": InvoiceKind.INVOICE}
    clinic.put(Invoice, bill | {"state": InvoiceState.ISSUED})
    told = refused(clinic, insurance.remove_policy, policy)
    assert (told.sentence, "last day" in told.next_step) == ("Invoices name this insurance.", True)
    told = refused(clinic, insurance.edit_policy, policy, {"insurer_id": other})
    assert told.sentence == "Invoices name this insurance with Harbour Mutual."
    clinic.run(insurance.edit_policy, policy, {"valid_until": today() - DAY, "policy_no": "HM-7"})
    assert clinic.read(insurance.policy_on, patient, today()) is None


def test_a_policy_that_somebody_removed_is_still_named_by_what_it_paid(clinic: ReplicaClinic) -> None:
    """Whoever does not see bills cannot know of them, and may take it out of the file."""
    patient = clinic.patient("Okafor")
    policy = insured(clinic, patient, insurer(clinic))
    clinic.run(insurance.remove_policy, policy)
    assert clinic.read(insurance.policies, patient) == []
    assert (shown(clinic, policy).insurer, shown(clinic, policy).policy_no) == ("Harbour Mutual", "HM-1")
    assert refused(clinic, insurance.note_eligibility, policy, "covered").next_step


def test_a_policy_goes_with_its_file(clinic: ReplicaClinic) -> None:
    kept, merged = clinic.patient("Okafor"), clinic.patient("Okafor")
    policy = insured(clinic, merged, insurer(clinic))
    clinic.put(Patient, {"id": merged, "family_name": "Okafor", "merged_into_id": kept}, version=2)
    assert [row.id for row in clinic.read(insurance.policies, kept)] == [policy]
    assert clinic.read(patients.patient_of, "insurance_policy", policy) == merged
    later = insured(clinic, merged, insurer(clinic, name="Care"), "C-1")
    assert shown(clinic, later).patient_id == kept
