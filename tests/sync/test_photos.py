"""Photos stay on the server: stations ask for them, and the last one taken is the one."""

import zlib
from struct import pack

import pytest

from medidesk.errors import ServerUnreachable
from medidesk.repositories import patients
from medidesk.station import Saved
from tests.support.database import Clinic
from tests.support.stations import OpenStation, quiet


def picture(shade: int) -> bytes:
    """A PNG of one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes([0, shade]))) + chunk(b"IEND", b"")
    )


def test_a_second_station_replaces_a_photo_and_neither_holds_the_bytes(
    clinic: Clinic, open_station: OpenStation
) -> None:
    desk, room = open_station("sofia"), open_station("anjali")
    registered = desk.run(patients.register, {"family_name": "Okafor"})
    assert isinstance(registered, Saved)
    who = registered.row.id
    quiet(desk, room)
    assert isinstance(desk.run(patients.set_photo, who, picture(10), "image/png"), Saved)
    assert isinstance(room.run(patients.set_photo, who, picture(200), "image/png"), Saved)
    for station in (desk, room):
        shown = station.ask(patients.photo, who)
        assert shown is not None
        assert shown.content == picture(200)
        assert station.read(patients.photo, who) is None
    clinic.cluster.stop()
    try:
        with pytest.raises(ServerUnreachable):
            desk.ask(patients.photo, who)
    finally:
        clinic.cluster.start()
