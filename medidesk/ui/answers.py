"""What a verb came to, as a toast."""

from typing import Any

from medidesk.errors import MediDeskError
from medidesk.ui.page import Desk
from medidesk.words import tr


def tell(desk: Desk, words: str, outcome: Any) -> None:
    """Say `words` (nothing when empty), or why the server refused."""
    reason = getattr(outcome, "reason", None)
    if reason is not None:
        desk.toast(tr("Needs attention"), str(reason), tone="danger", icon="triangle-alert")
    elif words:
        desk.toast(words)


def refuse(desk: Desk, title: str, problem: MediDeskError) -> None:
    """Say what was not done, and what must be mended first."""
    desk.toast(title, str(problem), tone="danger")


def say_kept_here(desk: Desk) -> None:
    """Say that what was saved waits for the server."""
    desk.toast(
        tr("Saved on this PC"),
        tr("It is sent by itself when the server is back."),
        tone="warning",
        icon="cloud-upload",
    )


def saved_here(outcome: Any) -> str:
    """The same as a line of what else is said; "" where the server has it."""
    return tr("Saved on this PC; it is sent when the server is back.") if waits(outcome) else ""


def waits(outcome: Any) -> bool:
    """Whether what was saved is on this PC alone, and is still to be sent."""
    return getattr(outcome, "reason", None) is None and getattr(outcome, "merged", None) is None
