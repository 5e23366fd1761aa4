"""Figures: the table on the screen and `build/bench.json`."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Goal:
    """What a figure is held to.

    Attributes:
        number: the limit.
        of: whether it is a limit of the value, in the figure's unit, or of value to floor.
        at_least: the figure must reach it (a throughput); otherwise it must not exceed it.
    """

    number: float
    of: Literal["value", "ratio"] = "value"
    at_least: bool = False

    def holds(self, value: float, ratio: float | None) -> bool:
        """Whether a figure meets it; one without the ratio that it asks for does not."""
        measured = value if self.of == "value" else ratio
        if measured is None:
            return False
        return measured >= self.number if self.at_least else measured <= self.number


def at_most(number: float) -> Goal:
    """The value may be no more than this."""
    return Goal(number)


def at_most_times(number: float) -> Goal:
    """No more than so many times the floor."""
    return Goal(number, "ratio")


def at_least_times(number: float) -> Goal:
    """At least so many times the floor."""
    return Goal(number, "ratio", at_least=True)


@dataclass(frozen=True)
class Figure:
    """One thing that was measured.

    Attributes:
        name: what, with its conditions: "search p99, 100,000 patients, frequent name".
        value: how much.
        unit: of value and floor ("ms", "s", "rows/s", "MiB", "%").
        floor: the same done with as little as possible, in the same run; None where there is none.
        goal: None for what is only told.
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """Value to floor."""
        return self.value / self.floor if self.floor else None

    @property
    def holds(self) -> bool:
        """Whether it meets its goal; without a goal, nothing is broken."""
        return self.goal is None or self.goal.holds(self.value, self.ratio)

    def as_json(self) -> dict[str, Any]:
        """As in `build/bench.json`; `goal` is a ratio where the goal is one, else in the unit of the value."""
        return {
            "name": self.name,
            "value": _short(self.value),
            "unit": self.unit,
            "floor": None if self.floor is None else _short(self.floor),
            "ratio": None if self.ratio is None else _short(self.ratio),
            "goal": None if self.goal is None else _short(self.goal.number),
            "holds": self.holds,
        }


def write_json(figures: Iterable[Figure], path: Path) -> None:
    """Write all figures; names that were measured before and not now stay as they are."""
    fresh = [figure.as_json() for figure in figures]
    names = {one["name"] for one in fresh}
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    kept = [one for one in before if one["name"] not in names]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([*kept, *fresh], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def show(figures: Sequence[Figure], console: Console, conditions: str) -> None:
    """Print the table."""
    table = Table(title="MediDesk, measured", caption=conditions, title_justify="left")
    table.add_column("What")
    for head in ("Value", "Floor", "Ratio", "Goal"):
        table.add_column(head, justify="right")
    table.add_column("Holds")
    for figure in figures:
        table.add_row(*row(figure), style="" if figure.holds else "bold red")
    console.print(table)
    missed = sum(not figure.holds for figure in figures)
    console.print(f"{len(figures)} figures, {missed} beyond their goals.")


def row(figure: Figure) -> tuple[str, ...]:
    """A figure in words."""
    goal = ""
    if figure.goal is not None:
        sign = "≥" if figure.goal.at_least else "≤"
        unit = "×" if figure.goal.of == "ratio" else f" {figure.unit}"
        goal = f"{sign} {figure.goal.number:.4g}{unit}"
    return (
        figure.name,
        f"{_words(figure.value)} {figure.unit}",
        "" if figure.floor is None else f"{_words(figure.floor)} {figure.unit}",
        "" if figure.ratio is None else f"{figure.ratio:.2f}×",
        goal,
        "" if figure.goal is None else "yes" if figure.holds else "NO",
    )


def machine() -> str:
    """The machine by what matters: cores and memory, and how busy it was with other things."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {memory:.0f} GiB; load {load:.1f} when the run began"


def _short(number: float) -> float:
    return float(f"{number:.4g}")


def _words(number: float) -> str:
    if abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.2f}" if abs(number) < 100 else f"{number:.0f}"
