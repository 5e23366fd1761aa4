"""What a station gives away to whoever answers at the clinic's address."""

import socket
import threading
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from medidesk.errors import MediDeskError
from medidesk.station import Station
from medidesk.sync.connection import Login

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
