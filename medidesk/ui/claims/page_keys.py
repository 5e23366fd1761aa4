"""The keys of the claims' page, and when each does something."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from medidesk.ui.claims.entries import view_name
from medidesk.ui.claims.list_pane import VIEWS
from medidesk.ui.claims.next_step import Step
from medidesk.ui.claims.page_acts import KEYS, NEXT_KEY, step_words
from medidesk.ui.claims.panels import BeginPanel
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.claims.page import ClaimsPage


def bind_keys(page: ClaimsPage) -> None:
    """Give the page its keys."""
    keys, acts, beside, doing = page.keys, page.acts, page.beside, page.doing

    def free() -> bool:
        return beside.now is None

    def can(step: Step) -> bool:
        return free() and acts.can(step)

    keys.list_only("Up, Down", tr("Choose"))
    keys.list_only("Return", tr("To the claim, and on"))
    keys.bind(NEXT_KEY, tr("Next step"), acts.do_next, when=lambda: free() and acts.next() is not None)
    for step, key in KEYS.items():
        keys.bind(key, step_words(step)[0], partial(acts.do, step), when=partial(can, step))
    keys.bind(
        "Alt+A",
        tr("Claim all that are shown"),
        beside.claim_all,
        when=lambda: free() and page.may_claim_all(),
    )
    keys.bind("Alt+S", tr("Keep as a draft"), beside.keep_draft, when=lambda: _is_begun(page))
    keys.bind("F2", tr("Search"), page.seek, when=free)
    keys.bind("Alt+I", tr("Insurer"), page.list.insurers.setFocus, when=free)
    keys.bind("Ctrl+P", tr("Print the claim"), doing.print_claim, when=page.shows_claim)
    keys.bind("Ctrl+E", tr("Save those shown as CSV"), page.ask_where, when=page.has_claims)
    keys.bind("Alt+B", tr("Bill"), acts.open_bill, when=page.shows_something)
    keys.bind("Alt+F", tr("File"), acts.open_file, when=page.shows_something)
    for at, view in enumerate(VIEWS, start=1):
        keys.bind(f"Ctrl+{at}", view_name(view), partial(page.list.show_view, view), hint=False)
    keys.bind("Ctrl+Return", tr("Save"), beside.submit, when=lambda: not free())
    keys.bind("Ctrl+Enter", tr("Save"), beside.submit, when=lambda: not free(), hint=False)
    keys.bind("Escape", tr("Back, draft kept"), page.step_back)


def _is_begun(page: ClaimsPage) -> bool:
    return isinstance(page.beside.now, BeginPanel)
