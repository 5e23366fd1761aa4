"""A clinic with a past: days of changes and openings that are sealed, and so old that they may be archived."""

import datetime as dt
import gzip
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from medidesk.server import archive, seals
from medidesk.server.archive import Archived
from tests.support.database import Clinic
from tests.support.operations import patient

LONG_AGO = dt.timedelta(days=500)


def grow_old(admin: psycopg.Connection, by: dt.timedelta = LONG_AGO) -> None:
    """What is not sealed yet was written so much earlier; so were the openings of files."""
    admin.execute(
        "update audit_log a set at = at - %s where not exists (select from audit_seal s "
        "where s.epoch = a.epoch and a.xid >= s.from_xid and a.xid < s.upto)",
        (by,),
    )
    admin.execute("update access_log set at = at - %s where at > now() - %s", (by, by))


def past(clinic: Clinic, admin: psycopg.Connection, days: int) -> list[UUID]:
    """Patients, each of whom was registered and looked at under a seal of its own, long ago."""
    found = []
    for _ in range(days):
        who = patient(clinic, family_name='Sow, "Awa"\nof the hill')
        opening = {"id": str(uuid4()), "patient": str(who), "at": "2025-03-01T08:00:00Z", "reason": "=1+1"}
        clinic.connect("sofia").execute("select log_openings(%s, 'Reception')", (Jsonb([opening]),))
        grow_old(admin)
        assert seals.seal(admin) == 1
        found.append(who)
    return found


def archived(admin: psycopg.Connection, folder: Path) -> Archived:
    """What is older than a year has left."""
    done = archive.archive(admin, folder, archive.usual_day(dt.datetime.now(dt.UTC)))
    assert done is not None
    return done


def rewrite(path: Path, old: str, new: str) -> None:
    """Change a file's text, as somebody would who unpacks it and packs it again."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        text = file.read()
    assert old in text
    with gzip.open(path, "wt", encoding="utf-8", newline="\n") as file:
        file.write(text.replace(old, new))
