"""What a backup lacks comes back from the stations: in order, in its authors' names, with the numbers on paper."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from typer.testing import CliRunner

from medidesk.commands import app
from medidesk.repositories import patients
from medidesk.server import replay
from medidesk.server.replay import Count
from medidesk.station import Queued, Saved, Station
from medidesk.sync import feed
from medidesk.sync.channel import Channel
from medidesk.sync.follower import Follower
from medidesk.sync.outbox import Entry
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.replays import brought_back, number, paused, register, replayed
from tests.support.restores import Backups, clinic, cold_copy, pristine
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until

__all__ = ["clinic", "cold_copy", "pristine"]


def put_back(backup: object, clinic: Clinic, *stations: Station) -> None:
    """The server comes back with the copy, and every station has met it."""
    clinic.close()
    backup.put_back()  # type: ignore[attr-defined]
    for station in stations:
        station.retry_now()
        wait_until(lambda station=station: station.sync.paused)  # type: ignore[misc]


def test_what_the_backup_lacks_comes_back_as_it_was(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups
) -> None:
    reception, doctor = open_station("sofia", name="Reception"), open_station("anjali", name="Room 1")
    before = register(reception, "Before")
    quiet(reception, doctor)
    backup = cold_copy()
    quiet(reception, doctor)
    lost = register(reception, "Lost", next_of_kin=[{"name": "Ana"}])
    quiet(reception, doctor)
    doctor.run(patients.edit, lost, {"phone": "555 0100"})
    doctor.run(patients.add_allergy, lost, {"substance": "Latex"})
    quiet(reception, doctor)
    reception.run(patients.edit, lost, {"phone": "555 0101"})
    second = register(doctor, "Second")
    quiet(reception, doctor)
    on_paper = [number(reception, one) for one in (before, lost, second)]
    stood = server_rows(
        clinic,
        "select id, version, phone, has_allergy, created_by, updated_by, created_at from patient order by id",
    )
    put_back(backup, clinic, reception, doctor)
    meanwhile = register(reception, "Meanwhile")

    report = replayed(clinic, reception, doctor)

    assert brought_back(report) == {
        ("Reception", "patients.register"): 1,
        ("Reception", "patients.edit"): 1,
        ("Room 1", "patients.register"): 1,
        ("Room 1", "patients.edit"): 1,
        ("Room 1", "patients.add_allergy"): 1,
    }
    assert Count("Reception", "patients.register", "there", 1) in report.counts
    assert (report.failed, report.rejected, report.renumbered) == ((), (), ())
    assert report.epoch > 1
    again = server_rows(
        clinic,
        "select id, version, phone, has_allergy, created_by, updated_by, created_at from patient "
        "where id <> %s order by id",
        meanwhile,
    )
    assert [row[:6] for row in again] == [row[:6] for row in stood]
    assert all(abs((now[6] - then[6]).total_seconds()) < 5 for now, then in zip(again, stood, strict=True))
    assert [number(reception, one) for one in (before, lost, second)] == on_paper
    assert number(reception, meanwhile) > max(on_paper)
    trail = server_rows(
        clinic,
        "select distinct login, attested_by from audit_log where row_id = any(%s) order by 1, 2",
        [lost],
    )
    assert trail == [("anjali", "ingrid"), ("sofia", "ingrid")]
    assert isinstance(reception.run(patients.edit, lost, {"phone": "555 0102"}), Saved)
    quiet(reception, doctor)
    for station in (reception, doctor):
        assert station.sync.notice == ""
        assert_replica_equals_server(station, clinic)


def test_what_cannot_be_brought_back_is_kept_whole_for_a_decision(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups, proxy: Proxy
) -> None:
    reception = open_station("sofia", server=proxy.through(clinic.server), name="Reception")
    quiet(reception)
    backup = cold_copy()
    quiet(reception)
    register(reception, "Lost", identifiers=[{"kind": "national_id", "value": "X-1"}])
    quiet(reception)
    proxy.cut()
    backup.put_back()
    with clinic.connect("anjali") as other:
        other.execute("insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, 'Other')",
                      (clinic.org_id,))  # fmt: skip
        other.execute(
            "insert into patient_identifier (id, org_id, patient_id, kind, value) "
            "select gen_random_uuid(), org_id, id, 'national_id', 'X-1' from patient"
        )
    proxy.mend()
    reception.retry_now()
    wait_until(lambda: reception.sync.paused)
    report = replayed(clinic, reception)
    assert [one["sqlstate"] for one in report.failed] == ["23505"]
    held = server_rows(clinic, "select author, payload->>'verb' from held_fact")
    assert held == [("sofia", "patients.register")]
    assert server_rows(clinic, "select family_name from patient") == [("Other",)]
    assert reception.sync.notice == "", "the server has it, though not in its tables"
    assert_replica_equals_server(reception, clinic)


def test_a_number_that_was_given_again_meanwhile_stays_on_the_file_as_a_number(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups, proxy: Proxy
) -> None:
    reception = open_station("sofia", server=proxy.through(clinic.server), name="Reception")
    quiet(reception)
    backup = cold_copy()
    quiet(reception)
    lost = register(reception, "Lost")
    quiet(reception)
    printed = number(reception, lost)
    proxy.cut()
    backup.put_back()
    with clinic.connect("anjali") as other:
        other.execute("insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, 'Other')",
                      (clinic.org_id,))  # fmt: skip
    assert server_rows(clinic, "select file_no from patient") == [(printed,)]
    proxy.mend()
    reception.retry_now()
    wait_until(lambda: reception.sync.paused)
    report = replayed(clinic, reception)
    assert [(one["printed"], one["now"]) for one in report.renumbered] == [(printed, number(reception, lost))]
    assert number(reception, lost) != printed
    found = server_rows(clinic, "select value from patient_identifier where patient_id = %s", lost)
    assert found == [(printed,)]
    assert_replica_equals_server(reception, clinic)


def test_a_station_that_was_off_during_the_replay_tells_and_brings_its_own_in_another(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups, proxy: Proxy
) -> None:
    reception = open_station("sofia", name="Reception")
    away = open_station("joseph", name="Ward", server=proxy.through(clinic.server))
    quiet(reception, away)
    backup = cold_copy()
    quiet(reception, away)
    late = register(away, "Late")
    quiet(reception, away)
    proxy.cut()
    put_back(backup, clinic, reception)
    ingrid = clinic.connect("ingrid")
    replay.open_replay(ingrid)
    wait_until(lambda: any(one["complete"] for one in replay.status(ingrid).stations))
    with pytest.raises(Exception, match="Ward"):
        replay.close_replay(ingrid)
    replay.close_replay(ingrid, anyway=True)
    quiet(reception)
    proxy.mend()
    away.retry_now()
    wait_until(lambda: "not brought back" in away.sync.notice)
    assert not paused(clinic), "one PC that was switched off does not stop the clinic again"
    assert isinstance(away.run(patients.register, {"family_name": "Next"}), Saved)
    report = replayed(clinic, reception, away)
    assert brought_back(report) == {("Ward", "patients.register"): 1}
    assert [row.id for row in reception.read(patients.search, "late")] == [late]
    assert away.sync.notice == ""
    for station in (reception, away):
        assert_replica_equals_server(station, clinic)


def test_accounts_are_not_brought_back_but_listed(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups
) -> None:
    reception = open_station("sofia", name="Reception")
    register(reception, "Kept")
    quiet(reception)
    backup = cold_copy()
    quiet(reception)
    with clinic.admin() as admin:
        admin.execute(
            "select approve_account('rui', null, (select staff_id from user_account where login = 'rui'), "
            "'manager', %s)",
            (clinic.org_id,),
        )
    register(reception, "Lost")
    quiet(reception)
    put_back(backup, clinic, reception)
    report = replayed(clinic, reception)
    assert report.accounts == ({"login": "rui", "role": "manager", "state": "approved"},)
    assert server_rows(clinic, "select count(*) from user_role where role = 'manager'") == [(1,)]


def test_an_administrator_does_it_with_three_commands(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups
) -> None:
    reception = open_station("sofia", name="Reception")
    quiet(reception)
    backup = cold_copy()
    quiet(reception)
    lost = register(reception, "Lost")
    quiet(reception)
    put_back(backup, clinic, reception)

    def command(*words: str) -> str:
        result = CliRunner().invoke(
            app,
            ["server", "replay", *words, "--server", clinic.server, "--user", "ingrid"],
            input=f"{clinic.password('ingrid')}\n",
            catch_exceptions=False,
        )
        assert result.exit_code == 0, result.output
        return result.output

    assert "Sending is paused" in command("status")
    command("open")
    wait_until(lambda: "1 station has handed in its journal" in command("status"))
    assert "Reception: patients.register × 1: brought back" in command("close")
    quiet(reception)
    assert "Sending goes on." in command("status")
    assert [row.id for row in reception.read(patients.search, "lost")] == [lost]


def test_a_backup_older_than_the_last_replay_serves_when_an_administrator_says_so(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups
) -> None:
    """Seed 110034 of ten desks: the stations know a later epoch than the server that is there."""
    reception = open_station("sofia", name="Reception")
    before = register(reception, "Before")
    quiet(reception)
    backup = cold_copy()
    quiet(reception)
    lost = register(reception, "Lost")
    quiet(reception)
    put_back(backup, clinic, reception)
    replayed(clinic, reception)
    again = register(reception, "Again")
    quiet(reception)
    on_paper = [number(reception, one) for one in (before, lost, again)]
    clinic.close()
    backup.put_back()
    reception.retry_now()
    wait_until(lambda: "medidesk server new-epoch" in reception.sync.note)
    wait_until(lambda: paused(clinic))
    # A PC that knows no other server: it would have the same numbers given again.
    doctor = open_station("anjali", name="Room 1")
    meanwhile = doctor.run(patients.register, {"family_name": "Meanwhile"})
    assert isinstance(meanwhile, Queued)

    replay.new_epoch(clinic.connect("ingrid"))
    reception.retry_now()
    wait_until(lambda: reception.sync.paused)
    wait_until(lambda: "came back without" in reception.sync.notice)
    report = replayed(clinic, reception, doctor)

    assert brought_back(report) == {("Reception", "patients.register"): 2}
    assert [number(reception, one) for one in (before, lost, again)] == on_paper
    assert number(doctor, meanwhile.row.id) not in on_paper
    for station in (reception, doctor):
        assert_replica_equals_server(station, clinic)


def test_a_colleagues_work_that_the_lost_server_took_lies_over_nothing(
    clinic: Clinic,
    open_station: OpenStation,
    cold_copy: Backups,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seed 120004 of ten desks: taken in a transaction that the server, once back, is far from having again."""
    server = proxy.through(clinic.server)
    with open_station("anjali", name="Shared", server=server) as doctor:
        quiet(doctor)
    with open_station("sofia", name="Shared", server=server) as sofia:
        patient = register(sofia, "Before")
        quiet(sofia)
        go_offline(sofia, proxy)
        sofia.run(patients.edit, patient, {"phone": "555 0100"})
    backup = cold_copy()
    admin = clinic.admin()
    for _ in range(2000):
        admin.execute("select pg_current_xact_id()")
    pull, may_pull = feed.pull, threading.Event()

    async def pull_later(*asked: Any) -> feed.Pulled:
        await asyncio.to_thread(may_pull.wait)
        return await pull(*asked)

    monkeypatch.setattr(feed, "pull", pull_later)
    proxy.mend()
    doctor = open_station("anjali", name="Shared", server=server)
    wait_until(lambda: server_rows(clinic, "select phone from patient") == [("555 0100",)])
    wait_until(lambda: doctor.sync.waiting == 0)
    assert doctor.pending("patient"), "her own feed has not brought it yet"
    put_back(backup, clinic)
    may_pull.set()
    doctor.retry_now()
    wait_until(lambda: "came back without" in doctor.sync.notice)
    wait_until(lambda: not doctor.pending("patient"))
    report = replayed(clinic, doctor)
    assert brought_back(report) == {("Shared", "patients.edit"): 1}
    assert_replica_equals_server(doctor, clinic)


