"""Whether somebody could sign in at a station that a colleague has open: asked before the colleague's work is
put away, so that a mistyped password costs them nothing.
"""

import asyncio

import psycopg

from medidesk.errors import CertificateProblem, ServerUnreachable, SignInRefused
from medidesk.sync.connection import Login, connect, leave
from medidesk.sync.explained import explain, in_doubt
from medidesk.sync.keys import Keys
from medidesk.sync.profiles import StationProfile
from medidesk.sync.sign_in import LOGIN
from medidesk.words import tr


def check(profile: StationProfile, user: str, password: str) -> None:
    """Return if the password is right: by the server's word, or without it by this station's envelope.

    Opens none of the station's files. Blocks for the network and for Argon2.

    Raises:
        SignInRefused: wrong user name or password, or a suspended account.
        ServerUnreachable: this person has never signed in here, and the server is away.
        CertificateProblem: likewise, and the server could not prove who it is.
        StationFilesProblem: their envelope cannot be read.
    """
    login = Login(profile.server, user, password, course=profile.course)
    if not LOGIN.fullmatch(user) or not password or "\0" in password:
        raise SignInRefused(tr("The user name or the password is not right."), tr("Try again."))
    error = _asked(login)
    if error is None:
        return
    trouble, doubted = explain(error, login), in_doubt(error) is not None
    if not doubted and not isinstance(trouble, ServerUnreachable | CertificateProblem):
        raise trouble
    vault = Keys(profile.home, profile.station_id)
    if not vault.has_envelope(user):
        raise trouble
    if vault.open_envelope(user, password) is None:
        if doubted:
            raise trouble
        raise SignInRefused(
            tr("The user name or the password is not right."),
            tr("The server is away, so only the password you last used on this PC is known here."),
        )


def _asked(login: Login) -> psycopg.Error | None:
    """Why the server lets nobody in with this login, or None when it does."""
    try:
        asyncio.run(knock(login))
    except psycopg.Error as error:
        return error
    return None


async def knock(login: Login) -> None:
    """Return if the server lets somebody in with this login.

    Raises:
        psycopg.Error: it does not.
    """
    await leave(await connect(login, name="medidesk sign-in"))
