"""The audit trail as the shell sees it: for administrators."""

from medidesk.ui.audit.audit_page import AuditPage
from medidesk.ui.kit.palette import PaletteItem, says
from medidesk.ui.page import Desk, Module, Page
from medidesk.words import tr


def _open(desk: Desk) -> Page:
    return desk.open("audit", lambda: AuditPage(desk))


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    words = tr("Audit trail: who changed what")
    if says(words, text):
        return [PaletteItem("history", words, "", tr("Action"), lambda: _open(desk))]
    return []


def module() -> Module:
    """The module's declaration."""
    return Module(
        "audit",
        tr("Audit"),
        "history",
        "access",
        AuditPage,
        _find,
        lambda _desk, _key: False,
        lambda _desk, _about: False,
        lambda _desk, _about: False,
        administers=True,
    )
