"""An address of several hosts: whatever is wrong with some of them, the one that serves is found."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from medidesk.errors import MediDeskError, SignInRefused
from medidesk.repositories import people
from medidesk.server import tls
from medidesk.sync.connection import Login, connect, connect_blocking, leave
from medidesk.sync.explained import explain
from tests.support.cluster import running_cluster
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.standby import Standby, standby_of
from tests.support.stations import OpenStation, quiet
from tests.support.waiting import wait_until

NOBODY = "127.0.0.1:1"


def at(clinic: Clinic, *hosts: object, authority: Path | None = None, database: str = "") -> str:
    """The clinic's address with other hosts: a number is a port of this PC, "" the clinic's own.

    Args:
        clinic: whose.
        hosts: the hosts.
        authority: what they must prove themselves by; the clinic's unless told.
        database: another one.
    """
    parts = urlsplit(clinic.server)
    named = [f"127.0.0.1:{one}" if isinstance(one, int) else str(one) or parts.netloc for one in hosts]
    trust = urlencode({"sslmode": "verify-full", "sslrootcert": str(authority or clinic.cluster.authority)})
    return f"postgresql://{','.join(named)}/{database or clinic.database}?{trust}"


def reached(server: str, user: str = "sofia", password: str = "") -> int:
    """The port of the server that a station connects to."""

    async def ask() -> int:
        connection = await connect(Login(server, user, password or f"Grüße von {user} 42"))
        try:
            return connection.info.port
        finally:
            await leave(connection)

    return asyncio.run(ask())


def trouble(server: str, password: str = "") -> MediDeskError:
    with pytest.raises(psycopg.Error) as raised:
        reached(server, password=password)
    return explain(raised.value, Login(server, "sofia"))


@pytest.fixture
def silent(clinic: Clinic) -> Iterator[Proxy]:
    """A host that takes connections and says nothing."""
    with Proxy(1) as running:
        running.black_hole()
        yield running


@pytest.fixture(scope="module")
def standby() -> Iterator[Standby]:
    """A standby of some other server."""
    with running_cluster() as primary, standby_of(primary) as made:
        yield made


@pytest.mark.parametrize("first", [NOBODY, "no-such-server.invalid"])
def test_hosts_that_are_away_or_unknown_are_passed_over(clinic: Clinic, first: str) -> None:
    port = urlsplit(clinic.server).port
    assert reached(at(clinic, first, "")) == port
    assert reached(at(clinic, "", first)) == port


def test_a_host_that_says_nothing_holds_nobody_up(
    clinic: Clinic, silent: Proxy, open_station: OpenStation
) -> None:
    assert reached(at(clinic, silent.port, "")) == urlsplit(clinic.server).port
    station = open_station("sofia", server=at(clinic, silent.port, ""))
    quiet(station)
    assert station.sync.state == "live"
    assert station.sync.server_name == f"127.0.0.1:{silent.port} or {urlsplit(clinic.server).netloc}"


def test_a_station_closes_while_no_host_says_anything(
    clinic: Clinic, proxy: Proxy, silent: Proxy, open_station: OpenStation
) -> None:
    station = open_station("sofia", server=at(clinic, silent.port, proxy.port))
    quiet(station)
    proxy.black_hole()
    proxy.break_off()
    wait_until(lambda: station.sync.state != "live")
    station.close()


def test_where_nobody_answers_all_are_named(clinic: Clinic) -> None:
    away = trouble(at(clinic, NOBODY, "no-such-server.invalid:5433"))
    assert away.sentence == "No answer from the server at 127.0.0.1:1 or no-such-server.invalid:5433."
    assert "127.0.0.1:1, 127.0.0.1:2 or 127.0.0.1:3" in str(trouble(at(clinic, 1, 2, 3)))


def test_a_standby_is_told_from_a_server_that_is_away(clinic: Clinic, standby: Standby) -> None:
    port = standby.cluster.status().port
    password = standby.primary.superuser_password
    for hosts in ((port,), (NOBODY, port), (port, NOBODY)):
        server = at(clinic, *hosts, authority=standby.primary.authority, database="postgres")
        login = Login(server, standby.primary.superuser, password)
        with pytest.raises(psycopg.Error) as raised:
            connect_blocking(login, name="test", options="")
        told = explain(raised.value, login)
        assert told.sentence == f"The server at 127.0.0.1:{port} is a standby, which nobody can work on."


def test_a_host_without_the_clinics_database_is_named(clinic: Clinic) -> None:
    where = urlsplit(clinic.server).netloc
    for database in ("nowhere", "postgres"):
        told = trouble(at(clinic, NOBODY, "", database=database))
        assert told.sentence == f"The server at {where} has no MediDesk database."


def test_a_wrong_password_is_what_is_told_when_others_are_away(clinic: Clinic, silent: Proxy) -> None:
    for server in (at(clinic, NOBODY, ""), at(clinic, "", NOBODY), at(clinic, "", silent.port)):
        assert isinstance(trouble(server, password="wrong"), SignInRefused)


def test_a_host_that_cannot_prove_itself_is_named_and_gets_nothing(
    clinic: Clinic, standby: Standby, tmp_path: Path
) -> None:
    stranger = standby.primary.status().port
    assert reached(at(clinic, stranger, "")) == urlsplit(clinic.server).port
    told = trouble(at(clinic, NOBODY, stranger))
    assert "is not the one this station was paired with" in told.sentence
    strange = tmp_path / "strange.crt"
    strange.write_bytes(tls.new_authority("Somebody else").certificate)
    server = at(clinic, "", stranger, authority=strange)
    assert "is not the one this station was paired with" in trouble(server).sentence


def test_blocking_questions_go_to_the_one_that_serves(
    clinic: Clinic, silent: Proxy, open_station: OpenStation
) -> None:
    station = open_station("sofia", server=at(clinic, NOBODY, silent.port, ""))
    me = station.ask(people.me, "sofia")
    assert me is not None
    assert me.login == "sofia"


@pytest.mark.parametrize("hosts", ["a,b", "a:1,b", "127.0.0.1:1,b:2", "[::1],b"])
def test_each_host_of_an_address_that_leaves_this_pc_must_prove_itself(hosts: str) -> None:
    each = Login(f"postgresql://{hosts}/medidesk?sslmode=disable", "sofia").each()
    assert len(each) == 2
    for one in each:
        known = conninfo_to_dict(one.conninfo())
        assert "," not in str(known["host"])
        assert known["sslmode"] == "verify-full"
        assert known["target_session_attrs"] == "primary"


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("postgresql://clinic/medidesk", "clinic:5432"),
        ("postgresql://a,b:5433/medidesk", "a:5432 or b:5433"),
        ("host=a,b port=5433", "a:5433 or b:5433"),
        ("host=a,b,c port=1,2,3", "a:1, b:2 or c:3"),
        ("hostaddr=10.0.0.1,10.0.0.2", "10.0.0.1:5432 or 10.0.0.2:5432"),
    ],
)
def test_addresses_in_words(server: str, words: str) -> None:
    assert Login(server, "sofia").where() == words


def test_an_address_that_cannot_be_is_said_to_be_none() -> None:
    assert "is not an address that MediDesk understands" in trouble("host=a,b,c port=1,2").sentence
