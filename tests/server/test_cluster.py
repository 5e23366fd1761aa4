import stat
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from medidesk.errors import ServerProblem
from medidesk.server.cluster import SUPERUSER, Cluster
from medidesk.server.settings import ServerSettings
from tests.server.conftest import OPTIONS
from tests.support.cluster import chosen_binaries, running_cluster
from tests.support.waiting import wait_until


def connect(cluster: Cluster, dbname: str = "postgres") -> psycopg.Connection:
    url = cluster.url(dbname, cluster.superuser, cluster.superuser_password)
    return psycopg.connect(url, autocommit=True)


def value(cluster: Cluster, query: str) -> object:
    with connect(cluster) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_status_tells_where_it_runs(cluster: Cluster) -> None:
    status = cluster.status()
    assert status.running
    assert status.version == chosen_binaries().major
    assert value(cluster, "select inet_server_port()") == status.port


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("password_encryption", "scram-sha-256"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("TimeZone", "UTC"),
        ("lc_messages", "C"),
        ("track_commit_timestamp", "off"),
        ("log_error_verbosity", "terse"),
    ],
)
def test_configuration(cluster: Cluster, setting: str, expected: str) -> None:
    assert value(cluster, f"select current_setting('{setting}')") == expected


def test_unless_told_what_is_committed_survives_a_power_cut(folder: Path) -> None:
    with Cluster(folder, chosen_binaries()) as durable:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert value(durable, f"select current_setting('{setting}')") == "on"


def test_names_sort_by_code_point_and_fold_case_beyond_ascii_on_every_version(cluster: Cluster) -> None:
    names = "(values ('b'), ('Z'), ('é'), ('É'), ('a')) as names (name)"
    assert value(cluster, f"select string_agg(name, ' ' order by name) from {names}") == "Z a b É é"
    assert value(cluster, "select lower('ÉLAN ŁÓDŹ ΑΘΗΝΑ')") == "élan łódź αθηνα"


def test_trigrams_know_letters_beyond_ascii(cluster: Cluster) -> None:
    with connect(cluster) as connection, connection.transaction(force_rollback=True):
        connection.execute("create extension pg_trgm")
        row = connection.execute("select cardinality(show_trgm('éa'))").fetchone()
    assert row == (3,)


def test_everybody_needs_a_password(cluster: Cluster) -> None:
    with connect(cluster) as connection:
        rules = connection.execute("select type, auth_method from pg_hba_file_rules").fetchall()
        verifier = connection.execute("select rolpassword from pg_authid where rolcanlogin").fetchone()
    assert {method for _, method in rules} <= {"scram-sha-256", "reject"}
    assert verifier is not None
    assert verifier[0].startswith("SCRAM-SHA-256$")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.url("postgres", cluster.superuser, "wrong"))


def test_the_superusers_password_lies_in_one_file_for_its_owner_alone(cluster: Cluster) -> None:
    holders = [
        path
        for root in (cluster.folder.path, cluster.data)
        for path in root.glob("*")
        if path.is_file() and cluster.superuser_password.encode() in path.read_bytes()
    ]
    assert [path.name for path in holders] == ["superuser.password"]
    assert stat.S_IMODE(holders[0].stat().st_mode) == 0o600


def test_addresses_hold_any_name_and_password(cluster: Cluster) -> None:
    name, password = "dr. o'neil@ward", "p@ss/wörd?&=%"
    with connect(cluster) as connection:
        connection.execute(f"create role \"{name}\" login password '{password}'")
        try:
            with psycopg.connect(cluster.url("postgres", name, password)) as theirs:
                assert theirs.info.user == name
        finally:
            connection.execute(f'drop role "{name}"')


def test_addresses_trust_this_server_alone(cluster: Cluster) -> None:
    if not cluster.binaries.tls:
        pytest.skip("this PostgreSQL was built without TLS")
    options = parse_qs(urlsplit(cluster.url("postgres", "anna", "secret")).query)
    assert options["sslmode"] == ["verify-full"]
    assert options["sslrootcert"] == [str(cluster.authority)]


def test_logs_name_who_was_refused_and_hold_no_patient_data(cluster: Cluster) -> None:
    with connect(cluster) as connection, connection.transaction(force_rollback=True):
        connection.execute("create table patient (name text primary key)")
        connection.execute("insert into patient values ('Zebediah Quux')")
        with pytest.raises(psycopg.errors.UniqueViolation, match="Zebediah"), connection.transaction():
            connection.execute("insert into patient values ('Zebediah Quux')")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(cluster.url("postgres", "intruder", "guess"))

    def logged() -> str:
        return "".join(path.read_text() for path in (cluster.data / "log").glob("*.log"))

    wait_until(lambda: "28P01 intruder@postgres 127.0.0.1" in logged())
    assert "23505" in logged()
    assert "Zebediah" not in logged()


def test_a_wrong_password_waits_for_its_answer(made: Cluster) -> None:
    if not made.binaries.has_module("auth_delay"):
        pytest.skip("this PostgreSQL has no auth_delay")
    slow = ServerSettings(refusal_delay_ms=700, extra=OPTIONS.extra)
    with Cluster(made.folder.path, made.binaries, options=slow) as server:
        before = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url("postgres", server.superuser, "wrong"))
        assert time.monotonic() - before > 0.7


def test_pg_dump_comes_along(cluster: Cluster) -> None:
    url = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    finished = subprocess.run(
        [cluster.binaries.path("pg_dump"), "--schema-only", url], check=True, capture_output=True, text=True
    )
    assert "PostgreSQL database dump complete" in finished.stdout


def test_it_is_made_once_and_starts_and_stops_again(folder: Path) -> None:
    with Cluster(folder, chosen_binaries(), options=OPTIONS) as first:
        with connect(first) as connection:
            connection.execute("create table kept (id int)")
        password, port = first.superuser_password, first.status().port
    assert not first.status().running
    with Cluster(folder, options=OPTIONS) as second:
        assert (second.superuser, second.superuser_password) == (SUPERUSER, password)
        assert second.status().port == port
        assert value(second, "select count(*) from kept") == 0
        pid = second.status().pid
        assert second.start().pid == pid
        assert second.restart().pid != pid


def test_destroying_leaves_nothing_and_making_it_anew_works(made: Cluster) -> None:
    made.start()
    data, before = made.data, made.superuser_password
    made.destroy()
    assert not data.exists()
    assert made.status().version is None
    made.create()
    assert made.superuser_password != before


def test_a_server_that_was_never_made_says_so(folder: Path) -> None:
    with pytest.raises(ServerProblem, match="There is no server in"):
        Cluster(folder).start()


def test_without_tls_it_serves_this_computer_only(cluster: Cluster) -> None:
    extra = {"fsync": "off"}
    with running_cluster(extra_settings=extra) as ours:
        ours.stop()
        without = type(ours.binaries)(
            ours.binaries.bin_dir, ours.binaries.major, ours.binaries.source, tls=False
        )
        plain = Cluster(ours.folder.path, without, options=ServerSettings(extra=extra))
        plain.start()
        assert "sslmode=disable" in plain.url("postgres", "anna", "secret")
        assert value(plain, "select current_setting('ssl')") == "off"
        plain.stop()
        with pytest.raises(ServerProblem, match="without TLS"):
            Cluster(ours.folder.path, without, options=ServerSettings(listen="*", extra=extra)).start()
