"""Kept drafts: brought back after a new start, and from the toast of a closed tab."""

from collections.abc import Callable, Sequence
from functools import partial

from medidesk.ui import moments
from medidesk.ui.page import Desk, Module, Page
from medidesk.words import counted, tr


def restore(desk: Desk, modules: Sequence[Module], key: str) -> bool:
    """Open the page of a draft behind the others; says whether a module knows it."""
    return any(module.restore(desk, key) for module in modules)


def bring_back(desk: Desk, modules: Sequence[Module]) -> None:
    """Open what was left unfinished, behind the first tab, and say so."""
    kept = [draft for draft in desk.station.drafts.all() if restore(desk, modules, draft.key)]
    if kept:
        latest = max(draft.kept_at for draft in kept)
        desk.toast(
            counted(len(kept), "{count} unfinished form is back", "{count} unfinished forms are back"),
            tr("Kept at {time}. Look for the amber dot.", time=moments.when(latest)),
            tone="info",
            icon="file-text",
        )


def say_kept(desk: Desk, page: Page, reopen: Callable[[str], None]) -> None:
    """Tell that a tab was closed over a draft; the toast's verb opens it again."""
    desk.toast(
        tr("Draft kept: {title}", title=page.title),
        tr("Every character is there when you come back."),
        tone="info",
        icon="file-text",
        verb=tr("Open"),
        act=partial(reopen, page.key),
    )
