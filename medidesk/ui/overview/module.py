"""The overview as the shell sees it."""

from __future__ import annotations

from functools import partial

from medidesk.ui.kit.palette import PaletteItem, says
from medidesk.ui.overview.page import ICON, KEY, OverviewPage
from medidesk.ui.page import Desk, Module
from medidesk.words import tr


def open_overview(desk: Desk) -> OverviewPage:
    """The page, in front."""
    page = desk.open(KEY, lambda: OverviewPage(desk))
    if not isinstance(page, OverviewPage):
        raise TypeError(page.key)
    return page


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    words = tr("Overview")
    return (
        [PaletteItem(ICON, words, "", tr("Action"), partial(open_overview, desk))]
        if says(words, text)
        else []
    )


def module() -> Module:
    """The module's declaration."""
    return Module(
        KEY,
        tr("Overview"),
        ICON,
        "appointments",
        OverviewPage,
        _find,
        lambda _desk, _key: False,
        lambda _desk, _about: False,
        lambda _desk, _about: False,
    )
