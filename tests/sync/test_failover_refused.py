"""A host that is out of date refuses somebody while the clinic's server is away: that one decides."""

from collections.abc import Iterator

import pytest

from medidesk.errors import SignInRefused
from medidesk.repositories import patients
from medidesk.station import Queued
from medidesk.sync import admission
from tests.support.database import Clinic
from tests.support.replays import register
from tests.support.restores import clinic, pristine
from tests.support.standby import Standby, at_both, promoted, standby_of
from tests.support.stations import OpenStation, quiet, server_rows
from tests.support.waiting import wait_until
from tests.sync.test_sign_in import set_password

__all__ = ["clinic", "pristine"]

NEW = "ein neues, langes Kennwort"


@pytest.fixture
def standby(clinic: Clinic) -> Iterator[Standby]:
    """A standby of the clinic's server, that has all of it."""
    with standby_of(clinic.cluster) as made:
        yield made


def _takes_over(clinic: Clinic, standby: Standby) -> Clinic:
    standby.caught_up()
    clinic.close()
    standby.take_over()
    return promoted(clinic, standby)


def _restarts(clinic: Clinic, standby: Standby) -> None:
    """The former primary is back as it was, and the clinic's server is away for a moment."""
    clinic.cluster.start()
    standby.cluster.stop()


def test_a_password_that_only_the_former_primary_does_not_know_goes_on_to_count(
    clinic: Clinic, standby: Standby, open_station: OpenStation
) -> None:
    after = _takes_over(clinic, standby)
    set_password(after, "sofia", NEW)
    server = at_both(clinic, standby)
    reception = open_station("sofia", name="Reception", server=server, password=NEW)
    register(reception, "Before")
    quiet(reception)
    after.close()
    _restarts(clinic, standby)
    wait_until(lambda: "refuses the sign-in" in reception.sync.note)
    away, refusing = standby.cluster.status().port, clinic.cluster.status().port
    assert f"at 127.0.0.1:{away}, and the one at 127.0.0.1:{refusing} refuses" in reception.sync.note
    assert isinstance(reception.run(patients.register, {"family_name": "Meanwhile"}), Queued)
    admission.check(reception.profile, "sofia", NEW)
    with pytest.raises(SignInRefused):
        admission.check(reception.profile, "sofia", "wrong, but long enough")
    reception.close()
    with pytest.raises(SignInRefused):
        open_station("sofia", name="Reception", server=server, password="wrong, but long enough")
    reception = open_station("sofia", name="Reception", server=server, password=NEW)
    assert [row.family_name for row in reception.read(patients.search, "before")] == ["Before"]
    standby.cluster.start()
    wait_until(lambda: reception.sync.state == "live" and not reception.sync.waiting, 40)
    assert reception.sync.note == ""
    assert server_rows(after, "select count(*) from patient") == [(2,)]
    reception.close()
    after.close()


def test_a_station_that_is_open_meanwhile_goes_on_by_itself(
    clinic: Clinic, standby: Standby, open_station: OpenStation
) -> None:
    with clinic.admin() as admin:
        admin.execute("alter role sofia nologin")  # suspended at that moment, and approved again since
    after = _takes_over(clinic, standby)
    with after.admin() as admin:
        admin.execute("alter role sofia login")
    server = at_both(clinic, standby)
    reception = open_station("sofia", name="Reception", server=server)
    register(reception, "Before")
    quiet(reception)
    after.close()
    _restarts(clinic, standby)
    wait_until(lambda: "refuses the sign-in" in reception.sync.note)
    assert isinstance(reception.run(patients.register, {"family_name": "Meanwhile"}), Queued)
    standby.cluster.start()
    wait_until(lambda: reception.sync.state == "live" and not reception.sync.waiting, 40)
    assert server_rows(after, "select count(*) from patient") == [(2,)]
    after.close()
    standby.cluster.stop()
    wait_until(lambda: "refuses the sign-in" in reception.sync.note)
    reception.close()
    clinic.cluster.stop("immediate")
    with open_station("sofia", name="Reception", server=server) as reception:
        assert [row.family_name for row in reception.read(patients.search, "meanwhile")] == ["Meanwhile"]
