create or replace function audit_insert() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id)
  select (select current_epoch()), tg_table_name, n.id, n.org_id, 'insert',
         jsonb_strip_nulls(to_jsonb(n) - coalesce(tg_argv, '{}') - '{version,created_at,created_by,updated_at,updated_by}'::text[]),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation())
    from new_rows n order by n.id;
  perform pg_notify('medidesk', '');
  return null;
end $$
--;
create or replace function audit_update() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id)
  select (select current_epoch()), tg_table_name, n.id, n.org_id, 'update',
         (select coalesce(jsonb_object_agg(k.key,
                   case when k.key = any(coalesce(tg_argv, '{}')) then '"changed"'::jsonb
                        else jsonb_build_array(o.fields -> k.key, k.value) end), '{}')
            from jsonb_each(n.fields) k
           where k.value is distinct from o.fields -> k.key
             and k.key not in ('version', 'updated_at', 'updated_by')),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation())
    -- offset 0: each row is made jsonb once, not once for each of its fields
    from (select r.id, r.org_id, to_jsonb(r) as fields from new_rows r offset 0) n
    join (select r.id, to_jsonb(r) as fields from old_rows r offset 0) o on o.id = n.id
   order by n.id;
  perform pg_notify('medidesk', '');
  return null;
end $$
--;
create or replace function audit_delete() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id)
  select (select current_epoch()), tg_table_name, o.id, o.org_id, 'delete', to_jsonb(o) - coalesce(tg_argv, '{}'),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation())
    from old_rows o order by o.id;
  perform pg_notify('medidesk', '');
  return null;
end $$
--;
create or replace function feed_since(last pg_snapshot)
returns table (tbl text, row_id uuid, xid xid8)
language plpgsql stable security definer
set search_path = medidesk, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
  lo xid8 := pg_snapshot_xmin(last);
  now_open integer := current_epoch();
begin
  return query
    select a.tbl, a.row_id, max(a.xid)
      from audit_log a
     where a.epoch = now_open and a.xid >= lo and not pg_visible_in_snapshot(a.xid, last)
     group by a.tbl, a.row_id
    having has_table_privilege(session_user, to_regclass('medidesk.' || quote_ident(a.tbl)), 'select');
end $$
--;
create or replace function seen_rows(wanted jsonb) returns jsonb
language sql stable security invoker set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('table', x.value->>'table', 'id', x.value->>'id',
                            'row', seen.row, 'version', seen.row->'version') order by x.ordinality), '[]')
    from jsonb_array_elements(wanted) with ordinality x,
         -- offset 0: or the row would be looked at again for its version
         lateral (select seen_row(x.value->>'table', (x.value->>'id')::uuid) as row offset 0) seen
$$
