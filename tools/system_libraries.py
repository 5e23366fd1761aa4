"""The shared libraries that the wheels expect of the system: found, installed, or named.

`python -m tools.system_libraries` sees to what off-screen Qt and the wheel's PostgreSQL need; with
`--window` also, where there is a screen, to what a window needs.

Standard library only. Costs some milliseconds when nothing is missing, so `make` asks every time.
"""

import argparse
import ctypes
import enum
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tools import apt


class Need(enum.Enum):
    """What does not start without a library."""

    QT = "Qt, off-screen too"
    SERVER = "the PostgreSQL that comes along"
    WINDOW = "a window"


@dataclass(frozen=True)
class Library:
    """A shared library: the name the linker looks for, and the Debian package that holds it.

    Attributes:
        soname: as the wheels' binaries name it.
        packages: the package's names, newest first.
        need: what does not start without it.
    """

    soname: str
    packages: tuple[str, ...]
    need: Need


LIBRARIES = (
    Library("libGL.so.1", ("libgl1",), Need.QT),
    Library("libEGL.so.1", ("libegl1",), Need.QT),
    Library("libxkbcommon.so.0", ("libxkbcommon0",), Need.QT),
    Library("libdbus-1.so.3", ("libdbus-1-3",), Need.QT),
    Library("libfontconfig.so.1", ("libfontconfig1",), Need.QT),
    Library("libglib-2.0.so.0", ("libglib2.0-0t64", "libglib2.0-0"), Need.QT),
    Library("libxml2.so.2", ("libxml2",), Need.SERVER),
    Library("libgssapi_krb5.so.2", ("libgssapi-krb5-2",), Need.SERVER),
    Library("libssl.so.3", ("libssl3t64", "libssl3"), Need.SERVER),
    Library("liblz4.so.1", ("liblz4-1",), Need.SERVER),
    Library("libzstd.so.1", ("libzstd1",), Need.SERVER),
    Library("libxcb-cursor.so.0", ("libxcb-cursor0",), Need.WINDOW),
    Library("libxcb-icccm.so.4", ("libxcb-icccm4",), Need.WINDOW),
    Library("libxcb-image.so.0", ("libxcb-image0",), Need.WINDOW),
    Library("libxcb-keysyms.so.1", ("libxcb-keysyms1",), Need.WINDOW),
    Library("libxcb-randr.so.0", ("libxcb-randr0",), Need.WINDOW),
    Library("libxcb-render-util.so.0", ("libxcb-render-util0",), Need.WINDOW),
    Library("libxcb-shape.so.0", ("libxcb-shape0",), Need.WINDOW),
    Library("libxcb-xkb.so.1", ("libxcb-xkb1",), Need.WINDOW),
    Library("libxkbcommon-x11.so.0", ("libxkbcommon-x11-0",), Need.WINDOW),
    Library("libX11-xcb.so.1", ("libx11-xcb1",), Need.WINDOW),
)


def loads(soname: str) -> bool:
    """Whether the dynamic linker finds the library, for this machine's own architecture."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def needs_of(*, window: bool, environment: Mapping[str, str]) -> frozenset[Need]:
    """What is going to be started: a window counts only where there is a screen to put it on."""
    has_screen = bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
    off_screen = frozenset({Need.QT, Need.SERVER})
    return off_screen | {Need.WINDOW} if window and has_screen else off_screen


def missing(needs: frozenset[Need], *, loads: Callable[[str], bool] = loads) -> list[Library]:
    """The libraries for `needs` that this system lacks."""
    return [library for library in LIBRARIES if library.need in needs and not loads(library.soname)]


def explain(lacking: Sequence[Library], *, debian: bool) -> str:
    """What is missing, what for, and the line that mends it."""
    lines = ["These system libraries are missing:"]
    lines += [f"  {library.soname} (for {library.need.value})" for library in lacking]
    if debian:
        lines += ["Install them with", f"  {apt.command_line([library.packages for library in lacking])}"]
    else:
        lines += ["Install them with this system's package manager."]
    return "\n".join(lines)


def ensure(
    needs: frozenset[Need],
    *,
    loads: Callable[[str], bool] = loads,
    install: Callable[[Sequence[apt.Names]], bool] = apt.install,
    debian: bool | None = None,
) -> bool:
    """Have every library for `needs`, installing with apt what can be installed.

    Args:
        needs: what is going to be started.
        loads: whether a library is there.
        install: installs packages; returns False if it could not.
        debian: whether apt is there; asked of the system unless given.

    Returns:
        False if Qt or a window would not start. A missing library of the server is named but does not
        stop anything here: an installed PostgreSQL serves as well, and the program looks for one.
    """
    debian = apt.available() if debian is None else debian
    lacking = missing(needs, loads=loads)
    if lacking and debian and install([library.packages for library in lacking]):
        lacking = missing(needs, loads=loads)
    if lacking:
        print(explain(lacking, debian=debian), file=sys.stderr)
    return all(library.need is Need.SERVER for library in lacking)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="tools.system_libraries", description=__doc__.splitlines()[0])
    parser.add_argument("--window", action="store_true", help="windows will be opened, if there is a screen")
    window: bool = parser.parse_args(arguments).window
    if sys.platform != "linux":
        return 0
    return 0 if ensure(needs_of(window=window, environment=os.environ)) else 1


if __name__ == "__main__":
    sys.exit(main())
