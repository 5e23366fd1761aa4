"""What every synchronised table gets, made from the rules declared beside its model."""

import json
from collections.abc import Iterable, Iterator

from medidesk.models import synchronised
from medidesk.models.base import Row, Visibility, writable_columns
from medidesk.permissions import EVERYBODY, MATRIX, OWN_AREAS, Need, group_role, needs_up_to


def attach(model: type[Row]) -> Iterator[str]:
    """The statements that version, audit, feed, grant and guard one table."""
    yield from _triggers(model)
    for role, areas in MATRIX.items():
        for need in sorted(areas.get(model.__rules__.area, ())):
            yield grant(model, role, need)
    yield f"alter table {model.__tablename__} enable row level security"
    for role, areas in MATRIX.items():
        for need in sorted(areas.get(model.__rules__.area, ())):
            yield policy(model, role, need)


def _triggers(model: type[Row]) -> Iterator[str]:
    table = model.__tablename__
    left_out = ", ".join(f"'{name}'" for name in sorted(model.__rules__.unaudited))
    yield (
        f"create trigger z_stamp before insert or update on {table} for each row execute function stamp_row()"
    )
    for action, transition in (
        ("insert", "new table as new_rows"),
        ("update", "old table as old_rows new table as new_rows"),
        ("delete", "old table as old_rows"),
    ):
        yield (
            f"create trigger audit_{action} after {action} on {table} referencing {transition} "
            f"for each statement execute function audit_{action}({left_out})"
        )
    yield (
        f"create trigger never_truncated before truncate on {table} "
        "for each statement execute function refuse_truncate()"
    )


def grant(model: type[Row], role: str, need: Need) -> str:
    """The statement that lets a role read, add to or change a table at all."""
    table, columns = model.__tablename__, writable_columns(model)
    if need is Need.READ:
        what = "select"
    elif need is Need.ADD:
        what = f"insert ({', '.join(columns)})"
    else:
        kept = {"id", "org_id"} | model.__rules__.fixed
        what = f"update ({', '.join(name for name in columns if name not in kept)})"
    return f"grant {what} on {table} to {group_role(role)}"


def policy(model: type[Row], role: str, need: Need) -> str:
    """The statement that says with which rows.

    People hold different roles in different branches: each policy asks where they hold *that* role.
    """
    table, rules, to = model.__tablename__, model.__rules__, group_role(role)
    reach = {Visibility.NETWORK: "my_network", Visibility.SUBTREE: "my_orgs"}
    own = "id" if table == "organisation" else "org_id"
    seen, changed = (
        f"{own} = any((select {reach[within]}('{role}'))::uuid[])"
        for within in (rules.visibility, rules.changed_within)
    )
    if rules.closed_with:
        shown = f" and {rules.closed_with} <> all((select closed_files())::uuid[])"
        seen, changed = seen + shown, changed + shown
    if need is Need.READ:
        return f"create policy {role}_reads on {table} for select to {to} using ({seen})"
    if need is Need.ADD:
        below = f"org_id = any((select my_orgs('{role}'))::uuid[])"
        if table == "organisation":
            below += f" and parent_id = any((select my_orgs('{role}'))::uuid[])"
        return f"create policy {role}_adds on {table} for insert to {to} with check ({below})"
    return (
        f"create policy {role}_changes on {table} for update to {to} using ({changed}) with check ({changed})"
    )


def right_statements(functions: Iterable[str]) -> str:
    """The function that tells the server what gives a role each right, `%1$s` in the role's place.

    Args:
        functions: what every role may call.
    """
    group = group_role("%1$s")
    always = (
        f"grant usage on schema medidesk to {group}",
        *(f"grant execute on function {function} to {group}" for function in functions),
    )
    rows = [f"(null::text, null::text, $q${one}$q$)" for one in always]
    for model in synchronised():
        area = model.__rules__.area
        most = frozenset(Need) if area in OWN_AREAS else needs_up_to(EVERYBODY[area])
        for need in sorted(most):
            rows += (f"('{area}', '{need}', $q${made(model, '%1$s', need)}$q$)" for made in (grant, policy))
    return (
        "create function right_statements() returns table (area text, need text, statement text)\n"
        "language sql immutable set search_path = pg_catalog, pg_temp\nas $$ values\n"
        + ",\n".join(rows)
        + "\n$$"
    )


def permission_matrix() -> str:
    """The function that tells the server what every role has, and in which areas a clinic's own may have more."""
    said = json.dumps({"everybody": dict(EVERYBODY), "own": OWN_AREAS})
    return (
        "create function permission_matrix() returns jsonb language sql immutable "
        f"set search_path = pg_catalog, pg_temp as $$ select '{said}'::jsonb $$"
    )
