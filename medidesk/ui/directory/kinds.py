"""Which rows, columns, form and verbs belong to each kind of entry in the directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from medidesk.models.directory import OrganisationKind, StaffKind
from medidesk.repositories import directory
from medidesk.repositories.directory import NamedRow, OrganisationRow, StaffRow
from medidesk.repositories.verbs import Verb
from medidesk.ui.directory import forms
from medidesk.ui.directory.forms import Places
from medidesk.ui.directory.words import branch_words, staff_words
from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.form import FormSpec
from medidesk.ui.kit.table import Column
from medidesk.words import counted, tr


@dataclass(frozen=True)
class Kind:
    """One kind of entry.

    Attributes:
        name: in drafts' keys.
        table: the table that holds them.
        label: what they are called together.
        icon: a Lucide name.
        new_title: over the panel of a new one, and on the button.
        rows: the query of all of them.
        columns: of the list.
        searched: the words of a row that a search finds.
        spec: its form, by what there is to choose from, the entry's own values (none for a new one) and its branch.
        empty: what a new one holds.
        add, edit, remove: the verbs; an entry that nobody removes has no third.
        removed: what the toast says.
    """

    name: str
    table: str
    label: str
    icon: str
    new_title: str
    rows: Callable[..., list[Any]]
    columns: tuple[Column, ...]
    searched: Callable[[Any], str]
    spec: Callable[[Places, Mapping[str, Any] | None, UUID], FormSpec]
    empty: Mapping[str, object]
    add: Verb
    edit: Verb
    remove: Verb | None = None
    removed: str = ""


def kinds() -> tuple[Kind, ...]:
    """Every kind, in the order of the page."""
    return (
        Kind(
            "staff",
            "staff",
            tr("Staff"),
            "users",
            tr("Add staff"),
            directory.staff,
            _staff_columns(),
            lambda row: (
                f"{row.name} {staff_words(row.kind)} {row.specialisation} {row.department} {row.org_name}"
            ),
            forms.staff,
            {"kind": StaffKind.DOCTOR, "specialisation_id": None, "department_id": None},
            directory.add_staff,
            directory.edit_staff,
            directory.remove_staff,
            tr("Taken off the staff"),
        ),
        Kind(
            "department",
            "department",
            tr("Departments"),
            "door-open",
            tr("Add a department"),
            directory.departments,
            _named_columns(tr("Department"), tr("Works there")),
            lambda row: f"{row.name} {row.org_name}",
            forms.department,
            {},
            directory.add_department,
            directory.edit_department,
            directory.remove_department,
            tr("Department removed"),
        ),
        Kind(
            "speciality",
            "specialisation",
            tr("Specialities"),
            "stethoscope",
            tr("Add a speciality"),
            directory.specialisations,
            _named_columns(tr("Speciality"), tr("Practised by")),
            lambda row: str(row.name),
            forms.speciality,
            {},
            directory.add_specialisation,
            directory.edit_specialisation,
            directory.remove_specialisation,
            tr("Speciality removed"),
        ),
        Kind(
            "branch",
            "organisation",
            tr("Branches"),
            "building-2",
            tr("Open a branch"),
            directory.organisations,
            _branch_columns(),
            lambda row: f"{row.name} {branch_words(row.kind)} {row.parent_name}",
            forms.organisation,
            {"kind": OrganisationKind.BRANCH},
            directory.add_organisation,
            directory.edit_organisation,
        ),
    )


def _staff_columns() -> tuple[Column, ...]:
    return (
        Column(tr("Name"), lambda row: row.name, 220, weight="semibold", kind="person", grow=3),
        Column(tr("Works as"), lambda row: staff_words(row.kind), 110, grow=1),
        Column(tr("Speciality"), lambda row: row.specialisation, 150, leaves=3, grow=2),
        Column(tr("Department"), lambda row: row.department, 150, leaves=4, grow=2),
        Column(tr("Branch"), lambda row: row.org_name, 150, leaves=1, grow=1),
        Column(tr("Account"), _login, 130, kind="chips", chips=_account, leaves=2),
    )


def _login(row: StaffRow) -> str:
    return row.login


def _account(row: StaffRow) -> tuple[ChipLook, ...]:
    if not row.login:
        return ()
    return (
        ChipLook(
            row.login, "success" if row.signs_in else "neutral", "user-check" if row.signs_in else "user-x"
        ),
    )


def _people(row: NamedRow) -> str:
    return counted(row.people, "{count} member of staff", "{count} members of staff") if row.people else ""


def _named_columns(title: str, people: str) -> tuple[Column, ...]:
    return (
        Column(title, lambda row: row.name, 240, weight="semibold", grow=3),
        Column(tr("Branch"), lambda row: row.org_name, 200, leaves=1, grow=2),
        Column(people, _people, 180, kind="figures", grow=1),
    )


def _branch_columns() -> tuple[Column, ...]:
    def place(row: OrganisationRow) -> str:
        return " · ".join(part for part in (row.country, row.timezone) if part)

    return (
        Column(tr("Name"), lambda row: row.name, 240, weight="semibold", grow=3),
        Column(tr("Kind"), lambda row: branch_words(row.kind), 110, grow=1),
        Column(tr("Belongs to"), lambda row: row.parent_name, 200, leaves=1, grow=2),
        Column(tr("Where"), place, 180, leaves=2, grow=1),
        Column(tr("Currency"), lambda row: row.currency, 90),
    )
