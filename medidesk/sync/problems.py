"""What the server said against an operation: kept with it, and put into words for people."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

import psycopg

from medidesk.models.replica_type import Json
from medidesk.models.types import Id
from medidesk.repositories.decisions import Decided
from medidesk.repositories.labels import field_label, shown_as
from medidesk.sync.codec import SQLITE, codecs
from medidesk.sync.operation import Operation
from medidesk.sync.outbox import Entry
from medidesk.sync.outcomes import Attention, FieldConflict, Waiting
from medidesk.words import tr

CONFLICT = "MD001"
MOVED = "MD002"
GONE = "MD003"
RULE = "MD005"
UNIQUE = "23505"
FORBIDDEN = "42501"

type Problem = dict[str, Any]


def from_error(error: psycopg.Error) -> Problem:
    """A server's error as it is kept beside the operation."""
    diagnostic, state = error.diag, error.sqlstate
    detail: Json = None
    if state in {CONFLICT, MOVED, GONE} and diagnostic.message_detail:
        detail = json.loads(diagnostic.message_detail)
    if state == CONFLICT and _is_over_ids(detail):
        # Nobody can choose between two ids (into which file this one is merged): whoever wants it looks again.
        state = MOVED
    return {
        "sqlstate": state,
        "message": diagnostic.message_primary or type(error).__name__,
        "constraint": diagnostic.constraint_name,
        "detail": detail,
    }


def _is_over_ids(detail: Mapping[str, Any]) -> bool:
    """Whether a row that a field points to is among what both sides changed."""
    kinds = codecs()[detail["table"]].by_name
    return any(isinstance(kinds[name], Id) for name in detail["fields"])


def sentence(problem: Problem) -> str:
    """Why the server refused it."""
    state, constraint = problem["sqlstate"] or "", problem.get("constraint") or ""
    known = CONSTRAINTS.get(constraint)
    if known:
        return tr(known)
    if state == CONFLICT and problem.get("held"):
        return tr("Somebody else changed the same fields meanwhile.")
    if state == RULE:
        return str(problem["message"])
    if state in SENTENCES:
        return tr(SENTENCES[state])
    return tr(SENTENCES.get(state[:2], "The server could not take it ({code})."), code=state or "—")


SENTENCES = {
    CONFLICT: "Somebody else changed the same fields meanwhile. Choose for each what is right.",
    MOVED: "What this was based on has been changed meanwhile. Look at it again.",
    GONE: "The entry is no longer there, or you may no longer see it.",
    FORBIDDEN: "Your roles do not include this here.",
    UNIQUE: "There is already such an entry.",
    "23": "The clinic's rules do not allow these values together.",
    "22": "A value is not of the right form.",
}
CONSTRAINTS = {
    "appointment_one_place": "Another appointment has this time meanwhile. Choose another one.",
    "appointment_one_room": "Another appointment has this room meanwhile. Choose another room, or another time.",
    "appointment_ends_at_after_starts_at_check": "An appointment ends after it begins.",
    "cashier_session_open_once": "This drawer is open already.",
    "cashier_session_follows_once": "Somebody else has meanwhile taken this drawer over.",
    "discount_once": "Somebody else has meanwhile taken something off this charge. Look at it again.",
    "claim_line_accepted_within_check": "An insurer pays no more of a line than was claimed.",
    "claim_line_claimed_positive_check": "A line of a claim is about some amount.",
    "claim_line_once": "Somebody else has claimed this line meanwhile. Look at the claim again.",
    "insurance_claim_accepted_within_check": "An insurer pays no more of a claim than was claimed.",
    "insurance_claim_accepted_when_answered_check": "What is accepted is noted with the answer.",
    "insurance_claim_answered_when_answered_check": "Somebody else has meanwhile noted or taken back the answer.",
    "insurance_claim_claims_something_check": "Nothing of this invoice is the insurer's to pay.",
    "insurance_claim_ended_when_ended_check": "This claim has ended meanwhile, or goes on. Look at it again.",
    "insurance_claim_not_negative_check": "What is shared out of a claim cannot be less than nothing.",
    "insurance_claim_policy_no_given_check": "The policy has no number. Enter it with the patient's insurance.",
    "insurance_claim_shared_out_at_the_end_check": "What the insurer left is shared out at the end of the claim.",
    "insurance_claim_submitted_when_submitted_check": "This claim was not submitted yet.",
    "insurance_claim_withdrawn_with_reason_check": "It is not said why the claim is withdrawn.",
    "insurance_claim_written_off_with_reason_check": "It is not said why the rest is written off.",
    "payment_insurer_for_an_invoice_check": "An insurer pays for an invoice. Note it with the claim.",
    "insurance_claim_live_once": "This invoice is claimed already. Look at it again.",
    "insurer_name_key": "There is already an insurer of this name.",
    "insurance_policy_valid_until_after_valid_from_check": "An insurance ends after it begins.",
    "invoice_line_charge_once": "Another desk has billed this meanwhile. Look at the bill again.",
    "refund_verdict_once": "Somebody else has decided on this refund meanwhile.",
    "department_name_key": "There is already a department of this name.",
    "duty_schedule_one_place": "Somebody else has meanwhile given this person hours at the same time.",
    "price_list_name_key": "There is already a price list of this name.",
    "room_name_key": "There is already a room of this name.",
    "service_code_key": "Another service has this code meanwhile. Choose another one.",
    "service_price_once": "Somebody else has set a price from this day meanwhile. Look at it again.",
    "setting_once": "Somebody else has set this meanwhile. Look at what holds now, and change it if need be.",
    "visit_appointment_once": "Another desk has checked this patient in meanwhile.",
    "specialisation_name_key": "There is already a speciality of this name.",
    "patient_identifier_names_one": "Another file already has this number.",
    "patient_merge_once": "This file has already been merged into another one.",
    "patient_name_given_check": "A patient needs a name.",
    "patient_born_before_death_check": "The date of death lies before the date of birth.",
}


