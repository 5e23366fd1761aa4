"""What every synchronised table gets, made from the rules declared beside its model."""

from collections.abc import Iterator

from medidesk.models.base import Row, Visibility, writable_columns
from medidesk.permissions import MATRIX, Need, group_role


def attach(model: type[Row]) -> Iterator[str]:
    """The statements that version, audit, feed, grant and guard one table."""
    yield from _triggers(model)
    yield from _grants(model)
    yield from _policies(model)


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


def _grants(model: type[Row]) -> Iterator[str]:
    table, area = model.__tablename__, model.__rules__.area
    columns = writable_columns(model)
    kept = {"id", "org_id"} | model.__rules__.fixed
    changeable = ", ".join(name for name in columns if name not in kept)
    for role, areas in MATRIX.items():
        needs = areas.get(area, frozenset())
        if Need.READ in needs:
            yield f"grant select on {table} to {group_role(role)}"
        if Need.ADD in needs:
            yield f"grant insert ({', '.join(columns)}) on {table} to {group_role(role)}"
        if Need.CHANGE in needs:
            yield f"grant update ({changeable}) on {table} to {group_role(role)}"


def _policies(model: type[Row]) -> Iterator[str]:
    """People hold different roles in different branches: each policy asks where they hold *that* role."""
    table, rules = model.__tablename__, model.__rules__
    yield f"alter table {table} enable row level security"
    reach = {Visibility.NETWORK: "my_network", Visibility.SUBTREE: "my_orgs"}
    own = "id" if table == "organisation" else "org_id"
    for role, areas in MATRIX.items():
        needs = areas.get(rules.area, frozenset())
        seen, changed = (
            f"{own} = any((select {reach[within]}('{role}'))::uuid[])"
            for within in (rules.visibility, rules.changed_within)
        )
        below = f"org_id = any((select my_orgs('{role}'))::uuid[])"
        if table == "organisation":
            below += f" and parent_id = any((select my_orgs('{role}'))::uuid[])"
        to = group_role(role)
        if Need.READ in needs:
            yield f"create policy {role}_reads on {table} for select to {to} using ({seen})"
        if Need.ADD in needs:
            yield f"create policy {role}_adds on {table} for insert to {to} with check ({below})"
        if Need.CHANGE in needs:
            yield (
                f"create policy {role}_changes on {table} for update to {to} "
                f"using ({changed}) with check ({changed})"
            )