def test_an_answer_from_before_a_restore_is_not_believed_after_it(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seed 200021 of ten desks: its PC sent nothing more, and nobody was told that the server lacked something."""
    answers_come, it_follows = threading.Event(), threading.Event()
    receive, pull = Channel.receive, Follower._pull

    async def late(channel: Channel, entries: Sequence[Entry]) -> Any:
        heard = await receive(channel, entries)
        await asyncio.to_thread(answers_come.wait, 20)
        return heard

    async def blind(follower: Follower, connection: Any) -> None:
        await asyncio.to_thread(it_follows.wait, 20)
        await pull(follower, connection)

    station = open_station("sofia", name="Reception")
    quiet(station)
    backup = cold_copy()
    quiet(station)
    monkeypatch.setattr(Channel, "receive", late)
    monkeypatch.setattr(Follower, "_pull", blind)
    station.retry_now()
    station.submit(patients.register, {"family_name": "Late"})
    wait_until(lambda: server_rows(clinic, "select family_name from patient") == [("Late",)])
    met = station._engine.recognition.meetings
    clinic.close()
    backup.put_back()
    it_follows.set()
    station.retry_now()
    wait_until(lambda: station._engine.recognition.meetings > met)
    assert server_rows(clinic, "select family_name from patient") == []
    answers_come.set()
    quiet(station)
    assert server_rows(clinic, "select family_name from patient") == [("Late",)]
    assert (station.sync.notice, station.sync.paused) == ("", False)
