"""Any moment is brought back: the log archived sealed, base backups that are equal to the last row, gaps named."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from medidesk.commands import app
from medidesk.errors import BackupProblem, ServerProblem
from medidesk.server import local, migrate, replay, run_as, setup, units
from medidesk.server.backups import base, digests, keys, shelf, taking, until, wal
from medidesk.server.backups import point_in_time as switch
from medidesk.server.backups.moments import stretches, told
from medidesk.server.backups.moments_shelf import FILES, bases
from medidesk.server.backups.shelf import Plan
from medidesk.server.cluster import Cluster
from medidesk.server.local import FirstPerson, LocalServer
from medidesk.server.settings import ServerSettings
from tests.support.cluster import WITHOUT_DURABILITY, folder_for_cluster
from tests.support.operations import added, one, operation, send
from tests.support.waiting import wait_until

ANA = FirstPerson("ana", "A long way to the sea, 7 bridges", "Sow", "Ana")

IDENTITY = "select server_id::text || c.system_identifier from server_identity, pg_control_system() c"


@dataclass
class Site:
    """A clinic's server that archives its log."""

    home: Path
    plan: Plan
    key: Path

    @property
    def server(self) -> LocalServer:
        return local.running(self.home)

    @property
    def line(self) -> Path:
        return Path(self.server.cluster.options.archive_to)

    def register(self, name: str) -> None:
        server = self.server
        with migrate.connect(server.cluster.url(server.database, ANA.login, ANA.password)) as ana:
            row = added("patient", one(ana, "select org_id from user_account"), family_name=name)
            send(ana, operation(ANA.login, row, kind="fact"))

    def write(self, name: str) -> datetime:
        """Register somebody; returns a moment after that, and before whatever is written next."""
        self.register(name)
        time.sleep(1.1)
        moment = datetime.now(UTC)
        time.sleep(1.1)
        return moment

    def names(self) -> list[str]:
        with self.server.connect() as connection:
            return [
                row[0] for row in connection.execute("select family_name from patient order by 1").fetchall()
            ]


@contextmanager
def new_site() -> Iterator[Site]:
    with folder_for_cluster() as folder:
        home = folder.parent / "home"
        home.mkdir(mode=0o711)
        cluster = Cluster(home / "server")
        cluster.create()
        cluster.folder.keep_settings(
            ServerSettings(port=Cluster.free_port(), shared_buffers_mb=32, extra=WITHOUT_DURABILITY)
        )
        local.ensure(home, "Clinic", ANA)
        key, second = home / "backup.key", home / "second"
        second.mkdir()
        plan = Plan(keys.new_key(key), home / "backups", second, point_in_time=True)
        plan.save(home)
        assert switch.turn_on(home, plan), "it runs, and is restarted"
        assert not switch.turn_on(home, plan), "it is on"
        yield Site(home, plan, key)
        for left in home.glob("server*"):
            Cluster(left).destroy()


@pytest.fixture(scope="module")
def site(reachable: None) -> Iterator[Site]:
    """One that goes on serving."""
    with new_site() as made:
        yield made


@pytest.fixture
def own_site(reachable: None) -> Iterator[Site]:
    """One of this test's own, which is replaced."""
    with new_site() as made:
        yield made


def told_by(site: Site, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words, "--home", str(site.home)])
    return result.exit_code, result.output + str(result.exception or "")


