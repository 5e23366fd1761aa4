"""Keeping insurers: the verbs of whoever runs the clinic. All are claims, as those of the directory."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from medidesk.errors import DomainError
from medidesk.models.directory import Organisation
from medidesk.models.insurance import Insurer
from medidesk.models.services import PriceList
from medidesk.permissions import Need
from medidesk.repositories import amounts, checks, labels
from medidesk.repositories.insurance import queries
from medidesk.repositories.naming import refuse_taken_name
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import counted, tr

AREA = "directory"


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.insurer)
def add_insurer(work: Work, values: Mapping[str, Any]) -> UUID:
    """Add an insurer.

    Args:
        work: the unit of work.
        values: `name`, `payer_code`, `price_list_id` (the branch's own prices unless given), `copay` (what its
            patients usually pay themselves, in per cent, as it is typed), `phone`, `email`, `active`, and `org_id`
            where it is another branch than the author's.
    """
    given = dict(values)
    org_id = work.see(Organisation, given.pop("org_id", None) or work.org_id).id
    row = Insurer(org_id=org_id, **checks.require(Insurer, _plain(given)), **copay_of(given))
    _check_price_list(work, row.price_list_id)
    refuse_taken_name(work, Insurer, row.org_id, row.name, row.id)
    work.add(row)
    work.describe(tr("Insurer added"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.insurer)
def edit_insurer(work: Work, insurer_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change what is written down of an insurer, also that it does not pay any more (`active`)."""
    row = work.get(Insurer, insurer_id)
    wanted = checks.checked(Insurer, _plain(changes)) | copay_of(changes)
    with work.session.no_autoflush:
        for name, value in wanted.items():
            setattr(row, name, value)
        if "price_list_id" in wanted:
            _check_price_list(work, row.price_list_id)
        refuse_taken_name(work, Insurer, row.org_id, row.name, row.id)
    named = ", ".join(labels.field_label(Insurer.__tablename__, name) for name in wanted)
    work.describe(tr("{name}: insurer changed", name=row.name), named)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.insurer)
def remove_insurer(work: Work, insurer_id: UUID) -> UUID:
    """Remove an insurer that nobody is insured with; one that does not pay any more is made inactive."""
    row, shown = work.get(Insurer, insurer_id), work.read(queries.insurer, insurer_id)
    if shown is not None and shown.policies:
        raise DomainError(
            tr("“{name}” stands in {policies}.", name=row.name,
               policies=counted(shown.policies, "{count} policy of a patient", "{count} policies of patients")),
            tr("Say that it is not active instead: then it pays for nobody any more."),
        )  # fmt: skip
    row.deleted_at = dt.datetime.now(dt.UTC)
    work.describe(tr("Insurer removed"), row.name)
    return row.id


def copay_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The co-pay among what was typed, as the column holds it; nothing where it is not there."""
    return {"copay_percent": amounts.parse_percent(given["copay"], field="copay")} if "copay" in given else {}


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "copay"}


def _check_price_list(work: Work, list_id: UUID | None) -> None:
    """It pays by a list that is there."""
    if list_id is not None:
        work.get(PriceList, list_id)
