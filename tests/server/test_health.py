"""What a server says of itself, and when somebody must see to it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from typer.testing import CliRunner

from medidesk.commands import app
from medidesk.server import health, seals, setup
from medidesk.server.cluster import Cluster
from medidesk.server.health_said import Said, Standby, StationSeen
from medidesk.server.local import FirstPerson, LocalServer
from tests.support.cluster import folder_for_cluster
from tests.support.database import Clinic
from tests.support.operations import one, patient

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WELL = Said(
    now=NOW,
    started_at=NOW - timedelta(days=90),
    version="18.6",
    schema_version=3,
    bytes=10**8,
    sending_paused=False,
    replay_open=False,
    backup_at=NOW - timedelta(hours=7),
    backup_bytes=10**7,
    backup_problem="",
    sealed_at=NOW - timedelta(hours=20),
    changed_at=NOW,
    oldest_at=NOW - timedelta(days=400),
    held=0,
    restricted_opened=0,
    connections=40,
    connections_most=170,
    transaction_since=NOW,
    standbys=(Standby("second", "10.0.0.2", "streaming", 1000),),
    stations=(StationSeen(uuid4(), "Reception", "A1B", NOW - timedelta(hours=1), "sofia", "0.1.0"),),
    archiving=True,
    archived_at=NOW - timedelta(minutes=4),
    archive_failed_at=NOW - timedelta(days=3),
    unarchived_since=NOW - timedelta(minutes=3),
)


def told(said: Said) -> dict[str, tuple[str, str]]:
    return {one.about: (one.level, f"{one.sentence} {one.next_step}") for one in health.findings(said)}


def test_a_server_that_is_well_says_so_of_everything() -> None:
    found = health.findings(WELL)
    assert {one.level for one in found} == {"good"}
    assert health.worst(found) == "good"
    assert not any(one.next_step for one in found)


@pytest.mark.parametrize(
    ("change", "about", "level", "words"),
    [
        ({"version": "14.9"}, "version", "look", "tested with 15 to 18"),
        ({"replay_open": True, "sending_paused": True}, "sending", "bad", "medidesk server replay close"),
        ({"sending_paused": True}, "sending", "bad", "medidesk server replay open"),
        ({"held": 2}, "held", "look", "2 facts are held"),
        ({"backup_at": None, "backup_problem": None}, "backup", "bad", "medidesk backup setup"),
        ({"backup_at": None, "backup_problem": "No room."}, "backup", "bad", "No room."),
        ({"backup_at": NOW - timedelta(days=3)}, "backup", "bad", "27.02.2026 09:00"),
        ({"backup_problem": "The second place is not there."}, "backup", "look", "second place"),
        ({"archive_failed_at": NOW - timedelta(minutes=1)}, "archive", "bad", "since 02.03.2026 08:56"),
        ({"unarchived_since": NOW - timedelta(hours=2)}, "archive", "look", "since 02.03.2026 07:00"),
        ({"sealed_at": NOW - timedelta(days=3)}, "audit", "look", "not been sealed since 27.02.2026"),
        ({"sealed_at": None}, "audit", "look", "medidesk audit seal"),
        (
            {"oldest_at": NOW - timedelta(days=430)},
            "audit_archive",
            "look",
            "since 27.12.2024 09:00 UTC lie in",
        ),
        (
            {"feed_cut_at": NOW - timedelta(hours=1), "fed_since": NOW - timedelta(days=2)},
            "feed",
            "look",
            "was cut short on 02.03.2026",
        ),
        ({"feed_cut_at": NOW - timedelta(hours=1), "fed_since": None}, "feed", "look", "cut-feed --days 30"),
        ({"connections": 150}, "connections", "look", "150 of 170"),
        ({"transaction_since": NOW - timedelta(hours=2)}, "transaction", "look", "end that session"),
        ({"standbys": (Standby("", "10.0.0.2", "streaming", 10**9),)}, "standby", "look", "953.7 MB behind"),
        ({"standbys": (Standby("two", "10.0.0.2", "catchup", 1),)}, "standby", "look", "two"),
        (
            {"stations": (replace(WELL.stations[0], last_seen_at=NOW - timedelta(days=20)),)},
            "stations",
            "look",
            "Reception",
        ),
        (
            {
                "stations": (
                    replace(WELL.stations[0], last_seen_at=NOW - timedelta(days=2), waiting=2, attention=1),
                )
            },
            "stations",
            "look",
            "3 changes wait at Reception, last in contact 28.02.2026",
        ),
    ],
)
def test_what_needs_somebody_is_said_with_what_to_do(
    change: dict[str, object], about: str, level: str, words: str
) -> None:
    found = told(replace(WELL, **change))  # type: ignore[arg-type]
    assert found[about][0] == level
    assert words in found[about][1]
    assert {one for one, (judged, _) in found.items() if judged != "good"} == {about}


def test_restricted_files_that_were_opened_are_reported() -> None:
    assert "restricted" not in told(WELL)
    level, words = told(replace(WELL, restricted_opened=3))["restricted"]
    assert level == "good"
    assert "3 times within a week" in words


def test_of_an_archive_is_spoken_where_there_is_one() -> None:
    assert told(WELL)["archive"] == ("good", "The server's log is archived. ")
    assert "archive" not in told(replace(WELL, archiving=False, archive_failed_at=NOW))
    never = replace(WELL, archived_at=None, archive_failed_at=NOW)
    assert told(never)["archive"][0] == "bad"


def test_nothing_new_need_not_be_sealed() -> None:
    quiet = replace(WELL, sealed_at=NOW - timedelta(days=9), changed_at=NOW - timedelta(days=10))
    assert told(quiet)["audit"][0] == "good"


def test_an_administrator_is_told_and_nobody_else(clinic: Clinic) -> None:
    patient(clinic)
    seals.seal(clinic.admin())
    said = Said.from_json(one(clinic.connect("ingrid"), "select server_health()"))
    assert said.version.startswith(str(clinic.cluster.status().version))
    assert said.changed_at is not None
    assert said.sealed_at is not None
    assert said.sealed_at >= said.changed_at
    assert said.connections >= 1
    assert said.bytes > 10**6
    assert (said.backup_at, said.held, said.sending_paused) == (None, 0, False)
    assert (said.archiving, said.archived_at) == (False, None)
    assert said.unarchived_since is not None
    for login in ("sofia", "anjali", "joseph"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            clinic.connect(login).execute("select server_health()")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A server that was set up as `medidesk server init` does."""
    with folder_for_cluster() as folder:
        home = folder.parent / "home"
        home.mkdir(mode=0o711)
        wanted = setup.Wanted(port=Cluster.free_port(), listen="127.0.0.1", stations=5)
        server: LocalServer = setup.set_up(
            home, wanted, "Clinic", FirstPerson("ana", "A long way to the sea, 7 bridges", "Sow")
        )
        yield home
        server.cluster.destroy()


