"""What the demo clinic charges for."""

import datetime as dt
from uuid import UUID

import psycopg

from medidesk.models.types import new_id

_SINCE = dt.date(2026, 1, 1)
# Code, name, kind, euros.
SERVICES = (
    ("C01", "Consultation, general practice", "consultation", "45.00"),
    ("C02", "Consultation, cardiology", "consultation", "80.00"),
    ("C03", "Consultation, child", "consultation", "50.00"),
    ("C09", "Follow-up within two weeks", "consultation", "25.00"),
    ("P01", "Electrocardiogram, 12 leads", "procedure", "30.00"),
    ("P02", "Echocardiogram", "procedure", "120.00"),
    ("P03", "Wound dressing", "procedure", "15.00"),
    ("P04", "Suture, simple", "procedure", "55.00"),
    ("P05", "Injection", "procedure", "8.00"),
    ("P06", "Ear irrigation", "procedure", "22.00"),
    ("L01", "Blood count", "laboratory", "9.50"),
    ("L02", "Lipid profile", "laboratory", "14.00"),
    ("L03", "HbA1c", "laboratory", "12.00"),
    ("L04", "INR", "laboratory", "6.50"),
    ("I01", "Chest X-ray", "imaging", "35.00"),
    ("I02", "Abdominal ultrasound", "imaging", "70.00"),
    ("W01", "Bed, a day", "ward", "180.00"),
    ("O01", "Sick note", "other", "5.00"),
)
LIST = "Harbour Mutual"
IN_THE_LIST = {"C01": "38.00", "C02": "68.00", "P01": "25.00", "L01": "8.00"}
"""What the insurer pays by, where it is not the clinic's own price."""


VISITS = {"Cardiology": "C02", "General practice": "C01", "Paediatrics": "C03"}
"""What a visit to somebody of a speciality is charged as."""


def add_services(connection: psycopg.Connection, org: UUID) -> None:
    """The catalogue with its prices, and an insurer's list.

    Args:
        connection: a superuser's that may write.
        org: the clinic.
    """
    price_list = new_id()
    connection.execute(
        "insert into price_list (id, org_id, name) values (%s, %s, %s)", (price_list, org, LIST)
    )
    for code, name, kind, price in SERVICES:
        service = new_id()
        connection.execute(
            "insert into service (id, org_id, code, name, kind) values (%s, %s, %s, %s, %s)",
            (service, org, code, name, kind),
        )
        agreed = IN_THE_LIST.get(code)
        for of, amount in ((None, price), *(((price_list, agreed),) if agreed else ())):
            connection.execute(
                "insert into service_price (id, org_id, service_id, price_list_id, amount, valid_from) "
                "values (%s, %s, %s, %s, %s, %s)",
                (new_id(), org, service, of, amount, _SINCE),
            )
    for speciality, code in VISITS.items():
        connection.execute(
            "update specialisation set visit_service_id = (select id from service where code = %s and org_id = %s) "
            "where name = %s",
            (code, org, speciality),
        )
