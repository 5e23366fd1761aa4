"""Signing in with and without the server, and everything that can be wrong with a station's files."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from medidesk.errors import (
    AccountSuspended,
    DiskFull,
    MediDeskError,
    ServerUnreachable,
    SignInRefused,
    StationFilesProblem,
    StationInUse,
)
from medidesk.repositories import patients, people
from medidesk.server.accounts import scram_verifier
from medidesk.station import Queued, Saved, Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until
from tests.sync.conftest import OpenHere

PILE = 8
"""So many damaged pages at most lie in a replica before all of it is read, which takes longer than signing in."""

SECOND_START = """
import pathlib, sys
from medidesk.errors import StationInUse
from medidesk.sync.station_lock import StationLock
try:
    StationLock(pathlib.Path(sys.argv[1]))
except StationInUse:
    sys.exit(7)
"""


@pytest.fixture
def filled(here: OpenHere, home: Path) -> Path:
    """The home of a station that was used and closed."""
    station = here()
    quiet(station)
    assert isinstance(station.run(patients.register, {"family_name": "Sow"}), Saved)
    quiet(station)
    station.close()
    return home


def told(error: MediDeskError) -> None:
    """A sentence and a next step."""
    assert error.sentence.endswith(".")
    assert error.next_step


def spoil(path: Path, *, page: int = 0) -> None:
    """Overwrite bytes of a page, and drop what the log would mend."""
    with path.open("r+b") as file:
        file.seek(page * 4096 + 100)
        file.write(b"\xff" * 200)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def replica_of(home: Path, login: str = "sofia") -> Path:
    (path,) = home.glob(f"replicas/*/{login}.db")
    return path


def read_everything(here: OpenHere) -> None:
    with here() as station:
        station.read(patients.page, 0, 1_000)
        for number in range(60):
            station.read(patients.search, f"patient {number}")


def register_until_refused(station: Station, names: list[str]) -> None:
    for number in range(100):
        station.run(patients.register, {"family_name": f"More {number}", "desk_note": "x" * 400})
        names.append(f"More {number}")


def set_password(clinic: Clinic, login: str, password: str) -> None:
    with clinic.admin() as admin:
        admin.execute(f"alter role {login} password '{scram_verifier(password)}'".encode())


# Without the server


def test_without_the_server_one_signs_in_and_works_with_what_is_here(
    filled: Path, here: OpenHere, proxy: Proxy, clinic: Clinic
) -> None:
    proxy.cut()
    station = here()
    assert station.user.display_name == "Sofia Marchetti"
    assert [row.family_name for row in station.read(patients.search, "sow")] == ["Sow"]
    assert isinstance(station.run(patients.register, {"family_name": "Offline"}), Queued)
    go_online(station, proxy)
    quiet(station)
    assert server_rows(clinic, "select count(*) from patient") == [(2,)]
    assert_replica_equals_server(station, clinic)


def test_a_wrong_password_is_refused_with_and_without_the_server(
    filled: Path, here: OpenHere, proxy: Proxy
) -> None:
    for _ in range(2):
        with pytest.raises(SignInRefused) as refused:
            here(password="wrong")
        told(refused.value)
        proxy.cut()
    assert here().user.login == "sofia"


@pytest.mark.parametrize(
    ("login", "password"), [("", "x"), ("sofia", ""), ("../sofia", "x"), ("so fia", "x"), ("sofia", "a\0b")]
)
def test_what_nobody_can_be_called_is_refused(
    here: OpenHere, clinic: Clinic, home: Path, login: str, password: str
) -> None:
    with pytest.raises(SignInRefused):
        Station.open(clinic.server, login, password, home=home)


def test_the_first_sign_in_needs_the_server(here: OpenHere, proxy: Proxy, home: Path) -> None:
    proxy.cut()
    with pytest.raises(ServerUnreachable) as refused:
        here()
    told(refused.value)
    proxy.mend()
    assert here().user.login == "sofia"


@pytest.mark.parametrize("address", ["postgresql://[", "a=b", "nowhere", "postgresql://127.0.0.1:99999/x"])
def test_a_mistyped_address_is_told(home: Path, address: str) -> None:
    with pytest.raises(ServerUnreachable) as refused:
        Station.open(address, "sofia", "secret", home=home)
    told(refused.value)


def test_a_password_changed_meanwhile_lets_the_new_one_in_and_loses_no_work(
    filled: Path, here: OpenHere, proxy: Proxy, clinic: Clinic
) -> None:
    proxy.cut()
    away = here()
    assert isinstance(away.run(patients.register, {"family_name": "Waiting"}), Queued)
    set_password(clinic, "sofia", "ein neues, langes Kennwort")
    proxy.mend()
    away.retry_now()
    wait_until(lambda: away.sync.note)
    assert away.sync.waiting == 1
    away.close()
    with pytest.raises(SignInRefused):
        here()
    station = here(password="ein neues, langes Kennwort")
    quiet(station)
    assert server_rows(clinic, "select count(*) from patient") == [(2,)]
    assert_replica_equals_server(station, clinic, "ein neues, langes Kennwort")
    station.close()
    proxy.cut()
    with pytest.raises(SignInRefused):
        here()
    assert here(password="ein neues, langes Kennwort").user.login == "sofia"


def test_a_suspended_account_loses_offline_sign_in_at_the_next_contact(
    filled: Path, here: OpenHere, proxy: Proxy, clinic: Clinic
) -> None:
    station = here()
    quiet(station)
    with clinic.connect("ingrid") as ingrid:
        ingrid.execute("select suspend_account('sofia')")
    wait_until(lambda: "suspended" in station.sync.note)
    station.close()
    with pytest.raises(AccountSuspended):
        here()
    proxy.cut()
    with pytest.raises(MediDeskError):
        here()


def test_a_colleague_who_is_suspended_loses_offline_sign_in_at_this_pc_too(
    filled: Path, here: OpenHere, proxy: Proxy, clinic: Clinic
) -> None:
    colleague = here("joseph")
    quiet(colleague)
    with clinic.connect("ingrid") as ingrid:
        ingrid.execute("select suspend_account('sofia')")
    wait_until(lambda: "sofia" in colleague.read(people.shut_out))
    quiet(colleague)
    colleague.close()
    proxy.cut()
    with pytest.raises(MediDeskError):
        here()
    assert here("joseph").user.login == "joseph"


def test_an_old_password_opens_nothing_any_more_once_the_server_has_refused_it(
    filled: Path, here: OpenHere, proxy: Proxy, clinic: Clinic
) -> None:
    set_password(clinic, "sofia", "ein neues, langes Kennwort")
    with pytest.raises(SignInRefused):
        here()
    proxy.cut()
    with pytest.raises(MediDeskError):
        here()
    proxy.mend()
    assert here(password="ein neues, langes Kennwort").user.login == "sofia"


# Files


def test_a_second_start_is_told_that_the_station_is_open(filled: Path, here: OpenHere, home: Path) -> None:
    station = here()
    with pytest.raises(StationInUse) as refused:
        here()
    told(refused.value)
    other = subprocess.run(
        [
            sys.executable,
            "-c",
            SECOND_START,
            str(home),
        ],
        check=False,
    )
    assert other.returncode == 7
    station.close()
    assert here().user.login == "sofia"


def test_a_damaged_replica_is_filled_anew_with_the_server_and_told_without(
    filled: Path, here: OpenHere, proxy: Proxy, clinic: Clinic
) -> None:
    spoil(replica_of(filled))
    proxy.cut()
    with pytest.raises(StationFilesProblem) as refused:
        here()
    told(refused.value)
    proxy.mend()
    station = here()
    quiet(station)
    assert_replica_equals_server(station, clinic)


def test_a_page_found_damaged_while_it_is_read_is_told_and_made_good_at_the_next_sign_in(
    here: OpenHere, proxy: Proxy, clinic: Clinic, home: Path
) -> None:
    station = here()
    quiet(station)
    for number in range(60):
        station.submit(patients.register, {"family_name": f"Patient {number}", "desk_note": "x" * 500})
    quiet(station)
    station.close()
    replica = replica_of(home)
    last = replica.stat().st_size // 4096 - 1
    for page in range(last - 12, last):
        spoil(replica, page=page)
    proxy.cut()
    with pytest.raises(StationFilesProblem) as refused:
        read_everything(here)
    told(refused.value)
    proxy.mend()
    again = here()
    quiet(again)
    assert again.read(patients.count) == 60
    assert_replica_equals_server(again, clinic)


@pytest.mark.long
def test_wherever_the_damage_lies_it_is_told_and_made_good_at_the_next_sign_in(
    here: OpenHere, home: Path, clinic: Clinic, proxy: Proxy
) -> None:
    """Seed 270018 of ten desks: of a damaged list of pinned files SQLite's own words were told, each time."""
    station = here()
    quiet(station)
    own = "select name, rootpage from sqlite_master where type = 'table' and name not like '%search%'"
    pages = dict(station._engine.replica.writer.execute(own))
    assert {"pin", "patient", "staff"} <= pages.keys()
    station.close()
    unread = 0  # pages that are damaged, and that signing in does not come upon
    for number, page in enumerate(sorted(pages.values()), 1):
        spoil(replica_of(home), page=page - 1)
        proxy.cut()
        try:
            here().close()
            unread += 1
        except StationFilesProblem as error:
            told(error)
            unread = PILE
        proxy.mend()
        if unread < PILE and number < len(pages):
            continue
        unread = 0
        try:
            compared(here, clinic)
        except StationFilesProblem as error:
            told(error)
            compared(here, clinic)


