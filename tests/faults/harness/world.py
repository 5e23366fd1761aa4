"""One run: the server, the desks, what happens to them, and what people were told."""

import contextlib
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Self
from uuid import uuid4

import psycopg

from tests.faults.harness import (  # noqa: F401 (their faults join the registry)
    backups,
    failover,
    network,
    pcs,
    rights,
    server,
    upgrades,
)
from tests.faults.harness.desk import Desk
from tests.faults.harness.faults import FAULTS, End, NotNowError
from tests.faults.harness.plan import MEND, QUIET, Plan, Step
from tests.faults.harness.quiet import Quiet
from tests.faults.harness.server_room import ServerRoom
from tests.faults.harness.shift import Heard
from tests.faults.harness.work import WORKS
from tests.support.database import Clinic

OPENING_SECONDS = 3.0
FILES_AT_FIRST = 6
ENDING_TRIES = 40
_OF_ALL = {failover.__name__, server.__name__, rights.__name__, upgrades.__name__}


@dataclass
class Told:
    """Something somebody began, and what they were told of it.

    Attributes:
        desk: where.
        home: of the station, which may be somebody else's desk later.
        login: who.
        name: of the work.
        heard: None as long as there was no answer; for ever where the station was killed before it.
    """

    desk: Desk
    home: Path
    login: str
    name: str
    session: object
    heard: Heard | None = None


@dataclass
class Trouble:
    """A fault that is going on."""

    name: str
    end: End


