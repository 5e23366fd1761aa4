"""How much a database holds, and what: the count and digest of each table, and of what makes it work.

Two databases whose digests are equal hold the same rows under the same rules. The order of rows does not count.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import LiteralString

import psycopg
from psycopg import sql

type Digests = dict[str, tuple[int, str]]
"""By what is counted ("medidesk.patient", "(policies)"): how many, and a digest."""

_SETTINGS: Mapping[str, str] = {
    "search_path": "pg_catalog",
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    # What takes long here is no query that hangs, and the dump that is being made meanwhile takes its time too.
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}

_TABLES: LiteralString = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and not c.relispartition
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 order by 1, 2
"""

# 64 bits of each row's digest are enough against accidents, and their sum does not know the order.
_ROWS: LiteralString = """
select count(*), coalesce(sum(('x' || encode(substring(sha256(convert_to(t::text, 'UTF8')) for 8), 'hex'))
                              ::bit(64)::bigint::numeric), 0)::text
  from {} as t
"""

_OURS: LiteralString = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
RULES: Mapping[str, LiteralString] = {
    "(functions)": f"""
        select pg_get_functiondef(p.oid) || p.proowner::regrole
          from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where {_OURS} and p.prokind in ('f', 'p')
           and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')""",
    "(policies)": "select p::text from pg_policies p",
    "(triggers)": "select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal",
    # What a CHECK says is written another way each time it is dumped: of these, the name is compared.
    "(constraints)": f"""
        select concat_ws(' ', conrelid::regclass, conname, convalidated,
                         case when contype <> 'c' then pg_get_constraintdef(c.oid) end)
          from pg_constraint c join pg_namespace n on n.oid = c.connamespace where {_OURS}""",
    "(indexes)": f"""
        select pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
          join pg_namespace n on n.oid = c.relnamespace where {_OURS}""",
    "(row security)": f"""
        select c.oid::regclass::text || c.relrowsecurity || c.relforcerowsecurity || c.relowner::regrole
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where {_OURS} and c.relkind in ('r', 'p')""",
    "(grants)": f"""
        select c.oid::regclass::text || one::text
          from pg_class c join pg_namespace n on n.oid = c.relnamespace,
               unnest(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char",
                                                    c.relowner))) one
         where {_OURS} and c.relkind in ('r', 'p', 'v', 'S')
        union all
        select a.attrelid::regclass::text || a.attname || one::text
          from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace,
               unnest(a.attacl) one where {_OURS}
        union all
        select p.oid::regprocedure::text || one::text
          from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
               unnest(coalesce(p.proacl, acldefault('f', p.proowner))) one where {_OURS}""",
}

# Logins with their verifiers, and who is in which group; but for the superuser, who is each server's own.
_ROLES: LiteralString = """
select concat_ws(' ', rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolbypassrls, rolinherit,
                 rolconnlimit, rolpassword, rolvaliduntil)
  from pg_authid where rolname !~ '^pg_' and rolname <> %(superuser)s
union all
select concat_ws(' ', roleid::regrole, member::regrole, admin_option) from pg_auth_members
 where member::regrole::text <> %(superuser)s
"""


def prepare(connection: psycopg.Connection) -> None:
    """Settings under which the same values are the same words."""
    for name, value in _SETTINGS.items():
        connection.execute("select set_config(%s, %s, false)", (name, value))


def tables(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """Every table that is counted, as schema and name."""
    return [(row[0], row[1]) for row in connection.execute(_TABLES).fetchall()]


def of_database(connection: psycopg.Connection) -> Digests:
    """Digests of every table and rule, over a connection that is prepared; a superuser's, who sees every row."""
    found: Digests = {}
    for schema, name in tables(connection):
        row = connection.execute(sql.SQL(_ROWS).format(sql.Identifier(schema, name))).fetchone()
        assert row is not None  # noqa: S101 (an aggregate)
        found[f"{schema}.{name}"] = (int(row[0]), str(row[1]))
    return found | {name: _of(connection, query) for name, query in RULES.items()}


def of_roles(connection: psycopg.Connection, superuser: str) -> tuple[int, str]:
    """Digest of the server's logins and groups."""
    return _of(connection, _ROLES, {"superuser": superuser})


def _of(
    connection: psycopg.Connection, query: LiteralString, values: Mapping[str, str] | None = None
) -> tuple[int, str]:
    lines = sorted(str(row[0]) for row in connection.execute(query, values).fetchall())
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()


def differences(wanted: Digests, found: Digests) -> Iterator[str]:
    """The names of what is not the same."""
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            yield name
