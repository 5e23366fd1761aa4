"""The claims' windows as the shell sees them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.models.billing import Way
from medidesk.repositories import billing, claims
from medidesk.ui.claim_words import ICON
from medidesk.ui.claims.entries import View
from medidesk.ui.claims.page import KEY, ClaimsPage, open_claims
from medidesk.ui.kit.palette import PaletteItem, says
from medidesk.ui.page import Desk, Module
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Attention


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    actions: tuple[tuple[str, str, Callable[[ClaimsPage], object]], ...] = (
        (tr("Claims"), ICON, ClaimsPage.arrive),
        (tr("Bills to claim"), "shield-alert", lambda page: page.list.show_view(View.TO_CLAIM)),
        (tr("Claims with the insurer"), "send", lambda page: page.list.show_view(View.SENT)),
        (tr("Claims by age"), "clock", lambda page: page.list.show_view(View.BY_AGE)),
    )
    return [
        PaletteItem(icon, words, "", tr("Action"), partial(_do, desk, act))
        for words, icon, act in actions
        if says(words, text)
    ]


def _do(desk: Desk, act: Callable[[ClaimsPage], object]) -> None:
    act(open_claims(desk))


def _open_claim(desk: Desk, invoice_id: UUID) -> None:
    open_claims(desk).show_bill(invoice_id)


def _restore(desk: Desk, key: str) -> bool:
    if key.startswith(f"{KEY}/"):
        open_claims(desk, front=False)
        return True
    return False


def _can_edit(_desk: Desk, _entry: Attention) -> bool:
    """What was refused about money is looked at, and done again where it is still right."""
    return False


def _take_up(desk: Desk, entry: Attention) -> bool:
    if entry.table == "payment" and entry.wanted.get("way") is Way.INSURER:
        return _take_up_bill(desk, entry.wanted.get("invoice_id"))
    if entry.table == "insurance_claim" and entry.row_id is not None:
        if desk.station.read(claims.claim, entry.row_id) is not None:
            open_claims(desk).show_claim(entry.row_id)
            return True
        return _take_up_bill(desk, entry.wanted.get("invoice_id"))
    return False


def _take_up_bill(desk: Desk, invoice_id: object) -> bool:
    if not isinstance(invoice_id, UUID) or desk.station.read(billing.invoice, invoice_id) is None:
        return False
    _open_claim(desk, invoice_id)
    return True


def module() -> Module:
    """The module's declaration."""
    return Module(
        "claims",
        tr("Claims"),
        ICON,
        "billing",
        ClaimsPage,
        _find,
        _restore,
        _take_up,
        _can_edit,
        open_claim=_open_claim,
    )
