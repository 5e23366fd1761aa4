"""A replica that no station has open, filled from the server by the program's own first sync."""

import datetime as dt
import secrets
from pathlib import Path

from medidesk.sync.connection import Login, ServerConnection, connect, leave
from medidesk.sync.first_sync import FirstSync
from medidesk.sync.replica import Replica
from medidesk.sync.scopes import Share
from tests.support.database import Clinic

TODAY = Share(horizon=dt.date(2026, 11, 20))


async def connected(clinic: Clinic, login: str) -> ServerConnection:
    """A connection as a station follows with."""
    return await connect(Login(clinic.server, login, clinic.password(login)))


async def filled(clinic: Clinic, login: str, path: Path, share: Share = TODAY) -> Replica:
    """A new replica with all that this person may see, as far as the share goes."""
    replica = Replica(path, secrets.token_bytes(32))
    connection = await connected(clinic, login)
    try:
        await FirstSync(replica, share, lambda *_: None, lambda: None).run(connection)
    finally:
        await leave(connection)
    return replica