def attention(entry: Entry) -> Attention:
    """An entry under *Needs attention*, in words."""
    operation, problem = entry.operation, entry.problem or {}
    detail = problem.get("detail")
    about = detail if isinstance(detail, Mapping) else {}
    fields: tuple[FieldConflict, ...] = ()
    merged: tuple[str, ...] = ()
    if _reason(problem) == "conflict":
        fields = _fields(str(about["table"]), about["fields"])
        merged = _merged(operation, about)
    first = operation.writes[0] if operation.writes else None
    table = str(about.get("table") or (first.table if first else ""))
    row_id = UUID(about["id"]) if about.get("id") else (first.id if first else None)
    by, at = about.get("by"), about.get("at")
    return Attention(
        op_id=operation.id,
        author=operation.author,
        made_at=operation.made_at,
        title=operation.title or operation.verb,
        line=operation.line,
        sentence=sentence(problem),
        reason=_reason(problem),
        fields=fields,
        theirs_by=UUID(by) if by else None,
        theirs_at=dt.datetime.fromisoformat(at) if at else None,
        merged=merged,
        table=table,
        row_id=row_id,
        wanted=_wanted(operation, table, row_id),
    )


def decided(entry: Entry) -> Decided:
    """The entry as a decision about it names it."""
    shown_as = attention(entry)
    return Decided(
        shown_as.op_id,
        shown_as.author,
        shown_as.title,
        shown_as.table,
        shown_as.row_id,
        tuple(field.label for field in shown_as.fields),
    )


def for_others(entry: Entry) -> Attention:
    """The same for someone at this PC whose roles do not show them what it is about."""
    return replace(
        attention(entry),
        line="",
        sentence=tr("Whoever entered it, or a clinician, can decide."),
        reason="refused",
        fields=(),
        merged=(),
        wanted={},
    )


def waiting(entry: Entry) -> Waiting:
    """An entry that waits to be sent, in words."""
    operation = entry.operation
    return Waiting(
        op_id=operation.id,
        author=operation.author,
        made_at=operation.made_at,
        title=operation.title or operation.verb,
        line=operation.line,
        verb=operation.verb,
        rows=operation.rows,
    )


def _reason(problem: Problem) -> Literal["conflict", "refused", "held", "error"]:
    if problem.get("held"):
        return "held"
    state = problem.get("sqlstate") or ""
    if state == CONFLICT:
        return "conflict"
    return "refused" if state[:2] in {"22", "23", "42", "MD"} else "error"


def _wanted(operation: Operation, table: str, row_id: UUID | None) -> dict[str, Any]:
    found = {}
    for write in operation.writes:
        if (write.table, write.id) == (table, row_id):
            codec = codecs()[table]
            for name, value in write.values.items():
                stored = codec.by_name[name].from_json(value)
                found[name] = codec.by_name[name].process_result_value(stored, SQLITE)
    return found


def _fields(table: str, clashes: Mapping[str, Mapping[str, Json]]) -> tuple[FieldConflict, ...]:
    codec = codecs()[table]

    def words(name: str, value: Json) -> str:
        stored = codec.by_name[name].from_json(value)
        return shown_as(name, codec.by_name[name].process_result_value(stored, SQLITE))

    return tuple(
        FieldConflict(
            name,
            field_label(table, name),
            words(name, clash["base"]),
            words(name, clash["theirs"]),
            words(name, clash["mine"]),
        )
        for name, clash in sorted(clashes.items(), key=lambda item: codec.columns.index(item[0]))
    )


def _merged(operation: Operation, about: Mapping[str, Any]) -> tuple[str, ...]:
    """Labels of the fields of mine that stand without a question."""
    return tuple(
        field_label(write.table, name)
        for write in operation.writes
        if write.table == about["table"] and str(write.id) == about["id"]
        for name in write.values
        if name not in about["fields"]
    )
