"""What holds for every station once it is quiet: it has what its user may see on the server, row for row."""

from collections.abc import Callable
from typing import Any

import psycopg

from medidesk.models.search import patient_text
from medidesk.permissions import can, rights_of
from medidesk.station import Station
from medidesk.sync import search_index
from medidesk.sync.codec import TableCodec
from medidesk.sync.feed import select_rows
from medidesk.sync.replica import replicated
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.waiting import wait_until

type OpenStation = Callable[..., Station]


def quiet(*stations: Station, timeout: float = 20) -> None:
    """Wait until nothing waits at any station and each has what the others sent."""
    for _ in range(2):  # what triggers make of the last operation comes with the pull after it
        for station in stations:
            station.wait_current(timeout)


def assert_replica_equals_server(station: Station, clinic: Clinic, password: str | None = None) -> None:
    """Compare a quiet station's replica with the very rows its user is shown by the server.

    Only what no waiting work lies over can be compared, so that nothing may wait.
    """
    with clinic.connect(station.user.login, password=password) as connection:
        assert_replica_equals(station, connection)


def assert_replica_equals(station: Station, connection: psycopg.Connection) -> None:
    """The same over a connection of whoever is signed in there."""
    assert not any(station.pending(codec.name) for codec in replicated())
    connection.execute("set timezone = 'UTC'")
    for codec in replicated():
        held, theirs = _held(station, codec), _shown(connection, codec)
        missing, extra = theirs.keys() - held.keys(), held.keys() - theirs.keys()
        assert not missing, f"{codec.name}: {len(missing)} rows never came, such as {theirs[missing.pop()]}"
        assert not extra, f"{codec.name}: {len(extra)} rows never left, such as {held[extra.pop()]}"
        for key, row in theirs.items():
            here = dict(zip(codec.columns, held[key], strict=True))
            there = dict(zip(codec.columns, row, strict=True))
            assert here == there, f"{codec.name}: here {here}, at the server {there}"
    _assert_findable(station)


def read_by(role: str) -> list[TableCodec]:
    """The tables of which a station holds rows for whoever has this role alone, in the order of the first sync."""
    rights = rights_of(role)
    return [codec for codec in replicated() if can(rights, codec.model.__rules__.area, "read")]


def _shown(connection: psycopg.Connection, codec: TableCodec) -> dict[bytes, tuple[Any, ...]]:
    # A server that has not been upgraded yet has no such table.
    readable = connection.execute(
        "select has_table_privilege(to_regclass(%s), 'select')", (f"medidesk.{codec.name}",)
    ).fetchone()
    if readable != (True,):
        return {}
    every = select_rows(codec).replace("where id = any(%s)", "")
    found = connection.execute(every.encode(), binary=True)
    return {row[0]: codec.received(row) for row in found.fetchall()}


def _held(station: Station, codec: TableCodec) -> dict[bytes, tuple[Any, ...]]:
    def every(session: Any) -> dict[bytes, tuple[Any, ...]]:
        connection = session.connection()
        left = connection.exec_driver_sql(f"select count(*) from {codec.name}__server").scalar_one()
        assert left == 0, f"{left} rows of the server lie under overlays that are gone"
        names = ", ".join(codec.columns)
        rows = connection.exec_driver_sql(f"select {names} from {codec.name}").fetchall()
        return {row[0]: tuple(row) for row in rows}

    return station.read(every)


def _assert_findable(station: Station) -> None:
    """The search text is what the rows say now, no more and no less."""

    def texts(session: Any) -> tuple[dict[int, str], dict[int, str]]:
        connection = session.connection()
        rows = connection.exec_driver_sql(f"{search_index._ROWS} where p.deleted_at is null").fetchall()
        kept = connection.exec_driver_sql("select rowid, words from patient_search").fetchall()
        return {row[0]: patient_text(*row[1:]) for row in rows}, {row[0]: row[1] for row in kept}

    wanted, kept = station.read(texts)
    other = {
        rowid: (kept.get(rowid), wanted.get(rowid))
        for rowid in kept.keys() | wanted.keys()
        if kept.get(rowid) != wanted.get(rowid)
    }
    assert not other, f"what is searched is not what the rows say: {other}"


def server_rows(clinic: Clinic, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What the server holds, past every policy."""
    with clinic.admin() as connection:
        return connection.execute(query.encode(), values).fetchall()


def applied(clinic: Clinic) -> dict[Any, int]:
    """How often each operation was applied, by its id: registrations counted by the audit trail."""
    return dict(
        server_rows(
            clinic,
            "select op_id, count(*) from audit_log where tbl = 'patient' and action = 'insert' "
            "and op_id is not null group by op_id",
        )
    )


def go_offline(station: Station, proxy: Proxy) -> None:
    """Pull the cable and wait until the station has noticed."""
    proxy.cut()
    wait_until(lambda: station.sync.state == "offline")


def go_online(station: Station, proxy: Proxy) -> None:
    """Put the cable back, and let the station try at once."""
    proxy.mend()
    station.retry_now()
    wait_until(lambda: station.sync.state == "live")
