"""Facts that the server holds, and decisions about them, over raw connections."""

from collections.abc import Callable
from uuid import UUID

import psycopg
import pytest

from tests.support.database import Clinic
from tests.support.operations import Json, added, one, operation, patient, send
from tests.support.roles import becomes


def role_ends(clinic: Clinic, login: str, role: str) -> None:
    """Somebody is a cashier now, and no longer what they were."""
    becomes(clinic, login, "cashier", instead_of=role)


def now_made(clinic: Clinic, payload: Json) -> Json:
    """The same, made at this moment."""
    at = one(clinic.admin(), "select to_char(now() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.USOF')")
    return {**payload, "made_at": at}


def held(clinic: Clinic, login: str, payload: Json) -> UUID:
    """A fact of which its author was told that it is saved, and which the server could only hold."""
    answer = send(clinic.connect(login), payload, told=True)
    assert answer["status"] == "held", answer
    return UUID(payload["id"])


def held_allergy(clinic: Clinic) -> tuple[UUID, str]:
    """The doctor's, whose role went during the outage. Returns the fact and the allergy's row."""
    row = added("allergy", clinic.org_id, patient_id=patient(clinic), substance="Latex", severity="severe")
    payload = now_made(clinic, operation("anjali", row, kind="fact"))
    payload["line"] = "Latex"
    role_ends(clinic, "anjali", "doctor")
    return held(clinic, "anjali", payload), row["id"]


def broken(clinic: Clinic, login: str = "sofia") -> UUID:
    """A registration that can never be entered: it has no name."""
    return held(clinic, login, operation(login, added("patient", clinic.org_id, family_name=""), kind="fact"))


def decide(connection: psycopg.Connection, op_id: UUID, verdict: str, why: str = "") -> Json:
    answer: Json = one(connection, "select decide_held(%s, %s, %s)", op_id, verdict, why)
    return answer


def refused(call: Callable[[], object], state: str) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as raised:
        call()
    assert raised.value.sqlstate == state, raised.value
    return raised.value


def listed(connection: psycopg.Connection) -> list[Json]:
    found: list[Json] = one(connection, "select held_facts()")
    return found


def second_administrator(clinic: Clinic) -> psycopg.Connection:
    clinic.admin().execute(
        "select approve_account('olive', null, (select staff_id from user_account where login = 'olive'), "
        "'administrator', %s)",
        (clinic.org_id,),
    )
    return clinic.connect("olive")
