"""The base of every synchronised table, and the rules that are declared beside a model.

Whatever must hold for *every* table (versions, audit, grants, policies, replication, merging) is attached
from these declarations by one mechanism: `medidesk.server.schema` on PostgreSQL, `medidesk.sync.replica` on
a station. A conformance test finds a table without them.
"""

import datetime as dt
import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from medidesk.models.replica_type import ReplicaType
from medidesk.models.types import Id, Instant, Whole, new_id

NAMING = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}

# Set by the server on every row; a station never sends them.
SERVER_COLUMNS = frozenset({"version", "created_at", "created_by", "updated_at", "updated_by"})

SINCE_SCHEMA = "since_schema"
"""In a column's `info`: the schema that brought it to a table that there was. Servers of older ones lack it."""


class Visibility(enum.StrEnum):
    """Who sees a row, beside the role that may read its table."""

    NETWORK = "network"  # everyone in the same network of branches
    SUBTREE = "subtree"  # those who hold a role in the row's organisation or above it


class Scope(enum.StrEnum):
    """How much of a table a station holds, where it is all or nothing."""

    ALL = "all"
    NONE = "none"  # bytes and restricted records: asked of the server when needed


@dataclass(frozen=True, slots=True)
class LastDays:
    """A station holds what is recent: rows whose column lies within so many days, or that have no such day yet.

    Older rows of a patient come with their pinned file.

    Attributes:
        column: a day or an instant, such as when something ended; a row without one is still going on.
        days: how many days back a station holds.
    """

    column: str
    days: int


@dataclass(frozen=True, slots=True)
class Merge:
    """What happens when two stations changed the same row.

    Fields of one group belong together (dose and frequency, street and city): a group changed on both
    sides is a conflict that a person decides. Fields in no group form one more group of their own each
    when `independent`, or one atomic rest when not.

    Attributes:
        independent: each field outside `groups` merges by itself.
        groups: fields that only make sense together.
    """

    independent: bool = False
    groups: tuple[tuple[str, ...], ...] = ()

    def group_of(self, name: str, all_names: tuple[str, ...]) -> tuple[str, ...]:
        """The fields that belong with `name`, itself included."""
        for group in self.groups:
            if name in group:
                return group
        if self.independent:
            return (name,)
        grouped = {member for group in self.groups for member in group}
        return tuple(other for other in all_names if other not in grouped)


ATOMIC = Merge()
INDEPENDENT = Merge(independent=True)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is declared once for a table and attached everywhere.

    Attributes:
        area: the permission area of `medidesk.permissions` that its rights come from.
        visibility: who sees a row.
        changed_within: who of those that may change the table may change a row they see.
        scope: what a station replicates of it.
        merge: the merge policy.
        computed: columns that only the server's triggers set.
        fixed: columns that stay as the row was made with them; only administration's functions change them.
        unaudited: columns whose contents the audit trail names but does not keep (bytes).
        first: place in the first sync; lower comes earlier.
        closed_with: the column that names a patient: while that file is restricted, the row is closed to whoever
            has not said why they need it.
    """

    area: str
    visibility: Visibility = Visibility.SUBTREE
    changed_within: Visibility = Visibility.SUBTREE
    scope: Scope | LastDays = Scope.ALL
    merge: Merge = ATOMIC
    computed: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    unaudited: frozenset[str] = frozenset()
    first: int = 50
    closed_with: str = ""


class Base(DeclarativeBase):
    """The registry of all tables."""

    metadata = sa.MetaData(naming_convention=NAMING)


class Row(Base):
    """A synchronised row: named by the station that made it, versioned and stamped by the server."""

    __abstract__ = True
    __rules__: ClassVar[Rules]

    id: Mapped[UUID] = mapped_column(Id, primary_key=True, default=new_id, sort_order=-20)
    org_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("organisation.id"), index=True, sort_order=-19)
    version: Mapped[int] = mapped_column(Whole, server_default="1", default=0, sort_order=90)
    created_at: Mapped[dt.datetime] = mapped_column(Instant, server_default=sa.func.now(), sort_order=91)
    created_by: Mapped[UUID | None] = mapped_column(Id, sort_order=92)
    updated_at: Mapped[dt.datetime] = mapped_column(Instant, server_default=sa.func.now(), sort_order=93)
    updated_by: Mapped[UUID | None] = mapped_column(Id, sort_order=94)
    deleted_at: Mapped[dt.datetime | None] = mapped_column(Instant, sort_order=95)

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 (SQLAlchemy hands the class)
        """`PatientAlert` lives in `patient_alert`."""
        name = cls.__name__
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


@sa.event.listens_for(sa.Table, "after_parent_attach")
def _check_columns(table: sa.Table, _: sa.MetaData) -> None:
    """Hold every column that people write to what its type can hold everywhere, by a CHECK of its own."""
    for column in table.columns:
        if isinstance(column.type, ReplicaType) and column.name not in SERVER_COLUMNS:
            check = column.type.check(column.name)
            if check:
                held = sa.CheckConstraint(check, name=column.name).ddl_if(dialect="postgresql")
                table.append_constraint(held)


def synchronised() -> Iterator[type[Row]]:
    """Every synchronised model, in the order of the first sync."""
    found = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Row)]
    return iter(sorted(found, key=lambda model: (model.__rules__.first, model.__tablename__)))


def table_of(model: type[Row]) -> sa.Table:
    """The table of a model."""
    table = model.__table__
    if not isinstance(table, sa.Table):
        msg = f"{model.__name__} is not mapped to a table"
        raise TypeError(msg)
    return table


def writable_columns(model: type[Row]) -> tuple[str, ...]:
    """Columns that people may set, and operations carry; the others are the server's."""
    ours = SERVER_COLUMNS | model.__rules__.computed
    return tuple(column.name for column in table_of(model).columns if column.name not in ours)


def replica_type(column: sa.Column[Any]) -> ReplicaType:
    """The column's type; every synchronised column has one of ours."""
    if not isinstance(column.type, ReplicaType):
        msg = f"{column} is not of a type that a replica can hold"
        raise TypeError(msg)
    return column.type


def span_forward(starts: str = "starts_at", ends: str = "ends_at") -> sa.CheckConstraint:
    """A span of time ends after it starts (an open end is allowed)."""
    return sa.CheckConstraint(f"{ends} is null or {ends} > {starts}", name=f"{ends}_after_{starts}")


def no_overlap(
    name: str, *same: str, where: str, starts: str = "starts_at", ends: str = "ends_at"
) -> ExcludeConstraint:
    """The PostgreSQL exclusion constraint that keeps spans of one `same` from overlapping.

    A span is two columns, so that the model lives in SQLite; the range exists only in the constraint.
    """
    return ExcludeConstraint(
        *((column, "=") for column in same),
        (sa.text(f"tstzrange({starts}, {ends})"), "&&"),
        name=name,
        using="gist",
        where=sa.text(where),
    )
