-- The change feed. A cursor is a pg_snapshot, not a number: "greater than the last one seen" loses rows
-- that commit late.

-- Changed rows since `last`, of tables that the caller may read. Each with the greatest transaction seen, from
-- which the station clamps its cursor. plan_cache_mode: the generic plan scanned the whole table.
create function feed_since(last pg_snapshot)
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
end $$;

-- What every pull reads first. The oldest fed transaction tells a station whose cursor is older that it must
-- reconcile instead.
create function pull_head()
returns table (digest text, snapshot text, epoch integer, greatest_xid text)
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select visibility_digest(), pg_current_snapshot()::text, current_epoch(),
         (select a.xid::text from audit_log a order by a.xid desc limit 1)
$$;
