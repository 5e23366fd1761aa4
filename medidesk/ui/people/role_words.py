"""What a role includes, in words, and the form of a clinic's own."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from medidesk.permissions import OWN_AREAS, Levels, Need, areas_of
from medidesk.repositories.labels import NOTHING, level
from medidesk.repositories.people import RoleRow
from medidesk.ui.kit.form import Field, FormSpec
from medidesk.words import counted, tr


def level_words(area: str, row: RoleRow) -> str:
    """How far a role goes in an area."""
    needs = areas_of(row.name, row.levels).get(area, frozenset())
    most = max(needs, key=list(Need).index, default=None)
    return NOTHING if most is None else level(most)


def holders_words(row: RoleRow) -> str:
    """How many people hold a role."""
    return counted(row.holders, "{count} person", "{count} people") if row.holders else tr("Nobody")


def role_form(branches: list[tuple[UUID, str]], *, is_new: bool) -> FormSpec:
    """The fields of a clinic's own role.

    Args:
        branches: to which a new one may belong; where there is one, nobody is asked.
        is_new: whether there is none yet.
    """
    fields = [
        Field("label", tr("Name of the role"), required=True, max_length=80, span=2),
        _choice(
            "demographics", tr("Patients: names, numbers, addresses, next of kin"), tr("Does not see them")
        ),
        _choice("clinical", tr("Allergies and problems"), tr("Does not see them")),
        _choice("appointments", tr("Appointments: who comes when, and to whom"), tr("Does not see them")),
        _choice("billing", tr("Bills and money: invoices, payments, drawers"), tr("Does not see them")),
        _choice("approvals", tr("Discounts, and approving refunds"), tr("Does not see them")),
        Field(
            "directory",
            tr("The clinic: staff, duty hours, services, prices"),
            "choice",
            required=True,
            choices=(
                (Need.READ, tr("Reads, as everybody does")),
                (Need.CHANGE, tr("Reads, adds and changes")),
            ),
            span=2,
        ),
    ]
    if is_new and len(branches) > 1:
        fields.append(
            Field("org_id", tr("Can be held in"), "choice", required=True, choices=tuple(branches), span=2,
                  help=tr("and in what belongs to it"))
        )  # fmt: skip
    return FormSpec(tuple(fields))


def values_of(row: RoleRow | None, org_id: UUID) -> dict[str, object]:
    """What the form shows of a role; of a new one, what most roles have."""
    levels: Levels = {"demographics": Need.READ} if row is None else row.levels or {}
    return {
        "label": "" if row is None else row.label,
        "demographics": levels.get("demographics", ""),
        "clinical": levels.get("clinical", ""),
        "appointments": levels.get("appointments", ""),
        "billing": levels.get("billing", ""),
        "approvals": levels.get("approvals", ""),
        "directory": levels.get("directory", Need.READ),
        "org_id": org_id,
    }


def levels_from(values: Mapping[str, object]) -> Levels:
    """How far the role goes that the form describes."""
    said = {area: Need(str(values[area])) for area in OWN_AREAS if values[area]}
    if said["directory"] is Need.READ:
        del said["directory"]  # as everybody
    return said


def _choice(area: str, label: str, nothing: str) -> Field:
    levels = (
        ("", nothing),
        (Need.READ, tr("Reads")),
        (Need.ADD, tr("Reads and adds")),
        (Need.CHANGE, tr("Reads, adds and changes")),
    )
    return Field(area, label, "choice", required=True, choices=levels, span=2)
