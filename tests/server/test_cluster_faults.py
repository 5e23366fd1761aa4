"""What goes wrong around a server, done to a real one."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from medidesk.errors import DiskFull, ServerProblem
from medidesk.server import postmaster
from medidesk.server.binaries import PostgresBinaries, find_postgres
from medidesk.server.cluster import Cluster
from medidesk.server.local import server_errors
from medidesk.server.run_as import server_user
from tests.server.conftest import OPTIONS
from tests.server.test_cluster import connect, value
from tests.support.cluster import chosen_binaries
from tests.support.waiting import wait_until

resource = pytest.importorskip("resource", reason="limits and signals are tested on POSIX systems")

ROOT = Path(__file__).resolve().parents[2]


def another_medidesk(folder: Path, *steps: str) -> subprocess.Popen[str]:
    """A process of its own that takes `steps` with a `cluster` in `folder`."""
    program = """
        from pathlib import Path
        from tests.server.conftest import OPTIONS
        from tests.support.cluster import chosen_binaries
        from medidesk.server.cluster import Cluster
        cluster = Cluster(Path({folder!r}), chosen_binaries(), options=OPTIONS)
    """
    text = textwrap.dedent(program).format(folder=str(folder)) + "\n".join(steps)
    return subprocess.Popen(
        [sys.executable, "-c", text], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


@contextlib.contextmanager
def listening(port: int) -> Iterator[None]:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No process started meanwhile can write a file beyond `size` bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def foreign_process() -> Iterator[int]:
    """A process of the server's user that is no server."""
    user = server_user()
    process = subprocess.Popen(
        ["sleep", "600"], cwd="/", user=user.uid if user else None, group=user.gid if user else None
    )
    try:
        yield process.pid
        assert process.poll() is None, "the foreign process was harmed"
    finally:
        process.kill()
        process.wait()


def kill(cluster: Cluster) -> None:
    pid = cluster.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: cluster.status().pid is None)


def test_a_port_taken_by_another_program_is_named_when_it_was_fixed(made: Cluster) -> None:
    port = Cluster.free_port()
    fixed = Cluster(made.folder.path, made.binaries, port=port, options=OPTIONS)
    with listening(port), pytest.raises(ServerProblem, match=f"Port {port} .* in use by another program"):
        fixed.start()
    assert fixed.start().port == port


def test_an_embedded_server_moves_to_another_port(made: Cluster) -> None:
    before = made.status().port
    assert before is not None
    with listening(before):
        moved = made.start().port
        assert moved != before
        assert value(made, "select inet_server_port()") == moved


def test_a_killed_server_recovers_what_was_committed(made: Cluster) -> None:
    made.start()
    with connect(made) as connection:
        connection.execute("create table kept as select 42 as answer")
    kill(made)
    assert (made.data / postmaster.PID_FILE).exists()
    assert not made.status().running
    made.start()
    assert value(made, "select answer from kept") == 42


def test_a_server_killed_under_load_starts_at_once_again(made: Cluster) -> None:
    made.start()
    with connect(made) as connection:
        pid = made.status().pid
        assert pid is not None
        asked = threading.Thread(target=ask_until_cut_off, args=(connection,))
        asked.start()
        os.kill(pid, signal.SIGKILL)
        assert made.start().running  # its sessions may not have ended yet
        asked.join()


def test_a_server_that_is_found_and_ends_meanwhile_is_started_anew(made: Cluster) -> None:
    made.start()
    pid = made.status().pid
    assert pid is not None
    pid_file = made.data / postmaster.PID_FILE
    pid_file.write_text(pid_file.read_text().replace("ready ", "starting"))
    ending = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
    ending.start()
    status = made.start()
    ending.join()
    assert status.running
    assert status.pid != pid
    assert value(made, "select 1") == 1


def ask_until_cut_off(connection: psycopg.Connection) -> None:
    with contextlib.suppress(psycopg.OperationalError):
        connection.execute("select pg_sleep(60)")


@pytest.mark.parametrize("left", ["0", "", "not a number", "4194303\n/gone\n0\n5432\n"])
def test_a_stale_pid_file_is_no_hindrance(made: Cluster, left: str) -> None:
    (made.data / postmaster.PID_FILE).write_text(left)
    assert not made.status().running
    assert made.start().running


def test_a_pid_file_with_a_foreign_process_in_it_harms_nobody(made: Cluster) -> None:
    with foreign_process() as pid:
        (made.data / postmaster.PID_FILE).write_text(
            f"{pid}\n{made.data}\n1\n5432\n\n127.0.0.1\n1 1\nready   \n"
        )
        made.stop()
        assert not made.status().running
        assert made.start().running
        made.stop()


def test_no_room_to_make_it(folder: Path) -> None:
    cluster = Cluster(folder, chosen_binaries(), options=OPTIONS)
    with largest_file(2**20), pytest.raises(DiskFull, match="no room left"):
        cluster.create()
    assert not cluster.exists
    cluster.create()
    assert cluster.start().running


def test_no_room_to_start_it(made: Cluster) -> None:
    made.start()
    with connect(made) as connection:
        connection.execute("create table kept as select n from generate_series(1, 20000) as n")
    kill(made)
    with largest_file(2**16), pytest.raises(DiskFull, match="no room left"):
        made.start()
    made.start()
    assert value(made, "select count(*) from kept") == 20000


def other_version() -> PostgresBinaries:
    """An installed PostgreSQL of another major version than the one under test."""
    for version in (15, 16, 17, 18):
        if version != chosen_binaries().major:
            with contextlib.suppress(ServerProblem):
                return find_postgres(version=version)
    pytest.skip("only one version of PostgreSQL is here")


