"""Insurers among the kinds of the clinic's page: who pays for patients, and by which prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from medidesk.models.insurance import Insurer
from medidesk.repositories import insurance
from medidesk.repositories.insurance import InsurerRow
from medidesk.ui.directory.forms import Places, branch_field
from medidesk.ui.directory.kind import Kind
from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.form import Field, FormSpec
from medidesk.ui.kit.table import Column
from medidesk.ui.text_field import text_field
from medidesk.words import counted, tr


def insurer_kind() -> Kind:
    """The kind."""
    return Kind(
        "insurer",
        "insurer",
        tr("Insurers"),
        "shield-check",
        tr("Add an insurer"),
        insurance.insurers,
        insurance.insurer,
        _columns(),
        lambda row: f"{row.name} {row.payer_code} {row.price_list} {row.org_name}",
        _form,
        {"active": True, "price_list_id": None},
        insurance.add_insurer,
        insurance.edit_insurer,
        insurance.remove_insurer,
        tr("Insurer removed"),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column(tr("Insurer"), lambda row: row.name, 220, weight="semibold", grow=3),
        Column(tr("Payer code"), lambda row: row.payer_code, 120, kind="figures", leaves=4),
        Column(tr("Pays by"), lambda row: row.price_list, 180, leaves=2, grow=2),
        Column(tr("Usual co-pay"), _copay, 110, kind="figures"),
        Column(tr("Insures"), _insured, 120, kind="figures", leaves=3),
        Column(tr("Branch"), lambda row: row.org_name, 160, leaves=1, grow=1),
        Column("", _inactive, 130, kind="chips", chips=_state),
    )


def _copay(row: InsurerRow) -> str:
    return f"{row.copay} %" if row.copay else ""


def _insured(row: InsurerRow) -> str:
    return counted(row.policies, "{count} patient", "{count} patients") if row.policies else ""


def _inactive(row: InsurerRow) -> str:
    return "" if row.active else tr("Not active")


def _state(row: InsurerRow) -> tuple[ChipLook, ...]:
    words = _inactive(row)
    return (ChipLook(words, "neutral", "ban"),) if words else ()


def _form(places: Places, row: Mapping[str, Any] | None, _branch: UUID) -> FormSpec:
    own = (None, tr("The clinic's own prices"))
    return FormSpec(
        (
            text_field(Insurer, "name", tr("Name"), required=True, span=2),
            *branch_field(places, row),
            text_field(Insurer, "payer_code", tr("Payer code"), help=tr("As the insurer gave it")),
            Field("copay", tr("Usual co-pay"), max_length=8, help=tr("In per cent; empty: none")),
            Field(
                "price_list_id",
                tr("Pays by"),
                "choice",
                choices=(own, *places.price_lists),
                span=2,
                help=tr("Where the list has no price, the clinic's own counts."),
            ),
            text_field(Insurer, "phone", tr("Phone"), kind="phone"),
            text_field(Insurer, "email", tr("Email")),
            Field("active", tr("Active: pays for patients"), "check", span=2),
        )
    )
