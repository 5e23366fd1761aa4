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

-- One change. What it was made to is judged as it is now; where it is gone, as it was then. A value too long to be
-- read in a line is left out.
create function trail_entry(a audit_log) returns jsonb
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  known jsonb := case when is_synchronised(a.tbl) then seen_row(a.tbl, a.row_id) end;
  whole jsonb := coalesce(known, case when a.action <> 'update' then a.changes end, '{}');
  -- The system's own rows hold nothing of anybody's record.
  shown boolean := a.tbl in ('account_sign_in', 'server_identity') or would_show(a.tbl, whole);
begin
  return jsonb_build_object(
    'seq', a.seq, 'at', a.at, 'login', a.login, 'attested_by', a.attested_by, 'station', a.station, 'table', a.tbl,
    'row', a.row_id, 'action', a.action, 'shown', shown,
    'patient', case when a.tbl = 'patient' then a.row_id else uuid_or_null(whole->>'patient_id') end,
    'fields', (select coalesce(jsonb_agg(key order by key), '[]') from jsonb_object_keys(a.changes) key),
    'changes', case when shown then (
       select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(a.changes)
        where octet_length(value::text) <= 1200) end);
end $$;

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
begin
  begin
    perform check_administers_all();
  exception when insufficient_privilege then
    everything := false;
  end;
  if orgs = '{}' and not everything then
    raise exception using errcode = '42501', message = 'an administrator must do this';
  end if;
  if wanted->>'patient' is not null then
    ids := rows_of_file((wanted->>'patient')::uuid);
  end if;
  return (
    select jsonb_build_object(
      'entries', coalesce(jsonb_agg(trail_entry(page.a) order by (page.a).at desc, (page.a).seq desc), '[]'),
      'stations', (select coalesce(jsonb_agg(distinct name order by name), '[]') from station))
      from (
        select a from audit_log a
         where (everything or a.org_id = any(orgs))
           and (ids is null or a.row_id = any(ids))
           and (wanted->>'login' is null or wanted->>'login' in (a.login, a.attested_by))
           and (wanted->>'station' is null or a.station = wanted->>'station')
           and (wanted->>'table' is null or a.tbl = wanted->>'table')
           and a.at >= coalesce((wanted->>'since')::timestamptz, '-infinity')
           and a.at < coalesce((wanted->>'until')::timestamptz, 'infinity')
           and (wanted->>'seq' is null
                or (a.at, a.seq) < ((wanted->>'at')::timestamptz, (wanted->>'seq')::bigint))
         order by a.at desc, a.seq desc limit 200) page);
end $$;
