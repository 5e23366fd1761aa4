"""Names of fields, and values, as people read them."""

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

from medidesk.models.settings import SettingName
from medidesk.permissions import Need
from medidesk.words import counted, tr

FIELD_LABELS = {
    "accepted": "Accepted",
    "active": "Offered",
    "address": "Address",
    "amount": "Amount",
    "answer": "What the insurer says",
    "answered_at": "Answered",
    "appointment_id": "Appointment",
    "area": "Area",
    "authorisation": "Authorisation",
    "arrived_at": "Arrived",
    "alerts": "Alerts",
    "allergies": "Allergies",
    "blood_group": "Blood group",
    "born_estimated": "Birth date estimated",
    "born_on": "Birth date",
    "called_at": "Called",
    "cancel_reason": "Cancelled because",
    "checked_on": "Insurer asked",
    "city": "City",
    "claim_id": "Claim",
    "claimed": "Claimed",
    "code": "Code",
    "code_system": "Code system",
    "conditions": "Conditions",
    "content": "Photo",
    "copay": "Co-pay",
    "copay_percent": "Co-pay",
    "country": "Country",
    "currency": "Currency",
    "deleted_at": "Removed",
    "department_id": "Department",
    "desk_note": "Note for the desk",
    "died_on": "Date of death",
    "eligibility_note": "What the insurer said",
    "email": "E-mail",
    "end_note": "Why it ended",
    "ended_at": "Ended",
    "ended_on": "Ended",
    "ends_on": "Until",
    "ends_at": "Ends",
    "family_name": "Family name",
    "from_minute": "From",
    "given_name": "Given name",
    "holder": "Holder",
    "identifiers": "Numbers",
    "in_room_at": "In the room since",
    "insurer_id": "Insurer",
    "insurer_ref": "Insurer's number",
    "invoice_id": "Invoice",
    "invoice_line_id": "Line of the invoice",
    "kind": "Kind",
    "label": "Name",
    "language": "Language",
    "left_reason": "Left because",
    "level": "How far",
    "merged_into_id": "Merged into",
    "name": "Name",
    "next_of_kin": "Next of kin",
    "note": "Note for the desk",
    "noted_on": "Noted",
    "onset_on": "Since",
    "org_id": "Branch",
    "payer_code": "Payer code",
    "phone": "Phone",
    "phone_other": "Other phone",
    "policy_no": "Policy number",
    "postal_code": "Postal code",
    "price": "Price",
    "price_list_id": "Price list",
    "price_org_id": "Branch",
    "priority": "Priority",
    "reaction": "Reaction",
    "reason": "Reason",
    "refusal": "Why refused",
    "registration_no": "Registration number",
    "relation": "Relation",
    "role": "Role",
    "room_id": "Room",
    "restricted": "Restricted",
    "severity": "Severity",
    "sex": "Sex",
    "slot_minutes": "Minutes an appointment",
    "specialisation_id": "Speciality",
    "visit_service_id": "A visit is charged as",
    "staff_id": "With",
    "service_id": "Service",
    "starts_at": "Begins",
    "starts_on": "First day",
    "state": "State",
    "submitted_at": "Submitted",
    "substance": "Substance",
    "system": "Issued by",
    "tax": "Tax",
    "tax_percent": "Tax",
    "text": "Text",
    "ticket": "Ticket",
    "timezone": "Time zone",
    "title": "Title",
    "to_minute": "To",
    "to_patient": "The patient pays",
    "valid_from": "From",
    "valid_until": "Until",
    "value": "Number",
    "wants_earlier": "Would come earlier",
    "weekday": "Weekday",
    "written_off": "Nobody pays",
}
"""What people call each field; the English words, to be shown through `tr`."""
_OF_ONE_TABLE = {
    ("setting", "value"): "Set to",
    ("insurer", "active"): "Active",
    ("insurer", "copay_percent"): "Usual co-pay",
    ("room", "active"): "In use",
    ("staff", "room_id"): "Usual room",
    ("insurance_claim", "note"): "Note",
    ("insurance_claim", "lines"): "Lines",
}
TABLE_LABELS = {
    "appointment": "Appointment",
    "allergy": "Allergy",
    "cashier_session": "Drawer",
    "charge": "Charge",
    "claim_line": "Line of a claim",
    "condition": "Condition",
    "decision": "Decision about a change",
    "department": "Department",
    "discount": "Discount",
    "duty_exception": "Days off or besides",
    "duty_schedule": "Duty hours",
    "insurance_claim": "Claim",
    "insurance_policy": "Insurance",
    "insurer": "Insurer",
    "invoice": "Invoice",
    "invoice_line": "Line of an invoice",
    "next_of_kin": "Next of kin",
    "organisation": "Organisation",
    "patient": "Patient",
    "patient_alert": "Alert",
    "patient_identifier": "Number of a document",
    "patient_merge": "Merge of two files",
    "patient_photo": "Photo",
    "payment": "Payment",
    "price_list": "Price list",
    "refund": "Refund",
    "refund_verdict": "Word on a refund",
    "role": "Role",
    "role_level": "What a role includes",
    "room": "Room",
    "service": "Service",
    "service_price": "Price",
    "setting": "Setting",
    "specialisation": "Speciality",
    "staff": "Member of staff",
    "visit": "Visit",
}


