"""One of a station's tasks finds the promoted server while another is with the former: all go there."""

from collections.abc import Iterator

import pytest

from medidesk.repositories import patients
from medidesk.station import Saved
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.replays import register
from tests.support.restores import clinic, pristine
from tests.support.standby import Standby, at_both, promoted, standby_of
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until

__all__ = ["clinic", "pristine"]


@pytest.fixture
def standby(clinic: Clinic) -> Iterator[Standby]:
    """A standby of the clinic's server, that has all of it."""
    with standby_of(clinic.cluster) as made:
        yield made


def _end_at(clinic: Clinic, task: str) -> None:
    """End the connections of one task at a server, as a firewall does that forgets them."""
    with clinic.admin() as admin:
        ended = admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where starts_with(application_name, %s)",
            [task],
        )
        assert ended.fetchall()


def test_where_the_follower_alone_moves_the_sender_goes_with_it(
    clinic: Clinic, standby: Standby, open_station: OpenStation
) -> None:
    reception = open_station("sofia", server=at_both(clinic, standby))
    register(reception, "Before")
    quiet(reception)
    standby.caught_up()
    standby.promote()
    after = promoted(clinic, standby)
    _end_at(clinic, "medidesk follow")
    wait_until(lambda: reception.profile.course.timeline == 2)
    quiet(reception)
    assert isinstance(reception.run(patients.register, {"family_name": "After"}), Saved)
    quiet(reception)
    assert server_rows(after, "select count(*) from patient") == [(2,)]
    assert server_rows(clinic, "select count(*) from patient") == [(1,)]
    assert_replica_equals_server(reception, after)
    after.close()


def test_where_the_sender_alone_moves_the_follower_goes_with_it(
    clinic: Clinic, standby: Standby, open_station: OpenStation
) -> None:
    reception = open_station("sofia", server=at_both(clinic, standby))
    register(reception, "Before")
    quiet(reception)
    standby.caught_up()
    standby.promote()
    after = promoted(clinic, standby)
    _end_at(clinic, "medidesk send")
    assert isinstance(reception.run(patients.register, {"family_name": "After"}), Saved)
    quiet(reception)
    assert reception.profile.course.timeline == 2
    assert server_rows(after, "select count(*) from patient") == [(2,)]
    assert server_rows(clinic, "select count(*) from patient") == [(1,)]
    assert_replica_equals_server(reception, after)
    after.close()


@pytest.mark.parametrize("task", ["medidesk follow", "medidesk send"])
def test_one_address_that_moves_to_the_promoted_server_is_followed_by_all(
    clinic: Clinic, standby: Standby, open_station: OpenStation, task: str
) -> None:
    port = clinic.cluster.status().port
    assert port is not None
    with Proxy(port) as address:
        reception = open_station("sofia", server=address.through(clinic.server))
        register(reception, "Before")
        quiet(reception)
        standby.caught_up()
        standby.promote()
        after = promoted(clinic, standby)
        address.lead_to(after.server, breaking=False)
        _end_at(clinic, task)
        if task == "medidesk follow":
            wait_until(lambda: reception.profile.course.timeline == 2)
            quiet(reception)
        assert isinstance(reception.run(patients.register, {"family_name": "After"}), Saved)
        quiet(reception)
        assert server_rows(after, "select count(*) from patient") == [(2,)]
        assert server_rows(clinic, "select count(*) from patient") == [(1,)]
        assert_replica_equals_server(reception, after)
        reception.close()
        after.close()
