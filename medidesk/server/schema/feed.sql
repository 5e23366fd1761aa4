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
  readable text[] := (
    select array_agg(c.relname::text) from pg_class c
     where c.relnamespace = 'medidesk'::regnamespace and c.relkind in ('r', 'p')
       and has_table_privilege(session_user, c.oid, 'select'));
begin
  return query
    select a.tbl, a.row_id, max(a.xid)
      from audit_log a
     where a.epoch = current_epoch() and a.xid >= lo and not pg_visible_in_snapshot(a.xid, last)
       and a.tbl = any(readable)
     group by a.tbl, a.row_id;
end $$;

-- What every pull reads first. Transactions of another epoch are another cluster's: the greatest is of this one.
create function pull_head()
returns table (digest text, snapshot text, epoch integer, greatest_xid text, sending_paused boolean, replay uuid,
               oldest_client integer)
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select visibility_digest(), pg_current_snapshot()::text, current_epoch(),
         (select a.xid::text from audit_log a where a.epoch = s.epoch order by a.xid desc limit 1),
         s.sending_paused, (select r.id from replay r where r.closed_at is null), s.oldest_client
    from server_identity s
$$;
