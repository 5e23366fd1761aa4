"""Faults of the network between one desk and the server."""

from random import Random
from typing import TYPE_CHECKING

from tests.faults.harness.faults import End, fault

if TYPE_CHECKING:
    from tests.faults.harness.desk import Desk
    from tests.faults.harness.world import World


@fault(weight=8)
def cut(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.proxy.cut()
    return desk.proxy.mend


@fault(weight=4)
def black_hole(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.proxy.black_hole()
    return desk.proxy.mend


@fault(weight=5)
def lose_answers(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.proxy.lose_answers()
    return desk.proxy.mend


@fault(weight=2)
def lose_questions(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.proxy.lose_questions()
    return desk.proxy.mend


@fault(weight=6)
def drop_some_answers(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.proxy.drop_some_answers(Random(chance.random()))  # noqa: S311 (a seed, to replay it)
    desk.proxy.break_off()
    return desk.proxy.mend


@fault(weight=4)
def half_close(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.proxy.half_close()
    return None


@fault(weight=4)
def reset(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.proxy.break_off()
    return None


@fault(weight=4)
def delay(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.proxy.delay(chance.uniform(0.005, 0.3))
    return desk.proxy.mend


@fault(weight=3)
def throttle(world: "World", desk: "Desk", chance: Random) -> End | None:
    desk.proxy.throttle(chance.choice((5_000, 20_000, 100_000)))
    return desk.proxy.mend
