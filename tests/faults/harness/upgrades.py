"""The server and the programs are brought up to date, not at the same time, and while some are away."""

import time
from random import Random
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy
from psycopg import sql

from medidesk.errors import ServerProblem
from medidesk.server import migrate
from medidesk.server.schema import SCHEMA_VERSION
from tests.faults.harness.faults import End, NotNowError, fault

if TYPE_CHECKING:
    from tests.faults.harness.desk import Desk
    from tests.faults.harness.world import World

TRIES = 10
BEFORE = SCHEMA_VERSION - 1
"""Of programs that have not been updated, and of a server that has not."""


@fault(weight=1)
def server_upgraded(world: "World", desk: "Desk", chance: Random) -> End | None:
    """The last migration runs while people work, or are cut off; it may be the last word for older programs."""
    try:
        if not bring_up_to_date(world):
            raise NotNowError
    except ServerProblem:  # a table is in use for too long
        raise NotNowError from None
    if chance.random() < 0.5:
        with world.room.admin() as admin:
            admin.execute("update server_identity set oldest_client = %s", (SCHEMA_VERSION,))
    return None


def bring_up_to_date(world: "World") -> bool:
    """Run the last migration; False where the server has it."""
    with world.room.admin() as admin:
        if _identity(admin, "schema_version") == SCHEMA_VERSION:
            return False
    migrate.upgrade(world.room.superuser)
    return True


def serve_new_programs(world: "World") -> None:
    """What a new program has entered of tables that the server lacks waits until it has been updated."""
    if any(desk.program == SCHEMA_VERSION for desk in world.desks):
        for _ in range(TRIES):
            try:
                bring_up_to_date(world)
            except (ServerProblem, psycopg.Error, sqlalchemy.exc.DBAPIError):  # people are at work beside it
                time.sleep(0.5)
            else:
                return


@fault(weight=3)
def program_updated(world: "World", desk: "Desk", chance: Random) -> End | None:
    """A PC gets the new program, whatever waits there."""
    if desk.program == SCHEMA_VERSION:
        raise NotNowError
    update(desk)
    return None


def update(desk: "Desk") -> None:
    """The new program opens the station that the older one has left."""
    desk.close()
    desk.program = SCHEMA_VERSION
    desk.open()


def update_those_not_served(world: "World") -> None:
    """Whoever reads that their program is too old has it updated."""
    with world.room.admin() as admin:
        oldest = _identity(admin, "oldest_client")
    for desk in world.desks:
        if desk.program < oldest:
            update(desk)


@fault(weight=2)
def schema_grows(world: "World", desk: "Desk", chance: Random) -> End | None:
    """A further migration expands the schema while old stations work, and others are away."""
    table = chance.choice(("patient", "patient_identifier", "allergy", "user_account"))
    with world.room.admin() as admin:
        admin.execute(
            sql.SQL("alter table {} add column if not exists {} text").format(
                sql.Identifier(table), sql.Identifier(f"grown_{chance.randrange(3)}")
            )
        )
    return None


@fault(weight=1)
def too_old_for_the_server(world: "World", desk: "Desk", chance: Random) -> End | None:
    """The server serves newer programs only than there are, until it is put right."""
    if world.under("too_old_for_the_server"):
        raise NotNowError
    with world.room.admin() as admin:
        before = _identity(admin, "oldest_client")

    def serve(oldest: int) -> None:
        with world.room.admin() as admin:
            admin.execute("update server_identity set oldest_client = %s", (oldest,))

    serve(SCHEMA_VERSION + 1)
    return lambda: serve(before)


def _identity(admin: psycopg.Connection, name: str) -> int:
    row = admin.execute(sql.SQL("select {} from server_identity").format(sql.Identifier(name))).fetchone()
    assert row is not None
    return int(row[0])
