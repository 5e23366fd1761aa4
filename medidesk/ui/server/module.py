"""The server as the shell sees it: for administrators."""

from medidesk.ui.kit.palette import PaletteItem, says
from medidesk.ui.page import Desk, Module, Page
from medidesk.ui.server.health_page import HealthPage
from medidesk.words import tr


def _open(desk: Desk) -> Page:
    return desk.open("server", lambda: HealthPage(desk))


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    words = tr("Server: backups, stations and how it is")
    if says(words, text):
        return [PaletteItem("server", words, "", tr("Action"), lambda: _open(desk))]
    return []


def module() -> Module:
    """The module's declaration."""
    return Module(
        "server",
        tr("Server"),
        "server",
        "access",
        HealthPage,
        _find,
        lambda _desk, _key: False,
        lambda _desk, _about: False,
        lambda _desk, _about: False,
        administers=True,
    )
