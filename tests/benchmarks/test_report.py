"""The report: what stands in `bench.json`, and when a goal holds."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.report import Figure, Goal, at_least_times, at_most, at_most_times, row, show, write_json

KEYS = ["name", "value", "unit", "floor", "ratio", "goal", "holds"]


@pytest.mark.parametrize(
    ("goal", "value", "floor", "holds"),
    [
        (at_most(16), 16.0, None, True),
        (at_most(16), 16.1, None, False),
        (at_most(16), 16.1, 100.0, False),
        (at_most_times(1.5), 3.0, 2.0, True),
        (at_most_times(1.5), 3.1, 2.0, False),
        (at_least_times(0.5), 50.0, 100.0, True),
        (at_least_times(0.5), 49.0, 100.0, False),
        (None, 1e9, 1.0, True),
    ],
)
def test_a_goal_is_a_limit_of_the_value_or_of_its_ratio(
    goal: Goal | None, value: float, floor: float | None, holds: bool
) -> None:
    assert Figure("x", value, "ms", floor, goal).holds is holds


@pytest.mark.parametrize("goal", [at_most_times(100), at_least_times(0)])
def test_a_ratio_that_was_not_measured_meets_no_goal(goal: Goal) -> None:
    assert not Figure("x", 1.0, "ms", None, goal).holds


def test_the_file_is_a_list_of_flat_figures(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    figures = [
        Figure("search p99", 4.0, "ms", 2.0, at_most_times(3)),
        Figure("save p50", 6.25, "ms", 2.0, at_most(7)),
        Figure("idle memory", 160.0, "MiB", None, at_most(150)),
        Figure("idle CPU", 0.4, "%"),
    ]

    write_json(figures, path)

    found = json.loads(path.read_text(encoding="utf-8"))
    assert [list(one) for one in found] == [KEYS] * 4
    assert [tuple(one.values()) for one in found] == [
        ("search p99", 4.0, "ms", 2.0, 2.0, 3.0, True),
        ("save p50", 6.25, "ms", 2.0, 3.125, 7.0, True),
        ("idle memory", 160.0, "MiB", None, None, 150.0, False),
        ("idle CPU", 0.4, "%", None, None, None, True),
    ]


def test_measuring_one_subject_keeps_the_figures_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    write_json([Figure("search", 4.0, "ms"), Figure("save", 5.0, "ms")], path)

    write_json([Figure("save", 6.0, "ms")], path)

    found = json.loads(path.read_text(encoding="utf-8"))
    assert {one["name"]: one["value"] for one in found} == {"search": 4.0, "save": 6.0}


def test_the_table_says_which_goals_are_missed() -> None:
    console = Console(width=160, record=True)

    show(
        [Figure("sync", 40.0, "rows/s", 100.0, at_least_times(0.5)), Figure("memory", 90.0, "MiB")],
        console,
        "2 cores",
    )

    text = console.export_text()
    assert "≥ 0.5×" in text
    assert "NO" in text
    assert "2 cores" in text
    assert "2 figures, 1 beyond their goals." in text


def test_a_figure_in_words_names_units_and_limits() -> None:
    assert row(Figure("save", 6.25, "ms", 2.0, at_most(7.0))) == (
        "save", "6.25 ms", "2.00 ms", "3.12×", "≤ 7 ms", "yes",
    )  # fmt: skip
    assert row(Figure("rate", 19_260.4, "rows/s")) == ("rate", "19,260 rows/s", "", "", "", "")
