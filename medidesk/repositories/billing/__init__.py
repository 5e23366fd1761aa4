"""Charges, invoices and the money that is taken for them. Callers write `billing.settle`."""

from medidesk.repositories.billing.charging import (
    change_quantity,
    charge,
    charge_visit,
    discount,
    take_discount_off,
    withdraw,
)
from medidesk.repositories.billing.desk import Bill, Receipt, approvers, bill_of, bills, receipts
from medidesk.repositories.billing.drawers import (
    close_drawer,
    drawer,
    drawers,
    handed_over,
    open_at,
    open_drawer,
)
from medidesk.repositories.billing.invoicing import bill, change_draft, credit, discard, draft, issue
from medidesk.repositories.billing.papers import (
    BillPaper,
    DrawerPaper,
    Issuer,
    ReceiptPaper,
    bill_paper,
    drawer_paper,
    issuer,
    receipt_paper,
)
from medidesk.repositories.billing.queries import (
    by_number,
    charges_of_visit,
    credits_of,
    currency_of,
    drafts,
    invoice,
    lines,
    of_days,
    of_patient,
    open_charges,
    outstanding,
    overpaid,
    payment,
    payments_by_number,
    payments_of,
    payments_of_patient,
    receipt,
    refunds_of,
    refunds_open,
    returned,
    span,
    taken,
    unbilled,
)
from medidesk.repositories.billing.returning import decide_refund, pay_out, refund, withdraw_refund
from medidesk.repositories.billing.rows import (
    ChargeRow,
    CreditRow,
    DrawerRow,
    InvoiceRow,
    LineRow,
    PaymentRow,
    RefundRow,
    Standing,
)
from medidesk.repositories.billing.statement import Entry, Statement, StatementLine, statement
from medidesk.repositories.billing.sums import LineSums, added, line_sums
from medidesk.repositories.billing.taking import Part, change_reference, deposit, pay, settle

__all__ = [
    "Bill", "BillPaper", "ChargeRow", "CreditRow", "DrawerPaper", "DrawerRow", "Entry", "InvoiceRow",
    "Issuer", "LineRow", "LineSums", "Part", "PaymentRow", "Receipt", "ReceiptPaper", "RefundRow", "Standing",
    "Statement", "StatementLine", "added", "approvers", "bill", "bill_of", "bill_paper", "bills", "by_number",
    "change_draft", "change_quantity", "change_reference", "charge", "charge_visit", "charges_of_visit",
    "close_drawer", "credit", "credits_of", "currency_of", "decide_refund", "deposit", "discard", "discount",
    "draft", "drafts", "drawer", "drawer_paper", "drawers", "handed_over", "invoice", "issue", "issuer",
    "line_sums", "lines", "of_days", "of_patient", "open_at", "open_charges", "open_drawer", "outstanding",
    "overpaid", "pay", "pay_out", "payment", "payments_by_number", "payments_of", "payments_of_patient",
    "receipt", "receipt_paper", "receipts", "refund", "refunds_of", "refunds_open", "returned", "settle",
    "span", "statement", "take_discount_off", "taken", "unbilled", "withdraw", "withdraw_refund",
]  # fmt: skip
