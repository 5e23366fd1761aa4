"""Every verb there is, with whatever its arguments can hold: saved, refused, or told in a sentence."""

import datetime as dt
import inspect
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medidesk.errors import DomainError
from medidesk.models import billing as billing_models
from medidesk.models.appointments import Appointment
from medidesk.models.base import Row, replica_type, table_of
from medidesk.models.billing import Charge, Way
from medidesk.models.decisions import Verdict
from medidesk.models.directory import (
    Department,
    Organisation,
    OrganisationKind,
    Room,
    Specialisation,
    Staff,
    StaffKind,
)
from medidesk.models.duty import DutyException, DutySchedule
from medidesk.models.insurance import InsurancePolicy, Insurer
from medidesk.models.patients import Allergy, Condition, NextOfKin, Patient, PatientIdentifier
from medidesk.models.services import PriceList, Service, ServiceKind
from medidesk.models.settings import SettingName
from medidesk.models.types import Id, Whole
from medidesk.models.visits import Priority, Visit, VisitKind
from medidesk.repositories import appointments, billing, checks, claims, insurance, services, visits
from medidesk.repositories.appointments.rooms import Usual, Where
from medidesk.repositories.billing import Part
from medidesk.repositories.decisions import Decided
from medidesk.repositories.patients.checks import fields_of
from medidesk.repositories.verbs import VERBS, Verb
from medidesk.station import Queued, Refused, Saved, Station
from tests.support.billing import priced
from tests.support.database import Clinic
from tests.support.insured import claimed
from tests.support.raw_rows import insert
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet
from tests.sync.test_verbs_fuzz import CLOCK, TYPED, fields

FEW = settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
ABOUT: dict[str, type[Row]] = {
    "patients.register": Patient, "patients.edit": Patient, "patients.import_patient": Patient,
    "patients.add_allergy": Allergy, "patients.edit_allergy": Allergy, "patients.add_condition": Condition,
    "patients.edit_condition": Condition, "patients.add_identifier": PatientIdentifier,
    "patients.add_next_of_kin": NextOfKin, "patients.edit_next_of_kin": NextOfKin,
    "directory.add_staff": Staff, "directory.edit_staff": Staff, "directory.add_department": Department,
    "directory.edit_department": Department, "directory.add_specialisation": Specialisation,
    "directory.edit_specialisation": Specialisation, "directory.add_room": Room, "directory.edit_room": Room,
    "directory.add_organisation": Organisation,
    "directory.edit_organisation": Organisation, "duty.add_schedule": DutySchedule,
    "duty.edit_schedule": DutySchedule, "duty.add_exception": DutyException, "duty.edit_exception": DutyException,
    "appointments.book": Appointment, "appointments.book_series": Appointment, "appointments.change": Appointment,
    "visits.check_in": Visit, "visits.change": Visit,
    "services.add_service": Service, "services.edit_service": Service, "services.add_price_list": PriceList,
    "services.edit_price_list": PriceList, "billing.charge": Charge,
    "insurance.add_insurer": Insurer, "insurance.edit_insurer": Insurer,
    "insurance.add_policy": InsurancePolicy, "insurance.edit_policy": InsurancePolicy,
}  # fmt: skip
"""Of which table the fields of a verb's mapping are."""
WHO = {
    "clinical": "anjali",
    "demographics": "anjali",
    "appointments": "anjali",
    "decisions": "anjali",
    "directory": "ingrid",
    "charges": "olive",
    "billing": "olive",
    "approvals": "olive",
}
TABLES = (
    *(
        "patient",
        "allergy",
        "condition",
        "patient_identifier",
        "next_of_kin",
        "patient_alert",
        "patient_merge",
    ),
    *(
        "staff",
        "department",
        "specialisation",
        "room",
        "organisation",
        "duty_schedule",
        "duty_exception",
        "appointment",
        "visit",
    ),
    *(
        "insurer",
        "insurance_policy",
        "price_list",
        "service",
        "charge",
        "invoice",
        "invoice_line",
        "payment",
        "refund",
        "cashier_session",
        "insurance_claim",
        "claim_line",
    ),
)
"""Tables whose rows a verb may be asked about, each by the ids of any of them."""


