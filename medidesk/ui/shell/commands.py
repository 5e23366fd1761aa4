"""What Ctrl+K finds beside the modules' own lines: the shell's actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from medidesk import __version__
from medidesk.ui.kit.palette import PaletteItem
from medidesk.ui.page import Desk, Module
from medidesk.words import tr


class Commands(NamedTuple):
    """What the shell's actions do."""

    show_changes: Callable[[], None]
    check: Callable[[], None]
    lock: Callable[[], None]
    show_keys: Callable[[], None]
    ask_for_account: Callable[[], object]


def find(desk: Desk, modules: Sequence[Module], commands: Commands, text: str) -> list[PaletteItem]:
    """The lines for what was typed: the modules' first, then actions whose title holds every word."""
    words = text.casefold().split()
    found = [item for module in modules for item in module.find(desk, text)]
    fitting = [one for one in _actions(commands) if all(word in one.title.casefold() for word in words)]
    return found + fitting


def _actions(commands: Commands) -> list[PaletteItem]:
    kind = tr("Action")
    return [
        PaletteItem(
            "cloud-upload", tr("Changes of this station"), "Ctrl Shift S", kind, commands.show_changes
        ),
        PaletteItem(
            "refresh-cw", tr("Check this station"), tr("compare with the server"), kind, commands.check
        ),
        PaletteItem("lock", tr("Lock"), "Ctrl L", kind, commands.lock),
        PaletteItem("keyboard", tr("Keys of this screen"), "F1", kind, commands.show_keys),
        PaletteItem(
            "user-plus", tr("Ask for an account"), tr("for a new colleague"), kind, commands.ask_for_account
        ),
    ]


def check(desk: Desk) -> None:
    """Compare this station with the server, and say that it began."""
    desk.station.check()
    desk.toast(tr("Checking this station"), tr("Its rows are compared with the server's."), tone="info")


def about(desk: Desk) -> None:
    """Say which version this is, and where."""
    station = desk.station
    desk.toast(
        tr("MediDesk {version}", version=__version__),
        tr("{station} at {server}", station=station.name, server=station.sync.server_name),
        tone="info",
    )
