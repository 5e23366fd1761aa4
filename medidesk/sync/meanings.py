"""What errors of the server mean: for an operation that was sent, and for whoever asked several hosts."""

from enum import Enum, auto

import psycopg

from medidesk.sync import hosts
from medidesk.sync.understood import NotUnderstood


class Meaning(Enum):
    """What an error of the server means for an operation that was sent."""

    RETRY = auto()  # the network, the server or a lock: the same again, later
    REFUSED = auto()  # a rule or a right: a person decides, or the author is told
    SIGN_IN = auto()  # this author cannot sign in now
    PAUSED = auto()  # the server takes no operations until an administrator has acted
    UNKNOWN = auto()  # tried again a few times, then put before a person


RETRIED = frozenset({"08", "40", "53", "55", "57", "58"})
NOT_RELEASED = "MD010"
NO_PLACE = frozenset({"42P01", "42703"})
"""There is no such table, or no such column."""
NOT_MEDIDESK = frozenset({"3F000", "42883", "42P01"})
READ_ONLY = "25006"  # a server on its way to or from being a standby
PAUSING = frozenset({NOT_RELEASED, "MD011"})


def meaning(error: psycopg.Error) -> Meaning:
    """Which class of SQLSTATE an error is of. Without one it is the network's."""
    if is_in_doubt(error):
        return Meaning.RETRY
    state = error.sqlstate
    if state is None:
        text = str(error)
        if "password authentication failed" in text or "is not permitted to log in" in text:
            return Meaning.SIGN_IN
        return Meaning.RETRY if isinstance(error, psycopg.OperationalError) else Meaning.UNKNOWN
    if state in {"28P01", "28000"}:
        return Meaning.SIGN_IN
    if state in PAUSING or is_without_rights(error):
        return Meaning.PAUSED
    if state[:2] in RETRIED or state == READ_ONLY:
        return Meaning.RETRY
    if state[:2] == "23" or state == "42501" or state.startswith("MD") or state[:2] == "22":
        return Meaning.REFUSED
    return Meaning.UNKNOWN


def rank(error: psycopg.Error) -> int:
    """Which trouble of several hosts is told: what somebody can mend before what may pass by itself."""
    text = str(error)
    return next(
        found
        for found, applies in (
            (0, meaning(error) is Meaning.SIGN_IN),
            (1, is_certificate(text)),
            (2, is_no_database(error) or error.sqlstate == NOT_RELEASED),
            (3, isinstance(error, hosts.FormerPrimary)),
            (4, is_standby(text)),
            (5, isinstance(error, NotUnderstood)),
            (hosts.JUST_AWAY, True),
        )
        if applies
    )


def is_in_doubt(error: BaseException) -> bool:
    """Whether one host refuses somebody while another is away: the one that is out of date does not decide."""
    return (
        isinstance(error, hosts.NoneServes) and bool(error.away) and meaning(error.trouble) is Meaning.SIGN_IN
    )


def is_certificate(text: str) -> bool:
    """Whether libpq says that a server could not prove who it is."""
    return "certificate" in text or "does not support SSL" in text


def is_without_rights(error: psycopg.Error) -> bool:
    """Whether none of our functions can be called at all: there are none, or whoever asks has no role any more."""
    return error.sqlstate in NOT_MEDIDESK and not error.diag.context


def is_no_database(error: BaseException) -> bool:
    """Whether there is a server, with no database of ours."""
    text = str(error)
    return getattr(error, "sqlstate", None) in NOT_MEDIDESK or (
        "does not exist" in text and "database" in text
    )


def is_standby(text: str) -> bool:
    """Whether libpq, or the server itself, says that it is a standby; some let nobody in."""
    return "standby mode" in text
