"""A station joins the clinic, or is still there: its code, and the server's half of its outbox key."""

import logging
from base64 import b64decode
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

import psycopg

from medidesk import __version__
from medidesk.errors import StationFilesProblem
from medidesk.log import event
from medidesk.sync.keys import Keys, StationKeys, new_key
from medidesk.sync.profiles import StationProfile
from medidesk.words import tr

log = logging.getLogger(__name__)

type Opening = Future[StationKeys | None]
"""Somebody's envelope, while it is opened."""


async def join(
    connection: psycopg.AsyncConnection[Any], profile: StationProfile, vault: Keys, opening: Opening
) -> bytes | None:
    """Join, and give the server its half of the outbox key where it has none that opens here.

    Returns:
        The outbox key; None where the server took no further half.

    Raises:
        StationFilesProblem: only somebody who has been here before can give it.
    """
    joined = await _join(connection, profile)
    outbox = _kept_key(vault, joined, opening)
    if outbox is None:
        await _escrow(connection, profile, vault, opening)
        joined = await _join(connection, profile)
        outbox = _kept_key(vault, joined, opening)
    profile.is_given_code(joined["code"])
    return outbox


def known_keys(opening: Opening, *, online: bool) -> StationKeys | None:
    """The keys in somebody's envelope; None where there is none, or it is damaged and the server is there.

    Raises:
        StationFilesProblem: it is damaged, and the server is away.
    """
    try:
        return opening.result()
    except StationFilesProblem:
        if not online:
            raise
        event(log, "key_file_damaged", logging.WARNING)
        return None


async def _join(
    connection: psycopg.AsyncConnection[Any], profile: StationProfile, sealed: bytes | None = None
) -> Any:
    return await value(
        connection,
        "select join_station(%s, %s, %s, %s, %s)",
        profile.station_id,
        profile.name,
        profile.code,
        sealed,
        __version__,
    )


def _kept_key(vault: Keys, joined: Mapping[str, Any], opening: Opening) -> bytes | None:
    """This station's outbox key, from what the server has of it: that, or what calls itself so."""
    # A server before schema 3 keeps one.
    kept = joined["sealed_keys"] if "sealed_keys" in joined else [joined["sealed_key"] or ""]
    try:
        return vault.unseal_outbox_key(b64decode(one) for one in kept)
    except StationFilesProblem:
        known = known_keys(opening, online=True)
        if known is None:
            raise
        return known.outbox  # whoever has been here needs no half of anybody's


async def _escrow(
    connection: psycopg.AsyncConnection[Any], profile: StationProfile, vault: Keys, opening: Opening
) -> None:
    """Give the server its half of this station's outbox key: a new one, or the one an envelope holds."""
    known = known_keys(opening, online=True)
    if known is None and (profile.home / "outbox.db").exists():
        # The server came back from a backup older than this station: a new key would not open what waits here.
        raise StationFilesProblem(
            tr("The server no longer knows the key of what waits on this PC."),
            tr("Let somebody sign in who has done so here before; then everyone can again."),
        )
    event(log, "outbox_key_given")
    await _join(connection, profile, vault.seal_outbox_key(new_key() if known is None else known.outbox))


async def value(connection: psycopg.AsyncConnection[Any], query: Any, *parameters: object) -> Any:
    """The one value of a query."""
    row = await (await connection.execute(query, parameters or None)).fetchone()
    return None if row is None else row[0]
