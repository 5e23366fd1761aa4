"""Roles that change while people work."""

from uuid import UUID

import psycopg
from psycopg import sql

from tests.support.database import Clinic


def gets(admin: psycopg.Connection, login: str, role: str, org: UUID) -> None:
    """Somebody holds one more role in an organisation."""
    admin.execute(
        "select approve_account(login, null, staff_id, %s, %s) from user_account where login = %s",
        (role, org, login),
    )


def loses(admin: psycopg.Connection, login: str, role: str) -> None:
    """Somebody no longer holds a role."""
    with admin.transaction():
        admin.execute("set local role medidesk_owner")
        admin.execute(
            sql.SQL("revoke {} from {}").format(sql.Identifier(f"medidesk_{role}"), sql.Identifier(login))
        )
        admin.execute("reset role")
        admin.execute(
            "update user_role set deleted_at = now() where deleted_at is null and role = %s "
            "and user_account_id = (select id from user_account where login = %s)",
            (role, login),
        )


def becomes(clinic: Clinic, login: str, role: str, instead_of: str) -> None:
    """Somebody gets another role in place of their own."""
    with clinic.admin() as admin, admin.transaction():
        gets(admin, login, role, clinic.org_id)
        loses(admin, login, instead_of)
