"""One row of every synchronised table, written as an administrator of the server would."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.support.database import Clinic


def insert(connection: psycopg.Connection, table: str, values: Mapping[str, Any]) -> UUID:
    """Insert one row; its id is made here unless given."""
    row = {"id": uuid4(), **values}
    connection.execute(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        ),
        list(row.values()),
    )
    made = row["id"]
    assert isinstance(made, UUID)
    return made


def samples(
    clinic: Clinic, patient: UUID, other: UUID, staff: UUID, login: str = "rui"
) -> dict[str, dict[str, Any]]:
    """Values that each table takes, for rows that belong to the clinic; `login` is given a further role."""
    account, mark = clinic.account(login), uuid4().hex[:8]
    day = dt.date.fromordinal(700_000 + int(mark[:4], 16))
    service = insert(
        clinic.admin(), "service", {"org_id": clinic.org_id, "kind": "other"} | _called(mark[::-1])
    )
    values: dict[str, dict[str, Any]] = {
        "organisation": {"parent_id": clinic.org_id, "kind": "branch", "name": f"Branch {mark}"},
        "department": {"name": f"Department {mark}"},
        "specialisation": {"name": f"Speciality {mark}"},
        "room": {"name": f"Room {mark}"},
        "staff": {"kind": "other", "family_name": "Sample"},
        "duty_schedule": {
            "staff_id": staff,
            "weekday": 1,
            "from_minute": 540,
            "to_minute": 720,
            "slot_minutes": 15,
            "starts_on": day,
            "ends_on": day,
        },
        "duty_exception": {"staff_id": staff, "kind": "away", "starts_on": day, "ends_on": day},
        "user_account": {"login": f"sample{mark}", "staff_id": staff},
        "role": {"name": f"role{mark}", "label": "Sample"},
        "role_level": {"role": "manager", "area": mark, "level": "read"},
        "service": {"kind": "other"} | _called(mark),
        "price_list": {"name": f"List {mark}"},
        "service_price": {"service_id": service, "amount": 12, "valid_from": dt.date(2090, 1, 1)},
        "setting": {"name": _setting(login), "value": Jsonb(14)},
        "user_role": {"user_account_id": account, "role": "nurse"},
        "patient": {"family_name": "Sample"},
        "patient_identifier": {"patient_id": patient, "kind": "passport", "value": mark},
        "next_of_kin": {"patient_id": patient, "name": "Sample"},
        "patient_alert": {"patient_id": patient, "text": "Sample"},
        "patient_photo": {"patient_id": other, "media_type": "image/png", "content": b"\x89PNG"},
        "patient_merge": {"kept_id": patient, "merged_id": other, "state": "proposed"},
        "allergy": {"patient_id": patient, "substance": "Sample"},
        "appointment": {
            "patient_id": patient,
            "staff_id": staff,
            "starts_at": dt.datetime.combine(day, dt.time(9), dt.UTC),
            "ends_at": dt.datetime.combine(day, dt.time(9, 15), dt.UTC),
        },
        "condition": {"patient_id": patient, "text": "Sample"},
        "visit": {"patient_id": patient, "arrived_at": dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)},
        **_of_money(clinic, patient, service, account, mark),
        "decision": {"op_id": uuid4(), "author": login, "title": "Sample", "verdict": "theirs"},
    }
    return {table: {"org_id": clinic.org_id, **row} for table, row in values.items()}


def _of_money(
    clinic: Clinic, patient: UUID, service: UUID, account: UUID, mark: str
) -> dict[str, dict[str, Any]]:
    """The same of bills and money, with what each of them is of."""
    admin, of, when = clinic.admin(), {"org_id": clinic.org_id}, dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
    today = admin.execute(
        "select (now() at time zone timezone)::date from organisation where id = %s", [clinic.org_id]
    ).fetchone()
    assert today is not None
    insert(admin, "service_price", of | {"service_id": service, "amount": 12, "valid_from": today[0]})
    charge = {"patient_id": patient, "service_id": service, "text": "Sample", "quantity": 1, "unit_price": 12}
    charge["charged_at"] = when
    bill, money = {"patient_id": patient}, {"patient_id": patient, "way": "card", "amount": 5}
    money |= {"receipt_id": uuid4(), "taken_at": when}
    refund = {
        "payment_id": insert(admin, "payment", of | money | {"receipt_id": uuid4()}),
        "amount": 1,
        "reason": "Sample",
    }
    insurer = insert(admin, "insurer", of | {"name": f"Insurer {mark[::-1]}"})
    policy = of | {"patient_id": patient, "insurer_id": insurer, "policy_no": mark[::-1]}
    policy["id"] = insert(admin, "insurance_policy", policy)

    def insured() -> dict[str, Any]:
        """Of a claim: of an invoice of its own that this insurer pays."""
        own = {"charge_id": insert(admin, "charge", of | charge), "position": 1, "text": "Sample"}
        with admin.transaction():
            issued = bill | {"policy_id": policy["id"], "state": "issued", "issued_at": when}
            own["invoice_id"] = insert(
                admin, "invoice", of | issued | {"lines": 1, "total": 12, "covered": 12}
            )
            amounts = {"quantity": 1, "unit_price": 12, "net": 12, "total": 12, "covered": 12}
            lines[own["invoice_id"]] = insert(admin, "invoice_line", of | own | amounts)
        claim = {"patient_id": patient, "invoice_id": own["invoice_id"], "insurer_id": insurer}
        return claim | {"policy_no": policy["policy_no"]}

    lines: dict[object, UUID] = {}
    claimed = insured()
    return {
        "insurer": {"name": f"Insurer {mark}"},
        "insurance_policy": {"patient_id": patient, "insurer_id": insurer, "policy_no": mark},
        "charge": charge,
        "discount": {"charge_id": insert(admin, "charge", of | charge), "amount": 1, "reason": "Sample"},
        "invoice": bill,
        "invoice_line": {
            "invoice_id": insert(admin, "invoice", of | bill),
            "charge_id": insert(admin, "charge", of | charge),
            "position": 1,
            "text": "Sample",
            "quantity": 1,
            "unit_price": 12,
            "net": 12,
            "total": 12,
        },
        "cashier_session": {"cashier_id": account, "drawer": mark, "opened_at": when, "opening_float": 0},
        "payment": money,
        "refund": refund,
        "refund_verdict": {"refund_id": insert(admin, "refund", of | refund), "verdict": "approved"},
        "insurance_claim": insured(),
        "claim_line": {
            "claim_id": insert(admin, "insurance_claim", of | claimed),
            "invoice_line_id": lines[claimed["invoice_id"]],
            "position": 1,
            "claimed": 12,
        },
    }


def _called(mark: str) -> dict[str, str]:
    return {"code": mark, "name": f"Service {mark}"}


def _setting(login: str) -> str:
    """Each is set once in a branch: those who take samples of one clinic take them for different logins."""
    return "offline_days" if login == "rui" else "restricted_minutes"


# A column of each table that people who may change it can set, and a value for it.
CHANGES: Mapping[str, tuple[str, object]] = {
    "organisation": ("name", "Other"),
    "department": ("name", "Other"),
    "specialisation": ("name", "Other"),
    "room": ("name", "Other"),
    "staff": ("family_name", "Other"),
    "duty_schedule": ("slot_minutes", 20),
    "duty_exception": ("reason", "Other"),
    "user_account": ("state", "suspended"),
    "role": ("label", "Other"),
    "role_level": ("level", "change"),
    "service": ("name", "Other"),
    "price_list": ("name", "Other"),
    "service_price": ("amount", 13),
    "setting": ("value", Jsonb(7)),
    "user_role": ("role", "cashier"),
    "patient": ("phone", "555"),
    "patient_identifier": ("value", "other"),
    "next_of_kin": ("name", "Other"),
    "patient_alert": ("text", "Other"),
    "patient_photo": ("media_type", "image/jpeg"),
    "patient_merge": ("state", "dismissed"),
    "allergy": ("substance", "Other"),
    "appointment": ("note", "Other"),
    "condition": ("text", "Other"),
    "visit": ("note", "Other"),
    "insurer": ("name", "Other"),
    "insurance_policy": ("policy_no", "Other"),
    "charge": ("withdrawn_reason", "Other"),
    "discount": ("deleted_at", dt.datetime(2026, 1, 5, tzinfo=dt.UTC)),
    "invoice": ("note", "Other"),
    "invoice_line": ("deleted_at", dt.datetime(2026, 1, 5, tzinfo=dt.UTC)),
    "cashier_session": ("note", "Other"),
    "payment": ("reference", "Other"),
    "refund": ("state", "withdrawn"),
    "refund_verdict": ("note", "Other"),
    "insurance_claim": ("note", "Other"),
    "claim_line": ("refusal", "Other"),
    "decision": ("reason", "Other"),
}
