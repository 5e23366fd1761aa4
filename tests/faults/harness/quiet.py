"""Quiet: every fault ends, every station catches up, and the oracle is asked."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medidesk.errors import StationFilesProblem
from tests.faults.harness import backups, oracle, upgrades
from tests.faults.harness.desk import Desk
from tests.faults.harness.faults import ViolationError
from tests.faults.harness.sessions import NotOpenedError
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.faults.harness.world import Told, World

QUIET_SECONDS = 90.0
SIGN_IN_SECONDS = 15.0
OPENING_TRIES = 4
MOST_SENTENCES = 20


@dataclass
class Quiet:
    """Quiets of one world."""

    world: "World"

    @property
    def _desks(self) -> list[Desk]:
        return self.world.desks

    def come(self) -> None:
        """End every fault, let every station catch up, and ask the oracle.

        Raises:
            ViolationError: something did not hold.
        """
        self.world.end_all()
        upgrades.update_those_not_served(self.world)
        upgrades.serve_new_programs(self.world)
        self.all_open()
        self._all_told()
        backups.bring_back(self.world, self.all_open)
        self.all_open()
        self._those_refused_sign_in()
        self._all_current()
        reports = [self._report(desk) for desk in self._desks]
        with self.world.room.admin() as admin:
            violations = oracle.check(admin, reports, self.world.gone, self.world.told)
        if violations:
            raise ViolationError("\n".join(violations[:MOST_SENTENCES]))
        self.world.done.append("     quiet: all is well")
        for desk, report in zip(tuple(self._desks), reports, strict=True):
            if desk.clone_of is not None:
                self.world.gone.append(report)
                self._desks.remove(desk)
                desk.leave()

    def all_open(self) -> None:
        """Somebody is on shift at each desk.

        A PC that knows of a newer server, and whose copy must be filled, is not opened before an administrator has
        said that the one that was put back serves.
        """

        def ready(desk: Desk) -> bool:
            desk.open()
            return desk.opened() and desk.manned

        for desk in self._desks:
            for _ in range(OPENING_TRIES):
                if ready(desk):
                    break
            else:
                if self.world.room.came_back_older:
                    continue
                raise ViolationError(f"{desk} could not be opened: {desk.why_not}")

    def _all_told(self) -> None:
        """Everyone whose station lives has had an answer."""

        def unanswered() -> "list[Told]":
            with self.world.hearing:
                return [
                    one for one in self.world.told if one.heard is None and one.session is one.desk.session
                ]

        try:
            wait_until(lambda: not unanswered(), QUIET_SECONDS)
        except TimeoutError:
            names = [f"{one.name} at {one.desk}" for one in unanswered()]
            raise ViolationError(f"nobody was told what became of {names}") from None

    def _those_refused_sign_in(self) -> None:
        """Work of those whose account was suspended waits until they have signed in once more at that PC."""
        refused, self.world.was_refused = self.world.was_refused, set()
        if not refused:
            return
        for desk in self._desks:
            own = desk.login
            if desk.damaged:
                self._find_damage(desk)
            operations = self._report(desk)["operations"]
            authors = {one["payload"]["author"] for one in operations if one["state"] == "waiting"}
            for author in sorted((authors & refused) - {own}):
                self._next_shift(desk, author)
                desk.send("catch_up", seconds=SIGN_IN_SECONDS).result(QUIET_SECONDS)
                self._next_shift(desk, own)

    def _next_shift(self, desk: Desk, login: str) -> None:
        desk.close()
        desk.login = login
        self.all_open()

    def _all_current(self) -> None:
        # What triggers make of the last operation comes with the pull after it.
        for _ in range(2):
            asked = {desk: self._catch_up(desk) for desk in self._desks}
            for desk, future in asked.items():
                if future.result(QUIET_SECONDS * 2):
                    continue
                if desk.damaged:
                    self._next_shift(desk, desk.login)
                    if self._catch_up(desk).result(QUIET_SECONDS * 2):
                        continue
                inside = desk.send("look_inside").result(QUIET_SECONDS)
                stuck = [one for one in self._report(desk)["operations"] if one["state"] == "waiting"]
                raise ViolationError(f"{desk} did not catch up; it waits with {stuck}\n{inside}")
        for desk in self._desks:
            if desk.damaged:
                self._find_damage(desk)

    def _catch_up(self, desk: Desk) -> "Future[bool]":
        return desk.send("catch_up", seconds=QUIET_SECONDS / 3 if desk.damaged else QUIET_SECONDS)

    def _find_damage(self, desk: Desk) -> None:
        """Somebody comes upon the damage, and does what they are told: sign out, and in again.

        It may lie where nobody has looked yet.
        """
        try:
            self._report(desk)
        except (NotOpenedError, StationFilesProblem):
            self._next_shift(desk, desk.login)
            self._catch_up(desk).result(QUIET_SECONDS)
            desk.damaged = False

    def _report(self, desk: Desk) -> dict[str, Any]:
        asked = desk.send("report", url=self.world.clinic.url(desk.login))
        return {"home": str(desk.home), **asked.result(QUIET_SECONDS)}
