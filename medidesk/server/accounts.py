"""A clinic's first rows and its people: what an administrator's connection sets up before anyone can sign in.

Everything here may be repeated: what is there already is found and kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

import psycopg
from psycopg import sql

from medidesk.models.directory import OrganisationKind, StaffKind
from medidesk.models.types import new_id
from medidesk.permissions import ROLES
from medidesk.server.scram import scram_verifier

__all__ = ["EMPLOYED_AS", "ClinicIds", "add_person", "found_clinic", "scram_verifier"]

# What somebody who is given a role is employed as, unless told.
EMPLOYED_AS: Mapping[str, StaffKind] = MappingProxyType(
    {
        "doctor": StaffKind.DOCTOR,
        "nurse": StaffKind.NURSE,
        "pharmacist": StaffKind.PHARMACIST,
        "receptionist": StaffKind.RECEPTION,
        "cashier": StaffKind.CASHIER,
        "lab_technician": StaffKind.TECHNICIAN,
        "manager": StaffKind.MANAGER,
    }
)


@dataclass(frozen=True)
class ClinicIds:
    """The rows that a clinic begins with.

    Attributes:
        network: the root organisation.
        clinic: the clinic below it, where patients and people belong.
        departments, specialisations: ids by name.
    """

    network: UUID
    clinic: UUID
    departments: Mapping[str, UUID]
    specialisations: Mapping[str, UUID]


def found_clinic(
    connection: psycopg.Connection,
    name: str,
    *,
    network: str | None = None,
    timezone: str = "UTC",
    currency: str = "EUR",
    country: str = "",
    departments: Iterable[str] = (),
    specialisations: Iterable[str] = (),
) -> ClinicIds:
    """Give an empty database its organisations, roles, departments and specialisations.

    Args:
        connection: a superuser's (see `migrate.connect`): nobody holds a role yet who could.
        name: the clinic's name.
        network: the name of the network of branches it belongs to; its own unless told.
        timezone: IANA name, for the network and the clinic.
        currency: ISO 4217 code.
        country: ISO 3166 code of two letters, or nothing.
        departments: names of the clinic's departments.
        specialisations: names of medical specialities.
    """
    place = {"timezone": timezone, "currency": currency, "country": country}
    with connection.transaction():
        # Two programs that found a clinic at once find, the second one, the first one's.
        connection.execute("lock table server_identity in share row exclusive mode")
        root = _organisation(connection, None, OrganisationKind.NETWORK, network or name, place)
        clinic = _organisation(connection, root, OrganisationKind.CLINIC, name, place)
        for role, label in ROLES.items():
            connection.execute(
                "insert into role (id, org_id, name, label) values (%s, %s, %s, %s) "
                "on conflict (name) do nothing",
                (new_id(), root, role, label),
            )
        return ClinicIds(
            network=root,
            clinic=clinic,
            departments={one: _named(connection, "department", clinic, one) for one in departments},
            specialisations={
                one: _named(connection, "specialisation", clinic, one) for one in specialisations
            },
        )


def _organisation(
    connection: psycopg.Connection,
    parent: UUID | None,
    kind: OrganisationKind,
    name: str,
    place: Mapping[str, str],
) -> UUID:
    known = connection.execute(
        "select id from organisation "
        "where parent_id is not distinct from %s and name = %s and deleted_at is null",
        (parent, name),
    ).fetchone()
    if known is not None:
        found: UUID = known[0]
        return found
    made = new_id()
    connection.execute(
        "insert into organisation (id, org_id, parent_id, kind, name, timezone, currency, country) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (made, parent or made, parent, kind, name, place["timezone"], place["currency"], place["country"]),
    )
    return made


def _named(connection: psycopg.Connection, table: str, org: UUID, name: str) -> UUID:
    target = sql.Identifier(table)
    known = connection.execute(
        sql.SQL("select id from {} where org_id = %s and name = %s and deleted_at is null").format(target),
        (org, name),
    ).fetchone()
    if known is not None:
        found: UUID = known[0]
        return found
    made = new_id()
    connection.execute(
        sql.SQL("insert into {} (id, org_id, name) values (%s, %s, %s)").format(target), (made, org, name)
    )
    return made


def add_person(
    connection: psycopg.Connection,
    login: str,
    password: str,
    *,
    role: str,
    family_name: str,
    org: UUID,
    given_name: str = "",
    title: str = "",
    department: UUID | None = None,
    specialisation: UUID | None = None,
) -> UUID:
    """Make a member of staff who can sign in, or give one who already can a further role.

    Args:
        connection: an administrator's that may write, or a superuser's.
        login: the user name: lower-case letters, digits, dot, dash and underscore.
        password: leaves this PC only as a SCRAM verifier; ignored for a login that is there already.
        role: one of `permissions.ROLES`.
        family_name: as on a badge, like `given_name` and `title` ("Dr").
        org: where the role is held, and everything below it.
        given_name: may be empty.
        title: may be empty.
        department: where they work.
        specialisation: of a doctor.

    Returns:
        The account's id.

    Raises:
        psycopg.errors.InsufficientPrivilege: the connection is not an administrator's.
        psycopg.Error: SQLSTATE MD005 with a sentence, for a login or role that cannot be.
    """
    with connection.transaction():
        known = connection.execute("select staff_id from user_account where login = %s", (login,)).fetchone()
        if known is None:
            staff, verifier = new_id(), scram_verifier(password)
            connection.execute(
                "insert into staff (id, org_id, kind, title, family_name, given_name, department_id, "
                "specialisation_id) values (%s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    *(staff, org, EMPLOYED_AS.get(role, StaffKind.OTHER)),
                    *(title, family_name, given_name, department, specialisation),
                ),
            )
        else:
            staff, verifier = known[0], None
        answer = connection.execute(
            "select approve_account(%s, %s, %s, %s, %s)", (login, verifier, staff, role, org)
        ).fetchone()
    if answer is None:
        msg = "approve_account gave no account"
        raise RuntimeError(msg)
    account: UUID = answer[0]
    return account
