"""Backups: the server's data is copied, and one day it comes back as it was then."""

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from random import Random
from typing import TYPE_CHECKING

import psycopg

from medidesk.errors import StationFilesProblem
from medidesk.server import replay
from tests.faults.harness import upgrades
from tests.faults.harness.faults import End, NotNowError, ViolationError, fault
from tests.faults.harness.sessions import NotOpenedError
from tests.faults.harness.shift import NEW_EPOCH
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.faults.harness.desk import Desk
    from tests.faults.harness.world import World

MET_SECONDS = 60.0
DAMAGED_SECONDS = 15.0


@fault(weight=3)
def cold_copy(world: "World", desk: "Desk", chance: Random) -> End | None:
    """The server is stopped for a backup of its data."""
    # What a copy holds of a fault that is going on would outlast it.
    if world.troubled or any(one.clone_of is not None for one in world.desks):
        raise NotNowError
    world.room.copy_cold()
    return None


@fault(weight=4)
def comes_back_older(world: "World", desk: "Desk", chance: Random) -> End | None:
    """The server dies, and the last backup is put back; an administrator brings back the rest before the quiet."""
    if world.troubled:
        raise NotNowError
    world.room.put_back()
    return None


def bring_back(world: "World", open_all: Callable[[], None]) -> None:
    """After a restore: what the stations know and the server does not comes back from them.

    Args:
        world: where.
        open_all: begins a shift at each desk.
    """
    room = world.room
    if not room.came_back_older:
        return
    room.came_back_older = False
    with room.admin() as admin:
        admin.execute("set statement_timeout = 0")
        told = _told(world)
        if any(NEW_EPOCH in one for one in told):
            upgrades.bring_up_to_date(world)
            replay.new_epoch(admin)
            world.done.append("     an administrator says that this server serves")
            open_all()
            told = _told(world)
        if not any(told):
            return
        replay.open_replay(admin)
        for desk in world.desks:
            desk.send("try_now")
        _handed_in(world, admin)
        report = replay.close_replay(admin, anyway=True)
        brought = sum(one.count for one in report.counts if one.state == "applied")
        world.done.append(f"     {brought} operations came back, {len(report.failed)} did not")


def _told(world: "World") -> list[str]:
    """What the PCs say that an administrator must do.

    A station that misses something says so, and sends nothing; where it can prove it, nobody does.
    """
    asked = {desk: _meet(desk) for desk in world.desks if desk.manned}
    not_open = [desk.why_not for desk in world.desks if not desk.manned]
    return [one for one in not_open if NEW_EPOCH in one] + [_says(desk, one) for desk, one in asked.items()]


def _meet(desk: "Desk") -> "Future[str]":
    return desk.send("meet", seconds=DAMAGED_SECONDS if desk.damaged else MET_SECONDS)


def _says(desk: "Desk", asked: "Future[str]") -> str:
    """What a station says; one whose disk is damaged is left and signed in at again first."""
    try:
        return asked.result(MET_SECONDS * 2)
    except (TimeoutError, NotOpenedError, StationFilesProblem):
        if not desk.damaged:
            raise
    _signs_in_again(desk)
    says: str = desk.send("meet", seconds=MET_SECONDS).result(MET_SECONDS * 2)
    return says


def _signs_in_again(desk: "Desk") -> None:
    desk.close()
    desk.open()
    assert desk.opened(), desk.why_not


def _handed_in(world: "World", admin: psycopg.Connection) -> None:
    """Every station has handed in its journal; one that comes upon damage meanwhile is signed in at again first.

    Raises:
        ViolationError: some have not.
    """

    def left() -> set[str]:
        complete = {one["name"] for one in replay.status(admin).stations if one["complete"]}
        return {desk.home.name for desk in world.desks} - complete

    damaged = {desk.home.name: desk for desk in world.desks if desk.damaged}
    try:
        wait_until(lambda: left() <= damaged.keys(), MET_SECONDS)
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: not left(), DAMAGED_SECONDS if damaged else MET_SECONDS)
        for name in left():
            _signs_in_again(damaged[name])
        wait_until(lambda: not left(), MET_SECONDS)
    except TimeoutError:
        notes = [f"{desk} ({desk.note()})" for desk in world.desks if desk.home.name in left()]
        raise ViolationError(f"these have not handed in their journals: {', '.join(notes)}") from None
