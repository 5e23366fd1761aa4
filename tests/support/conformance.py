"""What every table must have, read from the catalogue of a real database and held against models and matrix."""

from collections.abc import Iterator, Mapping

import psycopg

from medidesk.models import Base, Row, synchronised
from medidesk.models.base import SERVER_COLUMNS, table_of
from medidesk.permissions import MATRIX, ROLES, Need, areas_of, group_role, levels_of
from medidesk.server.schema.build import ADMINISTRATION

# pg_trigger.tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate.
TRIGGERS = {
    "z_stamp": ("stamp_row", 1 + 2 + 4 + 16),
    "audit_insert": ("audit_insert", 4),
    "audit_update": ("audit_update", 16),
    "audit_delete": ("audit_delete", 8),
    "never_truncated": ("refuse_truncate", 2 + 32),
}
POLICIES = {Need.READ: ("reads", "SELECT"), Need.ADD: ("adds", "INSERT"), Need.CHANGE: ("changes", "UPDATE")}
type Matrix = Mapping[str, Mapping[str, frozenset[Need]]]
OURS_BUT_NO_TABLE_OF_THE_MODELS = {"alembic_version"}


def faults(connection: psycopg.Connection) -> list[str]:
    """Every way in which the database is not as each of its tables and functions must be."""
    found = [*_strangers(connection), *_functions(connection), *_system_tables(connection)]
    matrix = _matrix(connection)
    for model in synchronised():
        found += _triggers(connection, model)
        found += _policies(connection, model, matrix)
        found += _grants(connection, model, matrix)
    return found


def _matrix(connection: psycopg.Connection) -> Matrix:
    """What each role may do, those of the clinic's own among them."""
    own = connection.execute(
        "select name, own_levels(name) from role where is_own_role(name) and deleted_at is null"
    ).fetchall()
    return {**MATRIX, **{name: areas_of(name, levels_of(levels)) for name, levels in own}}


def _strangers(connection: psycopg.Connection) -> Iterator[str]:
    known = set(Base.metadata.tables) | OURS_BUT_NO_TABLE_OF_THE_MODELS
    for (name,) in connection.execute(
        "select relname from pg_class where relnamespace = 'medidesk'::regnamespace and not relispartition "
        "and relkind in ('r', 'p', 'v', 'm', 'f')"
    ):
        if name not in known:
            yield f"{name} is no table of the models"


def _triggers(connection: psycopg.Connection, model: type[Row]) -> Iterator[str]:
    table = model.__tablename__
    there = {
        name: (function, kind, enabled, arguments)
        for name, function, kind, enabled, arguments in connection.execute(
            "select tgname, proname, tgtype, tgenabled, encode(tgargs, 'escape') from pg_trigger t "
            "join pg_proc p on p.oid = tgfoid where tgrelid = %s::regclass and not tgisinternal",
            (table,),
        )
    }
    left_out = "".join(rf"{name}\000" for name in sorted(model.__rules__.unaudited))
    for name, (function, kind) in TRIGGERS.items():
        arguments = left_out if name.startswith("audit") else ""
        if there.get(name) != (function, kind, "O", arguments):
            yield f"{table} has no working trigger {name}: {there.get(name)}"
    last = max((name for name, (_, kind, *_) in there.items() if kind & 3 == 3), default="")
    if last != "z_stamp":
        yield f"{table}: {last} runs after the stamp and could undo it"


