"""A standby takes the place of a server that died: stations find it by themselves; nothing is lost or doubled."""

from collections import Counter
from collections.abc import Iterator

import pytest

from medidesk.repositories import patients
from medidesk.server import replay
from medidesk.station import Queued, Saved, Station
from medidesk.sync import lookout
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.replays import brought_back, number, paused, register, replayed
from tests.support.restores import clinic, pristine
from tests.support.standby import Standby, at_both, promoted, standby_of
from tests.support.stations import OpenStation, applied, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until

__all__ = ["clinic", "pristine"]

FILES_EACH = 12
FORMER = "has taken the place of the one"


@pytest.fixture
def standby(clinic: Clinic) -> Iterator[Standby]:
    """A standby of the clinic's server, that has all of it."""
    with standby_of(clinic.cluster) as made:
        yield made


def following(*stations: Station) -> None:
    """Wait until each follows a server and has sent all it has; nobody helps them."""
    for station in stations:
        wait_until(lambda station=station: station.sync.state == "live" and not station.sync.waiting, 40)  # type: ignore[misc]
    quiet(*stations)


def _named(desks: list[Station]) -> list[str]:
    return sorted(f"{desk.name} {one}" for desk in desks for one in range(FILES_EACH))


def test_with_synchronous_replication_whatever_was_acknowledged_is_there_once(
    clinic: Clinic, standby: Standby, open_station: OpenStation
) -> None:
    standby.wait_for_it()
    server = at_both(clinic, standby)
    desks = [open_station(login, server=server) for login in ("sofia", "anjali", "joseph")]
    quiet(*desks)
    shared = register(desks[0], "Shared")
    quiet(*desks)
    heard: list[object] = []
    for one in range(FILES_EACH):
        for desk in desks:
            desk.submit(patients.register, {"family_name": f"{desk.name} {one}"}, done=heard.append)
        for desk in desks[1:]:
            desk.submit(patients.add_allergy, shared, {"substance": f"{desk.name} {one}"}, done=heard.append)
    begun = FILES_EACH * 5
    wait_until(lambda: len(heard) >= begun // 4)
    standby.take_over()
    wait_until(lambda: len(heard) == begun)
    outcomes = Counter(type(one) for one in heard)
    assert outcomes.keys() <= {Saved, Queued}, outcomes
    assert outcomes[Saved] >= begun // 4
    clinic.close()
    after = promoted(clinic, standby)
    following(*desks)
    assert server_rows(after, "select (hello()->>'timeline')::int") == [(2,)]
    files = server_rows(after, "select family_name from patient where id <> %s order by 1", shared)
    assert [name for (name,) in files] == _named(desks)
    noted = server_rows(after, "select substance from allergy where patient_id = %s order by 1", shared)
    assert [name for (name,) in noted] == _named(desks[1:])
    assert set(applied(after).values()) == {1}
    assert not paused(after)
    for desk in desks:
        assert (desk.sync.notice, desk.sync.attention) == ("", 0)
        assert_replica_equals_server(desk, after)
    assert isinstance(desks[0].run(patients.register, {"family_name": "Next"}), Saved)
    after.close()


def test_what_a_standby_that_lagged_did_not_have_comes_back_from_the_stations_with_its_numbers(
    clinic: Clinic, open_station: OpenStation
) -> None:
    port = clinic.cluster.status().port
    assert port is not None
    with Proxy(port) as link, standby_of(clinic.cluster, link) as standby:
        server = at_both(clinic, standby)
        reception = open_station("sofia", name="Reception", server=server)
        doctor = open_station("anjali", name="Room 1", server=server)
        before = register(reception, "Before")
        quiet(reception, doctor)
        standby.caught_up()
        standby.stop_following()
        lost = register(reception, "Lost", next_of_kin=[{"name": "Ana"}])
        quiet(reception, doctor)
        doctor.run(patients.add_allergy, lost, {"substance": "Latex"})
        doctor.run(patients.edit, before, {"phone": "555 0100"})
        quiet(reception, doctor)
        on_paper = [number(reception, one) for one in (before, lost)]
        clinic.close()

        standby.take_over()
        after = promoted(clinic, standby)
        for station in (reception, doctor):
            wait_until(lambda station=station: station.sync.paused, 40)  # type: ignore[misc]
            wait_until(lambda station=station: "came back without" in station.sync.notice)  # type: ignore[misc]
        assert paused(after)
        meanwhile = register(reception, "Meanwhile")
        assert server_rows(after, "select family_name from patient") == [("Before",)]

        report = replayed(after, reception, doctor)

        assert brought_back(report) == {
            ("Reception", "patients.register"): 1,
            ("Room 1", "patients.add_allergy"): 1,
            ("Room 1", "patients.edit"): 1,
        }
        assert (report.failed, report.rejected, report.renumbered) == ((), (), ())
        assert report.epoch > 1
        assert [number(reception, one) for one in (before, lost)] == on_paper
        assert number(reception, meanwhile) > max(on_paper)
        assert server_rows(after, "select phone from patient where id = %s", before) == [("555 0100",)]
        assert isinstance(doctor.run(patients.edit, lost, {"phone": "555 0101"}), Saved)
        quiet(reception, doctor)
        for station in (reception, doctor):
            assert station.sync.notice == ""
            assert_replica_equals_server(station, after)
        reception.close()
        doctor.close()
        after.close()


def test_a_former_primary_that_is_back_is_left_alone(
    clinic: Clinic, standby: Standby, open_station: OpenStation
) -> None:
    reception = open_station("sofia", server=at_both(clinic, standby))
    register(reception, "Before")
    quiet(reception)
    standby.caught_up()
    clinic.close()
    standby.take_over()
    after = promoted(clinic, standby)
    following(reception)
    register(reception, "After")
    clinic.cluster.start()
    standby.cluster.restart()
    following(reception)
    assert isinstance(reception.run(patients.register, {"family_name": "Later"}), Saved)
    # The one that took over is away for a moment: the other is no way out.
    standby.cluster.stop()
    wait_until(lambda: FORMER in reception.sync.note)
    assert str(clinic.cluster.status().port) in reception.sync.note
    assert isinstance(reception.run(patients.register, {"family_name": "Meanwhile"}), Queued)
    standby.cluster.start()
    following(reception)
    assert reception.sync.note == ""
    names = server_rows(after, "select family_name from patient order by file_no")
    assert [name for (name,) in names] == ["Before", "After", "Later", "Meanwhile"]
    assert server_rows(clinic, "select family_name from patient") == [("Before",)]
    assert paused(clinic), "no other PC sends to it either"
    assert not paused(after)
    assert_replica_equals_server(reception, after)


def test_a_server_that_runs_on_after_another_was_promoted_is_left(
    clinic: Clinic, standby: Standby, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "LOOK_SECONDS", 0.2)
    reception = open_station("sofia", server=at_both(clinic, standby))
    register(reception, "Before")
    quiet(reception)
    standby.caught_up()
    standby.promote()
    after = promoted(clinic, standby)
    wait_until(lambda: reception.profile.course.timeline == 2)
    assert isinstance(reception.run(patients.register, {"family_name": "After"}), Saved)
    quiet(reception)
    assert server_rows(after, "select count(*) from patient") == [(2,)]
    assert server_rows(clinic, "select count(*) from patient") == [(1,)]
    assert_replica_equals_server(reception, after)
    after.close()


def test_nobody_signs_in_at_a_former_primary(
    clinic: Clinic, standby: Standby, open_station: OpenStation
) -> None:
    with open_station("sofia", name="Reception", server=at_both(clinic, standby)) as reception:
        quiet(reception)
        standby.caught_up()
        clinic.close()
        standby.take_over()
        following(reception)
        register(reception, "After")
    clinic.cluster.start()
    joined = "select count(*) from station where client_version is not null and last_seen_at > %s"
    (now,) = server_rows(clinic, "select clock_timestamp()")
    with open_station("sofia", name="Reception", server=clinic.server) as reception:
        assert [row.family_name for row in reception.read(patients.search, "after")] == ["After"]
        wait_until(lambda: FORMER in reception.sync.note)
        assert isinstance(reception.run(patients.register, {"family_name": "Meanwhile"}), Queued)
    assert server_rows(clinic, joined, *now) == [(0,)]
    assert server_rows(clinic, "select count(*) from patient") == [(0,)]
    with open_station("sofia", name="Reception", server=at_both(clinic, standby)) as reception:
        following(reception)
    after = promoted(clinic, standby)
    assert server_rows(after, "select count(*) from patient") == [(2,)]
    after.close()


def test_a_station_that_was_off_takes_the_newer_of_two_that_serve(
    clinic: Clinic, standby: Standby, open_station: OpenStation
) -> None:
    with open_station("sofia", name="Reception", server=at_both(clinic, standby)) as reception:
        quiet(reception)
        standby.caught_up()
    clinic.close()
    standby.take_over()
    clinic.cluster.start()
    with open_station("sofia", name="Reception", server=at_both(clinic, standby)) as reception:
        register(reception, "After")
        following(reception)
    assert server_rows(clinic, "select count(*) from patient") == [(0,)]
    after = promoted(clinic, standby)
    assert server_rows(after, "select count(*) from patient") == [(1,)]
    after.close()


def test_an_old_backup_put_back_on_purpose_serves_in_a_new_epoch(
    clinic: Clinic, standby: Standby, open_station: OpenStation
) -> None:
    reception = open_station("sofia", name="Reception", server=at_both(clinic, standby))
    register(reception, "Before")
    quiet(reception)
    standby.caught_up()
    clinic.close()
    standby.take_over()
    following(reception)
    lost = register(reception, "Lost")
    quiet(reception)
    standby.cluster.stop("immediate")
    clinic.cluster.start()
    wait_until(lambda: FORMER in reception.sync.note)
    assert replay.new_epoch(clinic.connect("ingrid")) > 1
    reception.retry_now()
    wait_until(lambda: reception.sync.paused)
    report = replayed(clinic, reception)
    assert brought_back(report) == {("Reception", "patients.register"): 1}
    assert [row.id for row in reception.read(patients.search, "lost")] == [lost]
    assert_replica_equals_server(reception, clinic)


def test_while_the_standby_waits_stations_wait_for_it(
    clinic: Clinic, standby: Standby, open_station: OpenStation
) -> None:
    reception = open_station("sofia", name="Reception", server=at_both(clinic, standby))
    register(reception, "Before")
    quiet(reception)
    standby.caught_up()
    clinic.close()
    clinic.cluster.stop("immediate")
    wait_until(lambda: "is a standby" in reception.sync.note)
    assert str(standby.cluster.status().port) in reception.sync.note
    assert isinstance(reception.run(patients.register, {"family_name": "Meanwhile"}), Queued)
    standby.promote()
    following(reception)
    after = promoted(clinic, standby)
    names = server_rows(after, "select family_name from patient order by file_no")
    assert [name for (name,) in names] == ["Before", "Meanwhile"]
    assert_replica_equals_server(reception, after)
    after.close()
