"""People as the shell sees them: for administrators."""

from functools import partial

from medidesk.ui.kit.palette import PaletteItem, says
from medidesk.ui.page import Desk, Module, Page
from medidesk.ui.people.list_page import ListPage
from medidesk.ui.people.roles_page import open_roles, restore
from medidesk.words import tr


def _open(desk: Desk) -> Page:
    return desk.open("people", lambda: ListPage(desk))


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    actions = (
        ("circle-user", tr("People: accounts, roles and passwords"), _open),
        ("shield-check", tr("Roles: what each of them includes"), open_roles),
    )
    return [
        PaletteItem(icon, words, "", tr("Action"), partial(act, desk))
        for icon, words, act in actions
        if says(words, text)
    ]


def module() -> Module:
    """The module's declaration."""
    return Module(
        "people",
        tr("People"),
        "circle-user",
        "access",
        ListPage,
        _find,
        restore,
        lambda _desk, _about: False,
        lambda _desk, _about: False,
        administers=True,
    )
