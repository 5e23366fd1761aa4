"""Carries out one seed after the other for as long as asked, and counts.

python -m tests.faults.soak --minutes 5            as many seeds as that time holds
python -m tests.faults.soak --seed 17              that one alone
python -m tests.faults.soak --seed 17 --shrink     and what of it is enough to fail
"""

import argparse
import faulthandler
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.faults.harness.plan import Plan, Size
from tests.faults.harness.run import SHORT, Tally, carry_out, draw
from tests.support.cluster import running_cluster
from tests.support.database import Template, make_template

type Carry = Callable[[Plan], Tally]
FEWEST_STEPS = 2
_migrating = threading.Lock()  # a process has one alembic


@contextmanager
def server() -> Iterator[Carry]:
    """A server of its own, on which plans are carried out."""
    with running_cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        with _migrating:
            template: Template = make_template(cluster)
        numbers = count()

        def carry(plan: Plan) -> Tally:
            return carry_out(plan, template, Path(folder) / str(next(numbers)))

        yield carry


def soak(minutes: float, first: int, jobs: int, size: Size) -> int:
    """Seeds from `first` on until the time is over, on so many servers at once; returns how many failed."""
    until = time.monotonic() + minutes * 60
    seeds, writing = count(first), threading.Lock()
    tallies: list[Tally] = []

    def work() -> None:
        with server() as carry:
            while time.monotonic() < until:
                with writing:
                    seed = next(seeds)
                tally = carry(draw(seed, size))
                with writing:
                    tallies.append(tally)
                    print(tally, flush=True)

    workers = [threading.Thread(target=work, name=f"soak {number}") for number in range(jobs)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    summary(tallies)
    return sum(bool(tally.violation) for tally in tallies)


def summary(tallies: list[Tally]) -> None:
    """What happened in all."""
    faults: Counter[str] = Counter()
    for tally in tallies:
        faults += tally.faults
    for name, times in sorted(faults.items()):
        print(f"  {name:<26} {times:>6}")
    failed = sorted(tally.plan.seed for tally in tallies if tally.violation)
    operations = sum(tally.operations for tally in tallies)
    print(f"{len(tallies)} seeds, {operations} operations, {faults.total()} faults, {len(failed)} violations")
    if failed:
        print("seeds that failed:", *failed)


def shrink(plan: Plan, carry: Carry) -> Plan:
    """The smallest part of a failing plan that still fails: fewer steps, then fewer kinds of them.

    Threads and servers do not keep the same time twice: what fails seldom may be cut too far or too little.
    """
    steps = len(plan.steps)
    while steps > FEWEST_STEPS and carry(shorter := plan.first(steps // 2)).violation:
        plan, steps = shorter, steps // 2
    for name in sorted({step.name for step in plan.steps} - {"quiet"}):
        if carry(fewer := plan.without(name)).violation:
            print(f"  fails without {name}", flush=True)
            plan = fewer
    return plan


def replay(seed: int, size: Size, *, smaller: bool) -> int:
    """One seed; returns 1 when it fails."""
    with server() as carry:
        plan = draw(seed, size)
        tally = carry(plan)
        print(tally)
        if tally.violation and smaller:
            print(*("  " + str(step) for step in shrink(plan, carry).steps), sep="\n")
    return int(bool(tally.violation))


def main() -> int:
    """Read the command line."""
    faulthandler.enable()  # should a library crash, it says where each thread was
    parser = argparse.ArgumentParser(prog="tests.faults.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, help="for how long")
    parser.add_argument("--seed", type=int, help="the first seed; alone, just this one")
    parser.add_argument("--jobs", type=int, default=2, help="servers at once")
    parser.add_argument("--rounds", type=int, default=SHORT.rounds, help="quiets in a seed")
    parser.add_argument("--length", type=int, default=SHORT.length, help="steps before each quiet")
    parser.add_argument("--desks", type=int, default=SHORT.desks, help="stations in a seed")
    parser.add_argument("--breaking", type=float, default=SHORT.breaking, help="faults in 100 steps")
    parser.add_argument("--shrink", action="store_true", help="look for what of a failing seed is enough")
    wanted = parser.parse_args()
    size = Size(wanted.rounds, wanted.length, wanted.desks, wanted.breaking)
    if wanted.minutes is None and wanted.seed is None:
        parser.error("say --minutes, or --seed, or both")
    if wanted.minutes is None:
        return replay(wanted.seed, size, smaller=wanted.shrink)
    first = int(time.time()) if wanted.seed is None else wanted.seed
    return int(soak(wanted.minutes, first, wanted.jobs, size) > 0)


if __name__ == "__main__":
    sys.exit(main())
