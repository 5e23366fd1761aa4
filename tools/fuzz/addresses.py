"""Addresses that are typed, and servers that a command is given."""

from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from medidesk.errors import DomainError
from medidesk.sync.connection import LOOPBACK, Login
from medidesk.ui.first_run.actions import read_address

_AUTHORITY = Path("a b/clinic&.crt")
SEEDS = (
    b"clinic.lan:5432/medidesk",
    b"postgresql://a:5432,[fe80::1]:5433/medidesk?sslmode=disable",
    b"host=a,b port=5432 hostaddr=10.0.0.1,10.0.0.2 sslmode=disable",
    "klinik-süd.lan, server-b".encode(),
    b"%2Ftmp%2Fx",
)


def one(data: bytes) -> None:
    """An address that is taken leads to the hosts that were read, which prove themselves; any other is refused."""
    text = data.decode(errors="surrogateescape")
    try:
        address = read_address(text)
    except DomainError:
        address = None
    if address is not None:
        wanted = [name.strip("[]") for name, _ in address.hosts]
        login = Login(address.url(_AUTHORITY), "sofia", "secret")
        said = conninfo_to_dict(login.conninfo())
        found = (str(said["host"]).split(","), said["sslmode"], said["sslrootcert"], said["dbname"])
        if found != (wanted, "verify-full", str(_AUTHORITY), address.database) or "hostaddr" in said:
            raise AssertionError(f"{said} for {address}")
    for server in (text, f"postgresql://{text}", f"host={text}"):
        _given(Login(server, "sofia", "secret"))


def _given(login: Login) -> None:
    login.where().encode()
    try:
        each = [conninfo_to_dict(one.conninfo()) for one in login.each()]
    except psycopg.ProgrammingError:
        return
    for said in each:
        names = f"{said.get('host') or ''},{said.get('hostaddr') or ''}".split(",")
        here = all(name.startswith("/") or name in LOOPBACK for name in names) and not said.get("service")
        if not here and said["sslmode"] != "verify-full":
            raise AssertionError(f"{said} without a proof")
