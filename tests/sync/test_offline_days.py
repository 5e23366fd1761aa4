"""Without the server an account opens a PC for so many days, whatever the PC's clock is set to."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from medidesk.errors import SignInRefused
from medidesk.models.access import AccountState, UserAccount
from medidesk.models.directory import Organisation, OrganisationKind
from medidesk.models.settings import OFFLINE_DAYS, Setting, SettingName
from medidesk.repositories import patients, settings
from medidesk.station import Queued, Saved, Station
from medidesk.sync import offline_days
from medidesk.sync.offline_days import Contact, days_allowed
from medidesk.sync.outbox import Outbox
from medidesk.sync.replica import Replica
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.replica_clinic import ReplicaClinic
from tests.support.stations import OpenStation, go_online, quiet
from tests.support.waiting import wait_until

MET = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
OFFLINE = SettingName.OFFLINE_DAYS


class Clock:
    """This PC's clocks: the one that people set, and the one that only counts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shows, self.counts = MET, 1000.0
        monkeypatch.setattr(offline_days, "_now", lambda: self.shows)
        monkeypatch.setattr(offline_days, "_ticks", lambda: self.counts)

    def goes_on(self, by: dt.timedelta) -> None:
        self.shows += by
        self.counts += by.total_seconds()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReplicaClinic]:
    made = ReplicaClinic.at(tmp_path / "replica.db")
    yield made
    made.close()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[], Contact]]:
    """Starts the program anew over the same files."""
    keys = secrets.token_bytes(32), secrets.token_bytes(32)
    opened: list[Replica | Outbox] = []

    def start() -> Contact:
        replica, outbox = Replica(tmp_path / "r.db", keys[0]), Outbox(tmp_path / "o.db", keys[1])
        opened.extend((replica, outbox))
        return Contact(replica, outbox)

    yield start
    for file in opened:
        file.close()


def refused(contact: Contact) -> bool:
    try:
        contact.check("sofia")
    except SignInRefused:
        return True
    return False


def test_it_ends_after_the_days_that_are_set(clock: Clock, started: Callable[[], Contact]) -> None:
    started().reached(MET)
    clock.goes_on(OFFLINE_DAYS * DAY)
    assert not refused(started())
    clock.goes_on(dt.timedelta(hours=1))
    assert refused(started())


def test_setting_the_clock_back_gains_no_day(clock: Clock, started: Callable[[], Contact]) -> None:
    started().reached(MET)
    clock.goes_on(20 * DAY)
    assert not refused(started())
    clock.shows = MET - 200 * DAY
    assert not refused(started())
    contact = started()
    for _ in range(12):  # the program stays open, its clock set back
        clock.counts += DAY.total_seconds()
        contact.time_passes()
        clock.shows = MET - 200 * DAY
    assert refused(started())


def test_the_servers_word_ends_a_time_that_was_only_set(clock: Clock, started: Callable[[], Contact]) -> None:
    started().reached(MET)
    clock.shows = MET + 400 * DAY
    assert refused(started())
    clock.shows = MET + DAY
    assert refused(started()), "this PC has seen a later time"
    started().reached(MET + DAY)
    assert not refused(started())


def test_contact_that_goes_on_counts_as_contact(clock: Clock, started: Callable[[], Contact]) -> None:
    contact = started()
    contact.reached(MET)
    for _ in range(40):
        clock.goes_on(DAY)
        contact.goes_on(clock.shows)
    clock.goes_on(OFFLINE_DAYS * DAY - dt.timedelta(hours=1))
    assert not refused(started())


def test_it_ends_after_the_days_that_the_clinic_sets(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    """As the server has set it: what an administrator only entered here, without the server, adds no day."""

    def opened() -> Station:
        return open_station("ingrid", name="Office", server=proxy.through(clinic.server))

    station = opened()
    quiet(station)
    assert isinstance(station.run(settings.change, OFFLINE, 3), Saved)
    quiet(station)
    proxy.cut()
    wait_until(lambda: station.sync.state == "offline")
    assert isinstance(station.run(settings.change, OFFLINE, 90), Queued)
    assert station.read(settings.value_of, OFFLINE, clinic.org_id) == 90
    last_met(station, 3 * DAY - dt.timedelta(hours=1))
    station.close()
    station = opened()
    last_met(station, 3 * DAY + dt.timedelta(hours=1))
    station.close()
    with pytest.raises(SignInRefused, match="has not reached the server from this PC for more than 3 days"):
        opened()


def last_met(station: Station, ago: dt.timedelta) -> None:
    """Its person reached the server so long ago, and not since."""
    replica = station._engine.replica
    met = (dt.datetime.now(dt.UTC) - ago).isoformat()
    station._engine.call(lambda: replica.set_state("contact", met)).result(5)


@pytest.mark.parametrize(
    ("held", "days"), [(7, 7), (90, 90), (91, 30), (0, 30), (-5, 30), ("many", 30), (None, 30)]
)
def test_what_is_none_of_its_values_lengthens_nothing(desk: ReplicaClinic, held: object, days: int) -> None:
    assert desk.read(days_allowed, "sofia") == 30, "nobody is known yet"
    desk.put(Organisation, {"id": desk.org_id, "kind": OrganisationKind.CLINIC, "name": "Quay"})
    desk.put(UserAccount, {"login": "sofia", "staff_id": desk.org_id, "state": AccountState.APPROVED})
    assert desk.read(days_allowed, "sofia") == 30, "nothing is set"
    (row,) = desk.put(Setting, {"name": OFFLINE, "value": held})
    assert desk.read(days_allowed, "sofia") == days
    desk.replica.writer.execute("update setting set value = '{\"days\": 9' where id = ?", (row.bytes,))
    assert desk.read(days_allowed, "sofia") == 30, "what cannot even be read"


def test_an_account_that_never_reached_the_server_is_refused(
    clock: Clock, started: Callable[[], Contact]
) -> None:
    assert clock.shows == MET
    assert refused(started())


def test_after_too_long_a_pc_opens_with_the_server_alone_and_keeps_what_waits(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    def opened() -> Station:
        return open_station("sofia", name="Reception 1", server=proxy.through(clinic.server))

    station = opened()
    quiet(station)
    station.close()
    proxy.cut()
    station = opened()
    assert isinstance(station.run(patients.register, {"family_name": "Okafor"}), Queued)
    last_met(station, (OFFLINE_DAYS + 1) * DAY)
    station.close()
    with pytest.raises(SignInRefused, match=f"“sofia” has not reached the server .* {OFFLINE_DAYS} days"):
        opened()
    proxy.mend()
    station = opened()
    go_online(station, proxy)
    quiet(station)
    assert len(station.read(patients.search, "okafor")) == 1
    station.close()
    proxy.cut()
    assert opened().sync.state != "live"
