"""What whoever is signed in at a station may do."""

from typing import TYPE_CHECKING

from medidesk.permissions import ADMINISTRATOR
from medidesk.repositories import people

if TYPE_CHECKING:
    from medidesk.sync.engine import Engine


class Rights:
    """Of one station. The windows are built for the rights that `Station.user` has; roles change meanwhile."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    @property
    def administers(self) -> bool:
        """Whether this person is an administrator of some branch."""
        return ADMINISTRATOR in self._engine.user.roles

    def changed(self) -> bool:
        """Whether this person's roles include something else by now than `Station.user` says."""
        now, then = self._now(), self._engine.user
        return (now.roles, now.rights) != (then.roles, then.rights)

    def take_up(self) -> None:
        """Go by what the roles include now."""
        self._engine.user = self._now()

    def _now(self) -> people.Me:
        with self._engine.replica.sessions() as session:
            return people.me(session, self._engine.login.user) or self._engine.user
