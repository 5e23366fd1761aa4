"""What a clinic has set: a setting holds where it is set and below, and the nearest one up the tree counts."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from medidesk.errors import DomainError
from medidesk.models.base import table_of
from medidesk.models.directory import Organisation
from medidesk.models.settings import BOUNDS, Setting, SettingName
from medidesk.permissions import Need
from medidesk.repositories import labels
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

AREA = "directory"
_setting, _org = table_of(Setting), table_of(Organisation)
_LIVE = sa.select(
    _setting.c.org_id, _setting.c.name, _setting.c.value, _setting.c.id, _setting.c.updated_by
).where(_setting.c.deleted_at.is_(None))
_ORGANISATIONS = sa.select(_org.c.id, _org.c.parent_id, _org.c.name, _org.c.currency).where(
    _org.c.deleted_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class SettingRow:
    """What holds in a branch.

    Attributes:
        id: of this setting in this branch, whether it is set there or not.
        setting: which.
        value: what holds; None for nothing.
        source_id, source_name: the branch in which that is set; None and "" where it is the program's default.
        row_id: the row of the table, where it is set in this very branch.
        updated_by: the account that set it.
        currency: of the branch, for what is an amount.
    """

    id: UUID
    org_id: UUID
    org_name: str
    setting: SettingName
    value: int | None
    source_id: UUID | None
    source_name: str
    row_id: UUID | None
    updated_by: UUID | None
    currency: str

    @property
    def name(self) -> str:
        """What people call it."""
        return labels.setting(self.setting)


# Reading


def value_of(session: Session, name: SettingName, org_id: UUID) -> int | None:
    """What holds in a branch; None where that is nothing."""
    found = {row.org_id: row.value for row in session.execute(_LIVE.where(_setting.c.name == name))}
    return nearest(name, found, way_up(session, org_id))


def nearest(name: SettingName, found: Mapping[UUID, object], way: list[UUID]) -> int | None:
    """The value that counts: the first on the way up, and the program's default without one.

    Args:
        name: which setting.
        found: by organisation; what is none of its values counts as not set.
        way: a branch and what it belongs to, the nearest first.
    """
    for org_id in way:
        value = found.get(org_id)
        if isinstance(value, int) and BOUNDS[name].holds(value):
            return value
    return BOUNDS[name].default


def way_up(session: Session, org_id: UUID) -> list[UUID]:
    """A branch and what it belongs to, the nearest first."""
    return _way(org_id, {row.id: row.parent_id for row in session.execute(_ORGANISATIONS)})


def overview(session: Session, own: UUID) -> list[SettingRow]:
    """Every setting as it holds in one's own branch, and beneath wherever else it is set."""
    return [row for row in _everywhere(session) if row.org_id == own or row.row_id is not None]


def place(session: Session, place_id: UUID) -> SettingRow | None:
    """A setting in a branch, by the `id` of its row."""
    return next((row for row in _everywhere(session) if row.id == place_id), None)


def set_there(session: Session, row_id: UUID) -> SettingRow | None:
    """The same by the row of the table."""
    return next((row for row in _everywhere(session) if row.row_id == row_id), None)


def _everywhere(session: Session) -> list[SettingRow]:
    """Each setting in each branch: by setting, then the branch above before those below it."""
    branches = {row.id: row for row in session.execute(_ORGANISATIONS)}
    parents = {one: row.parent_id for one, row in branches.items()}
    ways = {one: _way(one, parents) for one in branches}
    live = {(row.name, row.org_id): row for row in session.execute(_LIVE)}
    order = sorted(branches, key=lambda one: (len(ways[one]), branches[one].name.casefold(), one))
    rows = []
    for name in SettingName:
        found = {org_id: row.value for (of, org_id), row in live.items() if of is name}
        for one in order:
            here = live.get((name, one))
            source = next((org_id for org_id in ways[one] if org_id in found), None)
            rows.append(
                SettingRow(
                    id=uuid5(one, name),
                    org_id=one,
                    org_name=branches[one].name,
                    setting=name,
                    value=nearest(name, found, ways[one]),
                    source_id=source,
                    source_name=branches[source].name if source in branches else "",
                    row_id=None if here is None else here.id,
                    updated_by=None if here is None else here.updated_by,
                    currency=branches[one].currency,
                )
            )
    return rows


def _way(org_id: UUID, parents: Mapping[UUID, UUID | None]) -> list[UUID]:
    way: list[UUID] = []
    at: UUID | None = org_id
    while at is not None and at not in way:
        way.append(at)
        at = parents.get(at)
    return way


# Changing: claims, since two administrators may set one thing, and a right may have ended meanwhile


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=set_there)
def change(work: Work, name: SettingName, value: int | None, org_id: UUID | None = None) -> UUID:
    """Set something in a branch, the author's own unless another is given, and for all below it.

    Raises:
        DomainError: nothing is given, or a value that it does not take.
    """
    value = _checked(name, value)
    branch = work.see(Organisation, org_id or work.org_id)
    row = _set_in(work, name, branch.id)
    if row is None:
        row = work.add(Setting(org_id=branch.id, name=name, value=value))
    else:
        row.value = value
    work.describe(f"{labels.setting(name)}: {labels.setting_value(name, value)}", branch.name)
    return row.id


@verb(AREA, Need.CHANGE, Kind.CLAIM, shows=set_there)
def reset(work: Work, name: SettingName, org_id: UUID | None = None) -> UUID:
    """Set something in a branch no longer: what is set above it holds again, or the program's default.

    Raises:
        DomainError: it is not set there.
    """
    branch = work.see(Organisation, org_id or work.org_id)
    row = _set_in(work, name, branch.id)
    if row is None:
        raise DomainError(
            tr(
                "{setting}: this is not set in {branch} any more.",
                setting=labels.setting(name),
                branch=branch.name,
            ),
            tr("Look at the list again: somebody else may have been quicker."),
        )
    row.deleted_at = dt.datetime.now(dt.UTC)
    work.describe(tr("{setting}: no longer set", setting=labels.setting(name)), branch.name)
    return row.id


def _set_in(work: Work, name: SettingName, org_id: UUID) -> Setting | None:
    here = sa.select(Setting.id).where(
        Setting.org_id == org_id, Setting.name == name, Setting.deleted_at.is_(None)
    )
    row_id = work.session.scalars(here).first()
    return None if row_id is None else work.get(Setting, row_id)


def _checked(name: SettingName, value: int | None) -> int:
    if value is None:
        raise DomainError(
            tr("It is not said what it is set to."),
            tr("Fill it in, or close this to leave everything as it is."),
            field="value",
        )
    bounds = BOUNDS[name]
    if not bounds.holds(value):
        raise DomainError(
            tr(
                "{setting}: {least} at least, {most} at most.",
                setting=labels.setting(name),
                least=labels.setting_value(name, bounds.least),
                most=labels.setting_value(name, bounds.most),
            ),
            tr("Choose something between them."),
            field="value",
        )
    return value
