"""One's own new password, at a station: the server's first, then what opens this station's files."""

import asyncio
import logging
from typing import Any

import psycopg

from medidesk import passwords
from medidesk.errors import DomainError, MediDeskError, ServerUnreachable
from medidesk.log import event
from medidesk.sync.accounts import new_verifier, refusal
from medidesk.sync.admission import knock
from medidesk.sync.connection import Login, connect, deadline, leave
from medidesk.sync.explained import explain
from medidesk.sync.keys import Keys
from medidesk.sync.meanings import Meaning, meaning
from medidesk.sync.profiles import StationProfile
from medidesk.words import tr

log = logging.getLogger(__name__)

SET_SECONDS = 20.0


def change(profile: StationProfile, user: str, old: str, new: str) -> None:
    """Give somebody the password they have chosen. Blocks for the network and for Argon2.

    The replica and what waits stay as they are: their keys are wrapped anew. Whoever is cut off in between signs in
    with the new password, and the replica is filled anew.

    Raises:
        DomainError: with `field` "new": what it must be.
        SignInRefused: the old password is not right.
        ServerUnreachable: the server is away, or it went away and took nothing.
        MediDeskError: likewise, for another reason.
    """
    passwords.check(new, (user, profile.clinic, *_names(profile, user)))
    _set(Login(profile.server, user, old, course=profile.course), new)
    event(log, "password_changed")
    vault = Keys(profile.home, profile.station_id)
    keys = vault.open_envelope(user, old)
    if keys is not None:
        vault.write_envelope(user, new, keys)


def _names(profile: StationProfile, user: str) -> list[str]:
    return [person.display_name for person in profile.people if person.login == user]


def _set(login: Login, new: str) -> None:
    try:
        asyncio.run(_ask(login, new))
    except psycopg.Error as error:
        if meaning(error) in {Meaning.REFUSED, Meaning.UNKNOWN} and error.sqlstate is not None:
            refused = refusal(error)
            raise DomainError(refused.sentence, refused.next_step, field="new") from error
        if meaning(error) is Meaning.SIGN_IN or not _taken(login, new):
            raise _away(explain(error, login)) from error


def _taken(login: Login, new: str) -> bool:
    """Whether the server took it although its answer was lost: the new password then opens the door."""
    try:
        asyncio.run(knock(Login(login.server, login.user, new, course=login.course)))
    except psycopg.Error:
        return False
    return True


def _away(trouble: MediDeskError) -> MediDeskError:
    if not isinstance(trouble, ServerUnreachable):
        return trouble
    return ServerUnreachable(
        tr("The server did not answer, so that nobody knows yet whether it has the new password."),
        tr("Once it is back, sign in with the new one, or else with the old one."),
    )


async def _ask(login: Login, new: str) -> None:
    connection = await connect(login, writing=True, name="medidesk password")
    try:
        async with deadline(connection, SET_SECONDS):
            known = await _value(connection, "select my_scram_parameters()")
            await _value(connection, "select set_password(%s)", new_verifier(new, known))
    finally:
        await leave(connection)


async def _value(connection: psycopg.AsyncConnection[Any], query: Any, *parameters: object) -> Any:
    row = await (await connection.execute(query, parameters or None)).fetchone()
    return None if row is None else row[0]