def asked(home: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words, "--home", str(home)])
    return result.exit_code, result.output


def test_a_day_of_backups_by_command(home: Path, tmp_path: Path) -> None:
    code, said = asked(home, "server", "health")
    assert code == 1
    assert "! There is no backup." in said
    key, stick = tmp_path / "backup.key", tmp_path / "stick"
    stick.mkdir()
    code, said = asked(home, "backup", "setup", "--key-file", str(key), "--second", str(stick))
    assert code == 0, said
    assert "Keep it away from this computer" in said
    assert "medidesk-backup.timer" in said
    unit = (home / "medidesk-backup.service").read_text()
    assert f"backup now --home {home}" in unit
    assert "AGE-SECRET" not in "".join(one.read_text() for one in home.iterdir() if one.is_file())
    code, said = asked(home, "backup", "now", "--json")
    assert code == 0, said
    made = json.loads(said)
    listed = json.loads(asked(home, "backup", "list", "--json")[1])
    assert listed == [{**made, "copied": True}]
    code, said = asked(home, "backup", "verify", "--key", str(key))
    assert code == 0, said
    assert f"{made['name']} can be brought back: {made['rows']} rows" in said
    code, said = asked(home, "server", "health", "--json")
    assert code == 0, said
    found = json.loads(said)
    levels = {one["about"]: one["level"] for one in found["findings"]}
    assert found["level"] == levels["backup"] == levels["certificate"] == "good"
    stick.rename(tmp_path / "gone")
    code, said = asked(home, "server", "health")
    assert code == 1
    assert "is not there (the backups' second place)" in said


def test_a_server_that_does_not_run_is_not_started_to_be_asked(home: Path) -> None:
    Cluster(home / "server").stop()
    code, said = asked(home, "server", "health")
    assert code == 1
    assert "! The server does not run. Start it: medidesk server start" in said
    assert not Cluster(home / "server").status().running
    Cluster(home / "server").start()


def test_without_a_plan_backup_commands_say_what_to_do(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["backup", "list", "--home", str(tmp_path)])
    assert "Backups have not been set up on this computer." in str(result.exception)


def test_how_far_back_the_feed_reaches_is_said_once_it_was_cut(clinic: Clinic) -> None:
    admin = clinic.connect("ingrid")
    ask = "select server_health()"
    assert "feed" not in told(Said.from_json(one(admin, ask)))
    clinic.admin().execute("insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, 'Sow')",
                           (clinic.org_id,))  # fmt: skip
    with clinic.admin() as server:
        server.execute(
            "insert into feed_floor (epoch, xid) select current_epoch(), min(xid) from audit_log where epoch = 1"
        )
    said = Said.from_json(one(admin, ask))
    assert said.feed_cut_at is not None
    assert said.fed_since is not None
    old = replace(said, fed_since=said.now - timedelta(days=40))
    assert told(old)["feed"][0] == "good"
    assert told(said)["feed"][0] == "look"
