"""A repository's queries on the server itself, for what a replica does not hold."""

from collections.abc import Callable
from typing import Concatenate

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.sync.connection import Login, connect_blocking
from medidesk.sync.explained import explain


class ServerQueries:
    """Runs queries over a connection of its own, opened when it is first needed. Blocks: for background use."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._engine = sa.create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            pool_size=1,
            pool_pre_ping=True,
            hide_parameters=True,
        )

    def _connect(self) -> psycopg.Connection:
        options = "-c search_path=medidesk,public"
        return connect_blocking(self._login, name="medidesk ask", options=options)

    def ask[**P, T](
        self, query: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The query's answer, as this person may see it.

        Raises:
            ServerUnreachable: the server is away.
        """
        try:
            with Session(self._engine) as session:
                return query(session, *args, **kwargs)
        except sa.exc.DBAPIError as error:
            if isinstance(error.orig, psycopg.OperationalError):
                raise explain(error.orig, self._login) from error
            raise

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()
