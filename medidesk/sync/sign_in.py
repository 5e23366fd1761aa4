"""Signing in at a station: with the server where it answers, else by opening one's own envelope."""

import asyncio
import datetime as dt
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from uuid import UUID

import psycopg
import sqlalchemy as sa

from medidesk.errors import (
    MediDeskError,
    NewPasswordNeeded,
    ProgramTooOld,
    ServerTooOld,
    ServerUnreachable,
    SignInRefused,
    StationFilesProblem,
)
from medidesk.log import event
from medidesk.repositories import people
from medidesk.sync import replica_files, scram, sqlcipher, versions
from medidesk.sync.connection import Login, connect, deadline, leave
from medidesk.sync.explained import explain, in_doubt, suspended
from medidesk.sync.joining import Opening, join, known_keys, value
from medidesk.sync.keys import Keys, StationKeys, new_key
from medidesk.sync.offline_days import Contact
from medidesk.sync.outbox import Outbox
from medidesk.sync.profiles import StationProfile
from medidesk.sync.replica import Replica
from medidesk.sync.server_queries import ServerQueries
from medidesk.sync.shut_out import forget_if_over
from medidesk.sync.understood import NotUnderstood, understood
from medidesk.words import tr

log = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
LOGIN = re.compile(r"[a-z][a-z0-9_.-]*")


@dataclass(frozen=True)
class Hello:
    """What the server said at sign-in.

    Attributes:
        server_id: which server.
        at: when, by its clock.
        offset: its clock less this PC's.
        keys: SCRAM keys of whoever signed in, to send their work later.
        outbox: this station's outbox key, from the server's half; None where that does not open it.
    """

    server_id: UUID
    at: dt.datetime
    offset: dt.timedelta
    keys: scram.ScramKeys | None
    outbox: bytes | None


@dataclass(frozen=True)
class SignIn:
    """A completed sign-in: open files, and how to connect.

    Attributes:
        login: with keys instead of the password where the server gave them.
        hello: None when the server was away.
        note: why it was not used, in a sentence.
        at: when, by the server's clock where it was there.
    """

    login: Login
    keys: StationKeys
    replica: Replica
    outbox: Outbox
    hello: Hello | None
    note: str = ""
    at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    def close(self) -> None:
        """Close the files."""
        self.replica.close()
        self.outbox.close()


def sign_in(profile: StationProfile, login: Login) -> SignIn:
    """Sign somebody in and open this station's files for them.

    Raises:
        SignInRefused: wrong user name or password, a suspended account, or too many days without the server.
        ServerUnreachable: this person has never signed in here, and the server is away.
        CertificateProblem: likewise, and the server could not prove who it is.
        StationFilesProblem: a file is damaged, and cannot be made anew now.
        DiskFull: no room for the station's files.
    """
    if not LOGIN.fullmatch(login.user) or not login.password or "\0" in login.password:
        raise _not_right(tr("Try again. If you forgot the password, an administrator can set a new one."))
    login = replace(login, course=profile.course)
    vault = Keys(profile.home, profile.station_id)
    # Argon2 takes a tenth of a second and more; meanwhile the server is asked.
    with ThreadPoolExecutor(1) as beside:
        opening = beside.submit(vault.open_envelope, login.user, login.password)
        hello, trouble = _ask_server(profile, login, vault, opening)
    if isinstance(trouble, SignInRefused):
        forget_if_over(vault, login.user, trouble, opening)
        raise trouble
    keys = known_keys(opening, online=hello is not None)
    if hello is None:
        if keys is None:
            raise _never_here(vault, login, trouble)
        event(log, "signed_in_offline")
    else:
        event(log, "signed_in")
        profile.server_id = str(hello.server_id)
        # Its id is part of every key: it must be on the disk before a file is encrypted.
        profile.save()
        keys = _online_keys(profile, vault, login, keys, hello)
    assert keys is not None  # noqa: S101 (both branches above have left or set them)
    outbox = Outbox(profile.home / "outbox.db", keys.outbox)
    try:
        replica = replica_files.open_replica(profile, login.user, keys.replica, rebuild=hello is not None)
    except BaseException as error:
        outbox.close()
        if (
            isinstance(error, StationFilesProblem)
            and trouble is not None
            and type(trouble) is not ServerUnreachable
        ):
            raise trouble from error  # without a copy of the data it is the server's refusal that has to be mended
        raise
    with ExitStack() as undo:
        undo.callback(outbox.close)
        undo.callback(replica.close)
        try:
            _count_days(login, hello, replica, outbox)
            login = _with_keys(login, hello, outbox)
        except (sa.exc.DatabaseError, *sqlcipher.FILE_ERRORS) as error:
            raise files_trouble(error, replica, outbox) from error
        undo.pop_all()
    if hello is None:
        return SignIn(login, keys, replica, outbox, None, "" if trouble is None else str(trouble))
    return SignIn(login, keys, replica, outbox, hello, at=hello.at)


def files_trouble(error: Exception, replica: Replica, outbox: Outbox) -> MediDeskError:
    """What one of a station's two files failed with; the error itself does not say which it was."""
    if sqlcipher.is_damaged(error) and outbox.is_damaged():
        return sqlcipher.explain(error, outbox.path)
    return replica.explain(error)