def level(site: Site, about: str) -> tuple[str, str]:
    found = json.loads(told_by(site, "server", "health", "--json")[1].splitlines()[0])["findings"]
    (one_,) = [one for one in found if one["about"] == about]
    return one_["level"], f"{one_['sentence']} {one_['next_step']}"


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_moment_between_two_writes_shows_the_first_and_not_the_second(own_site: Site) -> None:
    site = own_site
    assert level(site, "moments")[0] == "look"
    taking.take(site.server, site.plan)
    moment = site.write("First")
    later = site.write("Second")
    with site.server.connect() as admin:
        first_identity = one(admin, IDENTITY)

    # It is tried without touching what serves, up to a moment and to the end.
    for word in (moment.isoformat(), "latest"):
        code, said = told_by(site, "backup", "verify", "--key", str(site.key), "--until", word)
        assert code == 0, said
        assert "can be brought back" in said
    assert site.names() == ["First", "Second"]
    assert not list(site.home.glob("server.*"))

    # What cannot be had is refused before anything is touched.
    (known,) = stretches(site.plan.places)
    code, said = told_by(
        site, "backup", "restore", "--key", str(site.key), "--until", "2020-01-01 10:00", "--yes"
    )
    assert code == 1
    assert "is before the oldest base backup" in said
    with pytest.raises(BackupProblem, match="is after the last"):
        until.restore(site.home, site.plan.places, datetime.now(UTC) + timedelta(hours=1), site.key)
    (known,) = stretches(site.plan.places)
    assert known.since < moment < later < known.until + timedelta(seconds=2)
    assert told(known.since) in told_by(site, "backup", "list")[1]
    assert site.names() == ["First", "Second"]

    before = site.line
    code, said = told_by(
        site, "backup", "restore", "--key", str(site.key), "--until", moment.isoformat(), "--yes"
    )
    assert code == 0, said
    assert "medidesk server replay close" in said
    assert site.names() == ["First"]
    with site.server.connect() as admin:
        assert first_identity == one(admin, IDENTITY)
        assert replay.status(admin).open
        assert not one(admin, "select pg_is_in_recovery()")
        assert one(admin, "show archive_mode") == "on"
        assert not (site.server.cluster.data / "wal.restoring").exists()
        assert "recovers" not in (site.server.cluster.data / "postgresql.conf").read_text()
    assert len(list(site.home.glob("server.before-*"))) == 1

    with site.server.connect() as admin:
        replay.close_replay(admin, anyway=True)

    # The other history of the same clinic goes to an archive of its own, and from its first base on it counts.
    assert site.line != before
    assert level(site, "moments")[0] == "look"
    taking.take(site.server, site.plan)
    assert level(site, "moments")[0] == "good"
    third = site.write("Third")
    assert len(stretches(site.plan.places)) == 2
    until.restore(site.home, site.plan.places, None, site.key)
    assert site.names() == ["First", "Third"]
    # What was before the first restore can still be had, from the second place alone as well, on a new machine.
    new = site.home / "new"
    new.mkdir(mode=0o711)
    site.server.cluster.stop()
    assert site.plan.second is not None
    wanted = known.until
    done = until.restore(new, [site.plan.second], wanted, site.key)
    try:
        assert done.aside is None
        assert replace(site, home=new).names() == ["First", "Second"], "there is no commit after that moment"
        assert done.made_at == wanted < third
    finally:
        done.server.cluster.destroy()


@pytest.mark.long
@pytest.mark.timeout(400)
def test_what_is_damaged_or_missing_is_named_and_what_serves_goes_on(own_site: Site) -> None:
    site = own_site
    taking.take(site.server, replace(site.plan, second=None))
    shown = site.write("First")
    until.archive_now(site.home)

    def damaged(path: Path) -> tuple[int, str]:
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        code, said = told_by(site, "backup", "verify", "--key", str(site.key), "--until", "latest")
        path.write_bytes(whole)
        return code, said

    (made,) = bases(site.plan.folder)
    for path in (made.path / FILES, made.path / shelf.REST, wal.held(site.line)[-1].path):
        code, said = damaged(path)
        assert code == 1, f"{path}: {said}"
        assert "Traceback" not in said
        assert path.name in said
    code, said = told_by(site, "backup", "verify", "--key", str(site.key), "--until", "latest")
    assert code == 0, said
    assert not list(site.home.glob("server.*"))

    gap = wal.held(site.line)[-1]
    site.write("Second")
    until.archive_now(site.home)
    gap.path.unlink()
    for moment in (datetime.now(UTC) - timedelta(seconds=2), None):
        with pytest.raises(BackupProblem, match=f"{gap.name} .* is missing") as refused:
            until.restore(site.home, site.plan.places, moment, site.key)
        assert "What can be brought back" in refused.value.next_step
    assert gap.name in told_by(site, "backup", "list")[1]
    assert level(site, "moments")[0] == "bad"
    assert gap.name in level(site, "moments")[1]
    assert site.names() == ["First", "Second"]
    assert shown < datetime.now(UTC)
    assert not list(site.home.glob("server.*"))


def test_a_base_taken_while_people_write_is_equal_to_the_last_row(site: Site) -> None:
    done, began = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            site.register(f"Meanwhile {number}")
            number += 1
            began.set()

    writing = threading.Thread(target=write)
    writing.start()
    began.wait(20)
    try:
        made = taking.take(site.server, site.plan)
    finally:
        done.set()
        writing.join()
    (beside,) = [one for one in bases(site.plan.folder) if one.name == f"{made.name}.base"]
    beside.check_files()
    assert beside.about().rows > made.about().rows, "it is of a later moment"
    assert beside.about().line == site.line.name
    with site.server.connect() as admin:
        assert one(admin, "select count(*) from pg_replication_slots") == 0
        assert one(admin, "select problem from backup_run order by id desc limit 1") == ""
    assert site.plan.second is not None
    assert [one.name for one in bases(site.plan.second)] == [one.name for one in bases(site.plan.folder)]
    first = wal.segments(site.line)
    assert first.keys() == wal.segments(site.plan.second / wal.FOLDER / site.line.name).keys()


