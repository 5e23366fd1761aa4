"""The repository keeps its own promises: papers, locks, sizes, and nothing of one machine in it."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
TARGETS = ("bench", "clean", "demo", "fuzz", "lint", "lock", "screenshots", "soak", "test", "venv")
LONGEST_MODULE = 350

# Written so that this file does not hold what it looks for.
PACKAGE_INDEX = re.compile(r"\bpy[p]i\.(?:org|python)|python[h]osted\.org|index-[u]rl\s*=", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root|opt/(?:pypi|wheels)|Users/\w+|home/\w+)/")


def tracked() -> list[Path]:
    # A clone may belong to someone else than who runs its tests.
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared: dict[str, Any] = tomllib.load(file)["project"]
    return declared


def runtime_dependencies() -> list[Requirement]:
    return [Requirement(line) for line in project()["dependencies"]]


def development_dependencies() -> list[Requirement]:
    return [Requirement(line) for line in project()["optional-dependencies"]["dev"]]


def pins(lock: str) -> dict[str, Version]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {
        canonicalize_name(name): Version(version)
        for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE)
    }


def lines_with(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"


@pytest.mark.parametrize("pattern", [PACKAGE_INDEX, MACHINE_PATH], ids=["package index", "machine path"])
def test_no_file_speaks_of_one_machine(pattern: re.Pattern[str]) -> None:
    assert not list(lines_with(pattern))


def test_modules_stay_short() -> None:
    modules = [path for path in tracked() if path.suffix == ".py" and path.is_relative_to(ROOT / "medidesk")]
    assert modules
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in modules}
    assert not {str(path): length for path, length in lengths.items() if length > LONGEST_MODULE}


@pytest.mark.parametrize("dependency", [*runtime_dependencies(), *development_dependencies()], ids=str)
def test_each_dependency_has_a_reason(dependency: Requirement) -> None:
    decisions = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| `{re.escape(dependency.name)}` \| .{{20,}} \|$", decisions, re.MULTILINE)


def test_no_reason_outlives_its_dependency() -> None:
    decisions = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([\w.-]+)` \|", decisions, re.MULTILINE))
    assert named == {item.name for item in (*runtime_dependencies(), *development_dependencies())}


@pytest.mark.parametrize("dependency", runtime_dependencies(), ids=str)
@pytest.mark.parametrize("lock", LOCKS)
def test_both_locks_hold_what_the_program_needs(lock: str, dependency: Requirement) -> None:
    assert dependency.specifier.contains(pins(lock)[canonicalize_name(dependency.name)])


@pytest.mark.parametrize("dependency", development_dependencies(), ids=str)
def test_the_development_lock_holds_the_tools(dependency: Requirement) -> None:
    assert dependency.specifier.contains(pins("requirements-dev.lock")[canonicalize_name(dependency.name)])


def test_development_runs_on_the_versions_that_ship() -> None:
    shipped, developed = (pins(lock) for lock in LOCKS)
    assert shipped.items() <= developed.items()


@pytest.mark.parametrize("lock", [*LOCKS, "requirements-fuzz.lock"])
def test_every_pin_is_hashed_and_names_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)
    assert len(entries) > 1
    assert not [entry.split()[0] for entry in entries[1:] if "--hash=sha256:" not in entry]
    assert "://" not in text
    assert "\n/" not in text


@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_its_commands(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    assert re.search(rf"^#   make {target} ", makefile, re.MULTILINE)


@pytest.mark.parametrize("script", [".ci/run", "tools/find-python"])
def test_scripts_can_be_executed(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111 == 0o111


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[Unreleased\]$", changelog, re.MULTILINE)


def test_the_licence_is_the_declared_one() -> None:
    assert project()["license"] == "Apache-2.0"
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8").split()
    assert " ".join(licence[:4]) == "Apache License Version 2.0,"
