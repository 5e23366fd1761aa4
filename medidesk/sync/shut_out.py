"""Offline sign-in ends with the account or the password: at every PC that a colleague works at, too."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

import sqlalchemy as sa

from medidesk.errors import AccountSuspended, PasswordRefused, SignInRefused
from medidesk.repositories import people
from medidesk.sync.keys import Keys, StationKeys
from medidesk.sync.sqlcipher import FILE_ERRORS

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine
    from medidesk.sync.outcomes import Changed


class ShutOut:
    """Of one station's engine; heard on the loop's thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def heard(self, changed: Changed) -> None:
        """Look at the accounts when they have changed."""
        if not changed.everything and "user_account" not in changed.tables:
            return
        try:
            with self._engine.replica.sessions() as session:
                logins = people.shut_out(session)
        except (sa.exc.DBAPIError, *FILE_ERRORS) as error:
            self._engine.file_trouble(error)
            return
        for login in logins:
            self._engine.forget_sign_in(login)


def forget_if_over(
    vault: Keys, login: str, refused: SignInRefused, opening: Future[StationKeys | None]
) -> None:
    """End offline sign-in of a suspended account, and with a password that the server does not take any more.

    Args:
        vault: the station's.
        login: who wanted to sign in.
        refused: what the server said.
        opening: whether the password opens what is kept here for offline sign-in.
    """
    opens = opening.exception() is None and opening.result() is not None
    if isinstance(refused, AccountSuspended) or (isinstance(refused, PasswordRefused) and opens):
        vault.remove_envelope(login)
