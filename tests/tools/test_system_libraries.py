"""What is missing of the system is installed when it can be, named when not, and stops only what needs it."""

from collections.abc import Callable, Sequence

import pytest

from tools import apt
from tools.system_libraries import LIBRARIES, Need, ensure, explain, loads, missing, needs_of

OFF_SCREEN = frozenset({Need.QT, Need.SERVER})
EVERYTHING = frozenset(Need)


class Machine:
    """A system that lacks some libraries, and an apt that may or may not bring them."""

    def __init__(self, *lacking: str, apt_works: bool) -> None:
        self.lacking = set(lacking)
        self.apt_works = apt_works
        self.asked_for: list[apt.Names] = []

    def loads(self, soname: str) -> bool:
        return soname not in self.lacking

    def install(self, packages: Sequence[apt.Names]) -> bool:
        self.asked_for += packages
        if self.apt_works:
            self.lacking.clear()
        return self.apt_works


def test_nothing_missing_asks_apt_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(apt_works=True)
    assert ensure(EVERYTHING, loads=machine.loads, install=machine.install, debian=True)
    assert machine.asked_for == []
    assert capsys.readouterr() == ("", "")


def test_missing_libraries_are_installed_by_the_packages_that_hold_them() -> None:
    machine = Machine("libGL.so.1", "libglib-2.0.so.0", apt_works=True)
    assert ensure(OFF_SCREEN, loads=machine.loads, install=machine.install, debian=True)
    assert machine.asked_for == [("libgl1",), ("libglib2.0-0t64", "libglib2.0-0")]


def test_what_cannot_be_installed_is_named_with_the_line_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine("libEGL.so.1", "libxcb-cursor.so.0", apt_works=False)
    assert not ensure(EVERYTHING, loads=machine.loads, install=machine.install, debian=True)
    said = capsys.readouterr().err
    assert "libEGL.so.1 (for Qt, off-screen too)" in said
    assert "sudo apt-get install --no-install-recommends libegl1 libxcb-cursor0" in said


def test_a_system_without_apt_is_told_the_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine("libEGL.so.1", apt_works=True)
    assert not ensure(OFF_SCREEN, loads=machine.loads, install=machine.install, debian=False)
    said = capsys.readouterr().err
    assert "libEGL.so.1" in said
    assert "apt-get" not in said
    assert machine.asked_for == []


def test_apt_may_succeed_and_a_library_still_be_missing() -> None:
    machine = Machine("libGL.so.1", apt_works=False)
    assert not ensure(OFF_SCREEN, loads=machine.loads, install=lambda _: True, debian=True)


def test_a_library_of_the_server_is_named_but_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine("libxml2.so.2", apt_works=False)
    assert ensure(OFF_SCREEN, loads=machine.loads, install=machine.install, debian=True)
    assert "libxml2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("window", "environment", "needs"),
    [
        (True, {"DISPLAY": ":0"}, EVERYTHING),
        (True, {"WAYLAND_DISPLAY": "wayland-0"}, EVERYTHING),
        (True, {"DISPLAY": ""}, OFF_SCREEN),
        (True, {}, OFF_SCREEN),
        (False, {"DISPLAY": ":0"}, OFF_SCREEN),
    ],
)
def test_a_windows_libraries_count_only_for_a_window_on_a_screen(
    window: bool, environment: dict[str, str], needs: frozenset[Need]
) -> None:
    assert needs_of(window=window, environment=environment) == needs
    assert {library.need for library in missing(needs, loads=lambda _: False)} == needs


def test_no_library_stands_twice() -> None:
    assert len({library.soname for library in LIBRARIES}) == len(LIBRARIES)


def test_the_linker_is_asked() -> None:
    assert loads("libc.so.6")
    assert not loads("libmedidesk-there-is-none.so.1")


def test_every_need_explains_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "resolve", _oldest_names)
    said = explain(LIBRARIES, debian=True)
    for library in LIBRARIES:
        assert library.soname in said
        assert library.packages[-1] in said


def _oldest_names(packages: Sequence[apt.Names]) -> list[str]:
    return [names[-1] for names in packages]


def test_the_newest_name_that_apt_knows_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    def knows(*known: str) -> Callable[..., bool]:
        return lambda *command: command[-1] in known

    package = [("libssl3t64", "libssl3")]
    monkeypatch.setattr(apt, "_silent", knows("libssl3t64", "libssl3"))
    assert apt.resolve(package) == ["libssl3t64"]
    monkeypatch.setattr(apt, "_silent", knows("libssl3"))
    assert apt.resolve(package) == ["libssl3"]
    monkeypatch.setattr(apt, "_silent", knows())
    assert apt.resolve(package) == ["libssl3"]
