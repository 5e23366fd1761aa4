"""The seals of the audit trail, kept at each PC: whoever rewrites the server's past cannot rewrite these.

Once a day a station has the server seal what has been changed since, and writes the new seals into a file of its
folder. The file tells nothing of what was done, so that anybody may carry it to whoever audits the clinic
(`medidesk audit verify --kept seals-….json`).
"""

import asyncio
import logging
import random
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from medidesk.errors import MediDeskError
from medidesk.log import event
from medidesk.server.private_files import write_private
from medidesk.server.seals import Kept, file_of, read
from medidesk.sync.connection import ServerConnection, connect, cut, deadline, leave
from medidesk.sync.understood import understood

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

FIRST_SECONDS = 600.0
DAY_SECONDS = 24 * 3600.0
AGAIN_SECONDS = 900.0
SEAL_SECONDS = 600.0
# Asked for once more: how a seal that was kept is found to be another at the server now.
COMPARED = 60


async def run(engine: "Engine") -> None:
    """Seal and keep, once a day; which of a clinic's stations comes first is left to chance."""
    await asyncio.sleep(random.uniform(0.1, 1.0) * FIRST_SECONDS)  # noqa: S311 (no secret)
    while True:
        done = engine.state.state == "live" and await keep(engine)
        await asyncio.sleep(DAY_SECONDS if done else AGAIN_SECONDS)


async def keep(engine: "Engine") -> bool:
    """Have the server seal what is due, and keep its seals. False where that has to be tried again."""
    connection: ServerConnection | None = None
    server = engine.login.course.server_id
    if not server:
        return False  # it has not been met yet
    try:
        known = kept(engine.home, server)
        # Of its own: a day's digest may take seconds, and nobody's pulls or work wait for it.
        connection = await connect(engine.login, writing=True, name="medidesk seal")
        with engine.asking.over(partial(cut, connection)):
            found = await _ask(connection, max((one.number for one in known), default=0) - COMPARED)
        _tell_another(known, found)
        write_private(path(engine.home, server), file_of(server, known.union(found)))
    except psycopg.errors.UndefinedFunction:
        return True  # a server from before there were seals
    except (psycopg.Error, MediDeskError, OSError, ValueError) as error:
        event(log, "not_sealed", error=error)
        return False
    finally:
        await leave(connection)
    return True


async def _ask(connection: ServerConnection, since: int) -> list[Kept]:
    """Let the server seal what is due; its seals from a number on."""
    async with deadline(connection, SEAL_SECONDS):
        await connection.execute("set statement_timeout = 0")
        await connection.execute("select seal_audit()")
        row = await (await connection.execute("select audit_seals(%s)", (since,))).fetchone()
    with understood():
        return [Kept.from_json(one) for one in row[0]] if row else []


def path(home: Path, server: str) -> Path:
    """Where the seals of a server are kept: a PC that has been at another keeps both."""
    return home / f"seals-{UUID(server)}.json"


def kept(home: Path, server: str) -> frozenset[Kept]:
    """The seals of a server that this PC keeps.

    Raises:
        ValueError: the file is damaged. It is left as it is: no other copy may be anywhere.
        OSError: it cannot be read.
    """
    file = path(home, server)
    return read(file.read_text(encoding="utf-8")) if file.exists() else frozenset()


def _tell_another(known: Collection[Kept], found: Collection[Kept]) -> None:
    """After a restore the server seals anew what came after the backup; otherwise its past was rewritten.

    Both stay in the file, for whoever verifies.
    """
    by_number = {one.number for one in known}
    for one in found:
        if one.number in by_number and one not in known:
            event(log, "seal_differs", logging.WARNING, number=one.number, epoch=one.epoch)
