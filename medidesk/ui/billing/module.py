"""The cashier's windows as the shell sees them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.models.billing import Way
from medidesk.repositories import billing
from medidesk.repositories.billing import queries
from medidesk.ui.billing.entries import Subject, View
from medidesk.ui.billing.page import KEY, CashierPage, open_cashier
from medidesk.ui.billing.reading import refunds_waiting
from medidesk.ui.kit.palette import PaletteItem, says
from medidesk.ui.page import Desk, Module
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Attention


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    may, found = desk.station.can, []
    actions: tuple[tuple[str, str, Callable[[CashierPage], object], bool], ...] = (
        (tr("Cashier"), "wallet", CashierPage.arrive, True),
        (tr("Open the drawer"), "lock-open", lambda page: page.beside.open_drawer(), may("billing", "add")),
        (tr("Close the drawer"), "lock", lambda page: page.beside.close_drawer(), may("billing", "change")),
        (tr("Invoices not paid"), "wallet", lambda page: page.list.show_view(View.UNPAID), True),
        (tr("Refunds"), "undo-2", lambda page: page.list.show_view(View.REFUNDS), True),
    )  # fmt: skip
    for words, icon, act, allowed in actions:
        if allowed and says(words, text):
            found.append(PaletteItem(icon, words, "", tr("Action"), partial(_do, desk, act)))
    if text.strip():
        found += [
            PaletteItem(
                "receipt", row.numbered, row.name, tr("Invoice"), partial(_show_invoice, desk, row.id)
            )
            for row in desk.station.read(billing.by_number, text)
        ]
    return found


def _do(desk: Desk, act: Callable[[CashierPage], object]) -> None:
    act(open_cashier(desk))


def _show_invoice(desk: Desk, invoice_id: UUID) -> None:
    page = open_cashier(desk)
    page.look_at(Subject("invoice", invoice_id))
    page.arrive_at_bill()


def _open_bill(desk: Desk, patient_id: UUID) -> None:
    open_cashier(desk).show_patient(patient_id)


def _restore(desk: Desk, key: str) -> bool:
    if key.startswith(f"{KEY}/"):
        open_cashier(desk, front=False)
        return True
    return False


def _can_edit(_desk: Desk, _entry: Attention) -> bool:
    """What was refused about money is looked at, and done again where it is still right."""
    return False


def _take_up(desk: Desk, entry: Attention) -> bool:
    if entry.row_id is None or entry.wanted.get("way") is Way.INSURER:
        return False  # what an insurer has paid is about a claim
    read = desk.station.read
    if entry.table == "invoice" and read(billing.invoice, entry.row_id) is not None:
        _show_invoice(desk, entry.row_id)
        return True
    patient = entry.wanted.get("patient_id")
    if entry.table == "charge":
        charge = read(queries.charge, entry.row_id)
        patient = patient if charge is None else charge.patient_id
    if entry.table in {"payment", "refund"}:
        payment = read(billing.payment, entry.wanted.get("payment_id") or entry.row_id)
        patient = patient if payment is None else payment.patient_id
    if entry.table in {"invoice", "charge", "payment", "refund"} and isinstance(patient, UUID):
        _open_bill(desk, patient)
        return True
    return False


def _show_list(desk: Desk, name: str) -> bool:
    views = {"unbilled": View.TO_BILL, "unpaid": View.UNPAID}
    if name not in views:
        return False
    open_cashier(desk, view=views[name])
    return True


def module() -> Module:
    """The module's declaration."""
    return Module(
        "billing",
        tr("Cashier"),
        "wallet",
        "billing",
        CashierPage,
        _find,
        _restore,
        _take_up,
        _can_edit,
        open_bill=_open_bill,
        open_invoice=_show_invoice,
        show_list=_show_list,
        badge=refunds_waiting,
        badge_of=frozenset({"refund", "refund_verdict"}),
    )
