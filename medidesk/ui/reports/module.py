"""The reports as the shell sees them."""

from __future__ import annotations

from functools import partial

from medidesk.repositories.reports import KINDS
from medidesk.ui.kit.palette import PaletteItem, says
from medidesk.ui.page import Desk, Module
from medidesk.ui.reports.page import ReportsPage
from medidesk.words import tr

ICON = "file-text"


def open_reports(desk: Desk) -> ReportsPage:
    """The page, in front."""
    page = desk.open("reports", lambda: ReportsPage(desk))
    if not isinstance(page, ReportsPage):
        raise TypeError(page.key)
    return page


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    found = []
    for kind in KINDS:
        words = tr("Report: {title}", title=kind.title)
        if desk.station.can(kind.area, "read") and says(words, text):
            found.append(PaletteItem(ICON, words, "", tr("Action"), partial(_show, desk, kind.name)))
    return found


def _show(desk: Desk, name: str) -> None:
    open_reports(desk).show_kind(name)


def _show_list(desk: Desk, name: str) -> bool:
    """The figures of the overview are those of reports of the same name."""
    if name not in {kind.name for kind in KINDS if desk.station.can(kind.area, "read")}:
        return False
    _show(desk, name)
    return True


def module() -> Module:
    """The module's declaration."""
    areas = tuple(dict.fromkeys(kind.area for kind in KINDS))
    return Module(
        "reports",
        tr("Reports"),
        ICON,
        areas[0],
        ReportsPage,
        _find,
        lambda _desk, _key: False,
        lambda _desk, _about: False,
        lambda _desk, _about: False,
        show_list=_show_list,
        other_areas=areas[1:],
    )
