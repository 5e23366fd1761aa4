"""Backups: the server's data is copied, and one day it comes back as it was then."""

from random import Random
from typing import TYPE_CHECKING

from medidesk.server import replay
from tests.faults.harness.faults import End, NotNowError, fault
from tests.support.stations import server_rows
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.faults.harness.desk import Desk
    from tests.faults.harness.world import World

MET_SECONDS = 60.0


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


def bring_back(world: "World") -> None:
    """After a restore: what the stations know and the server does not comes back from them."""
    room = world.room
    if not room.came_back_older:
        return
    room.came_back_older = False
    for desk in world.desks:
        desk.send("meet", seconds=MET_SECONDS).result(MET_SECONDS * 2)
    if server_rows(world.clinic, "select sending_paused from server_identity") == [(False,)]:
        return  # nothing was lost
    with room.admin() as admin:
        admin.execute("set statement_timeout = 0")
        replay.open_replay(admin)
        names = {desk.home.name for desk in world.desks}
        for desk in world.desks:
            desk.send("try_now")
        wait_until(
            lambda: names <= {one["name"] for one in replay.status(admin).stations if one["complete"]},
            MET_SECONDS,
        )
        report = replay.close_replay(admin, anyway=True)
        brought = sum(one.count for one in report.counts if one.state == "applied")
        world.done.append(f"     {brought} operations came back, {len(report.failed)} did not")
