"""Passwords at a station: changed by their owners, handed over by administrators; and sessions that are ended."""

from pathlib import Path

import psycopg
import pytest

from medidesk.errors import (
    DomainError,
    NewPasswordNeeded,
    NotAllowed,
    ServerUnreachable,
    SignInRefused,
)
from medidesk.repositories import patients
from medidesk.station import Queued, Saved, Station
from medidesk.sync import passwords
from medidesk.sync.accounts import Newcomer
from medidesk.sync.connection import Login
from medidesk.sync.keys import Keys
from medidesk.sync.profiles import StationProfile
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

NEW = "lantern oxide bramble fig"


def novice(clinic: Clinic) -> Newcomer:
    return Newcomer("novice", "Vice", "No", "receptionist", clinic.org_id)


def test_whoever_changes_a_password_keeps_their_files_and_what_waits(
    clinic: Clinic, here: OpenHere, proxy: Proxy, home: Path
) -> None:
    station = here()
    quiet(station)
    go_offline(station, proxy)
    assert isinstance(station.run(patients.register, {"family_name": "Waiting"}), Queued)
    station.close()
    proxy.mend()
    profile = StationProfile.load(home)
    known = Keys(home, profile.station_id).open_envelope("sofia", clinic.password("sofia"))
    passwords.change(profile, "sofia", clinic.password("sofia"), NEW)
    assert known is not None
    assert Keys(home, profile.station_id).open_envelope("sofia", NEW) == known
    with pytest.raises(SignInRefused):
        here()
    station = here(password=NEW)
    quiet(station)
    assert server_rows(clinic, "select family_name from patient") == [("Waiting",)]
    assert_replica_equals_server(station, clinic, NEW)
    station.close()
    proxy.cut()
    assert here(password=NEW).user.login == "sofia"


def test_work_that_waits_elsewhere_goes_once_its_author_has_signed_in_there_again(
    clinic: Clinic, here: OpenHere, open_station: OpenStation, proxy: Proxy, home: Path
) -> None:
    station = here()
    quiet(station)
    other = open_station("sofia", name="Another PC")
    quiet(other)
    go_offline(station, proxy)
    assert isinstance(station.run(patients.register, {"family_name": "Waiting"}), Queued)
    other.close()
    passwords.change(other.profile, "sofia", clinic.password("sofia"), NEW)
    proxy.mend()
    station.retry_now()
    wait_until(lambda: "not right" in station.sync.note)
    assert station.sync.waiting == 1
    station.close()
    station = here(password=NEW)
    quiet(station)
    assert server_rows(clinic, "select family_name from patient") == [("Waiting",)]


@pytest.mark.parametrize(
    ("new", "sentence"),
    [("short", "at least 10"), ("password123", "easy to guess"), ("sofia marchetti", "easy")],
)
def test_a_poor_password_is_refused_before_the_server_is_asked(
    clinic: Clinic, here: OpenHere, home: Path, proxy: Proxy, new: str, sentence: str
) -> None:
    here().close()
    proxy.cut()
    with pytest.raises(DomainError, match=sentence) as refused:
        passwords.change(StationProfile.load(home), "sofia", clinic.password("sofia"), new)
    assert refused.value.field == "new"


def test_a_wrong_old_password_and_a_server_that_is_away_change_nothing(
    clinic: Clinic, here: OpenHere, home: Path, proxy: Proxy
) -> None:
    here().close()
    profile = StationProfile.load(home)
    with pytest.raises(SignInRefused):
        passwords.change(profile, "sofia", "something else", NEW)
    with pytest.raises(DomainError, match="the same as the old one"):
        passwords.change(profile, "sofia", clinic.password("sofia"), clinic.password("sofia"))
    proxy.cut()
    with pytest.raises(ServerUnreachable):
        passwords.change(profile, "sofia", clinic.password("sofia"), NEW)
    proxy.mend()
    assert here().user.login == "sofia"


