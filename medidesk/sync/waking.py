"""What wakes a follower: a notification, somebody's wish, or the time for a poll."""

import asyncio

from medidesk.sync.connection import ServerConnection

POLL_SECONDS = 1.0


async def wait(connection: ServerConnection, wish: asyncio.Event) -> None:
    """Until a notification, a wish, or the next poll.

    Raises:
        psycopg.OperationalError: the connection is lost.
    """
    if heard(connection) or wish.is_set():
        return
    # The loop's own reader and timer: this runs at every pull, and two tasks cost more than the rest of it.
    loop = asyncio.get_running_loop()
    loop.add_reader(connection.fileno(), wish.set)
    poll = loop.call_later(POLL_SECONDS, wish.set)  # a notification may get lost
    try:
        await wish.wait()
    finally:
        poll.cancel()
        loop.remove_reader(connection.fileno())


def heard(connection: ServerConnection) -> bool:
    """Take the notifications that have arrived, those that came with an answer too; whether there were any.

    Raises:
        psycopg.OperationalError: the connection is lost.
    """
    server = connection.pgconn
    server.consume_input()
    heard = False
    while server.notifies() is not None:
        heard = True
    return heard