def table_label(name: str) -> str:
    """What a row of a table is called; the table's own name in words where nobody has named it."""
    return tr(TABLE_LABELS[name]) if name in TABLE_LABELS else name.replace("_", " ").capitalize()


def field_label(table: str, name: str) -> str:
    """The label of a column; its own name in words where nobody has named it."""
    if (table, name) in _OF_ONE_TABLE:
        return tr(_OF_ONE_TABLE[table, name])
    return tr(FIELD_LABELS[name]) if name in FIELD_LABELS else name.replace("_", " ").capitalize()


NOTHING = "—"
_QUOTED_MOST = 60


def quoted(text: object) -> str:
    """Something that was typed, for a sentence about it: one line of what can be seen, and not all of a page."""
    seen = " ".join("".join(sign if sign.isprintable() else " " for sign in str(text)).split())
    return seen if len(seen) <= _QUOTED_MOST else f"{seen[:_QUOTED_MOST].rstrip()}…"


def day(value: dt.date) -> str:
    """A date as it stands on the screen: 4 Nov 2026."""
    return f"{value.day} {tr(value.strftime('%b'))} {value.year}"


def shown(value: Any) -> str:
    """A value as people read it; "—" for nothing."""
    match value:
        case None | "":
            words = NOTHING
        case bool():
            words = tr("Yes") if value else tr("No")
        case SettingName():
            words = setting(value)
        case Need():
            words = level(value)
        case enum.Enum():
            words = tr(str(value.value).replace("_", " ").capitalize())
        case Decimal():
            words = f"{value.normalize():f}"
        case dt.datetime():
            words = f"{day(value)} {value:%H:%M}"
        case dt.date():
            words = day(value)
        case _:
            words = str(value)
    return words


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""In ISO 8601's order; the English words, to be shown through `tr`."""


def weekday(number: int) -> str:
    """A weekday; 1 is Monday (ISO 8601)."""
    return tr(WEEKDAYS[number - 1])


def clock(minute: int | None) -> str:
    """A time of day, kept as minutes after midnight: "09:30"; empty for none."""
    return "" if minute is None else f"{minute // 60:02}:{minute % 60:02}"


def shown_as(name: str, value: Any) -> str:
    """The value of a field of this name as people read it."""
    if isinstance(value, int) and name in {"from_minute", "to_minute"}:
        return clock(value)
    if name == "area" and value in AREAS:
        return area(value)
    if name == "weekday" and value in range(1, len(WEEKDAYS) + 1):
        return weekday(value)
    return shown(value)


AREAS = {
    "demographics": "Patients",
    "clinical": "Allergies, problems",
    "appointments": "Appointments",
    "billing": "Bills, money",
    "approvals": "Discounts, refunds",
    "directory": "The clinic",
}
"""What a clinic's own role can include; the English words, to be shown through `tr`."""


def area(name: str) -> str:
    """What people call an area of the permission matrix, as in the columns of a list."""
    return tr(AREAS[name])


def level(most: Need) -> str:
    """How far a right goes: each includes those before it."""
    return {
        Need.READ: tr("Reads"),
        Need.ADD: tr("Also adds"),
        Need.CHANGE: tr("Also changes"),
    }[most]


def setting(name: SettingName) -> str:
    """What people call a setting; what it is set to goes on from there."""
    return {
        SettingName.LOCK_MINUTES_MOST: tr("Locks by itself at the latest after"),
        SettingName.REFUND_LIMIT: tr("Refunds are approved by somebody else above"),
        SettingName.OFFLINE_DAYS: tr("Sign-in without the server for up to"),
        SettingName.RESTRICTED_MINUTES: tr("A restricted file stays open for"),
        SettingName.WAITING_MINUTES: tr("Waiting is too long after"),
    }[name]


def setting_value(name: SettingName, value: int | None, currency: str = "") -> str:
    """What is set, with its unit; of an amount the currency of its branch, where that is given."""
    if value is None:
        return tr("no limit")
    if name is SettingName.OFFLINE_DAYS:
        return counted(value, "{count} day", "{count} days")
    if name is SettingName.REFUND_LIMIT:
        return f"{value:,} {currency}".strip()
    return counted(value, "{count} minute", "{count} minutes")
