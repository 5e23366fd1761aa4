"""What administrators change meanwhile: roles, branches, accounts."""

from random import Random
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from tests.faults.harness.faults import End, NotNowError, fault
from tests.faults.harness.plan import WORKERS
from tests.support.database import PEOPLE
from tests.support.roles import gets, loses

if TYPE_CHECKING:
    from tests.faults.harness.desk import Desk
    from tests.faults.harness.world import World

_ACCOUNTS = ("role_given", "role_changed", "moved_to_a_branch", "suspended")
"""One at a time: each puts back what it found."""
_OTHERS = ("receptionist", "nurse", "pharmacist", "lab_technician", "manager")


def _give(world: "World", login: str, role: str) -> None:
    with world.room.admin() as admin:
        gets(admin, login, role, world.clinic.org_id)


def _take(world: "World", login: str, role: str) -> None:
    with world.room.admin() as admin:
        loses(admin, login, role)


@fault(weight=3)
def role_given(world: "World", desk: "Desk", chance: Random) -> End | None:
    login = chance.choice(WORKERS)
    role = chance.choice([one for one in _OTHERS if one != PEOPLE[login].role])
    if world.under(*_ACCOUNTS):
        raise NotNowError
    _give(world, login, role)
    return lambda: _take(world, login, role)


@fault(weight=3)
def role_changed(world: "World", desk: "Desk", chance: Random) -> End | None:
    """Somebody gets another role in place of their own: also what they entered meanwhile is judged by it."""
    login = chance.choice(WORKERS)
    own = PEOPLE[login].role
    role = chance.choice([one for one in _OTHERS if one != own])
    if world.under(*_ACCOUNTS):
        raise NotNowError
    _give(world, login, role)
    _take(world, login, own)

    def back() -> None:
        _give(world, login, own)
        _take(world, login, role)

    return back


@fault(weight=2)
def moved_to_a_branch(world: "World", desk: "Desk", chance: Random) -> End | None:
    login = chance.choice(WORKERS)
    if world.under(*_ACCOUNTS):
        raise NotNowError

    def move(org: object) -> None:
        with world.room.admin() as admin:
            admin.execute(
                "update user_role set org_id = %s where deleted_at is null and role = %s "
                "and user_account_id = (select id from user_account where login = %s)",
                (org, PEOPLE[login].role, login),
            )

    move(world.branch)
    return lambda: move(world.clinic.org_id)


@fault(weight=2)
def rows_change_branch(world: "World", desk: "Desk", chance: Random) -> End | None:
    """Rows move to a branch, out of the sight of some; others come back."""
    table = chance.choice(("allergy", "condition", "patient", "next_of_kin"))
    here, there = world.clinic.org_id, world.branch
    with world.room.admin() as admin:
        admin.execute(
            sql.SQL(
                "update {} set org_id = case org_id when %s then %s else %s end "
                "where hashtext(id::text || %s) %% 3 = 0"
            ).format(sql.Identifier(table)),
            (here, there, here, str(chance.random())),
        )
    return None


@fault(weight=2)
def branch_moves(world: "World", desk: "Desk", chance: Random) -> End | None:
    """A branch leaves the clinic's network, with everything in it, and comes back."""
    if world.under("branch_moves"):
        raise NotNowError

    def move(parent: object) -> None:
        with world.room.admin() as admin:
            admin.execute("update organisation set parent_id = %s where id = %s", (parent, world.branch))

    move(world.elsewhere)
    return lambda: move(world.clinic.org_id)


@fault(weight=2)
def suspended(world: "World", desk: "Desk", chance: Random) -> End | None:
    login = chance.choice(WORKERS)
    if world.under(*_ACCOUNTS):
        raise NotNowError
    with world.room.admin() as admin:
        admin.execute("select suspend_account(%s)", (login,))
    world.was_refused.add(login)
    return lambda: _give(world, login, PEOPLE[login].role)


def _decides(admin: psycopg.Connection, op_id: object, verdict: str) -> bool:
    """Whether the server takes an administrator's decision about a held fact."""
    try:
        admin.execute("select decide_held(%s, %s, 'looked at')", (op_id, verdict))
    except psycopg.OperationalError:
        raise
    except psycopg.DatabaseError:
        return False
    return True


@fault(weight=2)
def held_facts_decided(world: "World", desk: "Desk", chance: Random) -> End | None:
    """An administrator enters what the server holds, and gives up some of what still cannot be entered."""
    with world.room.admin() as admin:
        waiting = admin.execute(
            "select op_id from held_fact where decided_at is null order by held_at"
        ).fetchall()
        if not waiting:
            raise NotNowError
        for (op_id,) in waiting:
            if not _decides(admin, op_id, "enter") and chance.random() < 0.5:
                _decides(admin, op_id, "discard")
    return None
