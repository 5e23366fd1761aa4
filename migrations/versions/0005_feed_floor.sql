CREATE TABLE feed_floor (
	epoch INTEGER NOT NULL, 
	xid xid8 NOT NULL, 
	cut_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT feed_floor_pkey PRIMARY KEY (epoch)
)
--;
create or replace function feed_since(last pg_snapshot)
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
  if lo <= (select f.xid from feed_floor f where f.epoch = current_epoch()) then
    raise exception using errcode = 'MD020', message = 'the feed does not reach back to this cursor';
  end if;
  return query
    select a.tbl, a.row_id, max(a.xid)
      from audit_log a
     where a.epoch = current_epoch() and a.xid >= lo and not pg_visible_in_snapshot(a.xid, last)
       and a.tbl = any(readable)
     group by a.tbl, a.row_id;
end $$
--;
create function cut_feed(keep interval default '30 days') returns text
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  cut xid8;
begin
  if keep < interval '30 days' then
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
end $$
--;
revoke all on function cut_feed(interval) from public
--;
grant execute on function cut_feed(interval) to medidesk_administrator