def test_data_of_another_version_is_left_alone(made: Cluster) -> None:
    other = other_version()
    ours = made.binaries.major
    expected = f"made by PostgreSQL {ours}, and this is PostgreSQL {other.major}"
    with pytest.raises(ServerProblem, match=expected) as refused:
        Cluster(made.folder.path, other).start()
    assert f"postgresql-{ours}" in refused.value.next_step
    # Unless told which, MediDesk finds the one that fits.
    assert Cluster(made.folder.path, options=OPTIONS).start().version == ours


def test_data_of_a_version_before_ours_is_refused_in_a_sentence(made: Cluster) -> None:
    (made.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(ServerProblem, match="PostgreSQL 12; MediDesk works with 15 to 18"):
        Cluster(made.folder.path).start()


def test_data_that_vanished_is_named(made: Cluster) -> None:
    (made.data / "PG_VERSION").unlink()
    with pytest.raises(ServerProblem, match="missing or damaged"):
        made.start()
    shutil.rmtree(made.data)
    with pytest.raises(ServerProblem, match="missing or damaged"):
        made.start()


def test_a_damaged_configuration_is_told_in_postgresqls_words(made: Cluster) -> None:
    with (made.data / "postgresql.conf").open("a") as conf:
        conf.write("max_connections = many\n")
    with pytest.raises(ServerProblem, match="max_connections"):
        made.start()


def test_a_configuration_that_is_gone_is_named(made: Cluster) -> None:
    (made.data / "postgresql.conf").unlink()
    with pytest.raises(ServerProblem, match=r"postgresql\.conf.*No such file"):
        made.start()


def test_two_starts_at_once_share_one_server(folder: Path) -> None:
    steps = ("cluster.create()", "print(cluster.start().pid)")
    both = [another_medidesk(folder, *steps) for _ in range(2)]
    pids = {process.communicate(timeout=60)[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert pids == {f"{Cluster(folder).status().pid}\n"}


@pytest.mark.parametrize("with_children", [False, True], ids=["alone", "with its children"])
def test_killed_while_making_it(folder: Path, with_children: bool) -> None:
    process = another_medidesk(folder, "cluster.create()")
    cluster = Cluster(folder, chosen_binaries(), options=OPTIONS)

    def under_way() -> bool:
        record = cluster.folder.record()
        return record is not None and (record.data / "base").exists()

    wait_until(under_way)
    (os.killpg if with_children else os.kill)(process.pid, signal.SIGKILL)
    process.communicate()
    assert not cluster.exists
    cluster.create()
    assert cluster.start().running
    assert not list(cluster.data.parent.glob(".initdb-*"))


@pytest.mark.parametrize("with_children", [False, True], ids=["alone", "with its children"])
def test_killed_while_starting_it(made: Cluster, with_children: bool) -> None:
    conf = made.data / "postgresql.medidesk.conf"
    process = another_medidesk(made.folder.path, "cluster.start()")
    wait_until(conf.exists)  # written right before the server is launched
    (os.killpg if with_children else os.kill)(process.pid, signal.SIGKILL)
    process.communicate()
    status = made.start()
    assert status.running
    assert value(made, "select pg_postmaster_start_time() is not null") is True


def test_killed_while_deleting_it(made: Cluster) -> None:
    made.start()
    process = another_medidesk(
        made.folder.path,
        "import os, shutil, signal",
        "def cut_off(data):",
        "    (data / 'PG_VERSION').unlink()",
        "    os.kill(os.getpid(), signal.SIGKILL)",
        "shutil.rmtree = cut_off",
        "cluster.destroy()",
    )
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert not made.exists  # half-made again, and not the ruins of a clinic that wants its backup
    made.create()
    assert made.start().running


@pytest.mark.parametrize("name", ['the "old" one', "costs $1", "`tick`", os.fsdecode(b"caf\xe9")])
def test_a_folder_whose_name_postgresql_misreads_is_refused_in_a_sentence(folder: Path, name: str) -> None:
    with pytest.raises(ServerProblem, match="cannot keep its data") as refused:
        Cluster(folder.parent / name, chosen_binaries(), options=OPTIONS).create()
    assert "plain name" in refused.value.next_step


def test_a_folder_with_a_name_of_many_kinds_serves(folder: Path) -> None:
    cluster = Cluster(folder / "Ana María's 50% & 東京", chosen_binaries(), options=OPTIONS)
    folder.mkdir(mode=0o711)
    with cluster:
        assert value(cluster, "select 1") == 1
    cluster.destroy()


def test_what_stops_the_server_in_its_work_is_told(made: Cluster) -> None:
    made.start()
    with pytest.raises(DiskFull), server_errors(made), connect(made) as connection:
        connection.execute("do $$ begin raise sqlstate '53100'; end $$")
    with connect(made) as connection:
        made.stop("immediate")
        with pytest.raises(ServerProblem, match="broke off"), server_errors(made):
            connection.execute("select 1")
    made.start()
    made.folder.password = "another"
    with pytest.raises(ServerProblem, match="refused"), server_errors(made), connect(made):
        pass


def test_a_folder_with_somebody_elses_data_is_left_alone(folder: Path) -> None:
    theirs = folder / "data" / "PG_VERSION"
    theirs.parent.mkdir(parents=True)
    folder.chmod(0o711)
    theirs.write_text("16\n")
    with pytest.raises(ServerProblem, match="did not make"):
        Cluster(folder, chosen_binaries()).create()
    assert theirs.read_text() == "16\n"


def test_a_damaged_record_is_named(made: Cluster) -> None:
    record = made.folder.path / "cluster.json"
    whole = record.read_text()
    record.write_text(whole[: len(whole) // 2])
    with pytest.raises(ServerProblem, match=r"cluster\.json is damaged"):
        made.start()
    record.write_text(whole)
