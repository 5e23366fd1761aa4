"""Looks whether another server has taken the place of the one that is followed, which may run on all the same.

A connection that lasts would else keep a station for hours with a server that was cut off for the others, or that
came back just before its standby was promoted.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

import psycopg

from medidesk.log import event
from medidesk.sync import connection

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0


async def run(engine: "Engine") -> None:
    """Ask all hosts now and then while one of several is followed; where another is newer, find the server anew."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if engine.state.state != "live" or len(engine.login.each()) == 1:
            continue
        try:
            found = await connection.newest_place(engine.login)
        except psycopg.Error:
            continue  # the one that is followed has just gone, and the follower knows
        if found > engine.recognition.place:
            event(log, "server_replaced", logging.WARNING, epoch=found[0], timeline=found[1])
            engine.follower.cut()
            engine.senders.cut()