def ids(station: Station) -> st.SearchStrategy[UUID]:
    """The id of anything that there is, or of nothing."""
    found = [
        UUID(bytes=key)
        for table in TABLES
        for (key,) in station._engine.call(
            lambda table=table: station._engine.replica.writer.execute(  # type: ignore[misc]
                f"select id from {table} limit 20"
            ).fetchall()
        ).result(10)
    ]
    return st.sampled_from([*found, uuid4()])


def drafts(name: str, any_id: st.SearchStrategy[UUID]) -> st.SearchStrategy[dict[str, Any]]:
    """Some fields of what a verb is about, those that point to other rows included."""
    model = ABOUT[name]
    if model is Appointment:
        return times(name, any_id)
    if model is Visit:
        return arrivals(name, any_id)
    if model is Charge:
        return st.fixed_dictionaries(
            {"patient_id": any_id, "service_id": any_id},
            optional={"quantity": TYPED | st.just("2"), "visit_id": st.none() | any_id, "org_id": any_id},
        )
    columns = table_of(model).columns
    known = fields_of(model) if model.__module__.endswith("patients") else checks.fields_of(model)
    whole = st.none() | st.integers() | st.integers(-5, 2_000)
    other: dict[str, st.SearchStrategy[Any]] = {
        one: any_id if isinstance(kind, Id) else whole
        for one in sorted(known)
        if isinstance(kind := replica_type(columns[one]), Id | Whole)
    }
    numbers = frozenset(other)
    if model in {DutySchedule, DutyException}:  # typed as times of day
        other = {one: kind for one, kind in other.items() if not one.endswith("_minute")}
        other |= {"starts": CLOCK, "ends": CLOCK}
    kinds = {Staff: StaffKind, Organisation: OrganisationKind, Service: ServiceKind}
    more: dict[str, st.SearchStrategy[Any]] = {}
    if model in kinds:
        more["kind"] = st.sampled_from(kinds[model]) | TYPED
    if name == "directory.add_organisation":
        more["parent_id"] = any_id
    if name == "patients.import_patient":
        more["source"] = st.sampled_from(["one", "two", "../x", "\0"])
    if model is Service:  # with a price, all of it as it is typed
        more |= {"tax": TYPED, "price": TYPED | st.decimals(0, 10**6, places=2).map(str), "valid_from": TYPED}
        more |= {"price_list_id": st.none() | any_id, "price_org_id": st.none() | any_id}
    if model in {Insurer, InsurancePolicy}:
        more["copay"] = TYPED | st.just("20")
    needed = {one: more.pop(one) for one in ("parent_id", "source") if one in more}
    return st.builds(
        lambda typed, wanted: {name: typed[name] for name in typed if name not in numbers} | wanted,
        fields(model),
        st.fixed_dictionaries(needed, optional={**other, **more}),
    )


MONEY = TYPED | st.sampled_from(["5", "12.50", "0.01"])
MOMENTS = st.datetimes(timezones=st.timezones() | st.just(dt.UTC)) | st.builds(
    lambda quarters: dt.datetime.now(dt.UTC) + dt.timedelta(minutes=15 * quarters), st.integers(0, 20)
)


def times(name: str, any_id: st.SearchStrategy[UUID]) -> st.SearchStrategy[dict[str, Any]]:
    """What is said of an appointment."""
    beside = {"note": TYPED, "wants_earlier": st.booleans()}
    if name == "appointments.change":
        return st.fixed_dictionaries({}, optional=beside)
    return st.fixed_dictionaries(
        {"patient_id": any_id, "staff_id": any_id, "outside_hours": st.booleans()},
        optional=beside
        | {"starts_at": MOMENTS, "minutes": st.integers() | st.just(15), "org_id": any_id}
        | {"room_id": st.none() | any_id},
    )


