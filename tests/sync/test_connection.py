"""What a station gives away to whoever answers at the clinic's address, and how it leaves a connection."""

import asyncio
import socket
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from medidesk.errors import MediDeskError
from medidesk.station import Station
from medidesk.sync.connection import Login, connect
from tests.support.database import Clinic
from tests.support.waiting import wait_until

PASSWORD = "Grüße von sofia 42"
ASKS_FOR_THE_PASSWORD_AS_TEXT = b"R\x00\x00\x00\x08\x00\x00\x00\x03"


@pytest.mark.parametrize("host", ["clinic.example", "10.0.0.2", "127.0.0.1,clinic.example"])
@pytest.mark.parametrize("asked", ["", "?sslmode=disable", "?sslmode=prefer", "?sslmode=require"])
def test_over_a_network_there_is_no_connection_without_the_clinics_certificate(host: str, asked: str) -> None:
    known = conninfo_to_dict(Login(f"postgresql://{host}/medidesk{asked}", "sofia", PASSWORD).conninfo())
    assert known["sslmode"] == "verify-full"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_within_this_pc_the_address_says_how(host: str) -> None:
    server = f"postgresql://{host}/medidesk?sslmode=disable"
    assert conninfo_to_dict(Login(server, "sofia", PASSWORD).conninfo())["sslmode"] == "disable"


def test_a_server_that_asks_for_the_password_itself_does_not_get_it(tmp_path: Path) -> None:
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            near, _ = listening.accept()
            with near:
                heard.extend(near.recv(65_536))
                near.sendall(ASKS_FOR_THE_PASSWORD_AS_TEXT)
                while more := near.recv(65_536):
                    heard.extend(more)

        thread = threading.Thread(target=answer)
        thread.start()
        server = f"postgresql://127.0.0.1:{listening.getsockname()[1]}/medidesk?sslmode=disable"
        with pytest.raises(MediDeskError):
            Station.open(server, "sofia", PASSWORD, home=tmp_path / "home")
        thread.join(20)
    assert b"sofia" in heard
    assert PASSWORD.encode() not in heard


def test_no_connection_is_closed_under_its_query(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """A soak's process died of it: psycopg reads on through a pointer to what has been freed."""
    asking: Counter[int] = Counter()
    closed_under: list[int] = []
    wait, close = psycopg.AsyncConnection.wait, psycopg.AsyncConnection.close

    async def counted_wait(connection: Any, *arguments: Any, **options: Any) -> Any:
        asking[id(connection)] += 1
        try:
            return await wait(connection, *arguments, **options)
        finally:
            asking[id(connection)] -= 1

    async def watched_close(connection: Any) -> None:
        closed_under.append(asking[id(connection)])
        await close(connection)

    monkeypatch.setattr(psycopg.AsyncConnection, "wait", counted_wait)
    monkeypatch.setattr(psycopg.AsyncConnection, "close", watched_close)
    locks = clinic.admin(autocommit=False)
    locks.execute("lock table server_identity in access exclusive mode")  # hello() waits
    waits = clinic.admin()

    def hello_waits() -> bool:
        row = waits.execute(
            "select exists (select from pg_stat_activity "
            "where query = 'select hello()' and wait_event_type = 'Lock')"
        ).fetchone()
        return row == (True,)

    async def give_up() -> None:
        login = Login(clinic.server, "sofia", clinic.password("sofia"))
        connecting = asyncio.create_task(connect(login, name="medidesk follow"))
        await asyncio.to_thread(wait_until, hello_waits)
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting

    asyncio.run(give_up())
    locks.rollback()
    assert not any(closed_under)
