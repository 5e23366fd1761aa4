"""People as the shell sees them: for administrators."""

from medidesk.ui.kit.palette import PaletteItem
from medidesk.ui.page import Desk, Module, Page
from medidesk.ui.people.list_page import ListPage
from medidesk.words import tr


def _open(desk: Desk) -> Page:
    return desk.open("people", lambda: ListPage(desk))


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    words = tr("People: accounts, roles and passwords")
    if all(part in words.casefold() for part in text.casefold().split()):
        return [PaletteItem("circle-user", words, "", tr("Action"), lambda: _open(desk))]
    return []


def module() -> Module:
    """The module's declaration."""
    return Module(
        "people",
        tr("People"),
        "circle-user",
        "directory",
        ListPage,
        _find,
        lambda _desk, _key: False,
        lambda _desk, _about: False,
        lambda _desk, _about: False,
        need="change",
    )