def test_an_answer_that_is_lost_is_found_out(
    clinic: Clinic, here: OpenHere, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here().close()
    ask = passwords._ask

    async def ask_and_lose(login: Login, new: str) -> None:
        await ask(login, new)
        raise psycopg.OperationalError("the connection is lost")

    monkeypatch.setattr(passwords, "_ask", ask_and_lose)
    passwords.change(StationProfile.load(home), "sofia", clinic.password("sofia"), NEW)
    assert here(password=NEW).user.login == "sofia"


def test_somebody_new_chooses_their_own_password_first(
    clinic: Clinic, here: OpenHere, open_station: OpenStation, home: Path
) -> None:
    ingrid = open_station("ingrid")
    quiet(ingrid)
    first = ingrid.administration.accounts.add(novice(clinic)).result(10)
    with pytest.raises(NewPasswordNeeded):
        here("novice", password=first)
    profile = StationProfile.load(home)
    profile.server = ingrid.profile.server
    passwords.change(profile, "novice", first, NEW)
    station = here("novice", password=NEW)
    quiet(station)
    assert isinstance(station.run(patients.register, {"family_name": "Sow"}), Saved)
    wait_until(lambda: ingrid.read(patients.search, "sow"))


def test_who_was_reset_is_signed_out_and_sends_what_waits_after_choosing_a_password(
    clinic: Clinic, here: OpenHere, open_station: OpenStation, proxy: Proxy, home: Path
) -> None:
    station, ingrid = here(), open_station("ingrid")
    quiet(station)
    quiet(ingrid)
    go_offline(station, proxy)
    assert isinstance(station.run(patients.register, {"family_name": "Waiting"}), Queued)
    given = ingrid.administration.accounts.reset_password("sofia").result(10)
    go_online_again(station, proxy)
    wait_until(lambda: "not right" in station.sync.note)
    station.close()
    with pytest.raises(NewPasswordNeeded):
        here(password=given)
    passwords.change(StationProfile.load(home), "sofia", given, NEW)
    station = here(password=NEW)
    quiet(station)
    assert server_rows(clinic, "select family_name from patient") == [("Waiting",)]
    assert_replica_equals_server(station, clinic, NEW)


def go_online_again(station: Station, proxy: Proxy) -> None:
    proxy.mend()
    station.retry_now()


def test_who_is_signed_out_is_asked_again_everywhere_and_may_come_back(
    clinic: Clinic, here: OpenHere, open_station: OpenStation, proxy: Proxy
) -> None:
    station, ingrid = here(), open_station("ingrid")
    quiet(station)
    quiet(ingrid)
    seen = ingrid.administration.accounts.seen().result(10)
    assert [session.address for session in seen["sofia"].sessions] == ["127.0.0.1"]
    assert "medidesk follow" in seen["sofia"].sessions[0].programs
    assert not ingrid.sync.signed_out
    ingrid.administration.accounts.sign_out("sofia").result(10)
    wait_until(lambda: station.sync.signed_out)
    assert "signed you out" in station.sync.note
    assert isinstance(station.run(patients.register, {"family_name": "Sow"}, patience=0.2), Queued | Saved)
    station.close()
    station = here()
    quiet(station)
    assert not station.sync.signed_out
    assert server_rows(clinic, "select family_name from patient") == [("Sow",)]


def test_what_is_asked_for_is_seen_and_decided_by_an_administrator(
    clinic: Clinic, here: OpenHere, open_station: OpenStation
) -> None:
    station, ingrid = here(), open_station("ingrid")
    quiet(station)
    quiet(ingrid)
    asked, decides = station.administration.accounts, ingrid.administration.accounts
    with pytest.raises(DomainError, match="easy to guess"):
        asked.request(novice(clinic), "novice vice").result(10)
    asked.request(novice(clinic), NEW).result(10)
    with pytest.raises(DomainError, match="The name novice is taken"):
        asked.request(novice(clinic), NEW).result(10)
    with pytest.raises(NotAllowed):
        asked.decide("novice", "receptionist").result(10)
    request = decides.seen().result(10)["novice"].request
    assert request is not None
    assert (request.role, request.by, request.org_id) == ("receptionist", "sofia", clinic.org_id)
    decides.decide("novice", "receptionist").result(10)
    assert open_station("novice", password=NEW).user.roles == ("receptionist",)
    decides.give_role("novice", "nurse", clinic.org_id).result(10)
    decides.take_role("novice", "receptionist", clinic.org_id).result(10)
    decides.suspend("novice").result(10)
    decides.let_in_again("novice").result(10)
    assert open_station("novice", name="N2", password=NEW).user.roles == ("nurse",)


def test_accounts_need_the_server(clinic: Clinic, here: OpenHere, proxy: Proxy) -> None:
    station = here("ingrid")
    quiet(station)
    go_offline(station, proxy)
    with pytest.raises(ServerUnreachable):
        station.administration.accounts.seen().result(10)
    go_online(station, proxy)
    assert "sofia" in station.administration.accounts.seen().result(10)