def arrivals(name: str, any_id: st.SearchStrategy[UUID]) -> st.SearchStrategy[dict[str, Any]]:
    """What is said of a visit."""
    more = {"staff_id": st.none() | any_id, "note": TYPED, "priority": st.sampled_from(Priority) | TYPED}
    if name == "visits.change":
        return st.fixed_dictionaries({}, optional=more)
    who = st.fixed_dictionaries({"patient_id": any_id}) | st.fixed_dictionaries({"appointment_id": any_id})
    more |= {"kind": st.sampled_from(VisitKind), "org_id": any_id}
    return st.builds(lambda one, beside: one | beside, who, st.fixed_dictionaries({}, optional=more))


def argument(
    verb: Verb, parameter: inspect.Parameter, any_id: st.SearchStrategy[UUID]
) -> st.SearchStrategy[Any]:
    """Whatever a parameter of a verb can be given."""
    kinds: dict[Any, st.SearchStrategy[Any]] = {
        UUID: any_id,
        str: TYPED,
        bool: st.booleans(),
        SettingName: st.sampled_from(SettingName),
        int: st.integers() | st.integers(1, 3),
        dt.datetime: MOMENTS,
        int | None: st.none() | st.integers(),
        UUID | None: st.none() | any_id,
        Where: st.none() | any_id | st.just(Usual.ROOM),
        bytes: st.binary(max_size=60)
        | st.binary(max_size=60).map(lambda rest: b"\xff\xd8\xff" + rest)
        | st.just(b"\xff\xd8\xff" + bytes(3_000_000)),
        dt.date | None: st.none() | st.dates(),
        Mapping[str, Any]: drafts(verb.name, any_id) if verb.name in ABOUT else st.nothing(),
        Verdict: st.sampled_from(Verdict),
        billing_models.Verdict: st.sampled_from(billing_models.Verdict),
        Sequence[UUID]: st.lists(any_id, max_size=3),
        Sequence[Part]: st.lists(
            st.builds(Part, st.sampled_from(Way), MONEY, st.just("") | MONEY, TYPED, st.none() | any_id),
            max_size=3,
        ),
        Mapping[UUID, str] | None: st.none() | st.dictionaries(any_id, MONEY, max_size=2),
        Decided: st.builds(Decided, st.uuids(), st.just("sofia"), TYPED),
    }
    if parameter.name == "media_type":
        return st.sampled_from(["image/jpeg", "image/png", "text/html", ""])
    return kinds[parameter.annotation]


def run(station: Station, verb: Verb, arguments: tuple[Any, ...]) -> None:
    told = ""
    try:
        outcome = station.run(verb, *arguments, patience=20)
    except DomainError as error:
        told = str(error)
    if told:
        assert "\0" not in told
        assert len(told) < 700, "a sentence, and not all that was typed"
    else:
        assert isinstance(outcome, Saved | Queued | Refused)


def tried(station: Station, verb: Verb) -> None:
    any_id = ids(station)
    _, *parameters = inspect.signature(verb.function, eval_str=True).parameters.values()

    @FEW
    @given(arguments=st.tuples(*(argument(verb, one, any_id) for one in parameters)))
    def each(arguments: tuple[Any, ...]) -> None:
        run(station, verb, arguments)

    each()


def test_every_module_has_verbs_here() -> None:
    for module in (appointments, billing, claims, insurance, services, visits):
        assert any(verb.name.startswith(module.__name__.rpartition(".")[2]) for verb in VERBS.values())


@pytest.mark.parametrize("login", ["anjali", "ingrid", "olive"])
def test_every_verb(open_station: OpenStation, clinic: Clinic, login: str) -> None:
    service = priced(clinic)
    patient = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Okafor"})
    claimed(clinic, patient, service)
    station = open_station(login, server=clinic.server)
    quiet(station)
    own = [verb for verb in VERBS.values() if WHO[verb.area] == login]
    assert own
    for _ in range(2):  # the second time there is what the first one made
        for verb in sorted(own, key=lambda verb: (".remove" in verb.name, verb.name)):
            tried(station, verb)
    quiet(station)
    assert station.attention() == []
    assert_replica_equals_server(station, clinic)


def test_every_verb_is_somebodys() -> None:
    assert {verb.area for verb in VERBS.values()} == set(WHO)
    for verb in VERBS.values():
        for one in list(inspect.signature(verb.function, eval_str=True).parameters.values())[1:]:
            assert one.annotation is not Mapping[str, Any] or verb.name in ABOUT
