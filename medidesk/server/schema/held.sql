-- Facts that people were told were saved and that the database could not take: what becomes of each is decided by an
-- administrator of its author's branches. No decision takes anything away: the fact stays as it was sent.

-- Who decides about somebody's work is who could release it.
create function check_decides(author text) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid := (select id from user_account where login = author and deleted_at is null);
begin
  if account is null then
    perform check_administers_all();
  else
    perform check_administers_account(account);
  end if;
end $$;

-- When a fact was made, as far as its author's word goes: not later than the server had it, nor earlier than a station
-- may work without the server: 30 days, or the more that its author's branch has set.
create function rights_at(fact held_fact) returns timestamptz
language plpgsql stable set search_path = medidesk, pg_temp
as $$
declare
  org uuid := (select org_id from user_account where login = fact.author and deleted_at is null);
  -- A station that was away before fewer were set goes by what it knew.
  days integer := greatest(30, setting_of('offline_days', org)::integer);
begin
  return greatest(least((fact.payload->>'made_at')::timestamptz, fact.held_at), fact.held_at - days * interval '1 day');
end $$;

-- Whoever enters work with the roles that its author had then answers for the branches of those roles too, ended or not.
create function check_decides_then(author text, rights_at timestamptz) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administers(r.org_id)
     from user_role r join user_account a on a.id = r.user_account_id
    where a.login = author and r.created_at <= rights_at and (r.deleted_at is null or r.deleted_at > rights_at);
exception when insufficient_privilege then
  raise exception using errcode = 'MD005', message = format(
    'Only an administrator of every branch in which %s had a role then can enter it.', author);
end $$;

-- Refuses to enter what somebody at its author's station has entered anew. Giving it up there enters nothing.
create function check_not_anew(wanted uuid) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  who text;
begin
  with recursive anew as (
    select op_id, author, result from applied_operation where supersedes = wanted
    union
    select o.op_id, o.author, o.result from applied_operation o join anew on o.supersedes = anew.op_id
  )
  select author into who from anew
   where result->>'status' = 'applied'
     and exists (select from jsonb_array_elements(result->'rows') r where r->>'table' <> 'decision') limit 1;
  if found then
    raise exception using errcode = 'MD005',
      message = format('%s has entered this anew: discard it here, and say so.', who);
  end if;
end $$;

create function decides(author text) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_decides(author);
  return true;
exception when insufficient_privilege then
  return false;
end $$;

-- What was sent is its author's alone to shape, and a list that breaks over it would hide all the others.
create function uuid_or_null(said text) returns uuid
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return said::uuid;
exception when data_exception then
  return null;
end $$;

-- What the policies of a table ask of a row before whoever is signed in is shown it; null where nothing is.
create function select_rules(wanted text) returns text
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select string_agg(format('(%s)', p.qual), ' or ') from pg_policies p
   where p.schemaname = 'medidesk' and p.tablename = wanted and p.cmd = 'SELECT'
     and exists (select from unnest(p.roles) held where pg_has_role(session_user, held, 'usage'))
$$;

-- Whether whoever is signed in would be shown a row like this: their grants, and the very policies of its table.
create function would_show(tbl text, whole jsonb) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  shown boolean;
begin
  if is_synchronised(tbl) is not true
     or not has_table_privilege(session_user, 'medidesk.' || quote_ident(tbl), 'select') then
    return false;
  end if;
  execute format('select exists (select from jsonb_populate_record(null::%1$I, $1) as %1$I where %2$s)',
                 tbl, coalesce(select_rules(tbl), 'false')) into shown using whole;
  return shown;
exception when data_exception then
  return false;
end $$;

-- One row that a held fact writes: its fields, and their values as far as whoever is signed in may see such a row. A
-- value too long to be read in a line (a picture) is left out.
create function held_write(w jsonb) returns jsonb
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  said jsonb := case when jsonb_typeof(w->'values') = 'object' then w->'values' else '{}' end;
  known jsonb := case when is_synchronised(w->>'table') then seen_row(w->>'table', uuid_or_null(w->>'id')) end;
  whole jsonb := coalesce(known, '{}') || said;
  shown boolean := would_show(w->>'table', whole) and (known is null or would_show(w->>'table', known));
begin
  return jsonb_build_object(
    'table', w->>'table', 'id', uuid_or_null(w->>'id'), 'inserts', w->>'op' = 'insert', 'shown', shown,
    'patient', uuid_or_null(case when w->>'table' = 'patient' then w->>'id' else whole->>'patient_id' end),
    'fields', (select coalesce(jsonb_agg(key order by key), '[]') from jsonb_object_keys(said) key),
    'values', case when shown then (
       select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(said)
        where octet_length(value::text) <= 600) end);
end $$;

-- The first rows of a fact, as many as a card shows: somebody's long one must not keep the list from anybody.
create function held_writes(op jsonb) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_agg(held_write(w.value) order by w.ordinality), '[]')
    from jsonb_array_elements(case when jsonb_typeof(op->'writes') = 'array' then op->'writes' else '[]' end)
         with ordinality w
   where w.ordinality <= 6
$$;

create function count_writes(op jsonb) returns integer
language sql immutable set search_path = medidesk, pg_temp
as $$ select case when jsonb_typeof(op->'writes') = 'array' then jsonb_array_length(op->'writes') else 0 end $$;

-- The oldest that wait for whoever is signed in to decide. The badge counts these, and the page lists them.
create function undecided() returns setof held_fact
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select * from held_fact where decided_at is null and decides(author) order by held_at, op_id limit 200
$$;

