"""Keeping the directory: the verbs of whoever runs the clinic.

All are claims: a name that is taken, or a right that ended meanwhile, is told to whoever entered it.
"""

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.access import AccountState, UserAccount
from medidesk.models.base import Row
from medidesk.models.directory import Department, Organisation, OrganisationKind, Specialisation, Staff
from medidesk.models.search import fold
from medidesk.models.services import Service, ServicePrice
from medidesk.permissions import Need
from medidesk.repositories import checks, labels
from medidesk.repositories.directory import queries
from medidesk.repositories.directory.rows import NamedRow
from medidesk.repositories.people import display_name
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import counted, tr

AREA = "directory"
_CURRENCY = re.compile(r"[A-Z]{3}")


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.member)
def add_staff(work: Work, person: Mapping[str, Any]) -> UUID:
    """Write down somebody who works here: `kind`, names, `title`, `registration_no`, `specialisation_id`,
    `department_id`, `phone`, `email`, and `org_id`, the branch, where it is another than the author's.
    """
    values = _split(person)
    _check_kind_given(values[1])
    row = work.add(Staff(**values[0], **checks.require(Staff, values[1])))
    _check_places(work, row)
    work.describe(tr("{name} works here", name=display_name(row)), labels.shown(row.kind))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.member)
def edit_staff(work: Work, staff_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change what is written down of somebody."""
    row = work.get(Staff, staff_id)
    _change(row, changes)
    _check_places(work, row)
    work.describe(tr("{name}: entry changed", name=display_name(row)), _named(changes))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.member)
def remove_staff(work: Work, staff_id: UUID) -> UUID:
    """Somebody works here no more. What they did keeps their name.

    Raises:
        DomainError: they can still sign in.
    """
    row = work.get(Staff, staff_id)
    account = sa.select(UserAccount.login).where(
        UserAccount.staff_id == row.id,
        UserAccount.state == AccountState.APPROVED,
        UserAccount.deleted_at.is_(None),
    )
    if work.session.scalars(account).first() is not None:
        raise DomainError(
            tr("{name} can still sign in.", name=display_name(row)),
            tr("Suspend the account first, under People."),
        )
    row.deleted_at = dt.datetime.now(dt.UTC)
    work.describe(tr("{name} works here no more", name=display_name(row)))
    return row.id


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.department)
def add_department(work: Work, values: Mapping[str, Any]) -> UUID:
    """Open a department: `name`, and `org_id` where it is another branch than the author's."""
    row = _add_named(work, Department, values)
    work.describe(tr("Department added"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.department)
def edit_department(work: Work, department_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Give a department another name."""
    row = _rename(work, Department, department_id, changes)
    work.describe(tr("Department changed"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.department)
def remove_department(work: Work, department_id: UUID) -> UUID:
    """Close a department in which nobody works any more."""
    row = _remove_unused(work, Department, work.read(queries.department, department_id), department_id)
    work.describe(tr("Department removed"), row.name)
    return row.id


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.specialisation)
def add_specialisation(work: Work, values: Mapping[str, Any]) -> UUID:
    """Add a speciality: `name`, `visit_service_id` (what a visit is charged as), and `org_id` where it is another
    branch than the author's.
    """
    row = _add_named(work, Specialisation, values)
    _check_charged_as(work, row)
    work.describe(tr("Speciality added"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.specialisation)
def edit_specialisation(work: Work, specialisation_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Give a speciality another name, or charge its visits as something else."""
    row = _rename(work, Specialisation, specialisation_id, changes)
    _check_charged_as(work, row)
    work.describe(tr("Speciality changed"), row.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.specialisation)
def remove_specialisation(work: Work, specialisation_id: UUID) -> UUID:
    """Remove a speciality that nobody practises any more."""
    row = _remove_unused(
        work, Specialisation, work.read(queries.specialisation, specialisation_id), specialisation_id
    )
    work.describe(tr("Speciality removed"), row.name)
    return row.id


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.organisation)
def add_organisation(work: Work, values: Mapping[str, Any]) -> UUID:
    """Open a branch: `name`, `kind`, `parent_id` (what it belongs to), `timezone`, `currency`, `country`.

    What is not given is as it is where it belongs to.
    """
    given = dict(values)
    parent = work.get(Organisation, given.pop("parent_id"))
    given = {"timezone": parent.timezone, "currency": parent.currency, "country": parent.country} | given
    _check_kind_given(given)
    wanted = _checked_place(checks.require(Organisation, given))
    if wanted["kind"] is OrganisationKind.NETWORK:
        raise DomainError(
            tr("A network belongs to nothing else."), tr("Choose clinic, hospital or branch."), field="kind"
        )
    # A row belongs to what is above it, but for the root.
    row = work.add(Organisation(parent_id=parent.id, org_id=parent.id, **wanted))
    work.describe(tr("{name} opened", name=row.name), tr("belongs to {name}", name=parent.name))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.organisation)
def edit_organisation(work: Work, org_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change a branch's name, or where it is."""
    row = work.get(Organisation, org_id)
    wanted = _checked_place(checks.checked(Organisation, changes))
    kind = wanted.get("kind", row.kind)
    if (kind is OrganisationKind.NETWORK) != (row.kind is OrganisationKind.NETWORK):
        raise DomainError(
            tr("What is a network stays one, and nothing else becomes one."),
            tr("Leave it as it was."),
            field="kind",
        )
    if wanted.get("currency", row.currency) != row.currency:
        _refuse_priced(work, row)
    for name, value in wanted.items():
        setattr(row, name, value)
    work.describe(tr("{name}: entry changed", name=row.name), _named(changes))
    return row.id


def _refuse_priced(work: Work, branch: Organisation) -> None:
    """Prices say an amount, and the branch its currency: another one would make other prices of them."""
    priced = sa.select(ServicePrice.id).where(
        ServicePrice.org_id == branch.id, ServicePrice.deleted_at.is_(None)
    )
    if work.session.scalars(priced).first() is not None:
        raise DomainError(
            tr("{name} has prices in {currency}.", name=branch.name, currency=branch.currency),
            tr("It keeps that currency."),
            field="currency",
        )


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The branch that a new row belongs to, where one is given, and the rest."""
    rest = dict(values)
    org_id = rest.pop("org_id", None)
    return ({} if org_id is None else {"org_id": org_id}), rest


def _check_kind_given(values: Mapping[str, Any]) -> None:
    if not values.get("kind"):
        raise DomainError(
            tr("{field} is missing.", field=checks.label("kind")), tr("Choose one."), field="kind"
        )


def _change(row: Row, changes: Mapping[str, Any]) -> None:
    for name, value in checks.checked(type(row), changes).items():
        setattr(row, name, value)


def _named(changes: Mapping[str, Any]) -> str:
    return ", ".join(checks.label(name) for name in changes)


def _check_places(work: Work, row: Staff) -> None:
    """A department is one of their own branch's, and one that is there."""
    if row.department_id is not None:
        found = work.get(Department, row.department_id)
        if found.org_id != row.org_id:
            raise DomainError(
                tr("{name} is a department of another branch.", name=found.name),
                tr("Choose one of theirs."),
                field="department_id",
            )
    if row.specialisation_id is not None:
        work.get(Specialisation, row.specialisation_id)


def _check_charged_as(work: Work, row: Specialisation) -> None:
    """A visit is charged as a service that is there."""
    if row.visit_service_id is not None:
        work.get(Service, row.visit_service_id)


def _add_named[R: (Department, Specialisation)](work: Work, model: type[R], values: Mapping[str, Any]) -> R:
    where, rest = _split(values)
    row = model(**where, **checks.require(model, rest))
    _refuse_taken(work, model, where.get("org_id", work.org_id), row.name, None)
    return work.add(row)


def _rename[R: (Department, Specialisation)](
    work: Work, model: type[R], row_id: UUID, changes: Mapping[str, Any]
) -> R:
    row = work.get(model, row_id)
    _refuse_taken(work, model, row.org_id, checks.checked(model, changes).get("name", ""), row.id)
    _change(row, changes)
    return row


def _refuse_taken(
    work: Work, model: type[Department] | type[Specialisation], org_id: UUID, name: str, own: UUID | None
) -> None:
    """Names that differ in capitals or accents alone are one name to people."""
    known = sa.select(model.id, model.name).where(model.org_id == org_id, model.deleted_at.is_(None))
    for row_id, other in work.session.execute(known):
        if row_id != own and fold(other) == fold(name):
            raise DomainError(
                tr("“{name}” is there already.", name=labels.quoted(other)),
                tr("Choose another name."),
                field="name",
            )


def _remove_unused[R: (Department, Specialisation)](
    work: Work, model: type[R], shown: NamedRow | None, row_id: UUID
) -> R:
    row = work.get(model, row_id)
    if shown is not None and shown.people:
        raise DomainError(
            tr(
                "“{name}” stands with {people}.",
                name=row.name,
                people=counted(shown.people, "{count} member of staff", "{count} members of staff"),
            ),
            tr("Give them another first, or none."),
        )
    row.deleted_at = dt.datetime.now(dt.UTC)
    return row


@cache
def time_zones() -> frozenset[str]:
    """The time zones that this PC knows; hundreds of files are looked at for it."""
    return frozenset(available_timezones())


def _checked_place(values: dict[str, Any]) -> dict[str, Any]:
    if "currency" in values:
        values["currency"] = values["currency"].upper()
        if not _CURRENCY.fullmatch(values["currency"]):
            raise DomainError(
                tr("A currency is given by its three letters."),
                tr("Correct it, as in {example}.", example="EUR"),
                field="currency",
            )
    if "timezone" in values and values["timezone"] not in time_zones():
        raise DomainError(
            tr("“{text}” is no time zone.", text=labels.quoted(values["timezone"])),
            tr("Correct it, as in {example}.", example="Europe/Lisbon"),
            field="timezone",
        )
    return values
