"""Roles that change while people work."""

from psycopg import sql

from tests.support.database import Clinic


def becomes(clinic: Clinic, login: str, role: str, instead_of: str) -> None:
    """Somebody gets another role in place of their own."""
    with clinic.admin() as admin, admin.transaction():
        admin.execute(
            "select approve_account(login, null, staff_id, %s, %s) from user_account where login = %s",
            (role, clinic.org_id, login),
        )
        admin.execute("set local role medidesk_owner")
        admin.execute(
            sql.SQL("revoke {} from {}").format(
                sql.Identifier(f"medidesk_{instead_of}"), sql.Identifier(login)
            )
        )
        admin.execute("reset role")
        admin.execute(
            "update user_role set deleted_at = now() where deleted_at is null and role = %s "
            "and user_account_id = (select id from user_account where login = %s)",
            (instead_of, login),
        )
