-- The change feed. A cursor is a pg_snapshot, not a number: "greater than the last one seen" loses rows
-- that commit late.

-- Changed rows since `last`, of tables that the caller may read. Each with the greatest transaction seen, from
-- which the station clamps its cursor. The settings: with a year of partitions, planning anew for each pull takes longer
-- than reading; and a plan for any cursor would read the whole trail, were it not kept to the index.
-- Rows that are closed to the caller are left out, all but their last transaction: a cursor must pass them too. What a
-- station holds of them has left with the digest that closed them; a row that was moved, or is gone, is listed, so that
-- it leaves.
-- A cursor that has not seen everything up to the floor is refused: what lies below may be gone, and a list with
-- holes would pass for a whole one. Its station compares every row instead.
create function feed_since(last pg_snapshot)
returns table (tbl text, row_id uuid, xid xid8)
language plpgsql stable security definer
set search_path = medidesk, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  lo xid8 := pg_snapshot_xmin(last);
  now_open integer := current_epoch();
begin
  if lo <= (select f.xid from feed_floor f where f.epoch = current_epoch()) then
    raise exception using errcode = 'MD020', message = 'the feed does not reach back to this cursor';
  end if;
  return query
    with listed as materialized (
      select a.tbl, a.row_id, max(a.xid) as xid
        from audit_log a
       where a.epoch = now_open and a.xid >= lo and not pg_visible_in_snapshot(a.xid, last)
       group by a.tbl, a.row_id
      having has_table_privilege(session_user, to_regclass('medidesk.' || quote_ident(a.tbl)), 'select')
    ), closed as materialized (
      select t.tbl, r.row_id
        from (select l.tbl, array_agg(l.row_id) as ids from listed l where is_closed_to_some(l.tbl) group by l.tbl) t,
             shown_rows(t.tbl, t.ids) r
       where not r.shown and not exists (
         select from audit_log a
          where a.row_id = r.row_id and a.tbl = t.tbl and a.epoch = now_open and a.xid >= lo
            and not pg_visible_in_snapshot(a.xid, last) and a.action = 'update' and a.changes ? 'org_id')
    )
    select l.tbl, l.row_id, l.xid from listed l where (l.tbl, l.row_id) not in (select c.tbl, c.row_id from closed c)
    union all
    select '', '00000000-0000-0000-0000-000000000000', max(l.xid) from listed l join closed c using (tbl, row_id)
    having count(*) > 0;
end $$;

-- What every pull reads first. Transactions of another epoch are another cluster's: the greatest is of this one; it lies
-- at the floor at least, since what was shown up to there may have left for an archive.
create function pull_head()
returns table (digest text, snapshot text, epoch integer, greatest_xid text, sending_paused boolean, replay uuid,
               oldest_client integer)
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select visibility_digest(), pg_current_snapshot()::text, current_epoch(),
         greatest((select a.xid from audit_log a where a.epoch = s.epoch order by a.xid desc limit 1),
                  (select f.xid from feed_floor f where f.epoch = s.epoch))::text,
         s.sending_paused, (select r.id from replay r where r.closed_at is null), s.oldest_client
    from server_identity s
$$;

-- Lets the feed reach back so far and no farther, at least 30 days: the audit rows below may then be moved to an
-- archive. Returns the floor, a transaction id; null where nothing is that old.
create function cut_feed(keep interval default '30 days') returns text
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  cut xid8;
begin
  perform check_administers_all();
  -- As moments: an interval counts a year as 360 days.
  if keep is null or clock_timestamp() - keep > clock_timestamp() - interval '30 days' then
    raise exception using errcode = 'MD005', message = 'the feed keeps at least 30 days';
  end if;
  -- Below the oldest transaction that still runs: what it writes must not come to lie under the floor.
  select max(a.xid) into cut from audit_log a
   where a.epoch = current_epoch() and a.at < clock_timestamp() - keep
     and a.xid < pg_snapshot_xmin(pg_current_snapshot());
  if cut is not null then
    insert into feed_floor as f (epoch, xid) values (current_epoch(), cut)
    on conflict (epoch) do update set xid = greatest(f.xid, excluded.xid), cut_at = clock_timestamp();
  end if;
  return (select f.xid::text from feed_floor f where f.epoch = current_epoch());
end $$;
