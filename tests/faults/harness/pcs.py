"""Faults of the PCs: killed, restarted, cloned, full, with a wrong clock, with a damaged disk."""

import contextlib
import resource
from random import Random
from typing import TYPE_CHECKING

from tests.faults.harness.faults import End, NotNowError, fault
from tests.faults.harness.plan import KEEPER, WORKERS
from tests.faults.harness.sessions import ProcessSession
from tests.support.station_process import FURTHER_PLACES, PLACES

if TYPE_CHECKING:
    from tests.faults.harness.desk import Desk
    from tests.faults.harness.world import World

A_DAY = 86_400.0
_EVERYWHERE = (*PLACES, *FURTHER_PLACES)
_AT_OPENING = ("during the first sync", "once the outbox was made")
CLONES_MOST = 1


def _process(desk: "Desk") -> ProcessSession:
    if not isinstance(desk.session, ProcessSession) or desk.session.gone:
        raise NotNowError
    return desk.session


@fault(weight=6)
def restart(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.close()
    desk.open()
    return None


@fault(weight=8)
def kill(world: "World", desk: "Desk", chance: Random) -> End | None:
    _process(desk)
    desk.kill()
    return desk.open


def _is_killed(desk: "Desk") -> End:
    """What was to die has died by now; another station is opened."""

    def end() -> None:
        desk.kill()
        desk.open()

    return end


@fault(weight=6)
def kill_soon(world: "World", desk: "Desk", chance: Random) -> End | None:
    """In the middle of whatever it does then."""
    _process(desk).send("die_in", seconds=chance.uniform(0, 0.5))
    return _is_killed(desk)


@fault(weight=8)
def kill_at_a_place(world: "World", desk: "Desk", chance: Random) -> End | None:
    place = chance.choice([one for one in _EVERYWHERE if one not in _AT_OPENING])
    _process(desk).send("die_at", place=place, after=chance.randrange(3))
    return _is_killed(desk)


@fault(weight=3)
def kill_while_it_is_filled(world: "World", desk: "Desk", chance: Random) -> End | None:
    """The replica is lost, and the station is killed while the server fills a new one."""
    _process(desk)
    desk.kill()
    _lose_replicas(desk)
    desk.die_at = ("during the first sync", chance.randrange(12))
    desk.open()
    return _is_killed(desk)


@fault(weight=2)
def lose_replica(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.close()
    _lose_replicas(desk)
    desk.open()
    return None


@fault(weight=2)
def damage_replica(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.close()
    for path in desk.home.glob("replicas/*/*.db"):
        pages = max(1, path.stat().st_size // 4096)
        with path.open("r+b") as file:
            file.seek(4096 * chance.randrange(pages))
            file.write(chance.randbytes(4096))
    desk.damaged = True
    desk.open()
    return None


def _lose_replicas(desk: "Desk") -> None:
    for path in desk.home.glob("replicas/*/*"):
        path.unlink()


@fault(weight=3)
def next_shift(world: "World", desk: "Desk", chance: Random) -> End | None:
    """A colleague signs in at the same PC, with whatever waits there."""
    desk.close()
    desk.login = chance.choice([one for one in (*WORKERS, KEEPER) if one != desk.login])
    desk.open()
    return None


@fault(weight=2)
def clone(world: "World", desk: "Desk", chance: Random) -> End | None:
    """Its disk is copied to another PC, and both go on."""
    clones = [one for one in world.desks if one.clone_of is not None]
    # What a PC knew that was taken away does not come back after a restore, and two that are one to the server
    # hand in one journal.
    restored = world.room.backup or world.room.came_back_older or world.under("standby_lags")
    if len(clones) >= CLONES_MOST or restored:
        raise NotNowError
    if desk.is_process:
        desk.kill()
    else:
        desk.close()
    if not desk.home.exists():
        raise NotNowError
    copied = world.another_desk(desk)
    desk.open()
    copied.open()
    return None


@fault(weight=3)
def wrong_clock(world: "World", desk: "Desk", chance: Random) -> End | None:
    session = _process(desk)
    desk.clock = chance.choice((-A_DAY, A_DAY, chance.uniform(-600, 600)))
    session.send("set_clock", seconds=desk.clock)

    def right() -> None:
        desk.clock = 0.0
        desk.send("set_clock", seconds=0.0)

    return right


@fault(weight=4)
def full_disk(world: "World", desk: "Desk", chance: Random) -> End | None:
    """SQLite is given no further page."""
    if not desk.manned:
        raise NotNowError
    desk.send("fill_disk")
    return lambda: desk.send("free_disk")


@fault(weight=4)
def no_room(world: "World", desk: "Desk", chance: Random) -> End | None:
    """The system lets no file of the process grow: a write may fail at any place, even half-way."""
    process = _process(desk).process
    largest = max((path.stat().st_size for path in desk.home.rglob("*") if path.is_file()), default=0)
    pid = process.pid
    assert pid is not None
    _limit(pid, chance.randrange(4096, max(8192, largest + 65_536)))
    return lambda: _limit(pid, resource.getrlimit(resource.RLIMIT_FSIZE)[1])


def _limit(pid: int, size: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with contextlib.suppress(ProcessLookupError):  # it was killed
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))


@fault(weight=3)
def check(world: "World", desk: "Desk", chance: Random) -> End | None:
    """No fault at all, but somebody asks for the whole comparison in the middle of it."""
    desk.send("check")
    return None
