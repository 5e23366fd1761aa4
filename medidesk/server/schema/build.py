"""The whole schema as statements, and its building in an empty database."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateSequence, CreateTable, ForeignKeyConstraint

from medidesk.models import Base, synchronised
from medidesk.models.base import Visibility
from medidesk.models.system import audit_log, audit_seq
from medidesk.permissions import ROLES, group_role
from medidesk.server.schema.attach import attach, permission_matrix, right_statements

SCHEMA = "medidesk"
OWNER = "medidesk_owner"
SCHEMA_VERSION = 3
EXTENSIONS = ("btree_gist", "pg_trgm", "pgcrypto", "unaccent")

# In this order: each file uses what stands before it.
FUNCTIONS = (
    *("acting", "turns", "restricted", "identity", "rows", "feed", "history"),
    *(
        "seals",
        "apply",
        "attested",
        "roles",
        "settings",
        "accounts",
        "passwords",
        "patients",
        "services",
        "visits",
        "billing",
        "charges",
        "money",
        "claims",
        "replay",
        "held",
        "health",
        "trail",
    ),
)
# What a person at a station may call; nothing else is executable by PUBLIC.
CALLABLE = (
    "apply_operation(jsonb, boolean)",
    "apply_writes(jsonb)",
    "apply_insert(jsonb)",
    "apply_update(jsonb, uuid)",
    "audit_seals(bigint)",
    "break_glass(uuid, text, text)",
    "canonical(text, jsonb)",
    "changed_by_others(text, uuid, integer, uuid)",
    "changed_here(text, uuid, text, uuid)",
    "check_not_entered(jsonb)",
    "close_file(uuid)",
    "closed_files()",
    "current_account()",
    "current_epoch()",
    "feed_since(pg_snapshot)",
    "fold(text)",
    "held_news(uuid[])",
    "hello()",
    "history_missing(uuid[], jsonb)",
    "hold_fact(jsonb, text, text)",
    "is_synchronised(text)",
    "keep_told_numbers(jsonb)",
    "join_station(uuid, text, text, bytea, text)",
    "lock_rows(jsonb)",
    "log_openings(jsonb, text)",
    "moved_rows(jsonb)",
    "my_network(text)",
    "my_orgs(text)",
    "my_scram_parameters()",
    "op_begin(jsonb)",
    "op_end(uuid, jsonb)",
    "op_left(uuid, text, uuid)",
    "pause_sending(jsonb)",
    "pull_head()",
    "release_operation(jsonb, boolean)",
    "replay_upload(uuid, text, jsonb, jsonb, boolean)",
    "request_account(text, text, text, text, text, text, uuid)",
    "seal_audit()",
    "seen_row(text, uuid)",
    "seen_rows(jsonb)",
    "set_password(text)",
    "station_tells(uuid, integer, integer)",
    "visibility_digest()",
    "witnesses(xid8[])",
)


def statements() -> Iterator[str]:
    """Every statement that makes the schema, in order; to be run as the schema's owner."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]

    def compiled(element: sa.schema.ExecutableDDLElement) -> str:
        return str(element.compile(dialect=dialect)).strip()

    yield from _file("text")
    yield compiled(CreateSequence(audit_seq))
    tables = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    for table in tables:
        yield compiled(CreateTable(table, include_foreign_key_constraints=[]))
    for table in tables:
        for constraint in sorted(_foreign_keys(table), key=lambda key: str(key.name)):
            yield compiled(sa.schema.AddConstraint(constraint, isolate_from_table=False))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield compiled(CreateIndex(index))
    yield f"create table audit_log_default partition of {audit_log.name} default"
    yield _is_synchronised()
    yield _is_closed_to_some()
    yield permission_matrix()
    yield right_statements(CALLABLE)
    for name in FUNCTIONS:
        yield from _file(name)
    for model in synchronised():
        yield from attach(model)
    yield f"revoke all on all functions in schema {SCHEMA} from public"
    people = ", ".join(group_role(role) for role in ROLES)
    yield f"grant usage on schema {SCHEMA} to {people}"
    for function in CALLABLE:
        yield f"grant execute on function {function} to {people}"
    for function in ADMINISTRATION:
        yield f"grant execute on function {function} to {group_role('administrator')}"


# Of accounts and of the whole server: only administrators may call these.
ADMINISTRATION = (
    "accounts_seen()",
    "add_account(text, text, text, text, text, text, uuid)",
    "approve_account(text, text, uuid, text, uuid)",
    "audit_trail(jsonb)",
    "cut_feed(interval)",
    "decide_held(uuid, text, text)",
    "decide_request(text, text)",
    "define_role(text, text, jsonb, uuid)",
    "give_role(text, text, uuid)",
    "held_facts()",
    "let_in_again(text)",
    "new_epoch()",
    "replay_close(boolean)",
    "replay_open()",
    "replay_status()",
    "reset_password(text, text)",
    "scram_parameters_of(text)",
    "server_health()",
    "retire_role(text)",
    "sign_out(text)",
    "suspend_account(text)",
    "take_role(text, text, uuid)",
)


def _file(name: str) -> Iterator[str]:
    return split((Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8"))


def _foreign_keys(table: sa.Table) -> list[ForeignKeyConstraint]:
    return [item for item in table.constraints if isinstance(item, ForeignKeyConstraint)]


def _is_synchronised() -> str:
    names = ", ".join(f"'{model.__tablename__}'" for model in synchronised())
    return (
        "create function is_synchronised(tbl text) returns boolean language sql immutable "
        f"set search_path = pg_catalog, pg_temp as $$ select tbl in ({names}) $$"
    )


def _is_closed_to_some() -> str:
    """The function that tells of which tables people may read some rows and not others of the same network."""
    rules = ((model.__tablename__, model.__rules__) for model in synchronised())
    names = ", ".join(
        f"'{name}'" for name, rule in rules if rule.closed_with or rule.visibility is Visibility.SUBTREE
    )
    return (
        "create function is_closed_to_some(tbl text) returns boolean language sql immutable "
        f"set search_path = pg_catalog, pg_temp as $$ select tbl in ({names}) $$"
    )


def split(text: str) -> Iterator[str]:
    """The statements of an SQL file, parted at semicolons that end a line outside $$ bodies."""
    part: list[str] = []
    in_body = False
    for line in text.splitlines():
        if not part and (not line.strip() or line.startswith("--")):
            continue
        part.append(line)
        if line.count("$$") % 2:
            in_body = not in_body
        if not in_body and line.rstrip().endswith(";"):
            yield "\n".join(part).rstrip().rstrip(";")
            part = []
    if part:
        msg = f"an SQL file ends within a statement: {part[0]}"
        raise ValueError(msg)


def build(connection: psycopg.Connection) -> None:
    """Make the schema in a prepared, empty database, in the connection's own transaction."""
    for statement in statements():
        connection.execute(statement.encode())
