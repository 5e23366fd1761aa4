"""Without the server an account opens a PC for so many days, whatever the PC's clock is set to."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from medidesk.errors import SignInRefused
from medidesk.models.settings import OFFLINE_DAYS
from medidesk.repositories import patients
from medidesk.station import Queued, Station
from medidesk.sync import offline_days
from medidesk.sync.offline_days import Contact
from medidesk.sync.outbox import Outbox
from medidesk.sync.replica import Replica
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, go_online, quiet

MET = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


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
    too_long = (dt.datetime.now(dt.UTC) - (OFFLINE_DAYS + 1) * DAY).isoformat()
    replica = station._engine.replica
    station._engine.call(lambda: replica.set_state("contact", too_long)).result(5)
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
