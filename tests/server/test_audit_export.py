"""The audit trail in a file: all of it, in order, and nothing that a spreadsheet would run."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from medidesk.errors import MediDeskError
from medidesk.server import audit_export
from tests.support.database import Clinic
from tests.support.operations import added, one, operation, patient, send


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_change_is_there_once_in_order_with_its_values(clinic: Clinic, tmp_path: Path) -> None:
    patient(clinic, family_name='Sow, "Awa"\nof the hill')
    row = added("patient", clinic.org_id, family_name="Okafor")
    sent = operation("sofia", row) | {"station_name": "=cmd|' /C calc'!A1"}
    send(clinic.connect("sofia"), sent)
    path = tmp_path / "trail.csv"
    written = audit_export.export(clinic.admin(), path)
    rows = read(path)
    assert written == len(rows) == one(clinic.admin(), "select count(*) from audit_log")
    assert [int(row["number"]) for row in rows] == sorted(int(row["number"]) for row in rows)
    assert path.stat().st_mode & 0o077 == 0
    names = [json.loads(row["changes"]).get("family_name") for row in rows if row["table"] == "patient"]
    assert names == ['Sow, "Awa"\nof the hill', "Okafor"]
    assert rows[-1]["station"] == "'=cmd|' /C calc'!A1"
    assert rows[-1]["operation"] == sent["id"]


def test_openings_of_files_are_written_by_themselves(clinic: Clinic, tmp_path: Path) -> None:
    who = patient(clinic)
    opening = {"id": str(uuid4()), "patient": str(who), "at": "2026-11-01T08:00:00Z"}
    clinic.connect("sofia").execute("select log_openings(%s, '=1+1')", (Jsonb([opening]),))
    path = tmp_path / "openings.csv"
    assert audit_export.export(clinic.admin(), path, trail=audit_export.OPENINGS) == 1
    (row,) = read(path)
    assert (row["login"], row["patient"], row["opened_at"]) == (
        "sofia",
        str(who),
        "2026-11-01T08:00:00.000000Z",
    )
    assert row["station"] == "'=1+1"


def test_days_are_chosen(clinic: Clinic, tmp_path: Path) -> None:
    patient(clinic)
    now = datetime.now(UTC)
    assert audit_export.export(clinic.admin(), tmp_path / "later", since=now + timedelta(days=1)) == 0
    assert audit_export.export(clinic.admin(), tmp_path / "before", until=now - timedelta(days=1)) == 0
    day = (now - timedelta(days=1)).replace(tzinfo=None)
    whole = one(clinic.admin(), "select count(*) from audit_log")
    assert audit_export.export(clinic.admin(), tmp_path / "all", since=day) == whole


def test_no_file_is_written_over(clinic: Clinic, tmp_path: Path) -> None:
    path = tmp_path / "trail.csv"
    path.write_text("mine")
    with pytest.raises(MediDeskError, match="is there already"):
        audit_export.export(clinic.admin(), path)
    assert path.read_text() == "mine"
    with pytest.raises(MediDeskError, match="There is no folder"):
        audit_export.export(clinic.admin(), tmp_path / "nowhere" / "trail.csv")
