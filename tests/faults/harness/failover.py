"""Failover: the server dies, and a standby takes its place, with all that it had or without the last of it."""

from random import Random
from typing import TYPE_CHECKING

from tests.faults.harness.faults import End, NotNowError, fault

if TYPE_CHECKING:
    from tests.faults.harness.desk import Desk
    from tests.faults.harness.world import World


def _undisturbed(world: "World") -> None:
    # What a standby holds of a fault that is going on would outlast it.
    if world.troubled or any(one.clone_of is not None for one in world.desks):
        raise NotNowError


@fault(weight=1)
def standby_takes_over(world: "World", desk: "Desk", chance: Random) -> End | None:
    """The server waits for its standby at each commit, so that nothing is lost."""
    _undisturbed(world)
    world.room.add_standby(lags=False)
    world.room.fail_over(lagged=False)
    return None


@fault(weight=1)
def standby_lags(world: "World", desk: "Desk", chance: Random) -> End | None:
    """The link to the standby is cut; one day the server dies all the same. The stations bring back the rest."""
    _undisturbed(world)
    world.room.add_standby(lags=True)

    def end() -> None:
        if world.under_of_all(besides="standby_lags"):
            raise NotNowError
        world.room.fail_over(lagged=True)

    return end
