"""Prices over raw connections: what was charged stays, whoever connects."""

from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.support.database import Clinic
from tests.support.raw_rows import insert


@pytest.fixture
def service(clinic: Clinic) -> UUID:
    of = {"org_id": clinic.org_id, "code": "C01", "name": "Consultation", "kind": "consultation"}
    return insert(clinic.admin(), "service", of)


@pytest.fixture
def administrator(clinic: Clinic) -> psycopg.Connection:
    connection = clinic.connect("ingrid")
    connection.execute("set session characteristics as transaction read write")
    return connection


def priced(clinic: Clinic, service: UUID, since: str, **more: Any) -> UUID:
    price = {"org_id": clinic.org_id, "service_id": service, "amount": 45, "valid_from": since}
    return insert(clinic.admin(), "service_price", price | more)


@pytest.mark.parametrize("change", ["amount = 50", "valid_from = '2090-01-01'", "deleted_at = now()"])
def test_a_price_that_has_been_in_force_stays(
    clinic: Clinic, administrator: psycopg.Connection, service: UUID, change: str
) -> None:
    price = priced(clinic, service, "2026-01-01")
    with pytest.raises(psycopg.Error, match="has been in force") as told:
        administrator.execute(f"update service_price set {change} where id = %s".encode(), (price,))
    assert told.value.sqlstate == "MD005"
    coming = priced(clinic, service, "2090-01-01" if "2090" not in change else "2091-01-01")
    assert administrator.execute(
        f"update service_price set {change} where id = %s".encode(), (coming,)
    ).rowcount


def test_of_one_day_there_is_one_price_also_in_no_list(clinic: Clinic, service: UUID) -> None:
    priced(clinic, service, "2026-01-01")
    with pytest.raises(psycopg.errors.UniqueViolation, match="service_price_once"):
        priced(clinic, service, "2026-01-01")
    price_list = insert(clinic.admin(), "price_list", {"org_id": clinic.org_id, "name": "Mutual"})
    priced(clinic, service, "2026-01-01", price_list_id=price_list)


def test_no_price_is_below_nothing(clinic: Clinic, service: UUID) -> None:
    for amount in (-1, "NaN"):
        with pytest.raises(psycopg.errors.CheckViolation):
            priced(clinic, service, "2026-01-01", amount=amount)


def test_a_branch_with_prices_keeps_its_currency(
    clinic: Clinic, administrator: psycopg.Connection, service: UUID
) -> None:
    change = "update organisation set currency = %s where id = %s"
    administrator.execute(change, ("CHF", clinic.org_id))
    priced(clinic, service, "2090-01-01")
    with pytest.raises(psycopg.Error, match="keeps that currency") as told:
        administrator.execute(change, ("EUR", clinic.org_id))
    assert told.value.sqlstate == "MD005"
    administrator.execute("update organisation set name = 'Quay' where id = %s", (clinic.org_id,))


@pytest.mark.parametrize("login", ["sofia", "rui", "anjali"])
def test_whoever_does_not_run_the_clinic_reads_prices_and_sets_none(
    clinic: Clinic, service: UUID, login: str
) -> None:
    priced(clinic, service, "2026-01-01")
    with clinic.connect(login) as connection:
        assert connection.execute("select amount from service_price").fetchall()
        connection.execute("set session characteristics as transaction read write")
        connection.commit()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("update service_price set amount = 0")
