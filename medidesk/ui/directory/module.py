"""The directory as the shell sees it: for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medidesk.repositories import duty
from medidesk.ui.directory.entries import DRAFT
from medidesk.ui.directory.kinds import kinds
from medidesk.ui.directory.list_page import ListPage
from medidesk.ui.kit.palette import PaletteItem, says
from medidesk.ui.page import Desk, Module
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Attention


def _open(desk: Desk, *, front: bool = True) -> ListPage:
    page = desk.open("directory", lambda: ListPage(desk), front=front)
    if not isinstance(page, ListPage):
        raise TypeError(page.key)
    return page


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    words = tr("Clinic: staff, departments, specialities and branches")
    if says(words, text):
        return [PaletteItem("building-2", words, "", tr("Action"), lambda: _open(desk))]
    return []


def _restore(desk: Desk, key: str) -> bool:
    if key.startswith(DRAFT):
        _open(desk, front=False)
        return True
    return False


def _kind_of(desk: Desk, entry: Attention) -> str:
    """The kind of entry that refused work is about, where there is a form that it came from."""
    if not entry.wanted or not desk.station.can("directory", "change"):
        return ""
    kind = next((one for one in kinds(desk.station.user.org_id) if one.holds(entry.table)), None)
    if kind is None or (kind.table == "duty_schedule" and not _is_there(desk, entry)):
        return ""  # new hours are of several days: the form would show one of them
    return kind.name


def _is_there(desk: Desk, entry: Attention) -> bool:
    return entry.row_id is not None and desk.station.read(duty.schedule, entry.row_id) is not None


def _can_edit(desk: Desk, entry: Attention) -> bool:
    return bool(_kind_of(desk, entry))


def _take_up(desk: Desk, entry: Attention) -> bool:
    kind = _kind_of(desk, entry)
    if kind:
        _open(desk).take_up(kind, entry)
    return bool(kind)


def module() -> Module:
    """The module's declaration."""
    return Module(
        "directory",
        tr("Clinic"),
        "building-2",
        "directory",
        ListPage,
        _find,
        _restore,
        _take_up,
        _can_edit,
        need="change",
    )