def _policies(connection: psycopg.Connection, model: type[Row], matrix: Matrix) -> Iterator[str]:
    table = model.__tablename__
    state = connection.execute(
        "select relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) from pg_class "
        "where oid = %s::regclass",
        (table,),
    ).fetchone()
    if state != (True, False, "medidesk_owner"):
        yield f"{table} is not guarded by row-level security: {state}"
    there = {
        (name, command, tuple(roles), permissive)
        for name, command, roles, permissive in connection.execute(
            "select policyname, cmd, roles::text[], permissive from pg_policies "
            "where schemaname = 'medidesk' and tablename = %s",
            (table,),
        )
    }
    wanted = {
        (f"{role}_{POLICIES[need][0]}", POLICIES[need][1], (group_role(role),), "PERMISSIVE")
        for role, areas in matrix.items()
        for need in areas.get(model.__rules__.area, frozenset())
    }
    for policy in there ^ wanted:
        yield f"{table}: policy {policy[0]} is {'missing' if policy in wanted else 'not of the matrix'}"


def _grants(connection: psycopg.Connection, model: type[Row], matrix: Matrix) -> Iterator[str]:
    table = model.__tablename__
    columns = {column.name for column in table_of(model).columns}
    sent = columns - SERVER_COLUMNS - model.__rules__.computed
    by_need = {
        Need.READ: ("SELECT", columns),
        Need.ADD: ("INSERT", sent),
        Need.CHANGE: ("UPDATE", sent - {"id", "org_id"} - model.__rules__.fixed),
    }
    wanted = {
        (group_role(role), by_need[need][0], column)
        for role, areas in matrix.items()
        for need in areas.get(model.__rules__.area, frozenset())
        for column in by_need[need][1]
    }
    there = {
        (grantee, privilege, column)
        for grantee, privilege, column in connection.execute(
            "select grantee, privilege_type, column_name from information_schema.column_privileges "
            "where table_schema = 'medidesk' and table_name = %s and grantee <> 'medidesk_owner'",
            (table,),
        )
    }
    for grantee, privilege, column in sorted(there ^ wanted):
        word = "lacks" if (grantee, privilege, column) in wanted else "has, against the matrix,"
        yield f"{table}: {grantee} {word} {privilege} of {column}"
    for grantee, privilege in connection.execute(
        "select grantee, privilege_type from information_schema.table_privileges where table_schema = 'medidesk' "
        "and table_name = %s and grantee <> 'medidesk_owner' and privilege_type <> 'SELECT'",
        (table,),
    ):
        yield f"{table}: {grantee} holds {privilege} of the whole table"


def _system_tables(connection: psycopg.Connection) -> Iterator[str]:
    own = {model.__tablename__ for model in synchronised()}
    for table, grantee, privilege in connection.execute(
        "select relname, coalesce(nullif(a.grantee, 0)::regrole::text, 'public'), a.privilege_type "
        "from pg_class c, aclexplode(c.relacl) a where relnamespace = 'medidesk'::regnamespace "
        "and a.grantee <> c.relowner"
    ):
        if table not in own:
            yield f"{grantee} holds {privilege} of {table}"


def _functions(connection: psycopg.Connection) -> Iterator[str]:
    for function, definer, settings, public in connection.execute(
        "select p.oid::regprocedure::text, prosecdef, coalesce(proconfig, '{}'), "
        "has_function_privilege('public', p.oid, 'execute') "
        "from pg_proc p where pronamespace = 'medidesk'::regnamespace"
    ):
        if public:
            yield f"{function} can be called by anybody"
        paths = [setting for setting in settings if setting.startswith("search_path=")]
        if not paths or not paths[0].endswith(", pg_temp"):
            yield f"{function} has no search path of its own: {settings}"
        elif definer and paths[0] not in {
            "search_path=medidesk, pg_temp",
            "search_path=pg_catalog, pg_temp",
        }:
            yield f"{function} runs as the owner and looks beyond the schema: {settings}"
    for role in ROLES:
        for name in (signature.partition("(")[0] for signature in ADMINISTRATION):
            may = connection.execute(
                "select bool_or(has_function_privilege(%s, oid, 'execute')) from pg_proc "
                "where proname = %s and pronamespace = 'medidesk'::regnamespace",
                (group_role(role), name),
            ).fetchone()
            if may != (role == "administrator",):
                yield f"{role} may call {name}: {may}"
