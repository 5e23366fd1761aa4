"""What a login can do over a raw connection, tried on every table, to be held against the matrix."""

from collections.abc import Mapping
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from medidesk.models import synchronised
from medidesk.models.base import table_of, writable_columns
from medidesk.permissions import Need
from tests.support.database import Clinic
from tests.support.raw_rows import CHANGES, insert, samples

type Areas = Mapping[str, frozenset[Need]]
AREAS = {model.__tablename__: model.__rules__.area for model in synchronised()}

STAYS = "MD005"
"""What the guard of a row says of a change that its right would allow."""


def clinic_rows(clinic: Clinic) -> dict[str, UUID]:
    """One row in every table, and its id."""
    admin = clinic.admin()
    patient = insert(admin, "patient", {"org_id": clinic.org_id, "family_name": "First"})
    other = insert(admin, "patient", {"org_id": clinic.org_id, "family_name": "Second"})
    staff = insert(admin, "staff", {"org_id": clinic.org_id, "kind": "other", "family_name": "Third"})
    return {table: insert(admin, table, row) for table, row in samples(clinic, patient, other, staff).items()}


def allowed(connection: psycopg.Connection, statement: sql.Composed, values: list[object]) -> bool:
    """Whether a statement reaches a row; whatever it did is undone."""
    try:
        with connection.transaction(force_rollback=True):
            return connection.execute(statement, values).rowcount == 1
    except psycopg.errors.InsufficientPrivilege:
        return False


def what_it_can(
    clinic: Clinic, connection: psycopg.Connection, ids: dict[str, UUID]
) -> dict[tuple[str, str], bool]:
    """Table and verb: whether whoever is connected reaches a row of its own branch so."""
    patient = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Another"})
    fresh = samples(clinic, ids["patient"], patient, ids["staff"], login="yusuf")
    can = {}
    for table, row_id in ids.items():
        name, (column, value) = sql.Identifier(table), CHANGES[table]
        new = {"id": uuid4(), **fresh[table]}
        columns = sql.SQL(", ").join(map(sql.Identifier, new))
        marks = sql.SQL(", ").join(sql.Placeholder() * len(new))
        can[table, "select"] = allowed(
            connection, sql.SQL("select * from {} where id = %s").format(name), [row_id]
        )
        can[table, "insert"] = allowed(
            connection,
            sql.SQL("insert into {} ({}) values ({})").format(name, columns, marks),
            [*new.values()],
        )
        # Without a WHERE: one would ask for the right to read as well.
        can[table, "update"] = _reaches(
            connection, sql.SQL("update {} set {} = %s").format(name, sql.Identifier(column)), [value]
        )
        can[table, "delete"] = _reaches(connection, sql.SQL("delete from {}").format(name), [])
    return can


def _reaches(connection: psycopg.Connection, statement: sql.Composed, values: list[object]) -> bool:
    try:
        with connection.transaction(force_rollback=True):
            return connection.execute(statement, values).rowcount >= 1
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.errors.UniqueViolation:
        return True  # it would have changed every row to the same
    except psycopg.DatabaseError as error:
        if error.sqlstate != STAYS:
            raise
        return True  # it came as far as a row that stays as it is, such as an invoice that was issued


def what_it_should(areas: Areas) -> dict[tuple[str, str], bool]:
    """The same as `what_it_can`, of the rights."""
    wanted = {}
    for table, area in AREAS.items():
        needs = areas.get(area, frozenset())
        wanted[table, "select"] = Need.READ in needs
        wanted[table, "insert"] = Need.ADD in needs
        wanted[table, "update"] = Need.CHANGE in needs
        wanted[table, "delete"] = False
    return wanted


def denied(connection: psycopg.Connection, statement: sql.Composed) -> bool:
    """Whether the grants stand against a statement that would write no row; policies are asked of rows alone."""
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def wrong_columns(connection: psycopg.Connection, areas: Areas) -> list[str]:
    """Statements that write one column, and that the grants let through against the rights, or the reverse."""
    update = sql.SQL("update {} set {} = null where false")
    insert_none = sql.SQL("insert into {} ({}) select null where false")
    wrong = []
    for model in synchronised():
        needs = areas.get(model.__rules__.area, frozenset())
        own = set(writable_columns(model))
        changeable = own - {"id", "org_id"} - model.__rules__.fixed
        for column in [one.name for one in table_of(model).columns]:
            names = sql.Identifier(model.__tablename__), sql.Identifier(column)
            for statement, may in (
                (insert_none.format(*names), Need.ADD in needs and column in own),
                (update.format(*names), Need.CHANGE in needs and column in changeable),
            ):
                if denied(connection, statement) is may:
                    wrong.append(statement.as_string(connection))
    return wrong
