"""Keeping staff and branches: the verbs of whoever runs the clinic.

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
from medidesk.models.directory import Department, Organisation, OrganisationKind, Room, Specialisation, Staff
from medidesk.models.services import ServicePrice
from medidesk.permissions import Need
from medidesk.repositories import checks, labels
from medidesk.repositories.directory import queries
from medidesk.repositories.directory.named import AREA, change, split
from medidesk.repositories.people import display_name
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

_CURRENCY = re.compile(r"[A-Z]{3}")


@verb(AREA, Need.ADD, Kind.CLAIM, shows=queries.member)
def add_staff(work: Work, person: Mapping[str, Any]) -> UUID:
    """Write down somebody who works here: `kind`, names, `title`, `registration_no`, `specialisation_id`,
    `department_id`, `room_id` (their usual one), `phone`, `email`, and `org_id`, the branch, where it is another
    than the author's.
    """
    values = split(person)
    _check_kind_given(values[1])
    row = work.add(Staff(**values[0], **checks.require(Staff, values[1])))
    _check_places(work, row)
    work.describe(tr("{name} works here", name=display_name(row)), labels.shown(row.kind))
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=queries.member)
def edit_staff(work: Work, staff_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change what is written down of somebody."""
    row = work.get(Staff, staff_id)
    change(row, changes)
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


def _check_kind_given(values: Mapping[str, Any]) -> None:
    if not values.get("kind"):
        raise DomainError(
            tr("{field} is missing.", field=checks.label("kind")), tr("Choose one."), field="kind"
        )


def _named(changes: Mapping[str, Any]) -> str:
    return ", ".join(checks.label(name) for name in changes)


def _check_places(work: Work, row: Staff) -> None:
    """A department and a room are their own branch's, and are there."""
    if row.department_id is not None:
        found = work.get(Department, row.department_id)
        if found.org_id != row.org_id:
            raise DomainError(
                tr("{name} is a department of another branch.", name=found.name),
                tr("Choose one of theirs."),
                field="department_id",
            )
    if row.room_id is not None:
        room = work.get(Room, row.room_id)
        if room.org_id != row.org_id:
            raise DomainError(
                tr("{name} is a room of another branch.", name=room.name),
                tr("Choose one of theirs."),
                field="room_id",
            )
    if row.specialisation_id is not None:
        work.get(Specialisation, row.specialisation_id)


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
