"""Why there is no connection, in words."""

import contextlib
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from medidesk.errors import (
    AccountSuspended,
    AnswerNotUnderstood,
    CertificateProblem,
    MediDeskError,
    NotServing,
    PasswordRefused,
    ServerProblem,
    ServerUnreachable,
    SignInRefused,
)
from medidesk.server.handshake import certificate_problem
from medidesk.sync import hosts
from medidesk.sync.connection import Login
from medidesk.sync.meanings import NOT_RELEASED, is_certificate, is_in_doubt, is_no_database, is_standby
from medidesk.sync.understood import NotUnderstood
from medidesk.words import tr


def suspended(login: Login) -> AccountSuspended:
    """What a suspended account is told."""
    return AccountSuspended(
        tr("The account “{user}” is suspended.", user=login.user),
        tr("An administrator can approve it again."),
    )


def in_doubt(error: BaseException) -> ServerUnreachable | None:
    """What is told, instead of a refusal, where the server that is away may let somebody in; else None."""
    if not is_in_doubt(error) or not isinstance(error, hosts.NoneServes) or error.login is None:
        return None
    return ServerUnreachable(
        tr(
            "No answer from the server at {away}, and the one at {where} refuses the sign-in.",
            away=hosts.either([one.where() for one in error.away]),
            where=error.login.where(),
        ),
        tr(
            "The one that refuses may be out of date: MediDesk goes on asking both. "
            "Check the network, and that the server is on."
        ),
    )


def not_understood(login: Login) -> AnswerNotUnderstood:
    """What is said of a server whose answers make no sense."""
    return AnswerNotUnderstood(
        tr("What the server at {where} answers makes no sense to MediDesk.", where=login.where()),
        tr(
            "Nothing entered here is lost, and MediDesk goes on trying. If it stays so, ask whoever runs the "
            "server whether something else answers there, or whether it was changed."
        ),
    )


def explain(error: BaseException, login: Login) -> MediDeskError:
    """Why there is no connection, in words. May talk to the server again: not for the loop's thread."""
    if isinstance(error, hosts.NoneServes) and error.login is not None:
        return explain(error.trouble, error.login)
    if isinstance(error, NotUnderstood):
        return not_understood(login)
    text = str(error)
    state = getattr(error, "sqlstate", None)
    if is_certificate(text):
        return _certificate(login)
    if "not permitted to log in" in text or "suspended" in text:
        return suspended(login)
    if state in {"28P01", "28000"} or "password authentication failed" in text:
        kind = SignInRefused if state == "28000" else PasswordRefused
        return kind(
            tr("The user name or the password is not right."),
            tr("Try again. If you forgot the password, an administrator can set a new one."),
        )
    if isinstance(error, psycopg.ProgrammingError) and state is None:
        return ServerUnreachable(
            tr("“{where}” is not an address that MediDesk understands.", where=login.where()),
            tr("Type it as postgresql://server:5432/medidesk, or ask whoever set up the server."),
        )
    return (
        _not_serving(error, login)
        or _no_database(error, login)
        or ServerUnreachable(
            tr("No answer from the server at {where}.", where=login.where()),
            tr("Check the network cable and that the server is on. Nothing entered here is lost."),
        )
    )


def _not_serving(error: BaseException, login: Login) -> NotServing | None:
    """It is a former primary, or a standby."""
    if isinstance(error, hosts.FormerPrimary):
        return NotServing(
            tr(
                "Another server has taken the place of the one at {where}, which lacks what was entered since.",
                where=login.where(),
            ),
            tr(
                "An administrator must make it a standby of the other. "
                "If it was put back from an old backup on purpose: medidesk server new-epoch"
            ),
        )
    if is_standby(str(error)):
        return NotServing(
            tr("The server at {where} is a standby, which nobody can work on.", where=login.where()),
            tr("If the clinic's server does not come back, an administrator can promote it."),
        )
    return None


def _no_database(error: BaseException, login: Login) -> ServerProblem | None:
    """It has none of ours, or one that was restored and is not released."""
    if is_no_database(error) and _is_there(login):
        return ServerProblem(
            tr("The account “{user}” has no role at the moment.", user=login.user),
            tr("An administrator can give it one. What waits on this PC is kept and sent then."),
        )
    if is_no_database(error):
        return ServerProblem(
            tr("The server at {where} has no MediDesk database.", where=login.where()),
            tr("Check the address, or ask whoever set up the server."),
        )
    if getattr(error, "sqlstate", None) == NOT_RELEASED:
        return ServerProblem(
            tr("The clinic's data was restored into another server and is not released yet."),
            tr("An administrator must open a new epoch first: medidesk server new-epoch"),
        )
    return None


def _is_there(login: Login) -> bool:
    """Whether the server has our database, though this person may use nothing in it."""
    with contextlib.suppress(psycopg.Error), psycopg.connect(login.conninfo()) as connection:
        row = connection.execute("select to_regnamespace('medidesk') is not null").fetchone()
        return row is not None and bool(row[0])
    return False


def _certificate(login: Login) -> CertificateProblem:
    """Which of the things that can be wrong with a certificate it is; shakes hands once more to see."""
    known = conninfo_to_dict(login.server)
    host, port = (
        str(known.get("host") or known.get("hostaddr") or "localhost"),
        int(known.get("port") or 5432),
    )
    authority = Path(str(known.get("sslrootcert") or ""))
    with contextlib.suppress(OSError):  # gone meanwhile: all that is known is that it was not trusted
        found = certificate_problem(host, port, authority)
        if found is not None:
            return found
    return CertificateProblem(
        tr("The server at {where} could not prove that it is your clinic's server.", where=login.where()),
        tr("Do not go on. Ask whoever runs the server whether its certificate was changed."),
    )
