"""What a server lost comes back from the stations: an administrator's part of it, and what is asked about it."""

from uuid import UUID

from medidesk.repositories import patients
from medidesk.server import replay
from medidesk.server.replay import Report
from medidesk.station import Queued, Saved, Station
from tests.support.database import Clinic
from tests.support.stations import quiet, server_rows
from tests.support.waiting import wait_until


def register(station: Station, family_name: str, **more: object) -> UUID:
    """A new file, saved at the server or here."""
    outcome = station.run(patients.register, {"family_name": family_name, **more})
    assert isinstance(outcome, (Saved, Queued))
    found: UUID = outcome.row.id
    return found


def number(station: Station, patient: UUID) -> str:
    """The number that is on paper."""
    row = station.read(patients.by_id, patient)
    assert row is not None
    assert row.file_no
    return str(row.file_no)


def paused(clinic: Clinic) -> bool:
    """Whether nobody may send."""
    return server_rows(clinic, "select sending_paused from server_identity") == [(True,)]


def replayed(clinic: Clinic, *stations: Station, anyway: bool = False) -> Report:
    """An administrator opens a replay, waits for these stations, and closes it."""
    ingrid = clinic.connect("ingrid")
    replay.open_replay(ingrid)
    names = {station.name for station in stations}
    wait_until(lambda: names <= {one["name"] for one in replay.status(ingrid).stations if one["complete"]})
    report = replay.close_replay(ingrid, anyway=anyway)
    for station in stations:
        wait_until(lambda station=station: not station.sync.paused and station.sync.state == "live")  # type: ignore[misc]
    quiet(*stations)
    return report


def brought_back(report: Report) -> dict[tuple[str, str], int]:
    """How many operations came back, by station and verb."""
    return {(one.station, one.verb): one.count for one in report.counts if one.state == "applied"}
