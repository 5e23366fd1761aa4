"""A clinic's server is lost, comes back from a sealed backup in another place, and the stations bring the rest."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from medidesk.errors import ServerProblem
from medidesk.repositories import patients
from medidesk.server import local, replay
from medidesk.server.backups import keys, loading, restoring, taking
from medidesk.server.backups.shelf import Plan
from medidesk.server.cluster import Cluster
from medidesk.server.local import FirstPerson, LocalServer
from medidesk.server.settings import ServerSettings
from medidesk.station import Saved, Station
from tests.support.cluster import WITHOUT_DURABILITY, folder_for_cluster
from tests.support.operations import one
from tests.support.stations import quiet
from tests.support.waiting import wait_until

ANA = FirstPerson("ana", "A long way to the sea, 7 bridges", "Sow", "Ana")


@pytest.fixture
def home() -> Iterator[Path]:
    """Of a server of this test's own."""
    with folder_for_cluster() as folder:
        home = folder.parent / "home"
        home.mkdir(mode=0o711)
        yield home
        for left in home.glob("server*"):
            Cluster(left).destroy()


@pytest.fixture
def server(home: Path) -> LocalServer:
    cluster = Cluster(home / "server")
    cluster.create()
    port = Cluster.free_port()
    cluster.folder.keep_settings(ServerSettings(port=port, shared_buffers_mb=32, extra=WITHOUT_DURABILITY))
    return local.ensure(home, "Clinic", ANA)


@pytest.fixture
def station(server: LocalServer, tmp_path: Path) -> Iterator[Station]:
    """Where Ana works."""
    with Station.open(
        server.address, ANA.login, ANA.password, home=tmp_path / "station", name="Desk"
    ) as opened:
        quiet(opened)
        yield opened


def register(station: Station, name: str) -> None:
    assert isinstance(station.run(patients.register, {"family_name": name}, patience=20), Saved)


def names(server: LocalServer) -> list[str]:
    with server.connect() as connection:
        rows = connection.execute("select family_name from patient order by 1").fetchall()
    return [row[0] for row in rows]


def test_a_server_that_is_lost_with_its_disk_comes_back_whole(
    home: Path, server: LocalServer, station: Station, tmp_path: Path
) -> None:
    key = tmp_path / "backup.key"
    plan = Plan(keys.new_key(key), tmp_path / "backups")
    register(station, "Before")
    backup = taking.take(server, plan)
    register(station, "After")
    quiet(station)
    server.cluster.stop("immediate")
    shutil.rmtree(server.cluster.data)
    told: list[str] = []

    done = restoring.restore(home, backup, key, told.append)

    assert done.aside is not None
    assert done.aside.is_dir()
    assert done.server.cluster.status().port == server.cluster.folder.settings().port
    assert len(told) == 4
    assert names(done.server) == ["Before"]
    station.retry_now()
    with done.server.connect() as admin:
        wait_until(lambda: [one["complete"] for one in replay.status(admin).stations] == [True])
        report = replay.close_replay(admin)
    assert report.total("applied") == 1
    wait_until(lambda: station.sync.state == "live" and not station.sync.paused)
    assert names(done.server) == ["After", "Before"]
    register(station, "Since")
    assert names(done.server) == ["After", "Before", "Since"]


def test_what_served_before_is_put_aside_and_serves_again_when_it_is_put_back(
    home: Path, server: LocalServer, tmp_path: Path
) -> None:
    key = tmp_path / "backup.key"
    backup = taking.take(server, Plan(keys.new_key(key), tmp_path / "backups"))
    with server.connect() as admin:
        identity = one(admin, "select system_identifier from pg_control_system()")
    done = restoring.restore(home, backup, key)
    assert done.aside is not None
    with done.server.connect() as admin:
        assert one(admin, "select system_identifier from pg_control_system()") != identity
        assert (
            one(admin, "select count(*) from pg_authid where rolname = 'ana' and rolpassword is not null")
            == 1
        )
    assert done.server.cluster.folder.whole_authority() == Cluster(done.aside).folder.whole_authority()
    done.server.cluster.stop()
    done.server.cluster.folder.move(home / "server.restored")
    Cluster(done.aside).folder.move(home / "server")
    with local.running(home).connect() as admin:
        assert one(admin, "select system_identifier from pg_control_system()") == identity
        assert one(admin, "select count(*) from user_account where login = 'ana'") == 1


def test_a_backup_that_cannot_be_loaded_leaves_what_serves_alone(
    home: Path, server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "backup.key"
    backup = taking.take(server, Plan(keys.new_key(key), tmp_path / "backups"))

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "check", broken)
    with pytest.raises(KeyboardInterrupt):
        restoring.restore(home, backup, key)
    assert server.cluster.status().running
    assert sorted(one.name for one in home.iterdir() if one.name.startswith("server")) == [
        "server",
        "server.restoring",
    ]
    monkeypatch.undo()
    assert restoring.restore(home, backup, key).server.cluster.status().running, (
        "what was left is no obstacle"
    )


def test_where_the_restored_server_does_not_start_what_served_serves_again(
    home: Path, server: LocalServer, station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "backup.key"
    backup = taking.take(server, Plan(keys.new_key(key), tmp_path / "backups"))
    register(station, "After")
    quiet(station)
    starting = restoring._start

    def refuses(*_given: object) -> Cluster:
        raise ServerProblem("It does not start.", "Look at its log.")

    monkeypatch.setattr(restoring, "_start", refuses)
    with pytest.raises(ServerProblem, match="does not start"):
        restoring.restore(home, backup, key)
    assert names(local.running(home)) == ["After"]
    assert [one.name[:14] for one in home.glob("server.*")] == ["server.failed-"]
    station.retry_now()
    wait_until(lambda: station.sync.state == "live")
    register(station, "And on")
    quiet(station)

    monkeypatch.setattr(restoring, "_start", starting)
    assert restoring.restore(home, backup, key).aside is not None
