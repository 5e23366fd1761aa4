"""Fuzzes every target for some minutes: python -m tools.fuzz --minutes 10 [TARGET …].

What was found stays in build/fuzz/found, each input in a file; what covers new ground in build/fuzz/corpus, where
the next run begins.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.fuzz import TARGETS, target

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "fuzz"
_RUN = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


@dataclass(frozen=True)
class Result:
    """How one target went.

    Attributes:
        name: the target.
        inputs: how many were tried.
        covered: how many branches of the program they reached.
        found: files with inputs that made it fail.
        ended_well: the fuzzer itself ended in good order.
    """

    name: str
    inputs: int
    covered: int
    found: tuple[Path, ...]
    ended_well: bool

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return self.ended_well and not self.found

    def __str__(self) -> str:
        names = ", ".join(str(path.relative_to(ROOT)) for path in self.found)
        verdict = "nothing found" if self.passed else names or "the fuzzer failed"
        return f"{self.name:<14} {self.inputs:>11,} inputs {self.covered:>7,} branches   {verdict}"


def fuzz(name: str, seconds: int) -> Result:
    """Fuzz one target for so long."""
    corpus, found = WORK / "corpus" / name, WORK / "found" / name
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target(name).seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    known = set(found.iterdir())
    options = [
        f"-max_total_time={seconds}", f"-artifact_prefix={found}{os.sep}", "-timeout=20", "-rss_limit_mb=3000",
        "-max_len=8192", "-print_final_stats=1",
    ]  # fmt: skip
    log = WORK / f"{name}.log"
    with log.open("wb") as said:
        command = [sys.executable, "-m", "tools.fuzz.one", name, *options, str(corpus)]
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT, check=False
        )
    text = log.read_text(errors="replace")
    inputs, covered = _RUN.findall(text), _COVERED.findall(text)
    return Result(
        name,
        int(inputs[-1]) if inputs else 0,
        int(covered[-1]) if covered else 0,
        tuple(sorted(set(found.iterdir()) - known)),
        done.returncode == 0,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz the named targets, or all, the time shared between them; returns 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="tools.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=7.0, help="for all of them together")
    asked = parser.parse_args(arguments)
    names: list[str] = asked.targets or list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    results = []
    for name in names:
        results.append(fuzz(name, max(1, round(asked.minutes * 60 / len(names)))))
        print(results[-1], flush=True)
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
