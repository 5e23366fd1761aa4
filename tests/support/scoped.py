"""A table of which stations hold the last days only: conditions that ended longer ago stay at the server."""

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from medidesk.models.base import LastDays
from medidesk.models.patients import Condition
from medidesk.station import Station
from tests.support.database import Clinic

DAYS = 365
RECENT = LastDays("ended_on", DAYS)


def only_recent_conditions(monkeypatch: pytest.MonkeyPatch, scope: LastDays = RECENT) -> None:
    """Declare it, as a model would."""
    monkeypatch.setattr(Condition, "__rules__", replace(Condition.__rules__, scope=scope))


def ended(days_ago: int) -> dt.date:
    """The day so many days ago."""
    return dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days_ago)


def condition(clinic: Clinic, patient: UUID, text: str, days_ago: int | None) -> UUID:
    """A condition that ended so many days ago, or goes on, as the server has it."""
    with clinic.admin() as admin:
        row = admin.execute(
            "insert into condition (id, org_id, patient_id, text, ended_on) "
            "values (gen_random_uuid(), %s, %s, %s, %s) returning id",
            (clinic.org_id, patient, text, None if days_ago is None else ended(days_ago)),
        ).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


def patient(clinic: Clinic, name: str, merged_into: UUID | None = None) -> UUID:
    """A patient's file, as the server has it."""
    with clinic.admin() as admin:
        row = admin.execute(
            "insert into patient (id, org_id, family_name, merged_into_id) "
            "values (gen_random_uuid(), %s, %s, %s) returning id",
            (clinic.org_id, name, merged_into),
        ).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


def held(station: Station) -> set[str]:
    """The texts of the conditions that a station holds."""

    def every(session: Any) -> set[str]:
        rows = session.connection().exec_driver_sql("select text from condition").fetchall()
        return {row[0] for row in rows}

    return station.read(every)


def on_loop(station: Station, statement: str, *values: object) -> None:
    """Run a statement on a station's replica, on the thread that writes it."""
    writer = station._engine.replica.writer
    station._engine.call(lambda: writer.execute(statement, values)).result(5)


def days_pass(station: Station, days: int) -> None:
    """The station was last here so many days ago."""
    holdings = station._engine.holdings
    assert holdings.horizon is not None
    earlier = holdings.horizon - dt.timedelta(days=days)
    station._engine.call(lambda: holdings._move(earlier)).result(5)
    on_loop(station, "update pin set until = until - ?", days)