class World:
    """Carries out a plan.

    Args:
        clinic: a fresh one, whose server is this world's to stop.
        folder: for the stations' homes.
        plan: what happens.

    Attributes:
        room: the server's.
        desks: the PCs; a clone's is there until the next quiet.
        told: what people did and heard.
        faults: how often each has begun.
        done: what happened, in order.
        gone: the last reports of PCs that were taken away.
        was_refused: people whose account was suspended since the last quiet.
        branch, elsewhere: an organisation below the clinic, and one that is none of its network.
    """

    def __init__(self, clinic: Clinic, folder: Path, plan: Plan) -> None:
        self.clinic = clinic
        self.room = ServerRoom(clinic)
        self.folder = folder
        self.plan = plan
        self.told: list[Told] = []
        self.faults: Counter[str] = Counter()
        self.was_refused: set[str] = set()
        self.done: list[str] = []
        self.branch, self.elsewhere = uuid4(), uuid4()
        self.hearing = threading.Lock()
        self._troubles: list[Trouble] = []
        self.gone: list[dict[str, Any]] = []
        self.desks: list[Desk] = []
        self._quiet = Quiet(self)

    def __enter__(self) -> Self:
        with self.room.admin() as admin:
            admin.execute(
                "insert into organisation (id, org_id, parent_id, kind, name, timezone, currency) values "
                "(%s, %s, %s, 'clinic', 'Branch', 'UTC', 'EUR'), (%s, %s, null, 'network', 'Others', 'UTC', 'EUR')",
                (self.branch, self.clinic.org_id, self.clinic.org_id, self.elsewhere, self.elsewhere),
            )
            for number in range(FILES_AT_FIRST):
                patient = uuid4()
                values = (patient, self.clinic.org_id, f"Known {number}")
                admin.execute("insert into patient (id, org_id, family_name) values (%s, %s, %s)", values)
                values = (self.clinic.org_id, patient, "Latex")
                admin.execute(
                    "insert into allergy (id, org_id, patient_id, substance) "
                    "values (gen_random_uuid(), %s, %s, %s)",
                    values,
                )
        for number, (login, means) in enumerate(self.plan.desks):
            home = self.folder / f"desk {number}"
            desk = Desk(self.clinic, login, means, home, self._hear)
            if self.plan.outdated and desk.is_process:
                desk.program = upgrades.BEFORE
            self.desks.append(desk)
        return self

    def __exit__(self, *_: object) -> None:
        while self._troubles:
            with contextlib.suppress(Exception):
                self._troubles.pop().end()
        for desk in self.desks:
            desk.leave()
        self.room.leave()

    def run(self) -> None:
        """Everything in the plan.

        Raises:
            ViolationError: something did not hold (`tests.faults.harness.quiet`).
        """
        self._quiet.all_open()
        for step in self.plan.steps:
            self._pause(step.after)
            self._step(step)

    def _pause(self, seconds: float) -> None:
        # Not a wait for something: the time between two things that people do, which a plan lays down.
        threading.Event().wait(seconds)

    def _step(self, step: Step) -> None:
        if step.name == QUIET:
            self._quiet.come()
        elif step.name == MEND:
            self._mend(Random(step.chance))  # noqa: S311 (a seed, to replay it)
        elif step.name in WORKS:
            self._work(step)
        else:
            self._fault(step)

    def _log(self, step: Step, came_to: str = "") -> None:
        self.done.append(f"{len(self.done):4} {step}{came_to and ': ' + came_to}")

    # Work

    def _work(self, step: Step) -> None:
        desk = self.desks[step.desk]
        # Half of those who find a station being opened wait for it; the others are elsewhere meanwhile.
        if not desk.is_open(OPENING_SECONDS if step.chance % 2 else 0) or desk.session is None:
            self._log(step, "nobody is there")
            return
        with self.hearing:
            number = len(self.told)
            self.told.append(Told(desk, desk.home, desk.login, step.name, desk.session))
        self._log(step, f"number {number}")
        desk.send("work", number=number, name=step.name, chance=step.chance)

    def _hear(self, number: int, heard: Heard) -> None:
        with self.hearing:
            self.told[number].heard = heard

    # Faults

    def _fault(self, step: Step) -> None:
        desk, held = self.desks[step.desk], self.room.held
        try:
            end = FAULTS[step.name].begin(self, desk, Random(step.chance))  # noqa: S311 (a seed, to replay it)
        except NotNowError:
            self._log(step, "not now")
            return
        except psycopg.Error as error:
            self._log(step, f"did not take: {type(error).__name__}")
            self.room.drop_held(held)
            return
        self._log(step)
        self.faults[step.name] += 1
        if end is not None:
            self._troubles.append(Trouble(step.name, end))

    def end_all(self) -> None:
        """End every fault, the latest first; one may hold up another.

        Raises:
            RuntimeError: one does not end.
        """
        self.room.start()
        for _ in range(ENDING_TRIES):
            for trouble in reversed(tuple(self._troubles)):
                if self._end(trouble):
                    self._troubles.remove(trouble)
            if not self._troubles:
                break
        else:
            raise RuntimeError(f"{[one.name for one in self._troubles]} could not be ended")
        for desk in self.desks:
            desk.proxy.mend()

    def under(self, *names: str) -> bool:
        """Whether a fault of one of these names is going on."""
        return any(trouble.name in names for trouble in self._troubles)

    @property
    def troubled(self) -> bool:
        """Whether something goes on that is not of one PC or its network alone."""
        return self.under_of_all()

    def under_of_all(self, *, besides: str = "") -> bool:
        """The same, leaving out faults of one name."""
        return any(
            FAULTS[one.name].begin.__module__ in _OF_ALL for one in self._troubles if one.name != besides
        )

    def _mend(self, chance: Random) -> None:
        if not self._troubles:
            return
        trouble = chance.choice(self._troubles)
        if self._end(trouble):
            self._troubles.remove(trouble)

    def _end(self, trouble: Trouble) -> bool:
        try:
            trouble.end()
        except (NotNowError, psycopg.Error) as error:
            self.done.append(f"     {trouble.name} goes on: {type(error).__name__}")
            return False
        self.done.append(f"     {trouble.name} ends")
        return True

    def another_desk(self, like: Desk) -> Desk:
        """One more PC, with a copy of a closed one's disk; it is gone after the next quiet."""
        copied = like.copy_of(self.folder / f"clone {len(self.done)}", self._hear)
        self.desks.append(copied)
        return copied

    @property
    def operations(self) -> int:
        """How many things people were told something about."""
        return sum(one.heard is not None and one.heard.outcome != "nothing" for one in self.told)
