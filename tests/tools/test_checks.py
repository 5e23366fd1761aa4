"""Every part of the checks runs, says how it went, and any failure fails the whole."""

import sys

import pytest

from tools.checks import CHECKS, Check, main

PASSES = Check("passes", (sys.executable, "-c", ""))
FAILS = Check("fails", (sys.executable, "-c", "raise SystemExit(3)"))


def test_a_failure_does_not_stop_the_rest_but_fails_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], [FAILS, PASSES]) == 1
    summary = capsys.readouterr().out.splitlines()[-2:]
    assert summary[0].split()[:2] == ["fails", "FAILED"]
    assert summary[1].split()[:2] == ["passes", "passed"]


def test_all_passing_passes() -> None:
    assert main([], [PASSES]) == 0


def test_only_the_named_checks_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["passes"], [FAILS, PASSES]) == 0
    assert "== fails" not in capsys.readouterr().out


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["lnit"], [PASSES])
    assert "no such check: lnit" in capsys.readouterr().err


def test_lint_types_contracts_and_tests_are_all_there() -> None:
    assert [check.name for check in CHECKS] == ["lint", "format", "types", "contracts", "tests"]