def _count_days(login: Login, hello: Hello | None, replica: Replica, outbox: Outbox) -> None:
    """Note that the server has accepted this person, or refuse whoever has not reached it for too long."""
    if hello is not None:
        Contact(replica, outbox).reached(dt.datetime.now(dt.UTC) + hello.offset)
    elif replica.state("built") is not None:
        Contact(replica, outbox).check(login.user)


def _with_keys(login: Login, hello: Hello | None, outbox: Outbox) -> Login:
    """The login with SCRAM keys instead of the password: what is kept beside the work that waits."""
    if hello is not None and hello.keys is not None:
        known = hello.keys
        outbox.keep_scram(login.user, known.salt, known.iterations)
        outbox.renew_sender(login.user, known.as_pair())
    elif hello is None and (parameters := outbox.scram(login.user)) is not None:
        known = scram.derive(login.password, *parameters)
    else:
        return login
    return replace(login, password="", keys=known.as_pair())


def _not_right(next_step: str) -> SignInRefused:
    return SignInRefused(tr("The user name or the password is not right."), next_step)


def who_signed_in(signed: SignIn, server: ServerQueries) -> people.Me:
    """Who signed in; asked of the server while it is there, since a new replica is empty.

    Raises:
        SignInRefused: they hold no role.
        ServerUnreachable: the server is away, and the replica was never filled.
    """
    if signed.hello is None:
        me = _who_is_known(signed)
    else:
        try:
            with understood():
                me = server.ask(people.me, signed.login.user)
        except (ServerUnreachable, NotUnderstood):  # it went away in this very moment
            me = _who_is_known(signed)
    if me is None or not me.roles:
        raise SignInRefused(
            tr("The account “{user}” holds no role in this clinic.", user=signed.login.user),
            tr("An administrator can give it one."),
        )
    return me


def _who_is_known(signed: SignIn) -> people.Me | None:
    """Who signed in, as the replica knows them."""
    try:
        if signed.replica.state("built") is None:
            raise ServerUnreachable(
                tr("This PC has not been filled with the clinic's data yet."),
                tr("It needs the server for that. What was entered here is kept."),
            )
        with signed.replica.sessions() as session:
            return people.me(session, signed.login.user)
    except (sa.exc.DatabaseError, *sqlcipher.FILE_ERRORS) as error:
        raise files_trouble(error, signed.replica, signed.outbox) from error


def _never_here(vault: Keys, login: Login, trouble: MediDeskError | None) -> MediDeskError:
    """Why nobody can be signed in without the server."""
    if vault.has_envelope(login.user):
        return _not_right(
            tr("The server is away, so only the password you last used on this PC is known here.")
        )
    if trouble is not None and not isinstance(trouble, ServerUnreachable | SignInRefused):
        return trouble
    return ServerUnreachable(
        trouble.sentence if trouble is not None else tr("No answer from the server."),
        tr(
            "The first sign-in on this PC needs the server. Check the address and the network, and try again."
        ),
    )


def _ask_server(
    profile: StationProfile, login: Login, vault: Keys, opening: Opening
) -> tuple[Hello | None, MediDeskError | None]:
    try:
        login.each()  # an address that is none is no nonsense of a server's
        with understood():
            return asyncio.run(_hello(profile, login, vault, opening)), None
    except psycopg.Error as error:
        away = in_doubt(error)
        if away is None:
            return None, explain(error, login)
        # The server that is away decides. Until then the password that was last used here counts, and is kept.
        if known_keys(opening, online=False) is None:
            raise explain(error, login) from error
        return None, away
    except (SignInRefused, ProgramTooOld, ServerTooOld, StationFilesProblem) as error:
        return None, error


async def _hello(profile: StationProfile, login: Login, vault: Keys, opening: Opening) -> Hello:
    connection = await connect(login, writing=True, name="medidesk sign-in")
    try:
        async with deadline(connection, HELLO_SECONDS):
            said = await value(connection, "select hello()")
            there, here = dt.datetime.fromisoformat(said["now"]), dt.datetime.now(dt.UTC)
            if said["account"] is None:
                raise suspended(login)
            if said.get("must_change_password"):
                raise NewPasswordNeeded
            versions.check(said)
            scram_said = await value(connection, "select my_scram_parameters()")
            outbox = await join(connection, profile, vault, opening)
    finally:
        await leave(connection)
    keys = (
        None
        if scram_said is None
        else scram.derive(login.password, scram_said["salt"], int(scram_said["iterations"]))
    )
    return Hello(UUID(said["server_id"]), there, there - here, keys, outbox)


def _online_keys(
    profile: StationProfile, vault: Keys, login: Login, known: StationKeys | None, hello: Hello
) -> StationKeys:
    """The keys after the server has accepted a password; the envelope is made anew where it did not fit."""
    if known is not None:
        return known
    if hello.outbox is None:
        raise StationFilesProblem(
            tr("The keys of this station's files are not those it joined the clinic with."),
            tr("Keep the folder {folder} as it is and ask an administrator.", folder=profile.home),
        )
    keys = StationKeys(replica=new_key(), outbox=hello.outbox)
    # A replica under the old key cannot be opened any more; the server fills a new one.
    replica_files.set_aside(replica_files.path(profile, login.user), keep=False)
    vault.write_envelope(login.user, login.password, keys)
    return keys
