"""One run: the server, the desks, what happens to them, and what people were told."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Self
from uuid import uuid4

import psycopg

from medidesk.errors import StationFilesProblem
from medidesk.server.launch import StopMode
from tests.faults.harness import network, oracle, pcs, rights, server  # noqa: F401 (their faults join the registry)
from tests.faults.harness.desk import Desk
from tests.faults.harness.faults import FAULTS, End, NotNowError
from tests.faults.harness.plan import MEND, QUIET, Plan, Step
from tests.faults.harness.sessions import NotOpenedError
from tests.faults.harness.shift import Heard
from tests.faults.harness.work import WORKS
from tests.support.database import Clinic
from tests.support.waiting import wait_until

QUIET_SECONDS = 90.0
SIGN_IN_SECONDS = 15.0
OPENING_SECONDS = 3.0
FILES_AT_FIRST = 6
OPENING_TRIES = 4
ENDING_TRIES = 40
MOST_SENTENCES = 20
ADMIN_OPTIONS = "-c lock_timeout=500ms -c statement_timeout=5s -c idle_in_transaction_session_timeout=0"


class ViolationError(AssertionError):
    """Something that people rely on did not hold."""


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
    """

    def __init__(self, clinic: Clinic, folder: Path, plan: Plan) -> None:
        self.clinic = clinic
        self.folder = folder
        self.plan = plan
        self.told: list[Told] = []
        self.faults: Counter[str] = Counter()
        self.was_refused: set[str] = set()
        self.done: list[str] = []
        self.branch, self.elsewhere = uuid4(), uuid4()
        self._hearing = threading.Lock()
        self._troubles: list[Trouble] = []
        self._held: list[psycopg.Connection] = []
        self._hung: set[int] = set()
        self._server_up = True
        self._gone: list[dict[str, Any]] = []
        self.desks: list[Desk] = []

    def __enter__(self) -> Self:
        with self.admin() as admin:
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
            self.desks.append(Desk(self.clinic, login, means, home, self._hear))
        return self

    def __exit__(self, *_: object) -> None:
        while self._troubles:
            with contextlib.suppress(Exception):
                self._troubles.pop().end()
        for pid in tuple(self._hung):
            self.unhang(pid)
        for connection in self._held:
            connection.close()
        for desk in self.desks:
            desk.leave()
        self.clinic.cluster.start()

    def run(self) -> None:
        """Everything in the plan.

        Raises:
            ViolationError: something did not hold.
        """
        self._all_open()
        for step in self.plan.steps:
            self._pause(step.after)
            self._step(step)

    def _pause(self, seconds: float) -> None:
        # Not a wait for something: the time between two things that people do, which a plan lays down.
        threading.Event().wait(seconds)

    def _step(self, step: Step) -> None:
        if step.name == QUIET:
            self.quiet()
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
        with self._hearing:
            number = len(self.told)
            self.told.append(Told(desk, desk.home, desk.login, step.name, desk.session))
        self._log(step, f"number {number}")
        desk.send("work", number=number, name=step.name, chance=step.chance)

    def _hear(self, number: int, heard: Heard) -> None:
        with self._hearing:
            self.told[number].heard = heard

    # Faults

    def _fault(self, step: Step) -> None:
        desk, held = self.desks[step.desk], len(self._held)
        try:
            end = FAULTS[step.name].begin(self, desk, Random(step.chance))  # noqa: S311 (a seed, to replay it)
        except NotNowError:
            self._log(step, "not now")
            return
        except psycopg.Error as error:
            self._log(step, f"did not take: {type(error).__name__}")
            while len(self._held) > held:
                self._held.pop().close()
            return
        self._log(step)
        self.faults[step.name] += 1
        if end is not None:
            self._troubles.append(Trouble(step.name, end))

    def under(self, *names: str) -> bool:
        """Whether a fault of one of these names is going on."""
        return any(trouble.name in names for trouble in self._troubles)

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

    # The server

    @contextmanager
    def admin(self) -> Iterator[psycopg.Connection]:
        """A superuser's connection that waits for no lock for long.

        Raises:
            NotNowError: the server is down.
        """
        with self._connect_admin() as connection:
            yield connection

    def _connect_admin(self) -> psycopg.Connection:
        if not self._server_up:
            raise NotNowError
        cluster = self.clinic.cluster
        return psycopg.connect(
            cluster.url(self.clinic.database, cluster.superuser, cluster.superuser_password),
            autocommit=True,
            options=f"-c default_transaction_read_only=off -c search_path=medidesk,public {ADMIN_OPTIONS}",
            application_name="administrator",
        )

    def hold_admin(self) -> psycopg.Connection:
        """One more, in a transaction that stays open until it is released."""
        connection = self._connect_admin()
        connection.execute("begin")
        self._held.append(connection)
        return connection

    @contextmanager
    def released(self, connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
        """Do one last thing with a held connection; the server may have gone away under it."""
        self._held.remove(connection)
        with contextlib.suppress(*server.LOST):
            yield connection
        connection.close()

    def stop_server(self, mode: StopMode) -> None:
        """Stop it.

        Raises:
            NotNowError: it is down already.
        """
        if not self._server_up:
            raise NotNowError
        for pid in tuple(self._hung):
            self.unhang(pid)
        self._server_up = False
        self.clinic.cluster.stop(mode)

    def start_server(self) -> None:
        """Start it, or find it running."""
        self.clinic.cluster.start()
        self._server_up = True

    def hang(self, pid: int) -> None:
        """One of its processes stops as it stands."""
        server.stop_process(pid)
        self._hung.add(pid)

    def unhang(self, pid: int) -> None:
        """It goes on."""
        if pid in self._hung:
            self._hung.discard(pid)
            server.continue_process(pid)

    # Quiet

    def quiet(self) -> None:
        """End every fault, let every station catch up, and ask the oracle.

        Raises:
            ViolationError: something did not hold.
        """
        self._end_all()
        self._all_open()
        self._all_told()
        self._those_refused_sign_in()
        self._all_current()
        reports = [self._report(desk) for desk in self.desks]
        with self.admin() as admin:
            violations = oracle.check(admin, reports, self._gone, self.told)
        if violations:
            raise ViolationError("\n".join(violations[:MOST_SENTENCES]))
        self.done.append("     quiet: all is well")
        for desk, report in zip(tuple(self.desks), reports, strict=True):
            if desk.clone_of is not None:
                self._gone.append(report)
                self.desks.remove(desk)
                desk.leave()

    def _end_all(self) -> None:
        # The server first: what else goes on may need it. The latest first; but one may hold up another.
        self.start_server()
        for _ in range(ENDING_TRIES):
            for trouble in reversed(tuple(self._troubles)):
                if self._end(trouble):
                    self._troubles.remove(trouble)
            if not self._troubles:
                break
        else:
            raise ViolationError(f"{[one.name for one in self._troubles]} could not be ended")
        for desk in self.desks:
            desk.proxy.mend()

    def _all_open(self) -> None:
        def ready(desk: Desk) -> bool:
            desk.open()
            return desk.opened() and desk.manned

        for desk in self.desks:
            for _ in range(OPENING_TRIES):
                if ready(desk):
                    break
            else:
                raise ViolationError(f"{desk} could not be opened: {desk.why_not}")

    def _all_told(self) -> None:
        """Everyone whose station lives has had an answer."""

        def unanswered() -> list[Told]:
            with self._hearing:
                return [one for one in self.told if one.heard is None and one.session is one.desk.session]

        try:
            wait_until(lambda: not unanswered(), QUIET_SECONDS)
        except TimeoutError:
            names = [f"{one.name} at {one.desk}" for one in unanswered()]
            raise ViolationError(f"nobody was told what became of {names}") from None

    def _those_refused_sign_in(self) -> None:
        """Work of those whose account was suspended waits until they have signed in once more at that PC."""
        refused, self.was_refused = self.was_refused, set()
        if not refused:
            return
        for desk in self.desks:
            own = desk.login
            operations = self._report(desk)["operations"]
            authors = {one["payload"]["author"] for one in operations if one["state"] == "waiting"}
            for author in sorted((authors & refused) - {own}):
                self._next_shift(desk, author)
                desk.send("catch_up", seconds=SIGN_IN_SECONDS).result(QUIET_SECONDS)
                self._next_shift(desk, own)

    def _next_shift(self, desk: Desk, login: str) -> None:
        desk.close()
        desk.login = login
        self._all_open()

    def _all_current(self) -> None:
        # What triggers make of the last operation comes with the pull after it.
        for _ in range(2):
            asked = {desk: self._catch_up(desk) for desk in self.desks}
            for desk, future in asked.items():
                if future.result(QUIET_SECONDS * 2):
                    continue
                if desk.damaged:
                    self._next_shift(desk, desk.login)
                    if self._catch_up(desk).result(QUIET_SECONDS * 2):
                        continue
                report = self._report(desk)
                stuck = [one for one in report["operations"] if one["state"] == "waiting"]
                raise ViolationError(f"{desk} did not catch up ({report['note']}); it waits with {stuck}")
        for desk in self.desks:
            if desk.damaged:
                self._find_damage(desk)

    def _catch_up(self, desk: Desk) -> "Future[bool]":
        return desk.send("catch_up", seconds=QUIET_SECONDS / 3 if desk.damaged else QUIET_SECONDS)

    def _find_damage(self, desk: Desk) -> None:
        """Somebody comes upon the damage, and does what they are told: sign out, and in again."""
        try:
            self._report(desk)
        except (NotOpenedError, StationFilesProblem):
            self._next_shift(desk, desk.login)
            self._catch_up(desk).result(QUIET_SECONDS)
        desk.damaged = False

    def _report(self, desk: Desk) -> dict[str, Any]:
        asked = desk.send("report", url=self.clinic.url(desk.login))
        return {"home": str(desk.home), **asked.result(QUIET_SECONDS)}

    @property
    def operations(self) -> int:
        """How many things people were told something about."""
        return sum(one.heard is not None and one.heard.outcome != "nothing" for one in self.told)
