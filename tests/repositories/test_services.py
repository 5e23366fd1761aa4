"""What the clinic charges for: prices hold from a day on, and the nearest branch counts."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medidesk.models.directory import Organisation, OrganisationKind
from medidesk.models.services import ServicePrice
from medidesk.models.types import new_id
from medidesk.repositories import directory, services
from medidesk.repositories.dates import today
from medidesk.repositories.services import PriceRow, ServiceRow, price_on
from tests.support.replica_clinic import ReplicaClinic, refused

VISIT = {"code": "C01", "name": "Consultation", "kind": "consultation"}
TOMORROW = dt.timedelta(days=1)


@pytest.fixture
def branch(desk: ReplicaClinic) -> UUID:
    """A branch of the clinic at the quay, with money of its own."""
    quay = {"id": desk.org_id, "org_id": desk.org_id, "kind": OrganisationKind.CLINIC, "name": "Quay"}
    desk.put(Organisation, quay | {"currency": "EUR"})
    north = {"parent_id": desk.org_id, "kind": OrganisationKind.BRANCH, "name": "North", "currency": "JPY"}
    return desk.put(Organisation, north)[0]


def added(desk: ReplicaClinic, **values: Any) -> UUID:
    made = desk.run(services.add_service, VISIT | values)
    assert made is not None
    return made


def shown(desk: ReplicaClinic, service: UUID) -> ServiceRow:
    row = desk.read(services.service, service)
    assert row is not None
    return row


def cost(
    desk: ReplicaClinic, service: UUID, org: UUID, day: dt.date | None = None, by: UUID | None = None
) -> str:
    found = desk.read(services.price_of, service, org, day or today(), by)
    return "" if found is None else str(found.money)


def test_a_service_is_added_with_its_first_price(desk: ReplicaClinic, branch: UUID) -> None:
    captured = desk.capture(services.add_service, VISIT | {"price": "45,00", "tax": "23", "active": True})
    assert captured.title == "Consultation: service added"
    assert captured.line.startswith("C01 · 45.00 EUR · from ")
    desk.keep(captured)
    (row,) = desk.read(services.catalogue)
    assert (row.code, row.tax, row.active, row.org_name) == ("C01", "23", True, "Quay")
    assert cost(desk, row.id, desk.org_id) == "45.00 EUR"
    assert cost(desk, row.id, branch) == "45.00 EUR", "what holds above holds below"
    assert cost(desk, row.id, new_id()) == ""


def test_a_new_price_holds_from_its_day_and_the_old_one_until_then(desk: ReplicaClinic, branch: UUID) -> None:
    service, day = added(desk, price="45"), today() + dt.timedelta(days=40)
    desk.run(services.edit_service, service, {"price": "48.50", "valid_from": day})
    assert cost(desk, service, desk.org_id, day - TOMORROW) == "45.00 EUR"
    assert cost(desk, service, desk.org_id, day) == "48.50 EUR"
    desk.run(services.edit_service, service, {"price": "49", "valid_from": day})  # it was mistyped
    assert cost(desk, service, desk.org_id, day) == "49.00 EUR"
    assert len(shown(desk, service).prices) == 2


def test_a_branch_has_a_price_of_its_own_in_its_own_currency(desk: ReplicaClinic, branch: UUID) -> None:
    service = added(desk, price="45")
    assert (
        refused(desk, services.edit_service, service, {"price": "5000.5", "price_org_id": branch}).field
        == "price"
    )
    desk.run(services.edit_service, service, {"price": "5 000", "price_org_id": branch})
    assert (cost(desk, service, branch), cost(desk, service, desk.org_id)) == ("5,000 JPY", "45.00 EUR")
    other = desk.put(Organisation, {"kind": OrganisationKind.BRANCH, "name": "Elsewhere"})[0]
    told = refused(desk, services.edit_service, service, {"price": "1", "price_org_id": other})
    assert told.sentence == "Elsewhere does not offer this service."


def test_a_list_has_prices_and_where_it_has_none_the_branchs_own_counts(
    desk: ReplicaClinic, branch: UUID
) -> None:
    service, other = added(desk, price="45"), added(desk, code="C02", price="60")
    insurer = desk.run(services.add_price_list, {"name": "Harbour Mutual"})
    desk.run(services.edit_service, service, {"price": "40", "price_list_id": insurer})
    assert cost(desk, service, branch, by=insurer) == "40.00 EUR"
    assert cost(desk, other, branch, by=insurer) == "60.00 EUR"
    assert cost(desk, service, branch) == "45.00 EUR"
    assert [(row.name, row.prices) for row in desk.read(services.price_lists)] == [("Harbour Mutual", 1)]
    assert "1 service" in refused(desk, services.remove_price_list, insurer).sentence
    empty = desk.run(services.add_price_list, {"name": "Empty"})
    desk.run(services.edit_price_list, empty, {"name": "Still empty"})
    desk.run(services.remove_price_list, empty)
    assert refused(desk, services.add_price_list, {"name": "harbour  mutual"}).field == "name"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": " "}, "code"), ({"name": ""}, "name"), ({"kind": None}, "kind"), ({"kind": "magic"}, "kind"),
        ({"tax": "101"}, "tax"), ({"tax": "a"}, "tax"), ({"price": "free"}, "price"),
        ({"valid_from": today()}, "price"), ({"code": "x" * 21}, "code"),
        ({"price": "1", "valid_from": today() - TOMORROW}, "valid_from"),
        ({"price": "1", "valid_from": today() + dt.timedelta(days=4000)}, "valid_from"),
        ({"price": "1", "valid_from": "soon"}, "valid_from"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(
    desk: ReplicaClinic, branch: UUID, changes: dict[str, Any], field: str
) -> None:
    assert refused(desk, services.add_service, VISIT | changes).field == field


def test_a_code_is_one_services_in_its_branch(desk: ReplicaClinic, branch: UUID) -> None:
    service = added(desk)
    assert "Consultation" in refused(desk, services.add_service, VISIT | {"code": "c01"}).sentence
    added(desk, org_id=branch)
    desk.run(services.edit_service, service, {"code": "C01", "name": "Visit", "active": False, "tax": ""})
    assert (shown(desk, service).name, shown(desk, service).active) == ("Visit", False)
    desk.run(services.remove_service, service)
    added(desk)


def test_a_branch_with_prices_keeps_its_currency(desk: ReplicaClinic, branch: UUID) -> None:
    service = added(desk, price="45")
    assert refused(desk, directory.edit_organisation, desk.org_id, {"currency": "CHF"}).field == "currency"
    desk.run(directory.edit_organisation, desk.org_id, {"currency": "EUR", "name": "Old Quay"})
    desk.run(directory.edit_organisation, branch, {"currency": "CHF"})
    assert cost(desk, service, branch) == "45.00 EUR"


DAYS = [dt.date(2026, 1, 1) + dt.timedelta(days=at) for at in range(6)]
WAY = tuple(new_id() for _ in range(3))
LISTS = (None, new_id(), new_id())


@given(
    rows=st.lists(
        st.tuples(st.sampled_from(WAY), st.sampled_from(LISTS), st.sampled_from(DAYS), st.integers(0, 99)),
        max_size=12,
        unique_by=lambda row: row[:3],
    ),
    day=st.sampled_from(DAYS),
    by=st.sampled_from(LISTS),
    start=st.integers(0, 2),
)
def test_the_price_of_a_day_is_the_nearest_and_the_latest(
    rows: list[tuple[UUID, UUID | None, dt.date, int]], day: dt.date, by: UUID | None, start: int
) -> None:
    prices = [
        PriceRow(new_id(), org, "", of, "", Decimal(amount), "EUR", since) for org, of, since, amount in rows
    ]
    expected = None
    for wanted in (by, None) if by else (None,):
        for org in WAY[start:]:
            begun = [one for one in rows if one[:2] == (org, wanted) and one[2] <= day]
            if begun and expected is None:
                expected = max(begun, key=lambda one: one[2])[3]
    found = price_on(prices, WAY[start:], day, by)
    assert (None if found is None else found.amount) == expected


def test_a_price_that_was_in_force_is_not_written_over(desk: ReplicaClinic, branch: UUID) -> None:
    service = added(desk)
    old = {"service_id": service, "amount": Decimal(40), "valid_from": today() - dt.timedelta(days=30)}
    desk.put(ServicePrice, old)
    desk.run(services.edit_service, service, {"price": "45"})
    assert [one.amount for one in shown(desk, service).prices] == [Decimal(45), Decimal(40)]
    assert cost(desk, service, desk.org_id, today() - TOMORROW) == "40.00 EUR"
