"""apt, as far as it can be asked for without becoming root: stand-ins for its programs on the PATH."""

import os
from pathlib import Path

import pytest

from tools import apt

PROGRAMS = {
    "sudo": '[ "$1" = -n ] && shift; exec "$@"',
    "apt-cache": '[ "$2" = new-name ]',
    "apt-get": 'echo "Reading package lists..."; echo "$@" >> "$APT_ASKED"; [ -z "$APT_FAILS" ]',
}


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with what apt-get was asked, a line for each time."""
    for name, script in PROGRAMS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("APT_ASKED", str(tmp_path / "asked"))
    monkeypatch.setenv("APT_FAILS", "")
    return tmp_path / "asked"


def test_an_installation_is_told_in_one_line(asked: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert apt.install([("new-name", "old-name"), ("newer", "plain")])
    assert capfd.readouterr() == ("Installing new-name, plain\n", "")
    update, install = asked.read_text().splitlines()
    assert update.endswith("update")
    assert install.endswith("install --no-install-recommends new-name plain")


def test_what_apt_says_is_shown_when_it_fails(
    asked: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("APT_FAILS", "yes")
    assert not apt.install([("plain",)])
    assert "Reading package lists..." in capfd.readouterr().err