def compared(here: OpenHere, clinic: Clinic) -> None:
    with here() as station:
        quiet(station)
        assert_replica_equals_server(station, clinic)


def test_a_damaged_outbox_is_told_and_never_replaced(filled: Path, here: OpenHere, proxy: Proxy) -> None:
    proxy.cut()
    station = here()
    station.run(patients.register, {"family_name": "Only here"})
    station.close()
    outbox = filled / "outbox.db"
    whole = outbox.read_bytes()
    spoil(outbox)
    damaged = outbox.read_bytes()
    proxy.mend()
    with pytest.raises(StationFilesProblem) as refused:
        here()
    told(refused.value)
    assert outbox.read_bytes() == damaged
    outbox.write_bytes(whole)
    station = here()
    quiet(station)
    assert len(station.read(patients.search, "only here")) == 1


def test_wherever_an_outbox_is_damaged_it_is_the_outbox_that_is_told(
    filled: Path, here: OpenHere, proxy: Proxy
) -> None:
    proxy.cut()
    with here() as station:
        station.run(patients.register, {"family_name": "Only here"})
    outbox = filled / "outbox.db"
    sentences = []
    whole = outbox.read_bytes()
    for page in range(len(whole) // 4096):
        for away in (True, False):
            (proxy.cut if away else proxy.mend)()
            outbox.write_bytes(whole)
            spoil(outbox, page=page)
            try:
                note = note_of_a_moment(here)  # what nobody has read yet is found later
                sentences += [note] if "damaged" in note else []
            except StationFilesProblem as error:
                sentences.append(error.sentence)
            marks = [one.name for one in filled.glob("replicas/*/*") if "damaged" in one.name]
            assert marks == [], (page, away)
    assert len(sentences) > 4
    assert [one for one in sentences if "outbox.db" not in one] == []


def note_of_a_moment(here: OpenHere) -> str:
    """What a station says of itself once it has followed and sent for a moment."""
    with here() as station:
        wait_until(lambda: station.sync.state in {"live", "offline"} or station.sync.note)
        time.sleep(0.4)
        return station.sync.note


def test_an_outbox_of_another_pc_does_not_open(
    filled: Path, here: OpenHere, tmp_path: Path, open_station: OpenStation
) -> None:
    other = tmp_path / "other"
    open_station("anjali", home=other).close()
    (filled / "outbox.db").write_bytes((other / "outbox.db").read_bytes())
    with pytest.raises(StationFilesProblem) as refused:
        here()
    told(refused.value)


def test_damaged_settings_are_told_and_left_alone(filled: Path, here: OpenHere) -> None:
    settings = filled / "station.toml"
    for content in (b"station_id = ", b"\xff\xfe", b"name = 'no id'"):
        settings.write_bytes(content)
        with pytest.raises(StationFilesProblem) as refused:
            here()
        told(refused.value)
        assert settings.read_bytes() == content


def test_a_damaged_key_file_is_made_anew_with_the_server(
    filled: Path, here: OpenHere, proxy: Proxy, clinic: Clinic
) -> None:
    proxy.cut()
    station = here()
    station.run(patients.register, {"family_name": "Waiting"})
    station.close()
    (filled / "keys" / "sofia.json").write_text("{")
    with pytest.raises(StationFilesProblem) as refused:
        here()
    told(refused.value)
    proxy.mend()
    again = here()
    quiet(again)
    assert server_rows(clinic, "select count(*) from patient") == [(2,)]
    assert_replica_equals_server(again, clinic)


def test_a_damaged_secret_of_the_pc_is_told_to_whoever_is_new_here(filled: Path, here: OpenHere) -> None:
    secret = filled / "keys" / "station.secret"
    if not secret.exists():
        pytest.skip("the secret is in this PC's keyring")
    secret.write_text("?")
    with pytest.raises(StationFilesProblem) as refused:
        here("anjali")
    told(refused.value)
    assert here("sofia").user.login == "sofia"


def test_nothing_readable_lies_on_the_disk(filled: Path, here: OpenHere, proxy: Proxy) -> None:
    proxy.cut()
    station = here()
    station.run(patients.register, {"family_name": "Geheimnisvoll"})
    station.drafts.keep("register", {"family_name": "Geheimnisvoll"})
    wait_until(station.drafts.all)
    password = "Grüße von sofia 42".encode()
    for path in (path for path in filled.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert b"Geheimnisvoll" not in content, path
        assert b"SQLite format" not in content, path
        assert password not in content, path
        assert path.stat().st_mode & 0o077 == 0, path


# A full disk


def full(connection: object) -> None:
    """No page more for this file, as on a full disk: SQLite says the same."""
    execute = connection.execute  # type: ignore[attr-defined]
    (pages,) = execute("pragma page_count").fetchone()
    execute(f"pragma max_page_count = {pages}")


def roomy(connection: object) -> None:
    connection.execute("pragma max_page_count = 1073741823")  # type: ignore[attr-defined]


def test_a_full_disk_refuses_work_in_a_sentence_and_keeps_what_was_saved(
    filled: Path, here: OpenHere, proxy: Proxy, clinic: Clinic
) -> None:
    station = here()
    quiet(station)
    go_offline(station, proxy)
    assert isinstance(station.run(patients.register, {"family_name": "Kept"}), Queued)
    full(station._engine.outbox._connection)
    saved: list[str] = []
    with pytest.raises(DiskFull) as refused:
        register_until_refused(station, saved)
    told(refused.value)
    assert station.sync.waiting == 1 + len(saved)
    roomy(station._engine.outbox._connection)
    assert isinstance(station.run(patients.register, {"family_name": "After"}), Queued)
    go_online(station, proxy)
    quiet(station)
    assert server_rows(clinic, "select count(*) from patient") == [(3 + len(saved),)]
    assert_replica_equals_server(station, clinic)


def test_where_the_replica_is_full_work_is_saved_once_and_shown_later(
    filled: Path, here: OpenHere, proxy: Proxy, clinic: Clinic
) -> None:
    station = here()
    quiet(station)
    full(station._engine.replica.writer)
    saved: list[str] = []
    with pytest.raises(DiskFull) as refused:
        register_until_refused(station, saved)
    told(refused.value)
    roomy(station._engine.replica.writer)
    station.retry_now()
    wait_until(lambda: station.sync.state == "live" and station.sync.waiting == 0)
    quiet(station)
    there = server_rows(clinic, "select family_name from patient where family_name <> 'Sow'")
    assert sorted(row[0] for row in there) == sorted(saved)
    assert_replica_equals_server(station, clinic)


def test_a_disk_that_takes_no_more_bytes_ends_in_a_sentence(
    filled: Path, clinic: Clinic, proxy: Proxy
) -> None:
    """In a process of its own, which may not write beyond a size: the system says so in its own way."""
    script = (
        "import resource, sys, pathlib\n"
        "from medidesk.errors import DiskFull, StationFilesProblem\n"
        "from medidesk.repositories import patients\n"
        "from medidesk.station import Station\n"
        "with Station.open('', 'sofia', sys.argv[2], home=pathlib.Path(sys.argv[1])) as station:\n"
        "    size = (pathlib.Path(sys.argv[1]) / 'outbox.db-wal').stat().st_size\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, resource.RLIM_INFINITY))\n"
        "    try:\n"
        "        for number in range(100):\n"
        "            station.run(patients.register, {'family_name': 'More', 'desk_note': 'x' * 400})\n"
        "            print(number, flush=True)\n"
        "    except (DiskFull, StationFilesProblem) as error:\n"
        "        print('told', error)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
    )
    proxy.cut()
    run = subprocess.run(
        [sys.executable, "-c", script, str(filled), clinic.password("sofia")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    *saved, last = run.stdout.splitlines()
    assert last.startswith("told")
    assert len(saved) < 99
    proxy.mend()
    station = Station.open("", "sofia", clinic.password("sofia"), home=filled)
    try:
        quiet(station)
        assert server_rows(clinic, "select count(*) from patient") == [(1 + len(saved),)]
        assert_replica_equals_server(station, clinic)
    finally:
        station.close()