-- What waits for whoever is signed in to decide, oldest first. Of rows that they may not see there are the names of
-- the fields and no values: neither in the line that describes them, nor in what the database said against them.
create function held_facts() returns jsonb
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administrator();
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
             'op_id', h.op_id, 'author', h.author, 'made_at', o.made_at, 'held_at', h.held_at,
             'station', left(h.payload->>'station_name', 80), 'verb', left(h.payload->>'verb', 100),
             'title', left(h.payload->>'title', 300),
             'line', case when writes.more = 0 and (select bool_and((w->>'shown')::boolean) from jsonb_array_elements(writes.said) w)
                          then left(h.payload->>'line', 500) end,
             'writes', writes.said, 'more', writes.more, 'sqlstate', h.sqlstate,
             'reason', case when h.sqlstate like '22%' then '' else h.reason end,
             'settled', settled.said) order by h.held_at, h.op_id), '[]')
      from undecided() h
           join applied_operation o on o.op_id = h.op_id
           -- offset 0: made once, not for each time that it is named
           cross join lateral (
             select said, count_writes(h.payload) - jsonb_array_length(said) as more
               from (select held_writes(h.payload) as said offset 0) first offset 0) writes
           left join lateral (
             select jsonb_build_object('verdict', d.verdict, 'by', d.created_by, 'at', d.created_at,
                                       'reason', d.reason) as said
               from decision d where d.op_id = h.op_id and d.deleted_at is null
              order by d.created_at desc limit 1) settled on true);
end $$;

-- For every station: what its person may decide, and what was decided of the facts that it still shows as held.
create function held_news(mine uuid[]) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select jsonb_build_object(
    'undecided', case when my_orgs('administrator') = '{}' then '[]' else (
      select coalesce(jsonb_agg(op_id order by held_at, op_id), '[]') from undecided()) end,
    'decided', (
      select coalesce(jsonb_object_agg(op_id, said), '{}') from (
        select op_id, decision || jsonb_build_object('by', decided_by, 'at', decided_at) as said
          from held_fact where decided_at is not null
        union all
        -- A replay has entered it, or a copy of this PC's disk has sent it: what stood against it does not any more.
        select op_id, jsonb_build_object('verdict', 'enter', 'reason', '', 'by', coalesce(attested_by, author),
                                         'at', applied_at)
          from applied_operation where result->>'status' = 'applied') known
       where op_id = any(mine) and current_account() is not null))
$$;

-- Decides about a held fact, once.
--   verdict: 'enter' applies it in its author's name, under a new id, with the roles that they held when they made it,
--     but one's own work with today's roles alone; what stands against it comes back, without values, and it stays held. 'discard' needs a reason.
create function decide_held(wanted uuid, verdict text, why text) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  fact held_fact;
  answer jsonb;
  made uuid;
  said text := btrim(coalesce(why, ''));
  state text;
  why_not text;
  rule text;
  then_at timestamptz;
begin
  perform check_administrator();
  select * into fact from held_fact where op_id = wanted for update;
  if not found then
    raise exception using errcode = 'MD005', message = 'there is no such held fact';
  end if;
  perform check_decides(fact.author);
  if (verdict in ('enter', 'discard')) is not true then
    raise exception using errcode = 'MD005', message = 'a held fact is entered or discarded';
  end if;
  if fact.decided_at is not null then
    if fact.decided_by = session_user and fact.decision->>'verdict' = verdict then
      return fact.decision || '{"repeated": true}';
    end if;
    raise exception using errcode = 'MD014', message = format('%s has decided this already', fact.decided_by),
      detail = jsonb_build_object('by', fact.decided_by, 'at', fact.decided_at,
                                  'verdict', fact.decision->>'verdict')::text;
  end if;
  perform check_sending();
  if verdict = 'discard' and said = '' then
    raise exception using errcode = 'MD005', message = 'discarding needs a reason';
  end if;
  if verdict = 'enter' then
    perform check_not_anew(wanted);
    made := gen_random_uuid();
    -- Nobody gives themselves back what was taken from them.
    if fact.author <> session_user then
      then_at := rights_at(fact);
      perform check_decides_then(fact.author, then_at);
    end if;
    begin
      perform apply_on_behalf(
        fact.payload || jsonb_build_object('id', made, 'supersedes', wanted), true, now(), true, '{}',
        then_at);
    exception
      when integrity_constraint_violation or syntax_error_or_access_rule_violation or data_exception
           or sqlstate 'MD001' or sqlstate 'MD003' or sqlstate 'MD005' then
        get stacked diagnostics state = returned_sqlstate, why_not = message_text, rule = constraint_name;
        raise exception using errcode = state, constraint = rule,
          message = case when state like '22%' then 'a value is not of the right form' else why_not end;
    end;
  end if;
  perform set_config('medidesk.station', '', true);
  insert into decision (id, org_id, op_id, author, title, about_table, about_id, verdict, reason)
  select gen_random_uuid(),
         coalesce((select org_id from user_account where login = fact.author),
                  (select org_id from user_account where login = session_user),
                  (select id from organisation where parent_id is null order by created_at limit 1)),
         wanted, fact.author, left(coalesce(fact.payload->>'title', ''), 300),
         left(coalesce(fact.payload->'writes'->0->>'table', ''), 63),
         uuid_or_null(fact.payload->'writes'->0->>'id'),
         case verdict when 'enter' then 'mine' else 'discarded' end, said;
  answer := jsonb_strip_nulls(jsonb_build_object('verdict', verdict, 'reason', said, 'op', made));
  update held_fact set decided_at = clock_timestamp(), decided_by = session_user, decision = answer
   where op_id = wanted;
  return answer;
end $$;