@pytest.mark.long
def test_no_word_that_was_entered_lies_in_the_archive(site: Site) -> None:
    site.register("Szczepanski-Oyelaran")
    taking.take(site.server, site.plan)
    site.register("Szczepanski-Oyelaran")  # the log of before the first base backup is deleted with it
    until.archive_now(site.home)
    name = b"Szczepanski-Oyelaran"
    files = [path for place in site.plan.places for path in place.rglob("*") if path.is_file()]
    assert len([path for path in files if path.suffix == ".age"]) > 6
    assert [path for path in files if name in path.read_bytes()] == []
    assert not [one for one in site.plan.folder.iterdir() if one.name.startswith(shelf.MAKING)]
    opened = site.home / "opened"
    opened.mkdir()
    for copies in wal.segments(site.line).values():
        wal.open_into(copies, opened, keys.read_key(site.key))
    assert any(name in path.read_bytes() for path in opened.iterdir()), "it is in there, sealed"


def test_a_base_that_is_not_equal_is_none(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = digests.of_database

    def one_more(connection: psycopg.Connection) -> digests.Digests:
        found = counted(connection)
        if connection.info.port == site.server.cluster.status().port:
            return found
        return found | {"medidesk.patient": (found["medidesk.patient"][0] + 1, "0")}

    before = bases(site.plan.folder)
    monkeypatch.setattr(digests, "of_database", one_more)
    with pytest.raises(BackupProblem, match=r"does not hold what the server held: medidesk\.patient"):
        base.take(site.server, site.plan, shelf.name_for(datetime.now(UTC)), lambda _: None)
    assert bases(site.plan.folder) == before


def test_where_archiving_fails_health_and_the_next_backup_say_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    until.archive_now(site.home)
    assert level(site, "archive")[0] == "good"
    away = site.home / "away"
    site.line.rename(away)
    try:
        site.register("Unarchived")
        with site.server.connect() as admin:
            one(admin, "select pg_switch_wal()")
            wait_until(lambda: one(admin, "select last_failed_time is not null from pg_stat_archiver"), 60)
        judged, words = level(site, "archive")
        assert judged == "bad"
        assert "could not be archived" in words
        monkeypatch.setattr(base, "_ARCHIVED_WITHIN", 1.0)
        with pytest.raises(BackupProblem, match="log is not archived: 0000"):
            taking.take(site.server, site.plan)
    finally:
        away.rename(site.line)
    with site.server.connect() as admin:
        # It tries again by itself: once a minute, and whenever it is told to.
        wait_until(
            lambda: one(admin, "select last_archived_time > last_failed_time from pg_stat_archiver"), 120
        )
    assert level(site, "archive")[0] == "good"


def test_setting_the_server_up_again_keeps_its_archive_and_turning_off_ends_it(site: Site) -> None:
    settings = site.server.cluster.folder.settings()
    line = settings.archive_to
    assert line
    setup.set_up(site.home, setup.Wanted(port=settings.port or 0, listen="127.0.0.1", stations=5))
    assert site.server.cluster.folder.settings().archive_to == line
    code, said = told_by(site, "backup", "setup", "--no-point-in-time")
    assert code == 0, said
    assert "The server was restarted" in said
    with site.server.connect() as admin:
        assert one(admin, "show archive_mode") == "off"
    assert not Plan.load(site.home).point_in_time
    code, said = told_by(site, "backup", "setup", "--point-in-time")
    assert code == 0, said
    with site.server.connect() as admin:
        assert one(admin, "show archive_mode") == "on"
        assert one(admin, "show archive_timeout") == "5min"
    assert site.server.cluster.folder.settings().archive_to != line, (
        "what was written meanwhile is missing there"
    )
    assert Plan.load(site.home).point_in_time


@pytest.mark.skipif(not run_as.is_root(), reason="about running as root")
def test_as_root_the_servers_user_archives_and_reads_no_key(site: Site) -> None:
    user = run_as.server_user(site.server.cluster.data)
    assert user is not None
    assert site.line.stat().st_uid == user.uid
    assert site.line.stat().st_mode & 0o077 == 0
    for path in (site.key, site.home / shelf.PLAN):
        assert run_as.run(["test", "-r", path], user, cwd=Path("/")) != 0


@pytest.mark.skipif(not run_as.is_root(), reason="about running as root")
def test_as_root_a_place_that_the_servers_user_cannot_enter_is_refused(site: Site, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    closed = replace(site.plan, folder=tmp_path / "backups")
    settings = site.server.cluster.folder.settings()
    with pytest.raises(ServerProblem, match="cannot enter"):
        switch.turn_on(site.home, closed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(units, "program", lambda: [str(tmp_path / "medidesk")])
        with pytest.raises(ServerProblem, match="cannot run MediDesk"):
            switch.begin(settings, site.plan, run_as.server_user(site.server.cluster.data))
    assert site.server.cluster.folder.settings() == settings
