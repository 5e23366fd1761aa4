-- The audit trail, for whoever administers the branches that something was changed in. Of rows that they may not see
-- there are the names of the fields, and no values.

-- The rows that make up somebody's file, removed ones too.
create function rows_of_file(file uuid) returns uuid[]
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  found_ids uuid[] := array[file];
  tbl text;
  theirs uuid[];
begin
  for tbl in
    select c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'medidesk'::regnamespace and a.attname = 'patient_id' and is_synchronised(c.relname)
  loop
    execute format('select array_agg(id) from %I where patient_id = $1', tbl) into theirs using file;
    found_ids := found_ids || coalesce(theirs, '{}');
  end loop;
  return found_ids;
end $$;

-- Of rows of one table, which the one who is signed in would be shown now, and whose file each belongs to. All at once:
-- the policies are asked once for each table of a page, and not for each row.
create function shown_rows(tbl text, ids uuid[]) returns table (row_id uuid, shown boolean, patient uuid)
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  file text := case when tbl = 'patient' then 'id' when exists (
    select from pg_attribute where attrelid = ('medidesk.' || quote_ident(tbl))::regclass and attname = 'patient_id')
    then 'patient_id' else 'null::uuid' end;
begin
  if is_synchronised(tbl) is not true then
    return;
  end if;
  return query execute format('select id, coalesce((%2$s), false), %3$s from %1$I where id = any($1)', tbl,
    case when has_table_privilege(session_user, 'medidesk.' || quote_ident(tbl), 'select')
         then coalesce(select_rules(tbl), 'false') else 'false' end, file) using ids;
end $$;

-- One change. What it was made to is judged as it is now (`shown`); where that is gone, as it was then. A value too
-- long to be read in a line is left out.
create function trail_entry(a audit_log, shown boolean, patient uuid) returns jsonb
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  gone jsonb := case when shown is null and a.action <> 'update' then a.changes else '{}' end;
begin
  -- The system's own rows hold nothing of anybody's record.
  shown := a.tbl in ('account_sign_in', 'server_identity') or coalesce(shown, would_show(a.tbl, gone));
  return jsonb_build_object(
    'seq', a.seq, 'at', a.at, 'login', a.login, 'attested_by', a.attested_by, 'station', a.station, 'table', a.tbl,
    'row', a.row_id, 'action', a.action, 'shown', shown,
    'patient', coalesce(patient, case when a.tbl = 'patient' then a.row_id else uuid_or_null(gone->>'patient_id') end),
    'fields', (select coalesce(jsonb_agg(key order by key), '[]') from jsonb_object_keys(a.changes) key),
    'changes', case when shown then (
       select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(a.changes)
        where octet_length(value::text) <= 1200) end);
end $$;

-- A page of who opened patients' records, in the form of changes; ordered by when the server was told.
create function opening_trail(wanted jsonb, everything boolean, orgs uuid[]) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select jsonb_build_object(
    'entries', coalesce(jsonb_agg(jsonb_build_object(
       'seq', l.seq, 'at', l.at, 'happened', l.opened_at, 'login', l.login, 'attested_by', null, 'station', l.station,
       'table', 'access_log', 'row', l.patient_id, 'action', 'open', 'shown', true, 'patient', l.patient_id,
       'fields', case when l.reason = '' then '[]'::jsonb else '["reason"]' end,
       'changes', jsonb_build_object('reason', l.reason)) order by l.at desc, l.seq desc), '[]'),
    'stations', (select coalesce(jsonb_agg(distinct name order by name), '[]') from station),
    'archived_before', (select max(r.before) from audit_archive r))
    from (select o.* from access_log o join patient p on p.id = o.patient_id
           where (everything or p.org_id = any(orgs))
             and (wanted->>'patient' is null or o.patient_id = (wanted->>'patient')::uuid)
             and (wanted->>'login' is null or o.login = wanted->>'login')
             and (wanted->>'station' is null or o.station = wanted->>'station')
             and o.at >= coalesce((wanted->>'since')::timestamptz, '-infinity')
             and o.at < coalesce((wanted->>'until')::timestamptz, 'infinity')
             and (wanted->>'seq' is null
                  or (o.at, o.seq) < ((wanted->>'at')::timestamptz, (wanted->>'seq')::bigint))
           order by o.at desc, o.seq desc limit 200) l
$$;

-- A page of it, newest first.
--   wanted: login, station, table, patient, since, until; and at and seq of the last entry of the page before. Each
--     may be missing.
create function audit_trail(wanted jsonb) returns jsonb
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  orgs uuid[] := my_orgs('administrator');
  everything boolean := true;
  ids uuid[];
  who text := wanted->>'login';
  pc text := wanted->>'station';
  about text := wanted->>'table';
  since timestamptz := coalesce((wanted->>'since')::timestamptz, '-infinity');
  before timestamptz := coalesce((wanted->>'until')::timestamptz, 'infinity');
  last_at timestamptz := (wanted->>'at')::timestamptz;
  last_seq bigint := (wanted->>'seq')::bigint;
begin
  perform check_administrator();
  begin
    perform check_administers_all();
  exception when insufficient_privilege then
    everything := false;
  end;
  if about = 'access_log' then
    return opening_trail(wanted, everything, orgs);
  end if;
  if wanted->>'patient' is not null then
    ids := rows_of_file((wanted->>'patient')::uuid);
  end if;
  return (
    with page as materialized (
      select a, a.tbl, a.row_id from audit_log a
       where (everything or a.org_id = any(orgs))
         and (ids is null or a.row_id = any(ids))
         and (who is null or who in (a.login, a.attested_by))
         and (pc is null or a.station = pc)
         and (about is null or a.tbl = about)
         and a.at >= since and a.at < before and (last_at is null or a.at <= last_at)
         and (last_seq is null or (a.at, a.seq) < (last_at, last_seq))
       order by a.at desc, a.seq desc limit 200
    ), known as (
      select t.tbl, r.row_id, r.shown, r.patient
        from (select tbl, array_agg(distinct row_id) as touched from page group by tbl) t,
             shown_rows(t.tbl, t.touched) r
    )
    select jsonb_build_object(
      'entries', coalesce(jsonb_agg(trail_entry(p.a, k.shown, k.patient) order by (p.a).at desc, (p.a).seq desc), '[]'),
      'stations', (select coalesce(jsonb_agg(distinct name order by name), '[]') from station),
      'roles', (select jsonb_object_agg(name, label) from role),
      'archived_before', (select max(r.before) from audit_archive r))
      from page p left join known k on (k.tbl, k.row_id) = (p.tbl, p.row_id));
end $$;
