alter table acting_for add column rights_at TIMESTAMP WITH TIME ZONE
--;
CREATE TABLE station_key (
	station_id UUID NOT NULL, 
	sealed_key BYTEA NOT NULL, 
	login TEXT DEFAULT session_user NOT NULL, 
	given_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT station_key_pkey PRIMARY KEY (station_id, sealed_key)
)
--;
insert into station_key (station_id, sealed_key, login, given_at)
select id, sealed_key, last_login, joined_at from station where sealed_key is not null
--;
alter table station drop column sealed_key
--;
CREATE TABLE turn (
	id UUID NOT NULL, 
	CONSTRAINT turn_pkey PRIMARY KEY (id)
)
--;
CREATE INDEX held_fact_undecided ON held_fact (held_at) WHERE decided_at is null
--;
CREATE INDEX applied_operation_supersedes ON applied_operation (supersedes) WHERE supersedes is not null
--;
create function acting_rights_at() returns timestamptz
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if coalesce(current_setting('medidesk.acting', true), '') <> 'on' then
    return null;
  end if;
  return (select a.rights_at from acting_for a where a.xid = pg_current_xact_id_if_assigned());
end $$
--;
create function roles_then(wanted_login text) returns setof name
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select g.rolname
    from user_role r join user_account a on a.id = r.user_account_id join pg_roles g on g.rolname = 'medidesk_' || r.role
   where a.login = wanted_login and a.deleted_at is null and r.created_at <= (select acting_rights_at())
     and (r.deleted_at is null or r.deleted_at > (select acting_rights_at()))
$$
--;
create function check_sending() returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  lock table applied_operation in row exclusive mode;
  if (select sending_paused from server_identity) then
    raise exception using errcode = 'MD011', message = 'sending is paused';
  end if;
end $$
--;
create function made_at(op jsonb) returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select case when op->>'made_at' is not null then
    greatest(least((op->>'made_at')::timestamptz, clock_timestamp() + interval '1 day'),
             clock_timestamp() - interval '10 years') end
$$
--;
create or replace function op_begin(op jsonb) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  sha bytea := sha256(convert_to(op::text, 'UTF8'));
  known applied_operation;
begin
  if op->>'author' is distinct from session_user then
    raise exception using errcode = 'MD004', message = 'an operation is sent by its author';
  end if;
  perform check_sending();
  insert into applied_operation (op_id, payload_sha, author, station_id, verb, supersedes, epoch, made_at)
  values ((op->>'id')::uuid, sha, session_user, (op->>'station')::uuid, op->>'verb',
          (op->>'supersedes')::uuid, current_epoch(), made_at(op))
  on conflict do nothing;
  if found then
    return null;
  end if;
  select * into strict known from applied_operation where op_id = (op->>'id')::uuid;
  if known.author <> session_user or known.payload_sha <> sha then
    raise exception using errcode = 'MD004', message = 'this operation id belongs to something else';
  end if;
  return known.result || '{"repeated": true}';
end $$
--;
create function check_not_entered(op jsonb) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  earlier uuid[];
  fact held_fact;
  known applied_operation;
begin
  if not exists (select from jsonb_array_elements(op->'writes') w where w->>'table' <> 'decision') then
    return;
  end if;
  with recursive chain as (
    select (op->>'supersedes')::uuid as op_id
    union
    select o.supersedes from applied_operation o join chain using (op_id) where o.supersedes is not null
  )
  select array_agg(op_id) into earlier from chain;
  for fact in select * from held_fact where op_id = any(earlier) order by op_id for key share loop
    if fact.decision->>'verdict' = 'enter' then
      raise exception using errcode = 'MD005',
        message = format('%s has entered this already, for %s.', fact.decided_by, fact.author);
    end if;
  end loop;
  select * into known from applied_operation where op_id = any(earlier) and result->>'status' = 'applied' limit 1;
  if found then
    raise exception using errcode = 'MD005', message = format(
      '%s has entered this already, for %s.', coalesce(known.attested_by, known.author), known.author);
  end if;
end $$
--;
create or replace function apply_writes(op jsonb) returns jsonb
language plpgsql security invoker set search_path = medidesk, pg_temp
as $$
declare
  w jsonb;
  moved jsonb;
  merged text[] := '{}';
begin
  if op->>'supersedes' is not null then
    perform check_not_entered(op);
  end if;
  perform lock_rows((
    select coalesce(jsonb_agg(jsonb_build_object('table', x->>'table', 'id', x->>'id', 'write', x ? 'values')), '[]')
      from (select jsonb_array_elements(op->'writes') x
            union all select jsonb_array_elements(coalesce(op->'relied', '[]'))) touched
     where x->>'op' is distinct from 'insert' and seen_row(x->>'table', (x->>'id')::uuid) is not null));
  moved := moved_rows(op);
  if moved <> '[]' and op->>'kind' = 'claim' then
    raise exception using errcode = 'MD002', message = 'a row it relied on has moved', detail = moved::text;
  end if;
  for w in select * from jsonb_array_elements(op->'writes') loop
    if w->>'op' = 'insert' then
      perform apply_insert(w);
    else
      merged := merged || apply_update(w, (op->>'station')::uuid);
    end if;
  end loop;
  set constraints all immediate;
  return jsonb_build_object('status', 'applied', 'rows', seen_rows(op->'writes'), 'moved', moved,
                            'merged', to_jsonb(array_remove(merged, '*')));
end $$
--;
create function take_turn(what text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  wanted uuid := md5(what)::uuid;
begin
  -- A row that another transaction has made is waited for, also where it deletes it at once, as here.
  insert into turn (id) values (wanted);
  delete from turn where id = wanted;
end $$
--;
create function check_shown(op jsonb) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if not (select rolsuper from pg_roles where rolname = session_user) and exists (
      select from jsonb_array_elements(op->'writes') w
       where w->>'op' is distinct from 'insert' and is_synchronised(w->>'table')
         and not may_be_told(w->>'table', (w->>'id')::uuid)) then
    raise exception using errcode = 'MD016',
      message = 'This changes an entry that is closed to you: an administrator who may read it can release it.';
  end if;
end $$
--;
create or replace function release_operation(op jsonb, told boolean) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account user_account;
  known applied_operation;
  answer jsonb;
  state text;
  why text;
begin
  select * into account from user_account where login = op->>'author' and deleted_at is null;
  if not found then
    raise exception using errcode = 'MD013', message = format('there is no account %s', op->>'author');
  end if;
  begin
    perform check_administers_account(account.id);
  exception when insufficient_privilege then
    raise exception using errcode = 'MD013',
      message = format('an administrator of the branches of %s must do this', account.login);
  end;
  if account.state = 'approved' and (select rolcanlogin from pg_roles where rolname = account.login)
     and exists (select from user_role where user_account_id = account.id and deleted_at is null) then
    raise exception using errcode = 'MD013', message = format(
      '%s can still sign in, which sends the work by itself; otherwise suspend the account first', account.login);
  end if;
  if account.updated_at = now() then
    raise exception using errcode = 'MD013', message = format('suspend %s first, and release the work then', account.login);
  end if;
  perform check_sending();
  perform take_turn('operation|' || (op->>'id'));
  select * into known from applied_operation where op_id = (op->>'id')::uuid;
  if found then
    if known.author <> account.login or known.payload_sha <> sha256(convert_to(op::text, 'UTF8')) then
      raise exception using errcode = 'MD004', message = 'this operation id belongs to something else';
    end if;
    return known.result || '{"repeated": true, "rows": [], "moved": [], "merged": []}';
  end if;
  begin
    perform check_shown(op);
    answer := apply_on_behalf(op, told, now(), false, '{}');
  exception
    when integrity_constraint_violation or insufficient_privilege or data_exception
         or sqlstate 'MD001' or sqlstate 'MD002' or sqlstate 'MD003' or sqlstate 'MD005' then
      get stacked diagnostics state = returned_sqlstate, why = message_text;
      if op->>'kind' <> 'fact' or not told then
        raise exception using errcode = state, message = why;
      end if;
      answer := hold_on_behalf(op, state, why);
  end;
  return answer || '{"rows": [], "moved": [], "merged": []}';
end $$
--;
create function held_in(wanted text) returns setof uuid
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  return query select r.org_id
    from user_role r join user_account a on a.id = r.user_account_id
   where a.login = (select acting_login()) and (a.state = 'approved' or (select attested_by()) is not null)
     and r.role = wanted and a.deleted_at is null
     and (r.deleted_at is null or r.created_at <= (select acting_rights_at()) and r.deleted_at > (select acting_rights_at()))
     and ((select attested_by()) is not null or not exists (
       select from account_sign_in i where i.user_account_id = a.id and i.must_change_password))
     and r.updated_at is distinct from now()
     and not (starts_with(wanted, 'own_')
              and exists (select from role_level l where l.role = wanted and l.updated_at = now()));
end $$
--;
create or replace function my_orgs(wanted text) returns uuid[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive held as (
    select h.id from held_in(wanted) h(id)
    union
    select o.id from organisation o join held on o.parent_id = held.id
  )
  select coalesce(array_agg(id), '{}') from held
$$
--;
create or replace function my_network(wanted text) returns uuid[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive up as (
    select o.id, o.parent_id from held_in(wanted) h(id) join organisation o on o.id = h.id
    union
    select o.id, o.parent_id from organisation o join up on up.parent_id = o.id
  ), network as (
    select id from up where parent_id is null
    union
    select o.id from organisation o join network on o.parent_id = network.id
  )
  select coalesce(array_agg(id), '{}') from network
$$
--;
CREATE TABLE audit_archive (
	first_seal BIGINT NOT NULL, 
	last_seal BIGINT NOT NULL, 
	rows BIGINT NOT NULL, 
	openings BIGINT NOT NULL, 
	before TIMESTAMP WITH TIME ZONE NOT NULL, 
	file TEXT NOT NULL, 
	sha256 BYTEA NOT NULL, 
	archived_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	archived_by TEXT DEFAULT session_user NOT NULL, 
	CONSTRAINT audit_archive_pkey PRIMARY KEY (first_seal), 
	CONSTRAINT audit_archive_in_order_check CHECK (first_seal <= last_seal), 
	CONSTRAINT audit_archive_last_seal_key UNIQUE (last_seal)
)
--;
create or replace function changed_by_others(wanted_tbl text, wanted_row uuid, updates integer, station uuid) returns text[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with latest as (
    select a.changes, a.op_id from audit_log a
     where a.row_id = wanted_row and a.tbl = wanted_tbl and a.action = 'update'
       and (has_table_privilege(acting_login(), ('medidesk.' || quote_ident(wanted_tbl))::regclass, 'select')
            or exists (select from roles_then(acting_login()) who
                        where has_table_privilege(who, ('medidesk.' || quote_ident(wanted_tbl))::regclass, 'select')))
     order by a.seq desc limit greatest(updates, 0)
  )
  select coalesce(array_agg(distinct key order by key), '{}')
         || case when (select count(*) from latest) < updates and exists (select from audit_archive)
                 then '{*}' else '{}' end::text[]
    from latest left join applied_operation o on o.op_id = latest.op_id, jsonb_object_keys(latest.changes) key
   where o.station_id is distinct from station
$$
--;
create or replace function lock_rows(wanted jsonb) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  r record;
begin
  for r in
    select w->>'table' as tbl, (w->>'id')::uuid as id, bool_or((w->>'write')::boolean) as writes
      from jsonb_array_elements(wanted) w group by 1, 2 order by 1, 2
  loop
    if is_synchronised(r.tbl) is not true
       or not has_table_privilege(acting_login(), 'medidesk.' || quote_ident(r.tbl), 'select')
          and not exists (select from roles_then(acting_login()) who
                           where has_table_privilege(who, 'medidesk.' || quote_ident(r.tbl), 'select')) then
      raise exception using errcode = '42501', message = 'not a table that operations may touch';
    end if;
    execute format('select 1 from %I where id = $1 for %s', r.tbl,
                   case when r.writes then 'no key update' else 'share' end) using r.id;
  end loop;
end $$
--;
create or replace function policies_allow(author text, tbl text, wanted text, row_id uuid, written boolean) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  rules text := (
    select string_agg(format('(%s)', case when written then coalesce(p.with_check, p.qual) else p.qual end), ' or ')
      from pg_policies p
     where p.schemaname = 'medidesk' and p.tablename = tbl and p.cmd = wanted
       and exists (select from unnest(p.roles) held
                    where pg_has_role(author, held, 'usage') or held in (select roles_then(author))));
  allowed boolean;
begin
  if rules is null then
    return false;
  end if;
  execute format('select exists (select from %I where id = $1 and (%s))', tbl, rules) into allowed using row_id;
  return allowed;
end $$
--;
create or replace function check_author(op jsonb, written boolean) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  author text := op->>'author';
  w jsonb;
  tbl text;
  inserts boolean;
  need text;
begin
  if not exists (select from user_account a join pg_roles r on r.rolname = a.login
                  where a.login = author and a.deleted_at is null) then
    raise exception using errcode = '42501', message = format('there is no account %s here', author);
  end if;
  for w in select * from jsonb_array_elements(op->'writes') loop
    tbl := w->>'table';
    inserts := w->>'op' = 'insert';
    need := case when inserts then 'insert' else 'update' end;
    if is_synchronised(tbl) is not true or inserts and w->'values'->>'id' is distinct from w->>'id'
       or exists (select from jsonb_object_keys(w->'values') name
                   where not has_column_privilege(author, 'medidesk.' || quote_ident(tbl), name, need)
                     and not exists (select from roles_then(author) who
                          where has_column_privilege(who, 'medidesk.' || quote_ident(tbl), name, need))) then
      raise exception using errcode = '42501', message = format('%s may not write this to %s', author, tbl);
    end if;
    if not (case
      when inserts then not written or policies_allow(author, tbl, 'INSERT', (w->>'id')::uuid, true)
      when written then policies_allow(author, tbl, 'UPDATE', (w->>'id')::uuid, true)
      -- A row that is gone, or was not brought back, is said to be by apply_update.
      else seen_row(tbl, (w->>'id')::uuid) is null
           or policies_allow(author, tbl, 'SELECT', (w->>'id')::uuid, false)
              and policies_allow(author, tbl, 'UPDATE', (w->>'id')::uuid, false)
    end) then
      raise exception using errcode = '42501', message = format('%s may not change this row of %s', author, tbl);
    end if;
  end loop;
end $$
--;
drop function apply_on_behalf(jsonb, boolean, timestamptz, boolean, jsonb)
--;
create function apply_on_behalf(op jsonb, told boolean, done_at timestamptz, accepted boolean, numbers jsonb,
                                rights_at timestamptz default null)
returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  answer jsonb;
begin
  perform op_attested(op);
  insert into acting_for (login, at, numbers, rights_at) values (op->>'author', done_at, numbers, rights_at);
  perform set_config('medidesk.acting', 'on', true), set_config('medidesk.operation', op->>'id', true),
          set_config('medidesk.station', op->>'station_name', true), set_config('medidesk.told', told::text, true);
  perform check_author(op, false);
  answer := apply_writes(case when accepted then op || '{"kind": "fact"}' else op end);
  insert into patient_identifier (id, org_id, patient_id, kind, value)
  select derived_id('number', p.id::text), p.org_id, p.id, 'provisional', n.value
    from jsonb_each_text(numbers) n join patient p on p.id = n.key::uuid where p.file_no <> n.value;
  perform check_author(op, true);
  answer := op_answered((op->>'id')::uuid, answer, told);
  delete from acting_for where xid = pg_current_xact_id();
  perform set_config('medidesk.acting', '', true), set_config('medidesk.operation', '', true),
          set_config('medidesk.told', '', true);
  return answer;
end $$
--;
create function check_administrator() returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if my_orgs('administrator') = '{}' and not (select rolsuper from pg_roles where rolname = session_user) then
    raise exception using errcode = '42501', message = 'an administrator must do this';
  end if;
end $$
--;
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
end $$
--;
create function rights_at(fact held_fact) returns timestamptz
language plpgsql stable set search_path = medidesk, pg_temp
as $$
declare
  org uuid := (select org_id from user_account where login = fact.author and deleted_at is null);
  -- A station that was away before fewer were set goes by what it knew.
  days integer := greatest(30, setting_of('offline_days', org)::integer);
begin
  return greatest(least((fact.payload->>'made_at')::timestamptz, fact.held_at), fact.held_at - days * interval '1 day');
end $$
--;
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
end $$
--;
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
end $$
--;
create function decides(author text) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_decides(author);
  return true;
exception when insufficient_privilege then
  return false;
end $$
--;
create function uuid_or_null(said text) returns uuid
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  return said::uuid;
exception when data_exception then
  return null;
end $$
--;
create function select_rules(wanted text) returns text
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select string_agg(format('(%s)', p.qual), ' or ') from pg_policies p
   where p.schemaname = 'medidesk' and p.tablename = wanted and p.cmd = 'SELECT'
     and exists (select from unnest(p.roles) held where pg_has_role(session_user, held, 'usage'))
$$
--;
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
end $$
--;
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
end $$
--;
create function held_writes(op jsonb) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_agg(held_write(w.value) order by w.ordinality), '[]')
    from jsonb_array_elements(case when jsonb_typeof(op->'writes') = 'array' then op->'writes' else '[]' end)
         with ordinality w
   where w.ordinality <= 6
$$
--;
create function count_writes(op jsonb) returns integer
language sql immutable set search_path = medidesk, pg_temp
as $$ select case when jsonb_typeof(op->'writes') = 'array' then jsonb_array_length(op->'writes') else 0 end $$
--;
create function undecided() returns setof held_fact
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select * from held_fact where decided_at is null and decides(author) order by held_at, op_id limit 200
$$
--;
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
end $$
--;
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
$$
--;
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
end $$
--;
create or replace function apply_operation(op jsonb, told boolean) returns jsonb
language plpgsql security invoker set search_path = medidesk, pg_temp
as $$
declare
  answer jsonb := op_begin(op);
  state text;
  why text;
begin
  perform set_config('medidesk.operation', op->>'id', true),
          set_config('medidesk.station', op->>'station_name', true),
          set_config('medidesk.told', told::text, true);
  if answer is not null then
    -- Applied before, and the answer was lost. Since then its author may have been told "saved on this PC", and
    -- the rows may have moved on, or out of sight.
    if told and not (answer->>'told')::boolean then
      perform keep_told_numbers(op);
    end if;
    begin
      return answer || jsonb_build_object('rows', seen_rows(answer->'rows'));
    exception when insufficient_privilege then
      -- Nor may they read that table any more. It was applied all the same.
      return answer || jsonb_build_object('rows', (
        select coalesce(jsonb_agg(r || '{"row": null, "version": null}'), '[]')
          from jsonb_array_elements(answer->'rows') r));
    end;
  end if;
  if op->>'kind' = 'fact' and told then
    begin
      answer := apply_writes(op);
    exception
      when integrity_constraint_violation or insufficient_privilege or data_exception
           or sqlstate 'MD001' or sqlstate 'MD003' or sqlstate 'MD005' then
        get stacked diagnostics state = returned_sqlstate, why = message_text;
        perform hold_fact(op, state, why);
        answer := jsonb_build_object('status', 'held', 'rows', '[]'::jsonb, 'sqlstate', state, 'reason', why);
    end;
  else
    answer := apply_writes(op);
  end if;
  return op_end((op->>'id')::uuid, answer || jsonb_build_object('told', told));
end $$
--;
create or replace function begin_epoch(settles boolean) returns integer
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  old server_identity;
  begun integer;
begin
  select * into strict old from server_identity for update;
  perform seal_now();
  begun := greatest(greatest(old.epoch, old.known_epoch) + 1,
                    floor(extract(epoch from clock_timestamp() - timestamptz '2020-01-01 00:00Z'))::integer);
  update server_identity
     set epoch = begun, known_epoch = begun, system_identifier = running_system_identifier(),
         settled_epoch = case when settles then begun else settled_epoch end;
  insert into audit_log (epoch, tbl, row_id, action, changes)
  values (begun, 'server_identity', old.server_id, 'update', jsonb_build_object(
    'epoch', jsonb_build_array(old.epoch, begun),
    'system_identifier', jsonb_build_array(old.system_identifier::text, running_system_identifier()::text)));
  perform pg_notify('medidesk', '');
  return begun;
end $$
--;
CREATE TABLE audit_seal (
	number BIGINT NOT NULL, 
	epoch INTEGER NOT NULL, 
	from_xid xid8 NOT NULL, 
	upto xid8 NOT NULL, 
	rows BIGINT NOT NULL, 
	digest BYTEA NOT NULL, 
	previous BYTEA NOT NULL, 
	hash BYTEA NOT NULL, 
	sealed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT audit_seal_pkey PRIMARY KEY (number)
)
--;
CREATE INDEX audit_seal_by_epoch ON audit_seal (epoch, upto)
--;
create function is_closed_to_some(tbl text) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$ select tbl in ('appointment', 'visit', 'cashier_session', 'charge', 'claim_line', 'discount', 'insurance_claim', 'invoice', 'invoice_line', 'payment', 'refund', 'refund_verdict', 'allergy', 'condition', 'decision') $$
--;
create or replace function feed_since(last pg_snapshot)
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
end $$
--;
create or replace function pull_head()
returns table (digest text, snapshot text, epoch integer, greatest_xid text, sending_paused boolean, replay uuid,
               oldest_client integer)
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select visibility_digest(), pg_current_snapshot()::text, current_epoch(),
         greatest((select a.xid from audit_log a where a.epoch = s.epoch order by a.xid desc limit 1),
                  (select f.xid from feed_floor f where f.epoch = s.epoch))::text,
         s.sending_paused, (select r.id from replay r where r.closed_at is null), s.oldest_client
    from server_identity s
$$
--;
create or replace function place_in_history() returns bigint
language plpgsql stable security definer
set search_path = medidesk, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
  return coalesce((select max(seq) from audit_log
                    where epoch = current_epoch() and xid = pg_current_xact_id_if_assigned()),
                  (select last_value from audit_seq));
end $$
--;
create or replace function witnesses(xids xid8[]) returns jsonb
language plpgsql stable security definer
set search_path = medidesk, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
as $$
begin
  return (
    select coalesce(jsonb_agg(signed(jsonb_build_object(
             'of', 'feed', 'server', s.server_id, 'epoch', w.epoch, 'xid', w.xid::text, 'seq', w.seq,
             'nonce', w.nonce)) order by w.seq), '[]')
      from server_identity s, (
        select distinct on (a.xid) a.epoch, a.xid, a.seq, a.nonce from audit_log a
         where a.epoch = current_epoch() and a.xid = any(xids[1:20])
           and pg_visible_in_snapshot(a.xid, pg_current_snapshot())
           and a.xid is distinct from pg_current_xact_id_if_assigned()
         order by a.xid, a.seq desc) w);
end $$
--;
create function is_archived(wanted_epoch integer, wanted_xid xid8) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select exists (select from audit_seal s
                  where s.epoch = wanted_epoch and s.upto > wanted_xid
                    and s.number <= (select max(last_seal) from audit_archive))
$$
--;
create or replace function is_missing(witness jsonb) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select not exists (
      select from audit_log a
       where a.epoch = (witness->>'epoch')::int and a.xid = (witness->>'xid')::xid8
         and a.seq = (witness->>'seq')::bigint and a.nonce = (witness->>'nonce')::uuid)
     and not is_archived((witness->>'epoch')::int, (witness->>'xid')::xid8)
     and coalesce(
      (select ((witness->>'epoch')::int, (witness->>'xid')::xid8) >= (a.epoch, a.xid)
         from audit_log a order by a.epoch, a.xid limit 1),
      (witness->>'seq')::bigint > (select last_value from audit_seq))
$$
--;
create function sealed_words(a audit_log) returns text
language sql stable set search_path = medidesk, pg_temp
as $$
  select jsonb_build_array(a.epoch, a.xid::text, a.seq, a.nonce, a.tbl, a.row_id, a.org_id, a.action, a.changes,
                           a.login, a.address, a.station, a.op_id,
                           to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), a.attested_by)::text
$$
--;
create function cluster_of(wanted integer) returns bigint
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(
    (select (a.changes->'system_identifier'->>1)::bigint from audit_log a
      where a.row_id = s.server_id and a.tbl = 'server_identity' and a.epoch = wanted order by a.seq desc limit 1),
    (select (a.changes->'system_identifier'->>0)::bigint from audit_log a
      where a.row_id = s.server_id and a.tbl = 'server_identity' and a.epoch > wanted order by a.epoch, a.seq limit 1),
    s.system_identifier)
  from server_identity s
$$
--;
create function seal_now() returns integer
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  oldest xid8 := pg_snapshot_xmin(pg_current_snapshot());
  last audit_seal;
  one integer;
  start xid8;
  below xid8;
  ending xid8;
  covered bigint;
  made bytea;
  moment timestamptz;
  sealed integer := 0;
begin
  -- One at a time. Not by an advisory lock: those are anybody's to take, and this row is nobody's. Nothing else waits
  -- for it: whoever may seal, and leaves the transaction open, holds up no more than the seals.
  perform from receipt_key for no key update skip locked;
  if not found then
    return 0;  -- somebody does it at this moment
  end if;
  for one in
    with recursive e(epoch) as (
      select min(epoch) from audit_log
      union all
      select (select min(a.epoch) from audit_log a where a.epoch > e.epoch) from e where e.epoch is not null
    ) select epoch from e where epoch is not null
  loop
    start := coalesce((select max(upto) from audit_seal where epoch = one), '0'::xid8);
    below := case when cluster_of(one) = running_system_identifier() then oldest end;
    select count(*), (max(a.xid)::text::numeric + 1)::text::xid8,
           sha256(string_agg(sha256(convert_to(sealed_words(a), 'UTF8')), ''::bytea order by a.xid, a.seq))
      into covered, ending, made
      from audit_log a where a.epoch = one and a.xid >= start and (below is null or a.xid < below);
    continue when covered = 0;
    select * into last from audit_seal order by number desc limit 1;
    moment := date_trunc('milliseconds', clock_timestamp());
    insert into audit_seal (number, epoch, from_xid, upto, rows, digest, previous, hash, sealed_at)
    select coalesce(last.number, 0) + 1, one, start, coalesce(below, ending), covered, made, coalesce(last.hash, ''), sha256(
             coalesce(last.hash, '') || convert_to(jsonb_build_array(
               coalesce(last.number, 0) + 1, one, start::text, coalesce(below, ending)::text, covered, encode(made, 'hex'),
               to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS'))::text, 'UTF8')), moment;
    sealed := sealed + 1;
  end loop;
  return sealed;
end $$
--;
create function make_audit_partitions() returns integer
language plpgsql security definer set search_path = medidesk, pg_temp
set lock_timeout = '500ms'
as $$
declare
  starts timestamp := date_trunc('month', clock_timestamp() at time zone 'UTC');
  ends timestamp;
  name text;
  made integer := 0;
begin
  for ahead in 0..2 loop
    ends := starts + interval '1 month';
    name := 'audit_log_' || to_char(starts, 'YYYY_MM');
    begin
      if to_regclass('medidesk.' || name) is null and not exists (
          select from audit_log_default a where a.at >= starts at time zone 'UTC' and a.at < ends at time zone 'UTC')
      then
        execute format('create table %I partition of audit_log for values from (%L) to (%L)',
                       name, to_char(starts, 'YYYY-MM-DD 00:00:00+00'), to_char(ends, 'YYYY-MM-DD 00:00:00+00'));
        made := made + 1;
      end if;
    exception when others then
      raise log 'no partition %: %', name, sqlerrm;
    end;
    starts := ends;
  end loop;
  return made;
end $$
--;
create function seal_audit() returns integer
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  root boolean := (select rolsuper from pg_roles where rolname = session_user);
  administers boolean := root or my_orgs('administrator') <> '{}';
  sealed integer;
begin
  if current_account() is null and not root then
    raise exception using errcode = '42501', message = 'only an approved account can do this';
  end if;
  if not administers and exists (select from audit_seal where sealed_at > clock_timestamp() - interval '20 hours') then
    return 0;
  end if;
  sealed := seal_now();
  -- At last: nobody waits for the locks but until this commits. Whoever did not commit would hold up the whole clinic.
  if administers then
    perform make_audit_partitions();
  end if;
  return sealed;
end $$
--;
create function audit_seals(since bigint) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('number', number, 'epoch', epoch, 'hash', encode(hash, 'hex'),
                                               'sealed_at', sealed_at) order by number), '[]')
    from (select * from audit_seal where number >= since order by number limit 2000) s
   where current_account() is not null
$$
--;
revoke all on function acting_rights_at() from public
--;
revoke all on function roles_then(text) from public
--;
revoke all on function check_sending() from public
--;
revoke all on function check_not_entered(jsonb) from public
--;
revoke all on function apply_on_behalf(jsonb, boolean, timestamptz, boolean, jsonb, timestamptz) from public
--;
revoke all on function check_decides(text) from public
--;
revoke all on function rights_at(held_fact) from public
--;
revoke all on function check_decides_then(text, timestamptz) from public
--;
revoke all on function check_not_anew(uuid) from public
--;
revoke all on function decides(text) from public
--;
revoke all on function uuid_or_null(text) from public
--;
revoke all on function would_show(text, jsonb) from public
--;
revoke all on function held_write(jsonb) from public
--;
revoke all on function held_writes(jsonb) from public
--;
revoke all on function count_writes(jsonb) from public
--;
revoke all on function undecided() from public
--;
revoke all on function held_facts() from public
--;
revoke all on function held_news(uuid[]) from public
--;
revoke all on function decide_held(uuid, text, text) from public
--;
grant execute on function held_news(uuid[]) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function check_not_entered(jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function decide_held(uuid, text, text) to medidesk_administrator
--;
grant execute on function held_facts() to medidesk_administrator
--;
revoke all on function sealed_words(audit_log) from public
--;
revoke all on function cluster_of(integer) from public
--;
revoke all on function seal_now() from public
--;
revoke all on function is_archived(integer, xid8) from public
--;
revoke all on function make_audit_partitions() from public
--;
revoke all on function seal_audit() from public
--;
revoke all on function audit_seals(bigint) from public
--;
grant execute on function audit_seals(bigint) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function seal_audit() to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
CREATE TABLE account_request (
	user_account_id UUID NOT NULL, 
	verifier TEXT NOT NULL, 
	role TEXT NOT NULL, 
	org_id UUID NOT NULL, 
	requested_by TEXT DEFAULT session_user NOT NULL, 
	requested_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT account_request_pkey PRIMARY KEY (user_account_id)
)
--;
ALTER TABLE account_request ADD CONSTRAINT account_request_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE account_request ADD CONSTRAINT account_request_role_fkey FOREIGN KEY(role) REFERENCES role (name)
--;
ALTER TABLE account_request ADD CONSTRAINT account_request_user_account_id_fkey FOREIGN KEY(user_account_id) REFERENCES user_account (id)
--;
CREATE TABLE account_sign_in (
	user_account_id UUID NOT NULL, 
	must_change_password BOOLEAN DEFAULT false NOT NULL, 
	password_set_at TIMESTAMP WITH TIME ZONE, 
	signed_out_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT account_sign_in_pkey PRIMARY KEY (user_account_id)
)
--;
ALTER TABLE account_sign_in ADD CONSTRAINT account_sign_in_user_account_id_fkey FOREIGN KEY(user_account_id) REFERENCES user_account (id)
--;
alter table access_log add column opening_id UUID DEFAULT gen_random_uuid() NOT NULL
--;
alter table access_log add column opened_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL
--;
alter table access_log add CONSTRAINT access_log_opening_id_key UNIQUE (opening_id)
--;
CREATE INDEX access_log_by_time ON access_log USING brin (at) WITH (autosummarize = on)
--;
drop function log_access(uuid, text, text)
--;
create function log_openings(openings jsonb, station_name text) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into access_log (opening_id, patient_id, station, reason, opened_at)
  select (o->>'id')::uuid, p.id, left(station_name, 80), left(coalesce(o->>'reason', ''), 400),
         -- What a PC says is neither to come nor of another age.
         greatest(least((o->>'at')::timestamptz, clock_timestamp()), clock_timestamp() - interval '400 days')
    from jsonb_array_elements(openings) o join patient p on p.id = (o->>'patient')::uuid
   where current_account() is not null
  on conflict (opening_id) do nothing
$$
--;
CREATE INDEX audit_log_by_time ON audit_log USING brin (at) WITH (autosummarize = on)
--;
CREATE TABLE backup_run (
	id BIGINT GENERATED ALWAYS AS IDENTITY, 
	began_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE, 
	bytes BIGINT, 
	problem TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT backup_run_pkey PRIMARY KEY (id)
)
--;
CREATE INDEX backup_run_made ON backup_run (made_at)
--;
create function administered_account(wanted_login text) returns uuid
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid := (select id from user_account where login = wanted_login and deleted_at is null);
begin
  if account is null then
    raise exception using errcode = 'MD005', message = format('there is no account %s', wanted_login);
  end if;
  perform check_administers_account(account);
  return account;
end $$
--;
create function administers_account(account uuid) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administers_account(account);
  return true;
exception when insufficient_privilege then
  return false;
end $$
--;
create function check_login(wanted_login text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  if wanted_login !~ '^[a-z][a-z0-9_.-]{1,62}$' or wanted_login like 'medidesk\_%' or wanted_login like 'pg\_%' then
    raise exception using errcode = 'MD005',
      message = 'a user name has lower-case letters, digits, dot, dash and underscore';
  end if;
end $$
--;
create function check_verifier(verifier text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  if verifier !~ '^SCRAM-SHA-256\$\d+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' then
    raise exception using errcode = 'MD005', message = 'a password is sent as a SCRAM verifier only';
  end if;
end $$
--;
CREATE TABLE broken_glass (
	seq BIGINT GENERATED ALWAYS AS IDENTITY, 
	patient_id UUID NOT NULL, 
	login TEXT DEFAULT session_user NOT NULL, 
	reason TEXT NOT NULL, 
	station TEXT, 
	at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	until TIMESTAMP WITH TIME ZONE NOT NULL, 
	xid xid8 DEFAULT pg_current_xact_id() NOT NULL, 
	CONSTRAINT broken_glass_pkey PRIMARY KEY (seq)
)
--;
ALTER TABLE broken_glass ADD CONSTRAINT broken_glass_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
CREATE INDEX broken_glass_open ON broken_glass (login, until)
--;
CREATE INDEX patient_restricted ON patient (id) WHERE restricted
--;
create function closed_files() returns uuid[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive closed as (
    select id from patient where restricted
    union
    select p.id from patient p join closed on p.merged_into_id = closed.id
  )
  select coalesce(array_agg(id order by id), '{}') from (
    select id from closed
    except
    select patient_id from broken_glass
     where login = (select acting_login()) and until > clock_timestamp()
       and xid is distinct from pg_current_xact_id_if_assigned()) c
$$
--;
create function is_clinician(wanted_login text, need text) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select has_any_column_privilege(wanted_login, 'medidesk.allergy', need) $$
--;
create function file_family(file uuid) returns uuid[]
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  return (
    with recursive family as (
      select kept_file(file) as id
      union
      select p.id from patient p join family on p.merged_into_id = family.id
    ) select array_agg(id) from family);
end $$
--;
create function break_glass(patient uuid, why text, station_name text) returns timestamptz
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  shown uuid := kept_file(patient);
  given text := btrim(coalesce(why, ''));
  closed uuid[];
  closes timestamptz;
begin
  if current_account() is null or not is_clinician(session_user, 'select') then
    raise exception using errcode = '42501', message = 'only clinicians open a restricted file';
  end if;
  select coalesce(array_agg(f.id), '{}') into closed
    from unnest(file_family(patient)) f(id)
   where f.id = any(closed_files())
     and not exists (select from broken_glass g
                      where g.patient_id = f.id and g.login = session_user and g.until > clock_timestamp());
  if closed = '{}' then
    closes := (select max(g.until) from broken_glass g
                where g.patient_id = any(file_family(patient)) and g.login = session_user and g.until > clock_timestamp());
    if closes is not null then
      return closes;  -- at another PC, or the answer was lost
    end if;
  end if;
  if length(given) not between 10 and 400 then
    raise exception using errcode = 'MD005', message = 'say in some words why you need it';
  end if;
  if closed = '{}' then
    raise exception using errcode = 'MD005', message = 'this file is not closed to you: look at it again';
  end if;
  closes := clock_timestamp() + make_interval(mins =>
    setting_of('restricted_minutes', (select p.org_id from patient p where p.id = shown))::integer);
  insert into broken_glass (patient_id, reason, station, until)
  select f.id, given, left(station_name, 80), closes from unnest(closed) f(id);
  insert into access_log (patient_id, station, reason) values (shown, left(station_name, 80), given);
  perform pg_notify('medidesk', '');
  return closes;
end $$
--;
create function close_file(patient uuid) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  update broken_glass set until = clock_timestamp()
   where patient_id = any(file_family(patient)) and login = session_user and until > clock_timestamp();
  perform pg_notify('medidesk', '');
end $$
--;
create function is_clinician_of(org uuid, need text) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  return (select coalesce(bool_or(org = any(my_orgs(name))), false) from role
           where deleted_at is null and has_any_column_privilege('medidesk_' || name, 'medidesk.allergy', need));
end $$
--;
create function guard_restricted() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if pg_trigger_depth() > 1 or not new.restricted and (tg_op = 'INSERT' or not old.restricted)
     or tg_op = 'UPDATE' and new.restricted = old.restricted
     or (select rolsuper from pg_roles where rolname = acting_login()) then
    return new;
  end if;
  if not is_clinician(acting_login(), 'update') then
    raise exception using errcode = '42501', message = 'only clinicians restrict a file';
  end if;
  if not new.restricted then
    if file_family(new.id) && closed_files() then
      raise exception using errcode = 'MD005',
        message = 'This file is closed to you. Say first why you need it; then you can lift the restriction.';
    end if;
    if not is_clinician_of(new.org_id, 'update') then
      raise exception using errcode = '42501', message = 'a clinician of this file''s branch lifts the restriction';
    end if;
    update patient set restricted = false where restricted and id <> new.id and id = any(file_family(new.id));
  end if;
  return new;
end $$
--;
create or replace function visibility_digest() returns text
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select md5(concat_ws('|',
    (select string_agg(m.roleid || ':' || m.xmin::text, ',' order by m.roleid, m.xmin::text)
       from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = session_user),
    (select string_agg(r.role || '@' || r.org_id, ',' order by r.role, r.org_id)
       from user_role r join user_account a on a.id = r.user_account_id
      where a.login = session_user and a.state = 'approved' and r.deleted_at is null),
    (select array_to_string(closed_files(), ',') where is_clinician(session_user, 'select')),
    (select string_agg(id || '<' || coalesce(parent_id::text, ''), ',' order by id) from organisation),
    (select string_agg(relname || coalesce(relacl::text, ''), ',' order by relname)
       from pg_class where relnamespace = 'medidesk'::regnamespace and relkind in ('r', 'p') and not relispartition)
  ))
$$
--;
create or replace function guard_merged() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  -- Its flag of allergies goes on being kept, by a trigger.
  if pg_trigger_depth() > 1 then
    return new;
  end if;
  -- Parted from a restricted file, what was closed with it could be read without a word why.
  if new.merged_into_id is distinct from old.merged_into_id and old.merged_into_id is not null
     and new.id = any(closed_files())
     and not coalesce((select rolsuper from pg_roles where rolname = acting_login()), false) then
    raise exception using errcode = 'MD005',
      message = 'This file is restricted. A clinician who has opened it can take the merge back.';
  end if;
  if new.merged_into_id is null then
    return new;
  end if;
  if old.merged_into_id is not null then
    raise exception using errcode = 'MD005',
      message = 'This file has been merged into another one meanwhile. Open that file and make the change there.';
  end if;
  -- What is restricted stays so in the file that shows it from now on.
  update patient set restricted = true where id = new.merged_into_id and new.restricted and not restricted;
  perform from patient where id = new.merged_into_id and merged_into_id is null and deleted_at is null for share;
  if not found then
    raise exception using errcode = 'MD005',
      message = 'The file to be kept has itself been merged or removed meanwhile. Look at both files again.';
  end if;
  return new;
end $$
--;
create trigger d_restricted before insert or update of restricted on patient
  for each row execute function guard_restricted()
--;
alter policy doctor_changes on allergy using (org_id = any((select my_orgs('doctor'))::uuid[]) and patient_id <> all((select closed_files())::uuid[])) with check (org_id = any((select my_orgs('doctor'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
alter policy doctor_reads on allergy using (org_id = any((select my_orgs('doctor'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
alter policy nurse_changes on allergy using (org_id = any((select my_orgs('nurse'))::uuid[]) and patient_id <> all((select closed_files())::uuid[])) with check (org_id = any((select my_orgs('nurse'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
alter policy nurse_reads on allergy using (org_id = any((select my_orgs('nurse'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
alter policy pharmacist_reads on allergy using (org_id = any((select my_orgs('pharmacist'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
alter policy lab_technician_reads on allergy using (org_id = any((select my_orgs('lab_technician'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
alter policy doctor_changes on condition using (org_id = any((select my_orgs('doctor'))::uuid[]) and patient_id <> all((select closed_files())::uuid[])) with check (org_id = any((select my_orgs('doctor'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
alter policy doctor_reads on condition using (org_id = any((select my_orgs('doctor'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
alter policy nurse_changes on condition using (org_id = any((select my_orgs('nurse'))::uuid[]) and patient_id <> all((select closed_files())::uuid[])) with check (org_id = any((select my_orgs('nurse'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
alter policy nurse_reads on condition using (org_id = any((select my_orgs('nurse'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
alter policy pharmacist_reads on condition using (org_id = any((select my_orgs('pharmacist'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
alter policy lab_technician_reads on condition using (org_id = any((select my_orgs('lab_technician'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))
--;
revoke all on function closed_files() from public
--;
revoke all on function is_clinician(text, text) from public
--;
revoke all on function break_glass(uuid, text, text) from public
--;
revoke all on function close_file(uuid) from public
--;
revoke all on function guard_restricted() from public
--;
grant execute on function break_glass(uuid, text, text) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function close_file(uuid) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function closed_files() to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
CREATE TABLE role_level (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	role VARCHAR(40) NOT NULL, 
	area VARCHAR(40) NOT NULL, 
	level VARCHAR NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT role_level_pkey PRIMARY KEY (id), 
	CONSTRAINT role_level_level_check CHECK (level in ('read', 'add', 'change')), 
	CONSTRAINT role_level_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
ALTER TABLE role_level ADD CONSTRAINT role_level_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE role_level ADD CONSTRAINT role_level_role_fkey FOREIGN KEY(role) REFERENCES role (name)
--;
CREATE UNIQUE INDEX role_level_once ON role_level (role, area) WHERE deleted_at is null
--;
CREATE INDEX role_level_org_id_idx ON role_level (org_id)
--;
create function permission_matrix() returns jsonb language sql immutable set search_path = pg_catalog, pg_temp as $$ select '{"everybody": {"directory": "read", "access": "read", "decisions": "add", "charges": "add"}, "own": ["demographics", "clinical", "appointments", "billing", "approvals", "directory"]}'::jsonb $$
--;
create function changed_here(wanted_tbl text, wanted_row uuid, field text, station uuid) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce((
    select o.station_id = changed_here.station from audit_log a left join applied_operation o on o.op_id = a.op_id
     where a.row_id = wanted_row and a.tbl = wanted_tbl and a.action in ('insert', 'update') and a.changes ? field
     order by a.seq desc limit 1), false)
$$
--;
create function right_statements() returns table (area text, need text, statement text)
language sql immutable set search_path = pg_catalog, pg_temp
as $$ values
(null::text, null::text, $q$grant usage on schema medidesk to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function apply_operation(jsonb, boolean) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function apply_writes(jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function apply_insert(jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function apply_update(jsonb, uuid) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function audit_seals(bigint) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function break_glass(uuid, text, text) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function canonical(text, jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function changed_by_others(text, uuid, integer, uuid) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function changed_here(text, uuid, text, uuid) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function check_not_entered(jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function close_file(uuid) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function closed_files() to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function current_account() to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function current_epoch() to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function feed_since(pg_snapshot) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function fold(text) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function held_news(uuid[]) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function hello() to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function history_missing(uuid[], jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function hold_fact(jsonb, text, text) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function is_synchronised(text) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function keep_told_numbers(jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function join_station(uuid, text, text, bytea, text) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function lock_rows(jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function log_openings(jsonb, text) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function moved_rows(jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function my_network(text) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function my_orgs(text) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function my_scram_parameters() to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function op_begin(jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function op_end(uuid, jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function op_left(uuid, text, uuid) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function pause_sending(jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function pull_head() to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function release_operation(jsonb, boolean) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function replay_upload(uuid, text, jsonb, jsonb, boolean) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function request_account(text, text, text, text, text, text, uuid) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function seal_audit() to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function seen_row(text, uuid) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function seen_rows(jsonb) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function set_password(text) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function station_tells(uuid, integer, integer) to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function visibility_digest() to medidesk_%1$s$q$),
(null::text, null::text, $q$grant execute on function witnesses(xid8[]) to medidesk_%1$s$q$),
('directory', 'add', $q$grant insert (id, org_id, parent_id, kind, name, timezone, currency, country, deleted_at) on organisation to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on organisation for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]) and parent_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (kind, name, timezone, currency, country, deleted_at) on organisation to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on organisation for update to medidesk_%1$s using (id = any((select my_orgs('%1$s'))::uuid[])) with check (id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on organisation to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on organisation for select to medidesk_%1$s using (id = any((select my_network('%1$s'))::uuid[]))$q$),
('directory', 'add', $q$grant insert (id, org_id, name, deleted_at) on department to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on department for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (name, deleted_at) on department to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on department for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on department to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on department for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('directory', 'add', $q$grant insert (id, org_id, name, active, deleted_at) on room to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on room for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (name, active, deleted_at) on room to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on room for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on room to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on room for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('directory', 'add', $q$grant insert (id, org_id, name, value, deleted_at) on setting to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on setting for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (value, deleted_at) on setting to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on setting for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on setting to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on setting for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('directory', 'add', $q$grant insert (id, org_id, name, deleted_at, visit_service_id) on specialisation to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on specialisation for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (name, deleted_at, visit_service_id) on specialisation to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on specialisation for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on specialisation to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on specialisation for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('directory', 'add', $q$grant insert (id, org_id, kind, title, family_name, given_name, registration_no, specialisation_id, department_id, phone, email, deleted_at, room_id) on staff to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on staff for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (kind, title, family_name, given_name, registration_no, specialisation_id, department_id, phone, email, deleted_at, room_id) on staff to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on staff for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on staff to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on staff for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('access', 'read', $q$grant select on role to medidesk_%1$s$q$),
('access', 'read', $q$create policy %1$s_reads on role for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('access', 'read', $q$grant select on role_level to medidesk_%1$s$q$),
('access', 'read', $q$create policy %1$s_reads on role_level for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('access', 'read', $q$grant select on user_account to medidesk_%1$s$q$),
('access', 'read', $q$create policy %1$s_reads on user_account for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('access', 'read', $q$grant select on user_role to medidesk_%1$s$q$),
('access', 'read', $q$create policy %1$s_reads on user_role for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('directory', 'add', $q$grant insert (id, org_id, staff_id, kind, starts_on, ends_on, from_minute, to_minute, slot_minutes, reason, deleted_at) on duty_exception to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on duty_exception for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (kind, starts_on, ends_on, from_minute, to_minute, slot_minutes, reason, deleted_at) on duty_exception to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on duty_exception for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on duty_exception to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on duty_exception for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('directory', 'add', $q$grant insert (id, org_id, staff_id, weekday, from_minute, to_minute, slot_minutes, starts_on, ends_on, deleted_at) on duty_schedule to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on duty_schedule for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (weekday, from_minute, to_minute, slot_minutes, starts_on, ends_on, deleted_at) on duty_schedule to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on duty_schedule for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on duty_schedule to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on duty_schedule for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('directory', 'add', $q$grant insert (id, org_id, name, payer_code, price_list_id, copay_percent, phone, email, active, deleted_at) on insurer to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on insurer for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (name, payer_code, price_list_id, copay_percent, phone, email, active, deleted_at) on insurer to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on insurer for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on insurer to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on insurer for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('directory', 'add', $q$grant insert (id, org_id, name, deleted_at) on price_list to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on price_list for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (name, deleted_at) on price_list to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on price_list for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on price_list to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on price_list for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('directory', 'add', $q$grant insert (id, org_id, code, name, kind, tax_percent, active, deleted_at) on service to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on service for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (code, name, kind, tax_percent, active, deleted_at) on service to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on service for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on service to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on service for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('directory', 'add', $q$grant insert (id, org_id, service_id, price_list_id, amount, valid_from, deleted_at) on service_price to medidesk_%1$s$q$),
('directory', 'add', $q$create policy %1$s_adds on service_price for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'change', $q$grant update (amount, valid_from, deleted_at) on service_price to medidesk_%1$s$q$),
('directory', 'change', $q$create policy %1$s_changes on service_price for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('directory', 'read', $q$grant select on service_price to medidesk_%1$s$q$),
('directory', 'read', $q$create policy %1$s_reads on service_price for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('appointments', 'add', $q$grant insert (id, org_id, patient_id, staff_id, room_id, starts_at, ends_at, state, note, cancel_reason, wants_earlier, series_id, deleted_at) on appointment to medidesk_%1$s$q$),
('appointments', 'add', $q$create policy %1$s_adds on appointment for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('appointments', 'change', $q$grant update (staff_id, room_id, starts_at, ends_at, state, note, cancel_reason, wants_earlier, series_id, deleted_at) on appointment to medidesk_%1$s$q$),
('appointments', 'change', $q$create policy %1$s_changes on appointment for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('appointments', 'read', $q$grant select on appointment to medidesk_%1$s$q$),
('appointments', 'read', $q$create policy %1$s_reads on appointment for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('demographics', 'add', $q$grant insert (id, org_id, patient_id, insurer_id, policy_no, holder, valid_from, valid_until, copay_percent, checked_on, eligibility_note, deleted_at) on insurance_policy to medidesk_%1$s$q$),
('demographics', 'add', $q$create policy %1$s_adds on insurance_policy for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('demographics', 'change', $q$grant update (insurer_id, policy_no, holder, valid_from, valid_until, copay_percent, checked_on, eligibility_note, deleted_at) on insurance_policy to medidesk_%1$s$q$),
('demographics', 'change', $q$create policy %1$s_changes on insurance_policy for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('demographics', 'read', $q$grant select on insurance_policy to medidesk_%1$s$q$),
('demographics', 'read', $q$create policy %1$s_reads on insurance_policy for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('appointments', 'add', $q$grant insert (id, org_id, patient_id, appointment_id, staff_id, kind, priority, note, provisional_no, state, arrived_at, called_at, in_room_at, ended_at, left_reason, deleted_at) on visit to medidesk_%1$s$q$),
('appointments', 'add', $q$create policy %1$s_adds on visit for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('appointments', 'change', $q$grant update (staff_id, kind, priority, note, state, called_at, in_room_at, ended_at, left_reason, deleted_at) on visit to medidesk_%1$s$q$),
('appointments', 'change', $q$create policy %1$s_changes on visit for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('appointments', 'read', $q$grant select on visit to medidesk_%1$s$q$),
('appointments', 'read', $q$create policy %1$s_reads on visit for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'add', $q$grant insert (id, org_id, cashier_id, drawer, opened_at, opening_float, follows_id, closed_at, counted, expected, note, deleted_at) on cashier_session to medidesk_%1$s$q$),
('billing', 'add', $q$create policy %1$s_adds on cashier_session for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'change', $q$grant update (closed_at, counted, expected, note, deleted_at) on cashier_session to medidesk_%1$s$q$),
('billing', 'change', $q$create policy %1$s_changes on cashier_session for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'read', $q$grant select on cashier_session to medidesk_%1$s$q$),
('billing', 'read', $q$create policy %1$s_reads on cashier_session for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('charges', 'add', $q$grant insert (id, org_id, patient_id, visit_id, service_id, price_list_id, text, quantity, unit_price, tax_percent, charged_at, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_%1$s$q$),
('charges', 'add', $q$create policy %1$s_adds on charge for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('charges', 'read', $q$grant select on charge to medidesk_%1$s$q$),
('charges', 'read', $q$create policy %1$s_reads on charge for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'add', $q$grant insert (id, org_id, claim_id, invoice_line_id, position, claimed, accepted, refusal, deleted_at) on claim_line to medidesk_%1$s$q$),
('billing', 'add', $q$create policy %1$s_adds on claim_line for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'change', $q$grant update (accepted, refusal, deleted_at) on claim_line to medidesk_%1$s$q$),
('billing', 'change', $q$create policy %1$s_changes on claim_line for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'read', $q$grant select on claim_line to medidesk_%1$s$q$),
('billing', 'read', $q$create policy %1$s_reads on claim_line for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('approvals', 'add', $q$grant insert (id, org_id, charge_id, amount, reason, deleted_at) on discount to medidesk_%1$s$q$),
('approvals', 'add', $q$create policy %1$s_adds on discount for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('approvals', 'change', $q$grant update (deleted_at) on discount to medidesk_%1$s$q$),
('approvals', 'change', $q$create policy %1$s_changes on discount for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('approvals', 'read', $q$grant select on discount to medidesk_%1$s$q$),
('approvals', 'read', $q$create policy %1$s_reads on discount for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'add', $q$grant insert (id, org_id, patient_id, invoice_id, insurer_id, policy_no, state, authorisation, note, lines, claimed, submitted_at, insurer_ref, answered_at, answer, accepted, ended_at, end_note, to_patient, written_off, deleted_at) on insurance_claim to medidesk_%1$s$q$),
('billing', 'add', $q$create policy %1$s_adds on insurance_claim for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'change', $q$grant update (state, authorisation, note, submitted_at, insurer_ref, answered_at, answer, accepted, ended_at, end_note, to_patient, written_off, deleted_at) on insurance_claim to medidesk_%1$s$q$),
('billing', 'change', $q$create policy %1$s_changes on insurance_claim for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'read', $q$grant select on insurance_claim to medidesk_%1$s$q$),
('billing', 'read', $q$create policy %1$s_reads on insurance_claim for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'add', $q$grant insert (id, org_id, patient_id, kind, credits_id, policy_id, state, provisional_no, issued_at, lines, total, covered, note, reason, deleted_at) on invoice to medidesk_%1$s$q$),
('billing', 'add', $q$create policy %1$s_adds on invoice for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'change', $q$grant update (policy_id, state, issued_at, lines, total, covered, note, deleted_at) on invoice to medidesk_%1$s$q$),
('billing', 'change', $q$create policy %1$s_changes on invoice for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'read', $q$grant select on invoice to medidesk_%1$s$q$),
('billing', 'read', $q$create policy %1$s_reads on invoice for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'add', $q$grant insert (id, org_id, invoice_id, charge_id, credits_line_id, position, text, quantity, unit_price, discount, tax_percent, net, tax, total, covered, deleted_at) on invoice_line to medidesk_%1$s$q$),
('billing', 'add', $q$create policy %1$s_adds on invoice_line for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'change', $q$grant update (deleted_at) on invoice_line to medidesk_%1$s$q$),
('billing', 'change', $q$create policy %1$s_changes on invoice_line for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'read', $q$grant select on invoice_line to medidesk_%1$s$q$),
('billing', 'read', $q$create policy %1$s_reads on invoice_line for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'add', $q$grant insert (id, org_id, patient_id, invoice_id, session_id, receipt_id, provisional_no, way, amount, tendered, source_id, reference, taken_at, deleted_at) on payment to medidesk_%1$s$q$),
('billing', 'add', $q$create policy %1$s_adds on payment for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'change', $q$grant update (reference, deleted_at) on payment to medidesk_%1$s$q$),
('billing', 'change', $q$create policy %1$s_changes on payment for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'read', $q$grant select on payment to medidesk_%1$s$q$),
('billing', 'read', $q$create policy %1$s_reads on payment for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'add', $q$grant insert (id, org_id, payment_id, amount, reason, state, session_id, paid_at, deleted_at) on refund to medidesk_%1$s$q$),
('billing', 'add', $q$create policy %1$s_adds on refund for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'change', $q$grant update (state, session_id, paid_at, deleted_at) on refund to medidesk_%1$s$q$),
('billing', 'change', $q$create policy %1$s_changes on refund for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('billing', 'read', $q$grant select on refund to medidesk_%1$s$q$),
('billing', 'read', $q$create policy %1$s_reads on refund for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('approvals', 'add', $q$grant insert (id, org_id, refund_id, verdict, note, deleted_at) on refund_verdict to medidesk_%1$s$q$),
('approvals', 'add', $q$create policy %1$s_adds on refund_verdict for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('approvals', 'change', $q$grant update (note, deleted_at) on refund_verdict to medidesk_%1$s$q$),
('approvals', 'change', $q$create policy %1$s_changes on refund_verdict for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('approvals', 'read', $q$grant select on refund_verdict to medidesk_%1$s$q$),
('approvals', 'read', $q$create policy %1$s_reads on refund_verdict for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('demographics', 'add', $q$grant insert (id, org_id, provisional_no, family_name, given_name, sex, born_on, born_estimated, died_on, phone, phone_other, email, address, postal_code, city, country, blood_group, language, desk_note, merged_into_id, restricted, deleted_at) on patient to medidesk_%1$s$q$),
('demographics', 'add', $q$create policy %1$s_adds on patient for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('demographics', 'change', $q$grant update (provisional_no, family_name, given_name, sex, born_on, born_estimated, died_on, phone, phone_other, email, address, postal_code, city, country, blood_group, language, desk_note, merged_into_id, restricted, deleted_at) on patient to medidesk_%1$s$q$),
('demographics', 'change', $q$create policy %1$s_changes on patient for update to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[])) with check (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('demographics', 'read', $q$grant select on patient to medidesk_%1$s$q$),
('demographics', 'read', $q$create policy %1$s_reads on patient for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('demographics', 'add', $q$grant insert (id, org_id, patient_id, name, relation, phone, deleted_at) on next_of_kin to medidesk_%1$s$q$),
('demographics', 'add', $q$create policy %1$s_adds on next_of_kin for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('demographics', 'change', $q$grant update (name, relation, phone, deleted_at) on next_of_kin to medidesk_%1$s$q$),
('demographics', 'change', $q$create policy %1$s_changes on next_of_kin for update to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[])) with check (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('demographics', 'read', $q$grant select on next_of_kin to medidesk_%1$s$q$),
('demographics', 'read', $q$create policy %1$s_reads on next_of_kin for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('demographics', 'add', $q$grant insert (id, org_id, patient_id, text, ends_on, deleted_at) on patient_alert to medidesk_%1$s$q$),
('demographics', 'add', $q$create policy %1$s_adds on patient_alert for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('demographics', 'change', $q$grant update (text, ends_on, deleted_at) on patient_alert to medidesk_%1$s$q$),
('demographics', 'change', $q$create policy %1$s_changes on patient_alert for update to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[])) with check (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('demographics', 'read', $q$grant select on patient_alert to medidesk_%1$s$q$),
('demographics', 'read', $q$create policy %1$s_reads on patient_alert for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('demographics', 'add', $q$grant insert (id, org_id, patient_id, kind, system, value, deleted_at) on patient_identifier to medidesk_%1$s$q$),
('demographics', 'add', $q$create policy %1$s_adds on patient_identifier for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('demographics', 'change', $q$grant update (kind, system, value, deleted_at) on patient_identifier to medidesk_%1$s$q$),
('demographics', 'change', $q$create policy %1$s_changes on patient_identifier for update to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[])) with check (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('demographics', 'read', $q$grant select on patient_identifier to medidesk_%1$s$q$),
('demographics', 'read', $q$create policy %1$s_reads on patient_identifier for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('demographics', 'add', $q$grant insert (id, org_id, kept_id, merged_id, state, reason, deleted_at) on patient_merge to medidesk_%1$s$q$),
('demographics', 'add', $q$create policy %1$s_adds on patient_merge for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('demographics', 'change', $q$grant update (kept_id, merged_id, state, reason, deleted_at) on patient_merge to medidesk_%1$s$q$),
('demographics', 'change', $q$create policy %1$s_changes on patient_merge for update to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[])) with check (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('demographics', 'read', $q$grant select on patient_merge to medidesk_%1$s$q$),
('demographics', 'read', $q$create policy %1$s_reads on patient_merge for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('demographics', 'add', $q$grant insert (id, org_id, patient_id, media_type, content, deleted_at) on patient_photo to medidesk_%1$s$q$),
('demographics', 'add', $q$create policy %1$s_adds on patient_photo for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('demographics', 'change', $q$grant update (media_type, content, deleted_at) on patient_photo to medidesk_%1$s$q$),
('demographics', 'change', $q$create policy %1$s_changes on patient_photo for update to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[])) with check (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('demographics', 'read', $q$grant select on patient_photo to medidesk_%1$s$q$),
('demographics', 'read', $q$create policy %1$s_reads on patient_photo for select to medidesk_%1$s using (org_id = any((select my_network('%1$s'))::uuid[]))$q$),
('clinical', 'add', $q$grant insert (id, org_id, patient_id, substance, reaction, severity, state, noted_on, code, code_system, deleted_at) on allergy to medidesk_%1$s$q$),
('clinical', 'add', $q$create policy %1$s_adds on allergy for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('clinical', 'change', $q$grant update (substance, reaction, severity, state, noted_on, code, code_system, deleted_at) on allergy to medidesk_%1$s$q$),
('clinical', 'change', $q$create policy %1$s_changes on allergy for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]) and patient_id <> all((select closed_files())::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))$q$),
('clinical', 'read', $q$grant select on allergy to medidesk_%1$s$q$),
('clinical', 'read', $q$create policy %1$s_reads on allergy for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))$q$),
('clinical', 'add', $q$grant insert (id, org_id, patient_id, text, state, onset_on, ended_on, code, code_system, deleted_at) on condition to medidesk_%1$s$q$),
('clinical', 'add', $q$create policy %1$s_adds on condition for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('clinical', 'change', $q$grant update (text, state, onset_on, ended_on, code, code_system, deleted_at) on condition to medidesk_%1$s$q$),
('clinical', 'change', $q$create policy %1$s_changes on condition for update to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]) and patient_id <> all((select closed_files())::uuid[])) with check (org_id = any((select my_orgs('%1$s'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))$q$),
('clinical', 'read', $q$grant select on condition to medidesk_%1$s$q$),
('clinical', 'read', $q$create policy %1$s_reads on condition for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]) and patient_id <> all((select closed_files())::uuid[]))$q$),
('decisions', 'add', $q$grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_%1$s$q$),
('decisions', 'add', $q$create policy %1$s_adds on decision for insert to medidesk_%1$s with check (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$),
('decisions', 'read', $q$grant select on decision to medidesk_%1$s$q$),
('decisions', 'read', $q$create policy %1$s_reads on decision for select to medidesk_%1$s using (org_id = any((select my_orgs('%1$s'))::uuid[]))$q$)
$$
--;
create function orgs_above(org uuid) returns setof uuid
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive above as (
    select id, parent_id from organisation where id = org
    union
    select o.id, o.parent_id from organisation o join above on above.parent_id = o.id
  ) select id from above
$$
--;
create function is_own_role(name text) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp
as $$ select starts_with(name, 'own_') $$
--;
create function check_role(wanted_role text, org uuid) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if not exists (select from role where name = wanted_role and deleted_at is null
                    and (not is_own_role(name) or org_id in (select orgs_above(org)))) then
    raise exception using errcode = 'MD005', message = format('there is no role %s here', wanted_role);
  end if;
end $$
--;
create function roles_one_at_a_time() returns void
language sql security definer set search_path = medidesk, pg_temp
as $$ select from role where name = 'administrator' for no key update $$
--;
create function give_rights(wanted_role text, wanted jsonb) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  held_by text := 'medidesk_' || wanted_role;
  levels jsonb := permission_matrix()->'everybody' || wanted;
  one record;
begin
  if not exists (select from pg_roles where rolname = held_by) then
    execute format('create role %I nologin', held_by);
  end if;
  for one in select p.polname, c.relname from pg_policy p join pg_class c on c.oid = p.polrelid
              where p.polroles = array[(select oid from pg_roles where rolname = held_by)] loop
    execute format('drop policy %I on %I', one.polname, one.relname);
  end loop;
  execute format('revoke all on all tables in schema medidesk from %I', held_by);
  execute format('revoke all on all functions in schema medidesk from %I', held_by);
  execute format('revoke all on schema medidesk from %I', held_by);
  for one in
    select s.statement from right_statements() s
     where levels is not null
       and (s.need is null or array_position('{read,add,change}', s.need)
                              <= array_position('{read,add,change}', levels->>s.area))
  loop
    execute format(one.statement, wanted_role);
  end loop;
end $$
--;
create function set_rights(wanted_role text, wanted jsonb) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  perform set_config('lock_timeout', '1s', true);
  for try in 1 .. 8 loop
    begin
      perform give_rights(wanted_role, wanted);
      return;
    exception when deadlock_detected or lock_not_available then
      if try = 8 then
        raise;
      end if;
      perform pg_sleep(0.05 * try * random());
    end;
  end loop;
end $$
--;
create function own_levels(wanted_role text) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_object_agg(area, level), '{}') from role_level where role = wanted_role and deleted_at is null
$$
--;
create function set_levels(wanted_role text, wanted jsonb, org uuid) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if own_levels(wanted_role) = coalesce(wanted, '{}') then
    return;
  end if;
  update role_level set deleted_at = now()
   where role = wanted_role and deleted_at is null and not coalesce(wanted, '{}') ? area;
  update role_level set level = wanted->>area
   where role = wanted_role and deleted_at is null and level <> wanted->>area;
  insert into role_level (id, org_id, role, area, level)
  select gen_random_uuid(), org, wanted_role, l.key, l.value from jsonb_each_text(coalesce(wanted, '{}')) l
   where not own_levels(wanted_role) ? l.key;
  perform set_rights(wanted_role, wanted);
end $$
--;
create function refresh_rights() returns void
language sql security definer set search_path = medidesk, pg_temp
as $$ select set_rights(name, own_levels(name)) from role where is_own_role(name) and deleted_at is null order by name $$
--;
create function check_levels(wanted jsonb) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if jsonb_typeof(wanted) is distinct from 'object'
     or exists (select from jsonb_each(wanted) l
                 where not permission_matrix()->'own' ? l.key or l.value not in ('"read"', '"add"', '"change"')) then
    raise exception using errcode = 'MD005', message = 'a role of the clinic''s own stays within the matrix';
  end if;
  if not wanted ? 'demographics' and wanted->>'directory' is distinct from 'change' then
    raise exception using errcode = 'MD005',
      message = 'a role includes at least to read patients, or to change the clinic''s directory';
  end if;
  if wanted ?| '{clinical,appointments,billing}' and not wanted ? 'demographics' then
    raise exception using errcode = 'MD005',
      message = 'whoever reads clinical content, appointments or bills also reads whose: let this role read patients';
  end if;
end $$
--;
create function own_role(wanted_role text) returns role
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  found role;
begin
  perform roles_one_at_a_time();
  select * into found from role where name = wanted_role and is_own_role(name) and deleted_at is null;
  if found.id is null then
    raise exception using errcode = 'MD005', message = 'this role is no longer there, or is not the clinic''s own';
  end if;
  perform check_administers(found.org_id);
  return found;
end $$
--;
create function define_role(wanted_role text, words text, wanted jsonb, org uuid) returns text
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  name_now text := wanted_role;
  old role;
  taken text;
begin
  perform check_levels(wanted);
  words := btrim(regexp_replace(normalize(coalesce(words, ''), NFKC), '\s+', ' ', 'g'));
  if words ~ '[[:cntrl:]\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]' then
    raise exception using errcode = 'MD005', message = 'the name has signs in it that nobody sees: type it anew';
  end if;
  if words = '' or length(words) > 80 then
    raise exception using errcode = 'MD005', message = 'a role has a name of up to 80 letters';
  end if;
  if wanted_role is null then
    perform roles_one_at_a_time(), check_administers(org);
    if (select count(*) from role where is_own_role(name) and deleted_at is null) >= 100 then
      raise exception using errcode = 'MD005', message = 'there are 100 roles already: change one of these';
    end if;
    name_now := 'own_' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 12);
  else
    old := own_role(wanted_role);
  end if;
  select label into taken from role
   where lower(label) = lower(words) and name <> name_now and deleted_at is null;
  if found then
    raise exception using errcode = 'MD005', message = format('there is a role %s already', taken);
  end if;
  if old.id is null then
    insert into role (id, org_id, name, label) values (gen_random_uuid(), org, name_now, words);
  elsif old.label <> words then
    update role set label = words where id = old.id;
  end if;
  perform set_levels(name_now, wanted, coalesce(old.org_id, org));
  return name_now;
end $$
--;
create function retire_role(wanted_role text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  old role := own_role(wanted_role);
  held integer := (select count(*) from user_role where role = wanted_role and deleted_at is null);
begin
  if held > 0 then
    raise exception using errcode = 'MD005',
      message = format('it is still held by %s: take it from them first',
                       case when held = 1 then 'one person' else held || ' people' end);
  end if;
  if exists (select from account_request where role = wanted_role) then
    raise exception using errcode = 'MD005', message = 'somebody is asked for in this role: decide about them first';
  end if;
  perform set_levels(wanted_role, null, old.org_id);
  update role set deleted_at = now() where id = old.id;
end $$
--;
create function check_administrator_left(org uuid) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  perform roles_one_at_a_time();
  if not exists (
    select from user_role r join user_account a on a.id = r.user_account_id
     where r.org_id in (select orgs_above(org)) and r.role = 'administrator' and r.deleted_at is null and a.state = 'approved' and a.deleted_at is null)
  then
    raise exception using errcode = 'MD005',
      message = 'nobody else administers this branch: make somebody else an administrator first';
  end if;
end $$
--;
create function hold_role(account uuid, account_login text, wanted_role text, org uuid) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  execute format('grant %I to %I', 'medidesk_' || wanted_role, account_login);
  insert into user_role (id, org_id, user_account_id, role) values (gen_random_uuid(), org, account, wanted_role)
  on conflict do nothing;
end $$
--;
create or replace function approve_account(wanted_login text, verifier text, staff uuid, wanted_role text, org uuid)
returns uuid
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account user_account;
begin
  perform check_administers(org);
  perform check_verifier(verifier), check_role(wanted_role, org), check_login(wanted_login);
  select * into account from user_account where login = wanted_login;
  if account.id is not null then
    perform check_administers_account(account.id);
  end if;
  if account.id is null or account.state = 'requested' then
    if verifier is null then
      raise exception using errcode = 'MD005', message = 'a new account needs a password';
    end if;
    if exists (select from pg_roles where rolname = wanted_login) then
      raise exception using errcode = 'MD005', message = format('the name %s is taken on this server', wanted_login);
    end if;
    execute format('create role %I login nosuperuser nocreatedb nocreaterole noreplication inherit password %L',
                   wanted_login, verifier);
    execute format('grant connect on database %I to %I', current_database(), wanted_login);
  else
    if verifier is not null then
      -- That is for reset_password: it ends sessions, leaves a trace, and lets the person choose their own.
      raise exception using errcode = 'MD005', message = format('%s has a password: reset it instead', wanted_login);
    end if;
    execute format('alter role %I login', wanted_login);
  end if;
  if account.id is null then
    perform check_administers(s.org_id) from staff s where s.id = staff;
    if exists (select from user_account a where a.staff_id = staff and a.deleted_at is null) then
      raise exception using errcode = 'MD005', message = 'this member of staff has an account already';
    end if;
    account.id := gen_random_uuid();
    insert into user_account (id, org_id, login, staff_id, state)
    values (account.id, org, wanted_login, staff, 'approved');
  else
    update user_account set state = 'approved', deleted_at = null where id = account.id and state <> 'approved';
  end if;
  delete from account_request where user_account_id = account.id;
  perform hold_role(account.id, wanted_login, wanted_role, org);
  return account.id;
end $$
--;
create function give_role(wanted_login text, wanted_role text, org uuid) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid := administered_account(wanted_login);
begin
  perform check_administers(org), check_role(wanted_role, org);
  if (select state from user_account where id = account) <> 'approved' then
    raise exception using errcode = 'MD005', message = format('the account %s is not approved', wanted_login);
  end if;
  perform hold_role(account, wanted_login, wanted_role, org);
end $$
--;
create function take_role(wanted_login text, wanted_role text, org uuid) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid := administered_account(wanted_login);
begin
  update user_role set deleted_at = now()
   where user_account_id = account and role = wanted_role and org_id = org and deleted_at is null;
  if not found then
    raise exception using errcode = 'MD005', message = format('%s does not hold this role there', wanted_login);
  end if;
  if wanted_role = 'administrator' then
    perform check_administrator_left(org);
  end if;
  if not exists (select from user_role where user_account_id = account and role = wanted_role and deleted_at is null) then
    execute format('revoke %I from %I', 'medidesk_' || wanted_role, wanted_login);
  end if;
end $$
--;
create or replace function suspend_account(wanted_login text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid := administered_account(wanted_login);
begin
  update user_account set state = 'suspended' where id = account and state = 'approved';
  if not found then
    raise exception using errcode = 'MD005', message = format('the account %s is not approved', wanted_login);
  end if;
  perform check_administrator_left(org_id)
     from user_role where user_account_id = account and role = 'administrator' and deleted_at is null;
  execute format('alter role %I nologin', wanted_login);
  perform pg_terminate_backend(pid) from pg_stat_activity where usename = wanted_login and pid <> pg_backend_pid();
end $$
--;
create function let_in_again(wanted_login text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid := administered_account(wanted_login);
begin
  update user_account set state = 'approved' where id = account and state = 'suspended';
  if not found then
    raise exception using errcode = 'MD005', message = format('the account %s is not suspended', wanted_login);
  end if;
  execute format('alter role %I login', wanted_login);
end $$
--;
create function request_account(wanted_login text, verifier text, employed_as text, family text, given text,
                                wanted_role text, org uuid) returns uuid
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  person uuid := gen_random_uuid();
  account user_account;
begin
  if current_account() is null or not exists (select from role r where org = any(my_network(r.name))) then
    raise exception using errcode = '42501', message = 'only colleagues of this branch can ask for an account there';
  end if;
  if verifier is null or coalesce(btrim(family), '') = '' then
    raise exception using errcode = 'MD005', message = 'an account is asked for with a name and a password';
  end if;
  perform check_verifier(verifier), check_role(wanted_role, org), check_login(wanted_login);
  if (select count(*) from account_request where requested_by = session_user) >= 20 then
    raise exception using errcode = 'MD005',
      message = 'you have asked for 20 accounts that nobody has approved yet: ask an administrator to look at them';
  end if;
  select * into account from user_account where login = wanted_login for update;
  if exists (select from pg_roles where rolname = wanted_login) or account.id is not null and account.deleted_at is null then
    raise exception using errcode = 'MD005', message = format('the name %s is taken', wanted_login);
  end if;
  insert into staff (id, org_id, kind, family_name, given_name)
  values (person, org, employed_as, btrim(family), coalesce(btrim(given), ''));
  if account.id is null then
    account.id := gen_random_uuid();
    insert into user_account (id, org_id, login, staff_id, state)
    values (account.id, org, wanted_login, person, 'requested');
  else
    update user_account set org_id = org, staff_id = person, deleted_at = null where id = account.id;
  end if;
  insert into account_request (user_account_id, verifier, role, org_id)
  values (account.id, verifier, wanted_role, org);
  return account.id;
end $$
--;
create function decide_request(wanted_login text, approved_role text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid := administered_account(wanted_login);
  wanted account_request;
  person uuid;
begin
  select * into wanted from account_request where user_account_id = account for update;
  if not found then
    raise exception using errcode = 'MD005', message = format('somebody has decided about %s already', wanted_login);
  end if;
  perform check_administers(wanted.org_id);
  select staff_id into person from user_account where id = account;
  if approved_role is null then
    delete from account_request where user_account_id = account;
    update user_account set deleted_at = now() where id = account;
    update staff set deleted_at = now() where id = person;
  else
    perform approve_account(wanted_login, wanted.verifier, person, approved_role, wanted.org_id);
  end if;
end $$
--;
create function note_account(account uuid, what jsonb) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station)
  select current_epoch(), 'account_sign_in', a.id, a.org_id, 'update', what,
         left(nullif(current_setting('medidesk.station', true), ''), 80)
    from user_account a where a.id = account
$$
--;
create function note_password(account uuid, what text, must_change boolean) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into account_sign_in (user_account_id, must_change_password, password_set_at)
  values (account, must_change, clock_timestamp())
  on conflict (user_account_id) do update
     set must_change_password = excluded.must_change_password, password_set_at = excluded.password_set_at;
  perform note_account(account, jsonb_build_object('password', what));
end $$
--;
create function scram_parameters(wanted_login text) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'iterations', split_part(split_part(rolpassword, '$', 2), ':', 1)::int,
    'salt', split_part(split_part(rolpassword, '$', 2), ':', 2))
  from pg_authid where rolname = wanted_login and rolpassword like 'SCRAM-SHA-256$%'
$$
--;
create or replace function my_scram_parameters() returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select scram_parameters(session_user) $$
--;
create function scram_parameters_of(wanted_login text) returns jsonb
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform administered_account(wanted_login);
  return scram_parameters(wanted_login);
end $$
--;
create function check_keeps_salt(wanted_login text, verifier text) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  known jsonb := scram_parameters(wanted_login);
begin
  perform check_verifier(verifier);
  if known is not null and split_part(verifier, '$', 2) <> concat(known->>'iterations', ':', known->>'salt') then
    raise exception using errcode = 'MD005', message = 'a new password keeps salt and iterations of the old one';
  end if;
end $$
--;
create function set_password(verifier text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid := current_account();
begin
  if account is null or verifier is null then
    raise exception using errcode = '42501', message = 'only an approved account can set its password';
  end if;
  perform check_keeps_salt(session_user, verifier);
  if verifier = (select rolpassword from pg_authid where rolname = session_user) then
    raise exception using errcode = 'MD005', message = 'the new password is the same as the old one';
  end if;
  execute format('alter role %I password %L valid until %L', session_user, verifier, 'infinity');
  perform note_password(account, 'changed', false);
end $$
--;
create function passes_soon(account uuid, account_login text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  execute format('alter role %I valid until %L', account_login, now() + interval '7 days');
  perform note_password(account, 'set by an administrator', true);
end $$
--;
create function reset_password(wanted_login text, verifier text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid := administered_account(wanted_login);
begin
  if wanted_login = session_user then
    raise exception using errcode = 'MD005', message = 'change your own password with the old one';
  end if;
  if verifier is null or not exists (select from user_account where id = account and state = 'approved') then
    raise exception using errcode = 'MD005', message = format('the account %s is not approved', wanted_login);
  end if;
  perform check_keeps_salt(wanted_login, verifier);
  execute format('alter role %I password %L', wanted_login, verifier);
  perform passes_soon(account, wanted_login), sign_out(wanted_login);
end $$
--;
create function add_account(wanted_login text, verifier text, employed_as text, family text, given text,
                            wanted_role text, org uuid) returns uuid
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid;
begin
  perform check_administers(org);
  account := request_account(wanted_login, verifier, employed_as, family, given, wanted_role, org);
  perform decide_request(wanted_login, wanted_role), passes_soon(account, wanted_login);
  return account;
end $$
--;
create function sign_out(wanted_login text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid := administered_account(wanted_login);
begin
  insert into account_sign_in (user_account_id, signed_out_at) values (account, clock_timestamp())
  on conflict (user_account_id) do update set signed_out_at = excluded.signed_out_at;
  perform note_account(account, '{"signed_out": true}');
  perform pg_terminate_backend(pid) from pg_stat_activity where usename = wanted_login and pid <> pg_backend_pid();
end $$
--;
create function accounts_seen() returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
           'login', a.login, 'must_change_password', coalesce(s.must_change_password, false),
           'password_set_at', s.password_set_at, 'signed_out_at', s.signed_out_at,
           'request', (select jsonb_build_object('role', q.role, 'org', q.org_id, 'by', q.requested_by, 'at', q.requested_at)
                         from account_request q where q.user_account_id = a.id),
           'sessions', (select coalesce(jsonb_agg(jsonb_build_object(
                                 'address', host(p.client_addr), 'program', p.application_name,
                                 'since', p.backend_start, 'active_at', p.state_change) order by p.backend_start), '[]')
                          from pg_stat_activity p where p.usename = a.login and p.datname = current_database()))
         order by a.login), '[]')
    from user_account a left join account_sign_in s on s.user_account_id = a.id
   where a.deleted_at is null and administers_account(a.id)
$$
--;
create or replace function hello() returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select jsonb_build_object(
    'server_id', s.server_id, 'epoch', current_epoch(), 'schema_version', s.schema_version,
    'oldest_client', s.oldest_client, 'sending_paused', s.sending_paused,
    'timeline', ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int,
    'settled_epoch', s.settled_epoch, 'now', clock_timestamp(), 'account', current_account(),
    'login', session_user, 'must_change_password', coalesce(i.must_change_password, false),
    'signed_out_at', i.signed_out_at)
  from server_identity s left join account_sign_in i on i.user_account_id = current_account()
$$
--;
create or replace function join_station(station_id uuid, station_name text, wanted_code text, sealed bytea, client text)
returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  code text;
  keys jsonb;
begin
  if current_account() is null then
    raise exception using errcode = '42501', message = 'only an approved account can join a station';
  end if;
  if exists (select from account_sign_in where user_account_id = current_account() and must_change_password) then
    raise exception using errcode = 'MD015', message = 'a new password must be chosen first';
  end if;
  if wanted_code !~ '^[0-9A-Z]{3,8}$' or octet_length(sealed) not between 1 and 256 then
    raise exception using errcode = '22023', message = 'this is no station''s code, or no key of one';
  end if;
  loop
    begin
      insert into station as s (id, name, code, client_version)
      values (station_id, left(station_name, 80), wanted_code, left(client, 40))
      on conflict (id) do update
         set name = excluded.name, last_seen_at = clock_timestamp(), last_login = session_user,
             client_version = excluded.client_version
      returning s.code into code;
      exit;
    exception when unique_violation then
      -- Another PC has this code, and their provisional numbers must differ: one that is free, of the same letters.
      wanted_code := (select string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + floor(random() * 32)::int, 1), '')
                        from generate_series(1, 3));
    end;
  end loop;
  insert into station_key (station_id, sealed_key)
  select join_station.station_id, sealed
   where sealed is not null
     and (select count(*) from station_key k where k.station_id = join_station.station_id and k.login = session_user) < 8
  on conflict do nothing;
  select jsonb_agg(encode(k.sealed_key, 'base64') order by k.given_at, k.sealed_key) into keys
    from station_key k where k.station_id = join_station.station_id;
  -- `sealed_key`: for programs that know of one alone.
  return jsonb_build_object('code', code, 'sealed_keys', coalesce(keys, '[]'), 'sealed_key', keys->0);
end $$
--;
create function server_health() returns jsonb
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administrator();
  return (
    select jsonb_build_object(
      'now', clock_timestamp(), 'version', current_setting('server_version'), 'schema_version', i.schema_version,
      'started_at', pg_postmaster_start_time(), 'bytes', pg_database_size(current_database()),
      'sending_paused', i.sending_paused, 'replay_open', open_replay() is not null,
      'backup_at', (select max(made_at) from backup_run),
      'backup_bytes', (select bytes from backup_run where made_at is not null order by made_at desc limit 1),
      'backup_problem', (select problem from backup_run order by id desc limit 1),
      'archiving', current_setting('archive_mode') <> 'off',
      'archived_at', a.last_archived_time, 'archive_failed_at', a.last_failed_time,
      'unarchived_since', (select min(at) from audit_log
                            where at > coalesce(a.last_archived_time, pg_postmaster_start_time())),
      'sealed_at', (select max(sealed_at) from audit_seal),
      'changed_at', (select at from audit_log order by epoch desc, xid desc, seq desc limit 1),
      'oldest_at', (select at from audit_log where tbl <> 'server_identity' order by epoch, xid, seq limit 1),
      'feed_cut_at', (select f.cut_at from feed_floor f where f.epoch = current_epoch()),
      'fed_since', (select l.at from audit_log l
                     where l.epoch = current_epoch() and l.xid > coalesce(
                       (select f.xid from feed_floor f where f.epoch = current_epoch()), '0'::xid8)
                     order by l.epoch, l.xid, l.seq limit 1),
      'held', (select count(*) from held_fact where decided_at is null),
      'restricted_opened', (select count(distinct xid) from broken_glass where at > clock_timestamp() - interval '7 days'),
      'connections', (select count(*) from pg_stat_activity where backend_type = 'client backend'),
      'connections_most', current_setting('max_connections')::int,
      'transaction_since', (select min(xact_start) from pg_stat_activity
                             where datname = current_database() and pid <> pg_backend_pid()
                               and backend_type = 'client backend'),
      'standbys', (select coalesce(jsonb_agg(jsonb_build_object(
                            'name', r.application_name, 'address', host(r.client_addr), 'state', r.state,
                            'bytes_behind', pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn))
                          order by r.application_name, r.pid), '[]') from pg_stat_replication r),
      'stations', (select coalesce(jsonb_agg(jsonb_build_object(
                            'id', s.id, 'name', s.name, 'code', s.code, 'last_seen_at', s.last_seen_at,
                            'last_login', s.last_login, 'version', s.client_version,
                            'waiting', s.waiting, 'attention', s.attention) order by s.name, s.code), '[]')
                     from station s))
    from server_identity i, pg_stat_archiver a);
end $$
--;
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
end $$
--;
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
end $$
--;
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
end $$
--;
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
$$
--;
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
end $$
--;
revoke all on function administered_account(text) from public
--;
revoke all on function administers_account(uuid) from public
--;
revoke all on function check_login(text) from public
--;
revoke all on function check_verifier(text) from public
--;
revoke all on function permission_matrix() from public
--;
revoke all on function right_statements() from public
--;
revoke all on function orgs_above(uuid) from public
--;
revoke all on function is_own_role(text) from public
--;
revoke all on function check_role(text, uuid) from public
--;
revoke all on function roles_one_at_a_time() from public
--;
revoke all on function give_rights(text, jsonb) from public
--;
revoke all on function set_rights(text, jsonb) from public
--;
revoke all on function own_levels(text) from public
--;
revoke all on function set_levels(text, jsonb, uuid) from public
--;
revoke all on function refresh_rights() from public
--;
revoke all on function check_levels(jsonb) from public
--;
revoke all on function own_role(text) from public
--;
revoke all on function define_role(text, text, jsonb, uuid) from public
--;
revoke all on function retire_role(text) from public
--;
grant execute on function define_role(text, text, jsonb, uuid) to medidesk_administrator
--;
grant execute on function retire_role(text) to medidesk_administrator
--;
revoke all on function check_administrator_left(uuid) from public
--;
revoke all on function hold_role(uuid, text, text, uuid) from public
--;
revoke all on function give_role(text, text, uuid) from public
--;
revoke all on function take_role(text, text, uuid) from public
--;
revoke all on function let_in_again(text) from public
--;
revoke all on function request_account(text, text, text, text, text, text, uuid) from public
--;
revoke all on function decide_request(text, text) from public
--;
revoke all on function note_account(uuid, jsonb) from public
--;
revoke all on function note_password(uuid, text, boolean) from public
--;
revoke all on function scram_parameters(text) from public
--;
revoke all on function scram_parameters_of(text) from public
--;
revoke all on function check_keeps_salt(text, text) from public
--;
revoke all on function set_password(text) from public
--;
revoke all on function passes_soon(uuid, text) from public
--;
revoke all on function reset_password(text, text) from public
--;
revoke all on function add_account(text, text, text, text, text, text, uuid) from public
--;
revoke all on function sign_out(text) from public
--;
revoke all on function accounts_seen() from public
--;
grant execute on function give_role(text, text, uuid) to medidesk_administrator
--;
grant execute on function take_role(text, text, uuid) to medidesk_administrator
--;
grant execute on function let_in_again(text) to medidesk_administrator
--;
grant execute on function request_account(text, text, text, text, text, text, uuid) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function decide_request(text, text) to medidesk_administrator
--;
grant execute on function scram_parameters_of(text) to medidesk_administrator
--;
grant execute on function set_password(text) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function reset_password(text, text) to medidesk_administrator
--;
grant execute on function add_account(text, text, text, text, text, text, uuid) to medidesk_administrator
--;
grant execute on function sign_out(text) to medidesk_administrator
--;
grant execute on function accounts_seen() to medidesk_administrator
--;
revoke all on function server_health() from public
--;
grant execute on function server_health() to medidesk_administrator
--;
revoke all on function rows_of_file(uuid) from public
--;
revoke all on function trail_entry(audit_log, boolean, uuid) from public
--;
revoke all on function shown_rows(text, uuid[]) from public
--;
revoke all on function select_rules(text) from public
--;
revoke all on function audit_trail(jsonb) from public
--;
grant execute on function audit_trail(jsonb) to medidesk_administrator
--;
revoke all on function check_administrator() from public
--;
revoke all on function log_openings(jsonb, text) from public
--;
grant execute on function log_openings(jsonb, text) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
revoke all on function opening_trail(jsonb, boolean, uuid[]) from public
--;
create or replace function is_synchronised(tbl text) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$ select tbl in ('organisation', 'department', 'room', 'setting', 'specialisation', 'staff', 'role', 'role_level', 'user_account', 'user_role', 'duty_exception', 'duty_schedule', 'insurer', 'price_list', 'service', 'service_price', 'appointment', 'insurance_policy', 'visit', 'cashier_session', 'charge', 'claim_line', 'discount', 'insurance_claim', 'invoice', 'invoice_line', 'payment', 'refund', 'refund_verdict', 'patient', 'next_of_kin', 'patient_alert', 'patient_identifier', 'patient_merge', 'patient_photo', 'allergy', 'condition', 'decision') $$
--;
CREATE TABLE setting (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	name VARCHAR NOT NULL, 
	value JSONB NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT setting_pkey PRIMARY KEY (id), 
	CONSTRAINT setting_value_whole_check CHECK (value::text ~ '^[0-9]+$'), 
	CONSTRAINT setting_value_within_check CHECK (case name when 'lock_minutes_most' then value between '1'::jsonb and '120'::jsonb when 'offline_days' then value between '1'::jsonb and '90'::jsonb when 'refund_limit' then value between '0'::jsonb and '1000000'::jsonb when 'restricted_minutes' then value between '5'::jsonb and '720'::jsonb when 'waiting_minutes' then value between '5'::jsonb and '240'::jsonb end), 
	CONSTRAINT setting_name_check CHECK (name in ('lock_minutes_most', 'offline_days', 'refund_limit', 'restricted_minutes', 'waiting_minutes')), 
	CONSTRAINT setting_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
ALTER TABLE setting ADD CONSTRAINT setting_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE UNIQUE INDEX setting_once ON setting (org_id, name) WHERE deleted_at is null
--;
CREATE INDEX setting_org_id_idx ON setting (org_id)
--;
create function setting_of(wanted text, org uuid) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive way as (
    select id, parent_id, 1 as steps from organisation where id = org
    union all
    select o.id, o.parent_id, way.steps + 1 from organisation o join way on way.parent_id = o.id where way.steps < 100
  )
  select coalesce(
    (select s.value from way join setting s on s.org_id = way.id
      where s.name = wanted and s.deleted_at is null order by way.steps limit 1),
    case wanted when 'offline_days' then '30'::jsonb when 'restricted_minutes' then '60'::jsonb
                when 'waiting_minutes' then '30'::jsonb
                when 'refund_limit' then '0'::jsonb end)
$$
--;
revoke all on function setting_of(text, uuid) from public
--;
create trigger z_stamp before insert or update on setting for each row execute function stamp_row()
--;
create trigger audit_insert after insert on setting referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on setting referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on setting referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on setting for each statement execute function refuse_truncate()
--;
grant insert (id, org_id, name, value, deleted_at) on setting to medidesk_administrator
--;
grant update (value, deleted_at) on setting to medidesk_administrator
--;
grant select on setting to medidesk_administrator
--;
grant select on setting to medidesk_doctor
--;
grant select on setting to medidesk_nurse
--;
grant select on setting to medidesk_pharmacist
--;
grant select on setting to medidesk_receptionist
--;
grant select on setting to medidesk_cashier
--;
grant select on setting to medidesk_lab_technician
--;
grant select on setting to medidesk_manager
--;
alter table setting enable row level security
--;
create policy administrator_adds on setting for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on setting for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_reads on setting for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on setting for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on setting for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on setting for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on setting for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on setting for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on setting for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on setting for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
CREATE TABLE duty_exception (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	staff_id UUID, 
	kind VARCHAR NOT NULL, 
	starts_on DATE NOT NULL, 
	ends_on DATE NOT NULL, 
	from_minute INTEGER, 
	to_minute INTEGER, 
	slot_minutes INTEGER, 
	reason VARCHAR(200) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT duty_exception_pkey PRIMARY KEY (id), 
	CONSTRAINT duty_exception_ends_on_after_starts_on_check CHECK (ends_on >= starts_on), 
	CONSTRAINT duty_exception_hours_whole_check CHECK ((from_minute is null) = (to_minute is null)), 
	CONSTRAINT duty_exception_hours_check CHECK (0 <= from_minute and from_minute < to_minute and to_minute <= 1440), 
	CONSTRAINT duty_exception_slot_minutes_check CHECK (slot_minutes between 5 and 480), 
	CONSTRAINT duty_exception_extra_hours_given_check CHECK (kind <> 'extra' or staff_id is not null and from_minute is not null and slot_minutes is not null), 
	CONSTRAINT duty_exception_kind_check CHECK (kind in ('away', 'extra')), 
	CONSTRAINT duty_exception_starts_on_check CHECK (starts_on between '0001-01-01' and '9999-12-31'), 
	CONSTRAINT duty_exception_ends_on_check CHECK (ends_on between '0001-01-01' and '9999-12-31'), 
	CONSTRAINT duty_exception_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE duty_schedule (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	staff_id UUID NOT NULL, 
	weekday INTEGER NOT NULL, 
	from_minute INTEGER NOT NULL, 
	to_minute INTEGER NOT NULL, 
	slot_minutes INTEGER NOT NULL, 
	starts_on DATE NOT NULL, 
	ends_on DATE, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT duty_schedule_pkey PRIMARY KEY (id), 
	CONSTRAINT duty_schedule_weekday_iso8601_check CHECK (weekday between 1 and 7), 
	CONSTRAINT duty_schedule_hours_check CHECK (0 <= from_minute and from_minute < to_minute and to_minute <= 1440), 
	CONSTRAINT duty_schedule_slot_minutes_check CHECK (slot_minutes between 5 and 480), 
	CONSTRAINT duty_schedule_ends_on_after_starts_on_check CHECK (ends_on >= starts_on), 
	CONSTRAINT duty_schedule_one_place EXCLUDE USING gist (staff_id WITH =, weekday WITH =, int4range(from_minute, to_minute) WITH &&, daterange(starts_on, ends_on, '[]') WITH &&) WHERE (deleted_at is null), 
	CONSTRAINT duty_schedule_starts_on_check CHECK (starts_on between '0001-01-01' and '9999-12-31'), 
	CONSTRAINT duty_schedule_ends_on_check CHECK (ends_on between '0001-01-01' and '9999-12-31'), 
	CONSTRAINT duty_schedule_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
ALTER TABLE duty_exception ADD CONSTRAINT duty_exception_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE duty_exception ADD CONSTRAINT duty_exception_staff_id_fkey FOREIGN KEY(staff_id) REFERENCES staff (id)
--;
CREATE INDEX duty_exception_org_id_idx ON duty_exception (org_id)
--;
CREATE INDEX duty_exception_staff_id_idx ON duty_exception (staff_id)
--;
ALTER TABLE duty_schedule ADD CONSTRAINT duty_schedule_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE duty_schedule ADD CONSTRAINT duty_schedule_staff_id_fkey FOREIGN KEY(staff_id) REFERENCES staff (id)
--;
CREATE INDEX duty_schedule_org_id_idx ON duty_schedule (org_id)
--;
CREATE INDEX duty_schedule_staff_id_idx ON duty_schedule (staff_id)
--;
create trigger z_stamp before insert or update on duty_exception for each row execute function stamp_row()
--;
create trigger audit_insert after insert on duty_exception referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on duty_exception referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on duty_exception referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on duty_exception for each statement execute function refuse_truncate()
--;
grant select on duty_exception to medidesk_administrator
--;
grant insert (id, org_id, staff_id, kind, starts_on, ends_on, from_minute, to_minute, slot_minutes, reason, deleted_at) on duty_exception to medidesk_administrator
--;
grant update (kind, starts_on, ends_on, from_minute, to_minute, slot_minutes, reason, deleted_at) on duty_exception to medidesk_administrator
--;
grant select on duty_exception to medidesk_doctor
--;
grant select on duty_exception to medidesk_nurse
--;
grant select on duty_exception to medidesk_pharmacist
--;
grant select on duty_exception to medidesk_receptionist
--;
grant select on duty_exception to medidesk_cashier
--;
grant select on duty_exception to medidesk_lab_technician
--;
grant select on duty_exception to medidesk_manager
--;
alter table duty_exception enable row level security
--;
create policy administrator_reads on duty_exception for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on duty_exception for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on duty_exception for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy doctor_reads on duty_exception for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on duty_exception for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on duty_exception for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on duty_exception for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on duty_exception for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on duty_exception for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on duty_exception for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on duty_schedule for each row execute function stamp_row()
--;
create trigger audit_insert after insert on duty_schedule referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on duty_schedule referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on duty_schedule referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on duty_schedule for each statement execute function refuse_truncate()
--;
grant select on duty_schedule to medidesk_administrator
--;
grant insert (id, org_id, staff_id, weekday, from_minute, to_minute, slot_minutes, starts_on, ends_on, deleted_at) on duty_schedule to medidesk_administrator
--;
grant update (weekday, from_minute, to_minute, slot_minutes, starts_on, ends_on, deleted_at) on duty_schedule to medidesk_administrator
--;
grant select on duty_schedule to medidesk_doctor
--;
grant select on duty_schedule to medidesk_nurse
--;
grant select on duty_schedule to medidesk_pharmacist
--;
grant select on duty_schedule to medidesk_receptionist
--;
grant select on duty_schedule to medidesk_cashier
--;
grant select on duty_schedule to medidesk_lab_technician
--;
grant select on duty_schedule to medidesk_manager
--;
alter table duty_schedule enable row level security
--;
create policy administrator_reads on duty_schedule for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on duty_schedule for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on duty_schedule for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy doctor_reads on duty_schedule for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on duty_schedule for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on duty_schedule for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on duty_schedule for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on duty_schedule for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on duty_schedule for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on duty_schedule for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on role_level for each row execute function stamp_row()
--;
create trigger audit_insert after insert on role_level referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on role_level referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on role_level referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on role_level for each statement execute function refuse_truncate()
--;
grant select on role_level to medidesk_administrator
--;
grant select on role_level to medidesk_doctor
--;
grant select on role_level to medidesk_nurse
--;
grant select on role_level to medidesk_pharmacist
--;
grant select on role_level to medidesk_receptionist
--;
grant select on role_level to medidesk_cashier
--;
grant select on role_level to medidesk_lab_technician
--;
grant select on role_level to medidesk_manager
--;
alter table role_level enable row level security
--;
create policy administrator_reads on role_level for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on role_level for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on role_level for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on role_level for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on role_level for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on role_level for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on role_level for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on role_level for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
CREATE TABLE appointment (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	staff_id UUID NOT NULL, 
	room_id UUID, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	state VARCHAR DEFAULT 'booked' NOT NULL, 
	note VARCHAR(200) DEFAULT '' NOT NULL, 
	cancel_reason VARCHAR(200) DEFAULT '' NOT NULL, 
	wants_earlier BOOLEAN DEFAULT false NOT NULL, 
	series_id UUID, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT appointment_pkey PRIMARY KEY (id), 
	CONSTRAINT appointment_ends_at_after_starts_at_check CHECK (ends_at is null or ends_at > starts_at), 
	CONSTRAINT appointment_one_place EXCLUDE USING gist (staff_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (deleted_at is null and state = 'booked'), 
	CONSTRAINT appointment_one_room EXCLUDE USING gist (room_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (deleted_at is null and state = 'booked' and room_id is not null), 
	CONSTRAINT appointment_hours_most_check CHECK (ends_at <= starts_at + interval '12 hours'), 
	CONSTRAINT appointment_cancelled_with_reason_check CHECK (state <> 'cancelled' or cancel_reason <> ''), 
	CONSTRAINT appointment_starts_at_check CHECK (starts_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT appointment_ends_at_check CHECK (ends_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT appointment_state_check CHECK (state in ('booked', 'parked', 'cancelled', 'no_show')), 
	CONSTRAINT appointment_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
ALTER TABLE appointment ADD CONSTRAINT appointment_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE appointment ADD CONSTRAINT appointment_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
ALTER TABLE appointment ADD CONSTRAINT appointment_staff_id_fkey FOREIGN KEY(staff_id) REFERENCES staff (id)
--;
CREATE INDEX appointment_org_id_idx ON appointment (org_id)
--;
CREATE INDEX appointment_patient_id_idx ON appointment (patient_id)
--;
CREATE INDEX appointment_room_times_idx ON appointment (room_id, starts_at)
--;
CREATE INDEX appointment_series_id_idx ON appointment (series_id)
--;
CREATE INDEX appointment_staff_times_idx ON appointment (staff_id, starts_at)
--;
CREATE INDEX appointment_times_idx ON appointment (org_id, starts_at)
--;
create trigger z_stamp before insert or update on appointment for each row execute function stamp_row()
--;
create trigger audit_insert after insert on appointment referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on appointment referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on appointment referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on appointment for each statement execute function refuse_truncate()
--;
grant select on appointment to medidesk_administrator
--;
grant insert (id, org_id, patient_id, staff_id, room_id, starts_at, ends_at, state, note, cancel_reason, wants_earlier, series_id, deleted_at) on appointment to medidesk_doctor
--;
grant update (staff_id, room_id, starts_at, ends_at, state, note, cancel_reason, wants_earlier, series_id, deleted_at) on appointment to medidesk_doctor
--;
grant select on appointment to medidesk_doctor
--;
grant insert (id, org_id, patient_id, staff_id, room_id, starts_at, ends_at, state, note, cancel_reason, wants_earlier, series_id, deleted_at) on appointment to medidesk_nurse
--;
grant update (staff_id, room_id, starts_at, ends_at, state, note, cancel_reason, wants_earlier, series_id, deleted_at) on appointment to medidesk_nurse
--;
grant select on appointment to medidesk_nurse
--;
grant insert (id, org_id, patient_id, staff_id, room_id, starts_at, ends_at, state, note, cancel_reason, wants_earlier, series_id, deleted_at) on appointment to medidesk_receptionist
--;
grant update (staff_id, room_id, starts_at, ends_at, state, note, cancel_reason, wants_earlier, series_id, deleted_at) on appointment to medidesk_receptionist
--;
grant select on appointment to medidesk_receptionist
--;
grant select on appointment to medidesk_cashier
--;
grant select on appointment to medidesk_manager
--;
alter table appointment enable row level security
--;
create policy administrator_reads on appointment for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy doctor_adds on appointment for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_changes on appointment for update to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[])) with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_reads on appointment for select to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy nurse_adds on appointment for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_changes on appointment for update to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[])) with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_reads on appointment for select to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy receptionist_adds on appointment for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on appointment for update to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[])) with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_reads on appointment for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_reads on appointment for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy manager_reads on appointment for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
CREATE TABLE service (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	code VARCHAR(20) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	kind VARCHAR NOT NULL, 
	tax_percent NUMERIC(18, 2) DEFAULT '0' NOT NULL, 
	active BOOLEAN DEFAULT true NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT service_pkey PRIMARY KEY (id), 
	CONSTRAINT service_code_given_check CHECK (code <> ''), 
	CONSTRAINT service_name_given_check CHECK (name <> ''), 
	CONSTRAINT service_tax_within_check CHECK (tax_percent between 0 and 100), 
	CONSTRAINT service_kind_check CHECK (kind in ('consultation', 'procedure', 'laboratory', 'imaging', 'ward', 'other')), 
	CONSTRAINT service_tax_percent_check CHECK (tax_percent <> 'NaN'), 
	CONSTRAINT service_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
ALTER TABLE service ADD CONSTRAINT service_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE UNIQUE INDEX service_code_key ON service (org_id, code) WHERE deleted_at is null
--;
CREATE INDEX service_org_id_idx ON service (org_id)
--;
create trigger z_stamp before insert or update on service for each row execute function stamp_row()
--;
create trigger audit_insert after insert on service referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on service referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on service referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on service for each statement execute function refuse_truncate()
--;
grant insert (id, org_id, code, name, kind, tax_percent, active, deleted_at) on service to medidesk_administrator
--;
grant update (code, name, kind, tax_percent, active, deleted_at) on service to medidesk_administrator
--;
grant select on service to medidesk_administrator
--;
grant select on service to medidesk_doctor
--;
grant select on service to medidesk_nurse
--;
grant select on service to medidesk_pharmacist
--;
grant select on service to medidesk_receptionist
--;
grant select on service to medidesk_cashier
--;
grant select on service to medidesk_lab_technician
--;
grant select on service to medidesk_manager
--;
alter table service enable row level security
--;
create policy administrator_adds on service for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on service for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_reads on service for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on service for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on service for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on service for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on service for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on service for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on service for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on service for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
CREATE TABLE price_list (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT price_list_pkey PRIMARY KEY (id), 
	CONSTRAINT price_list_name_given_check CHECK (name <> ''), 
	CONSTRAINT price_list_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
ALTER TABLE price_list ADD CONSTRAINT price_list_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE UNIQUE INDEX price_list_name_key ON price_list (org_id, name) WHERE deleted_at is null
--;
CREATE INDEX price_list_org_id_idx ON price_list (org_id)
--;
create trigger z_stamp before insert or update on price_list for each row execute function stamp_row()
--;
create trigger audit_insert after insert on price_list referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on price_list referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on price_list referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on price_list for each statement execute function refuse_truncate()
--;
grant insert (id, org_id, name, deleted_at) on price_list to medidesk_administrator
--;
grant update (name, deleted_at) on price_list to medidesk_administrator
--;
grant select on price_list to medidesk_administrator
--;
grant select on price_list to medidesk_doctor
--;
grant select on price_list to medidesk_nurse
--;
grant select on price_list to medidesk_pharmacist
--;
grant select on price_list to medidesk_receptionist
--;
grant select on price_list to medidesk_cashier
--;
grant select on price_list to medidesk_lab_technician
--;
grant select on price_list to medidesk_manager
--;
alter table price_list enable row level security
--;
create policy administrator_adds on price_list for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on price_list for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_reads on price_list for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on price_list for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on price_list for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on price_list for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on price_list for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on price_list for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on price_list for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on price_list for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
CREATE TABLE service_price (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	service_id UUID NOT NULL, 
	price_list_id UUID, 
	amount NUMERIC(18, 4) NOT NULL, 
	valid_from DATE NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT service_price_pkey PRIMARY KEY (id), 
	CONSTRAINT service_price_amount_not_negative_check CHECK (amount >= 0), 
	CONSTRAINT service_price_amount_check CHECK (amount <> 'NaN'), 
	CONSTRAINT service_price_valid_from_check CHECK (valid_from between '0001-01-01' and '9999-12-31'), 
	CONSTRAINT service_price_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
ALTER TABLE service_price ADD CONSTRAINT service_price_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE service_price ADD CONSTRAINT service_price_price_list_id_fkey FOREIGN KEY(price_list_id) REFERENCES price_list (id)
--;
ALTER TABLE service_price ADD CONSTRAINT service_price_service_id_fkey FOREIGN KEY(service_id) REFERENCES service (id)
--;
CREATE UNIQUE INDEX service_price_once ON service_price (service_id, price_list_id, org_id, valid_from) NULLS NOT DISTINCT WHERE deleted_at is null
--;
CREATE INDEX service_price_org_id_idx ON service_price (org_id)
--;
CREATE INDEX service_price_price_list_id_idx ON service_price (price_list_id)
--;
CREATE INDEX service_price_service_id_idx ON service_price (service_id)
--;
create trigger z_stamp before insert or update on service_price for each row execute function stamp_row()
--;
create trigger audit_insert after insert on service_price referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on service_price referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on service_price referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on service_price for each statement execute function refuse_truncate()
--;
grant insert (id, org_id, service_id, price_list_id, amount, valid_from, deleted_at) on service_price to medidesk_administrator
--;
grant update (amount, valid_from, deleted_at) on service_price to medidesk_administrator
--;
grant select on service_price to medidesk_administrator
--;
grant select on service_price to medidesk_doctor
--;
grant select on service_price to medidesk_nurse
--;
grant select on service_price to medidesk_pharmacist
--;
grant select on service_price to medidesk_receptionist
--;
grant select on service_price to medidesk_cashier
--;
grant select on service_price to medidesk_lab_technician
--;
grant select on service_price to medidesk_manager
--;
alter table service_price enable row level security
--;
create policy administrator_adds on service_price for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on service_price for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_reads on service_price for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on service_price for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on service_price for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on service_price for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on service_price for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on service_price for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on service_price for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on service_price for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create function service_prices_stay() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if old.valid_from < (select (now() at time zone o.timezone)::date from organisation o where o.id = old.org_id)
     and (new.amount, new.valid_from, new.deleted_at) is distinct from (old.amount, old.valid_from, old.deleted_at) then
    raise exception using errcode = 'MD005',
      message = 'This price has been in force: it stays. Give a new price from a later day.';
  end if;
  return new;
end $$
--;
create trigger a_stays before update on service_price for each row execute function service_prices_stay()
--;
create function currency_stays() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if exists (select from service_price where org_id = old.id and deleted_at is null)
     or exists (select from charge where org_id = old.id) then
    raise exception using errcode = 'MD005',
      message = 'This branch has prices in its currency. It keeps that currency.';
  end if;
  return new;
end $$
--;
create trigger a_currency before update of currency on organisation for each row
  when (new.currency is distinct from old.currency) execute function currency_stays()
--;
revoke all on function service_prices_stay() from public
--;
revoke all on function currency_stays() from public
--;
alter table station add column attention integer default 0 not null
--;
create function station_tells(station_id uuid, waits integer, needs_attention integer) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if current_account() is null then
    raise exception using errcode = '42501', message = 'only an approved account can speak for a station';
  end if;
  update station set last_seen_at = clock_timestamp(), waiting = greatest(0, least(waits, 1000000)),
                     attention = greatest(0, least(needs_attention, 1000000))
   where id = station_id;
end $$
--;
revoke all on function station_tells(uuid, integer, integer) from public
--;
grant execute on function station_tells(uuid, integer, integer) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
CREATE TABLE visit (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	appointment_id UUID, 
	staff_id UUID, 
	kind VARCHAR DEFAULT 'outpatient' NOT NULL, 
	priority VARCHAR DEFAULT 'normal' NOT NULL, 
	note VARCHAR(200) DEFAULT '' NOT NULL, 
	ticket VARCHAR(20), 
	provisional_no VARCHAR(20), 
	state VARCHAR DEFAULT 'waiting' NOT NULL, 
	arrived_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	called_at TIMESTAMP WITH TIME ZONE, 
	in_room_at TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	left_reason VARCHAR(200) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT visit_pkey PRIMARY KEY (id), 
	CONSTRAINT visit_ended_when_it_ended_check CHECK ((state in ('completed', 'left')) = (ended_at is not null)), 
	CONSTRAINT visit_in_room_since_check CHECK (state <> 'in_room' or in_room_at is not null), 
	CONSTRAINT visit_kind_check CHECK (kind in ('outpatient', 'emergency', 'inpatient')), 
	CONSTRAINT visit_priority_check CHECK (priority in ('normal', 'urgent')), 
	CONSTRAINT visit_state_check CHECK (state in ('waiting', 'in_room', 'completed', 'left')), 
	CONSTRAINT visit_arrived_at_check CHECK (arrived_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT visit_called_at_check CHECK (called_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT visit_in_room_at_check CHECK (in_room_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT visit_ended_at_check CHECK (ended_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT visit_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
ALTER TABLE visit ADD CONSTRAINT visit_appointment_id_fkey FOREIGN KEY(appointment_id) REFERENCES appointment (id)
--;
ALTER TABLE visit ADD CONSTRAINT visit_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE visit ADD CONSTRAINT visit_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
ALTER TABLE visit ADD CONSTRAINT visit_staff_id_fkey FOREIGN KEY(staff_id) REFERENCES staff (id)
--;
CREATE UNIQUE INDEX visit_appointment_once ON visit (appointment_id) WHERE deleted_at is null
--;
CREATE INDEX visit_arrived_idx ON visit (org_id, arrived_at)
--;
CREATE INDEX visit_org_id_idx ON visit (org_id)
--;
CREATE INDEX visit_patient_id_idx ON visit (patient_id)
--;
create function stepped_at(said timestamptz, arrived timestamptz, told boolean) returns timestamptz
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select case when said is not null then
    case when told then greatest(arrived, least(said, acting_time())) else acting_time() end end
$$
--;
create function open_visit() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  told boolean := is_told();
  counter text := case when new.kind = 'emergency' then 'E' when new.appointment_id is null then 'W' else 'A' end;
  series text;
  next bigint;
begin
  new.arrived_at := case when told then least(new.arrived_at, acting_time()) else acting_time() end;
  if not told then
    new.provisional_no := null;
  elsif new.appointment_id is not null then
    -- Two desks checked one patient in while one of them was without the server: they came once.
    perform from appointment where id = new.appointment_id for no key update;
    if exists (select from visit where appointment_id = new.appointment_id and deleted_at is null) then
      new.appointment_id := null;
      new.state := 'left';
      new.ended_at := new.arrived_at;
      new.left_reason := 'Checked in at another desk already';
    end if;
  end if;
  new.ticket := given_number(new.id);
  if new.ticket is null then
    series := (select format('ticket-%s-%s-%s', new.org_id, (new.arrived_at at time zone o.timezone)::date, counter)
                 from organisation o where o.id = new.org_id);
    insert into number_series as s (name, last) values (series, 1)
    on conflict (name) do update set last = s.last + 1 returning last into next;
    new.ticket := counter || '-' || lpad(next::text, greatest(2, length(next::text)), '0');
  end if;
  return new;
end $$
--;
create function step_visit() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  told boolean := is_told();
begin
  new.ticket := old.ticket;
  if new.called_at is distinct from old.called_at then
    new.called_at := stepped_at(new.called_at, new.arrived_at, told);
  end if;
  if new.in_room_at is distinct from old.in_room_at then
    new.in_room_at := stepped_at(new.in_room_at, new.arrived_at, told);
  end if;
  if new.ended_at is distinct from old.ended_at then
    new.ended_at := stepped_at(new.ended_at, new.arrived_at, told);
  end if;
  return new;
end $$
--;
create trigger a_open before insert on visit for each row execute function open_visit()
--;
create trigger a_step before update on visit for each row execute function step_visit()
--;
create trigger z_stamp before insert or update on visit for each row execute function stamp_row()
--;
create trigger audit_insert after insert on visit referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on visit referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on visit referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on visit for each statement execute function refuse_truncate()
--;
grant select on visit to medidesk_administrator
--;
grant insert (id, org_id, patient_id, appointment_id, staff_id, kind, priority, note, provisional_no, state, arrived_at, called_at, in_room_at, ended_at, left_reason, deleted_at) on visit to medidesk_doctor
--;
grant update (staff_id, kind, priority, note, state, called_at, in_room_at, ended_at, left_reason, deleted_at) on visit to medidesk_doctor
--;
grant select on visit to medidesk_doctor
--;
grant insert (id, org_id, patient_id, appointment_id, staff_id, kind, priority, note, provisional_no, state, arrived_at, called_at, in_room_at, ended_at, left_reason, deleted_at) on visit to medidesk_nurse
--;
grant update (staff_id, kind, priority, note, state, called_at, in_room_at, ended_at, left_reason, deleted_at) on visit to medidesk_nurse
--;
grant select on visit to medidesk_nurse
--;
grant insert (id, org_id, patient_id, appointment_id, staff_id, kind, priority, note, provisional_no, state, arrived_at, called_at, in_room_at, ended_at, left_reason, deleted_at) on visit to medidesk_receptionist
--;
grant update (staff_id, kind, priority, note, state, called_at, in_room_at, ended_at, left_reason, deleted_at) on visit to medidesk_receptionist
--;
grant select on visit to medidesk_receptionist
--;
grant select on visit to medidesk_cashier
--;
grant select on visit to medidesk_manager
--;
alter table visit enable row level security
--;
create policy administrator_reads on visit for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy doctor_adds on visit for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_changes on visit for update to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[])) with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_reads on visit for select to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy nurse_adds on visit for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_changes on visit for update to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[])) with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_reads on visit for select to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy receptionist_adds on visit for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on visit for update to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[])) with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_reads on visit for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_reads on visit for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy manager_reads on visit for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
revoke all on function stepped_at(timestamptz, timestamptz, boolean) from public
--;
revoke all on function open_visit() from public
--;
revoke all on function step_visit() from public
--;
create or replace function receipt(op uuid, told boolean) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select signed(jsonb_build_object(
    'of', 'operation', 'server', s.server_id, 'epoch', o.epoch, 'op', o.op_id, 'author', o.author,
    'station', o.station_id, 'sha', encode(o.payload_sha, 'hex'), 'told', coalesce(told, false), 'at', o.applied_at,
    'history', place_in_history(),
    'numbers', (select coalesce(jsonb_object_agg(given.row_id, given.number) filter (where given.number is not null), '{}')
                  from (select a.row_id, case a.action
                                 when 'insert' then coalesce(a.changes->>'file_no', a.changes->>'ticket', a.changes->>'number',
                                                             a.changes->>'receipt_no')
                                 else a.changes->'number'->>1 end as number
                          from audit_log a
                         where a.epoch = o.epoch and a.xid = o.xid and a.op_id = o.op_id
                           and a.tbl in ('patient', 'visit', 'invoice', 'payment', 'refund')
                           and a.action in ('insert', 'update')) given)))
  from applied_operation o, server_identity s
  where o.op_id = receipt.op and o.xid = pg_current_xact_id_if_assigned()
$$
--;
create or replace function cut_feed(keep interval default '30 days') returns text
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
end $$
--;
create or replace function op_attested(op jsonb) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into applied_operation (op_id, payload_sha, author, station_id, verb, supersedes, epoch, made_at, attested_by)
  values ((op->>'id')::uuid, sha256(convert_to(op::text, 'UTF8')), op->>'author', (op->>'station')::uuid, op->>'verb',
          (op->>'supersedes')::uuid, current_epoch(), made_at(op), session_user)
$$
--;
revoke all on function made_at(jsonb) from public
--;
revoke all on function file_family(uuid) from public
--;
revoke all on function is_clinician_of(uuid, text) from public
--;
revoke all on function held_in(text) from public
--;
drop trigger c_guard on patient
--;
create trigger c_guard before update on patient for each row
  when (new.merged_into_id is not null or old.merged_into_id is not null) execute function guard_merged()
--;
create or replace function check_administers_all() returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administrator();
  perform check_administers(org_id) from (select distinct org_id from user_role where deleted_at is null) held;
end $$
--;
create or replace function settle_identifier() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  other record;
  mine uuid;
begin
  new.disputed := false;
  if new.deleted_at is not null then
    return new;
  end if;
  perform take_turn(concat_ws('|', 'identifier', new.kind, new.system, new.value));
  -- Whose it is today: files that were merged are compared as the ones that were kept.
  select kept_file(i.patient_id) as patient_id into other
    from patient_identifier i
   where i.kind = new.kind and i.system = new.system and i.value = new.value
     and i.deleted_at is null and not i.disputed and i.id <> new.id limit 1;
  if not found or not is_told() then
    return new;
  end if;
  new.disputed := true;
  mine := kept_file(new.patient_id);
  if other.patient_id <> mine and not exists (
      select from patient_merge m where m.state in ('proposed', 'merged') and m.deleted_at is null
         and (m.kept_id, m.merged_id) in ((other.patient_id, mine), (mine, other.patient_id)))
  then
    insert into patient_merge (id, org_id, kept_id, merged_id, state, reason)
    values (derived_id('proposal', new.id::text, other.patient_id::text, old.version::text), new.org_id,
            other.patient_id, mine, 'proposed',
            left(format('same %s %s', replace(new.kind, '_', ' '), new.value), 200));
  end if;
  return new;
end $$
--;
create or replace function flag_allergies() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  -- One at a time for each patient: two who write at once would not see each other's row, and the flag of a patient
  -- whose one allergy was resolved while another was noted would say that there is none.
  perform take_turn('allergies|' || new.patient_id);
  update patient p set has_allergy = not p.has_allergy
   where p.id = new.patient_id
     and p.has_allergy is distinct from exists (
       select from allergy a where a.patient_id = p.id and a.state = 'active' and a.deleted_at is null);
  return null;
end $$
--;
revoke all on function take_turn(text) from public
--;
create function may_be_told(tbl text, wanted uuid) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  known jsonb := seen_row(tbl, wanted);
begin
  if known is null then
    return has_table_privilege(session_user, 'medidesk.' || quote_ident(tbl), 'select');
  end if;
  return would_show(tbl, known) or (
    select count(*) > 0 and bool_and(a.attested_by is not distinct from session_user) and bool_or(a.action = 'insert')
      from audit_log a where a.row_id = wanted and a.tbl = may_be_told.tbl);
end $$
--;
revoke all on function may_be_told(text, uuid) from public
--;
revoke all on function check_shown(jsonb) from public
--;
revoke all on function is_closed_to_some(text) from public
--;
CREATE TABLE cashier_session (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	cashier_id UUID NOT NULL, 
	drawer VARCHAR(60) NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	opening_float NUMERIC(18, 4) NOT NULL, 
	follows_id UUID, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	counted NUMERIC(18, 4), 
	expected NUMERIC(18, 4), 
	note VARCHAR(200) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT cashier_session_pkey PRIMARY KEY (id), 
	CONSTRAINT cashier_session_drawer_given_check CHECK (drawer <> ''), 
	CONSTRAINT cashier_session_not_negative_check CHECK (opening_float >= 0 and counted >= 0), 
	CONSTRAINT cashier_session_closed_when_counted_check CHECK ((closed_at is null) = (counted is null) and (closed_at is null) = (expected is null)), 
	CONSTRAINT cashier_session_opened_at_check CHECK (opened_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT cashier_session_opening_float_check CHECK (opening_float <> 'NaN'), 
	CONSTRAINT cashier_session_closed_at_check CHECK (closed_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT cashier_session_counted_check CHECK (counted <> 'NaN'), 
	CONSTRAINT cashier_session_expected_check CHECK (expected <> 'NaN'), 
	CONSTRAINT cashier_session_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE charge (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	visit_id UUID, 
	service_id UUID NOT NULL, 
	price_list_id UUID, 
	text VARCHAR(120) NOT NULL, 
	quantity NUMERIC(18, 3) NOT NULL, 
	unit_price NUMERIC(18, 4) NOT NULL, 
	tax_percent NUMERIC(18, 2) DEFAULT '0' NOT NULL, 
	charged_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	withdrawn_at TIMESTAMP WITH TIME ZONE, 
	withdrawn_reason VARCHAR(200) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT charge_pkey PRIMARY KEY (id), 
	CONSTRAINT charge_text_given_check CHECK (text <> ''), 
	CONSTRAINT charge_quantity_within_check CHECK (quantity > 0 and quantity <= 10000), 
	CONSTRAINT charge_unit_price_not_negative_check CHECK (unit_price >= 0), 
	CONSTRAINT charge_tax_within_check CHECK (tax_percent between 0 and 100), 
	CONSTRAINT charge_withdrawn_with_reason_check CHECK (withdrawn_at is null or withdrawn_reason <> ''), 
	CONSTRAINT charge_quantity_check CHECK (quantity <> 'NaN'), 
	CONSTRAINT charge_unit_price_check CHECK (unit_price <> 'NaN'), 
	CONSTRAINT charge_tax_percent_check CHECK (tax_percent <> 'NaN'), 
	CONSTRAINT charge_charged_at_check CHECK (charged_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT charge_withdrawn_at_check CHECK (withdrawn_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT charge_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE discount (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	charge_id UUID NOT NULL, 
	amount NUMERIC(18, 4) NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT discount_pkey PRIMARY KEY (id), 
	CONSTRAINT discount_amount_positive_check CHECK (amount > 0), 
	CONSTRAINT discount_reason_given_check CHECK (reason <> ''), 
	CONSTRAINT discount_amount_check CHECK (amount <> 'NaN'), 
	CONSTRAINT discount_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE insurance_policy (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	insurer_id UUID NOT NULL, 
	policy_no VARCHAR(60) NOT NULL, 
	holder VARCHAR(120) DEFAULT '' NOT NULL, 
	valid_from DATE, 
	valid_until DATE, 
	copay_percent NUMERIC(18, 2) DEFAULT '0' NOT NULL, 
	checked_on DATE, 
	eligibility_note VARCHAR(200) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT insurance_policy_pkey PRIMARY KEY (id), 
	CONSTRAINT insurance_policy_policy_no_given_check CHECK (policy_no <> ''), 
	CONSTRAINT insurance_policy_copay_within_check CHECK (copay_percent between 0 and 100), 
	CONSTRAINT insurance_policy_valid_until_after_valid_from_check CHECK (valid_until >= valid_from), 
	CONSTRAINT insurance_policy_valid_from_check CHECK (valid_from between '0001-01-01' and '9999-12-31'), 
	CONSTRAINT insurance_policy_valid_until_check CHECK (valid_until between '0001-01-01' and '9999-12-31'), 
	CONSTRAINT insurance_policy_copay_percent_check CHECK (copay_percent <> 'NaN'), 
	CONSTRAINT insurance_policy_checked_on_check CHECK (checked_on between '0001-01-01' and '9999-12-31'), 
	CONSTRAINT insurance_policy_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE insurer (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	payer_code VARCHAR(40) DEFAULT '' NOT NULL, 
	price_list_id UUID, 
	copay_percent NUMERIC(18, 2) DEFAULT '0' NOT NULL, 
	phone VARCHAR(40) DEFAULT '' NOT NULL, 
	email VARCHAR(254) DEFAULT '' NOT NULL, 
	active BOOLEAN DEFAULT true NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT insurer_pkey PRIMARY KEY (id), 
	CONSTRAINT insurer_name_given_check CHECK (name <> ''), 
	CONSTRAINT insurer_copay_within_check CHECK (copay_percent between 0 and 100), 
	CONSTRAINT insurer_copay_percent_check CHECK (copay_percent <> 'NaN'), 
	CONSTRAINT insurer_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE invoice (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	kind VARCHAR DEFAULT 'invoice' NOT NULL, 
	credits_id UUID, 
	policy_id UUID, 
	state VARCHAR DEFAULT 'draft' NOT NULL, 
	number VARCHAR(20), 
	provisional_no VARCHAR(20), 
	issued_at TIMESTAMP WITH TIME ZONE, 
	lines INTEGER DEFAULT '0' NOT NULL, 
	total NUMERIC(18, 4) DEFAULT '0' NOT NULL, 
	covered NUMERIC(18, 4) DEFAULT '0' NOT NULL, 
	note VARCHAR(200) DEFAULT '' NOT NULL, 
	reason VARCHAR(200) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT invoice_pkey PRIMARY KEY (id), 
	CONSTRAINT invoice_credits_one_check CHECK ((kind = 'credit_note') = (credits_id is not null)), 
	CONSTRAINT invoice_credited_with_reason_check CHECK (kind <> 'credit_note' or reason <> ''), 
	CONSTRAINT invoice_credit_note_issued_check CHECK (kind <> 'credit_note' or state = 'issued'), 
	CONSTRAINT invoice_issued_when_issued_check CHECK ((state = 'issued') = (issued_at is not null)), 
	CONSTRAINT invoice_not_negative_check CHECK (lines >= 0 and total >= 0), 
	CONSTRAINT invoice_covered_within_check CHECK (covered between 0 and total), 
	CONSTRAINT invoice_kind_check CHECK (kind in ('invoice', 'credit_note')), 
	CONSTRAINT invoice_state_check CHECK (state in ('draft', 'issued')), 
	CONSTRAINT invoice_issued_at_check CHECK (issued_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT invoice_total_check CHECK (total <> 'NaN'), 
	CONSTRAINT invoice_covered_check CHECK (covered <> 'NaN'), 
	CONSTRAINT invoice_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE invoice_line (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	invoice_id UUID NOT NULL, 
	charge_id UUID, 
	credits_line_id UUID, 
	position INTEGER NOT NULL, 
	text VARCHAR(120) NOT NULL, 
	quantity NUMERIC(18, 3) NOT NULL, 
	unit_price NUMERIC(18, 4) NOT NULL, 
	discount NUMERIC(18, 4) DEFAULT '0' NOT NULL, 
	tax_percent NUMERIC(18, 2) DEFAULT '0' NOT NULL, 
	net NUMERIC(18, 4) NOT NULL, 
	tax NUMERIC(18, 4) DEFAULT '0' NOT NULL, 
	total NUMERIC(18, 4) NOT NULL, 
	covered NUMERIC(18, 4) DEFAULT '0' NOT NULL, 
	doubled BOOLEAN DEFAULT false NOT NULL, 
	released BOOLEAN DEFAULT false NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT invoice_line_pkey PRIMARY KEY (id), 
	CONSTRAINT invoice_line_of_one_thing_check CHECK ((charge_id is null) <> (credits_line_id is null)), 
	CONSTRAINT invoice_line_quantity_positive_check CHECK (quantity > 0), 
	CONSTRAINT invoice_line_not_negative_check CHECK (unit_price >= 0 and discount >= 0 and net >= 0 and tax >= 0), 
	CONSTRAINT invoice_line_total_adds_up_check CHECK (total = net + tax), 
	CONSTRAINT invoice_line_covered_within_check CHECK (covered between 0 and total), 
	CONSTRAINT invoice_line_quantity_check CHECK (quantity <> 'NaN'), 
	CONSTRAINT invoice_line_unit_price_check CHECK (unit_price <> 'NaN'), 
	CONSTRAINT invoice_line_discount_check CHECK (discount <> 'NaN'), 
	CONSTRAINT invoice_line_tax_percent_check CHECK (tax_percent <> 'NaN'), 
	CONSTRAINT invoice_line_net_check CHECK (net <> 'NaN'), 
	CONSTRAINT invoice_line_tax_check CHECK (tax <> 'NaN'), 
	CONSTRAINT invoice_line_total_check CHECK (total <> 'NaN'), 
	CONSTRAINT invoice_line_covered_check CHECK (covered <> 'NaN'), 
	CONSTRAINT invoice_line_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE claim_line (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	claim_id UUID NOT NULL, 
	invoice_line_id UUID NOT NULL, 
	position INTEGER NOT NULL, 
	claimed NUMERIC(18, 4) NOT NULL, 
	accepted NUMERIC(18, 4), 
	refusal VARCHAR(120) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT claim_line_pkey PRIMARY KEY (id), 
	CONSTRAINT claim_line_claimed_positive_check CHECK (claimed > 0), 
	CONSTRAINT claim_line_accepted_within_check CHECK (accepted between 0 and claimed), 
	CONSTRAINT claim_line_claimed_check CHECK (claimed <> 'NaN'), 
	CONSTRAINT claim_line_accepted_check CHECK (accepted <> 'NaN'), 
	CONSTRAINT claim_line_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE insurance_claim (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	invoice_id UUID NOT NULL, 
	insurer_id UUID NOT NULL, 
	policy_no VARCHAR(60) NOT NULL, 
	state VARCHAR DEFAULT 'draft' NOT NULL, 
	authorisation VARCHAR(60) DEFAULT '' NOT NULL, 
	note VARCHAR(200) DEFAULT '' NOT NULL, 
	lines INTEGER DEFAULT '0' NOT NULL, 
	claimed NUMERIC(18, 4) DEFAULT '0' NOT NULL, 
	submitted_at TIMESTAMP WITH TIME ZONE, 
	insurer_ref VARCHAR(60) DEFAULT '' NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	answer VARCHAR(200) DEFAULT '' NOT NULL, 
	accepted NUMERIC(18, 4), 
	ended_at TIMESTAMP WITH TIME ZONE, 
	end_note VARCHAR(200) DEFAULT '' NOT NULL, 
	to_patient NUMERIC(18, 4) DEFAULT '0' NOT NULL, 
	written_off NUMERIC(18, 4) DEFAULT '0' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT insurance_claim_pkey PRIMARY KEY (id), 
	CONSTRAINT insurance_claim_policy_no_given_check CHECK (policy_no <> ''), 
	CONSTRAINT insurance_claim_claims_something_check CHECK (state in ('draft', 'withdrawn') or lines > 0), 
	CONSTRAINT insurance_claim_accepted_within_check CHECK (accepted between 0 and claimed), 
	CONSTRAINT insurance_claim_not_negative_check CHECK (claimed >= 0 and lines >= 0 and to_patient >= 0 and written_off >= 0), 
	CONSTRAINT insurance_claim_submitted_when_submitted_check CHECK (state in ('draft', 'withdrawn') or submitted_at is not null), 
	CONSTRAINT insurance_claim_answered_when_answered_check CHECK ((answered_at is null) = (accepted is null) and (state <> 'answered' or accepted is not null)), 
	CONSTRAINT insurance_claim_accepted_when_answered_check CHECK (state not in ('draft', 'submitted') or accepted is null), 
	CONSTRAINT insurance_claim_ended_when_ended_check CHECK ((state in ('reconciled', 'withdrawn')) = (ended_at is not null)), 
	CONSTRAINT insurance_claim_shared_out_at_the_end_check CHECK (state = 'reconciled' or to_patient = 0 and written_off = 0), 
	CONSTRAINT insurance_claim_withdrawn_with_reason_check CHECK (state <> 'withdrawn' or end_note <> ''), 
	CONSTRAINT insurance_claim_written_off_with_reason_check CHECK (written_off = 0 or end_note <> ''), 
	CONSTRAINT insurance_claim_state_check CHECK (state in ('draft', 'submitted', 'answered', 'reconciled', 'withdrawn')), 
	CONSTRAINT insurance_claim_claimed_check CHECK (claimed <> 'NaN'), 
	CONSTRAINT insurance_claim_submitted_at_check CHECK (submitted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT insurance_claim_answered_at_check CHECK (answered_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT insurance_claim_accepted_check CHECK (accepted <> 'NaN'), 
	CONSTRAINT insurance_claim_ended_at_check CHECK (ended_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT insurance_claim_to_patient_check CHECK (to_patient <> 'NaN'), 
	CONSTRAINT insurance_claim_written_off_check CHECK (written_off <> 'NaN'), 
	CONSTRAINT insurance_claim_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE payment (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	invoice_id UUID, 
	session_id UUID, 
	receipt_id UUID NOT NULL, 
	receipt_no VARCHAR(20), 
	provisional_no VARCHAR(20), 
	way VARCHAR NOT NULL, 
	amount NUMERIC(18, 4) NOT NULL, 
	tendered NUMERIC(18, 4), 
	source_id UUID, 
	given_back NUMERIC(18, 4) DEFAULT '0' NOT NULL, 
	reference VARCHAR(60) DEFAULT '' NOT NULL, 
	taken_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT payment_pkey PRIMARY KEY (id), 
	CONSTRAINT payment_amount_positive_check CHECK (amount > 0 or (way = 'credit' and amount = 0)), 
	CONSTRAINT payment_credit_of_something_check CHECK ((way = 'credit') = (source_id is not null)), 
	CONSTRAINT payment_credit_for_an_invoice_check CHECK (way <> 'credit' or invoice_id is not null), 
	CONSTRAINT payment_insurer_for_an_invoice_check CHECK (way <> 'insurer' or invoice_id is not null), 
	CONSTRAINT payment_cash_in_a_drawer_check CHECK (way <> 'cash' or session_id is not null), 
	CONSTRAINT payment_tendered_enough_check CHECK (tendered is null or (way = 'cash' and tendered >= amount)), 
	CONSTRAINT payment_way_check CHECK (way in ('cash', 'card', 'mobile', 'transfer', 'insurer', 'credit')), 
	CONSTRAINT payment_amount_check CHECK (amount <> 'NaN'), 
	CONSTRAINT payment_tendered_check CHECK (tendered <> 'NaN'), 
	CONSTRAINT payment_given_back_check CHECK (given_back <> 'NaN'), 
	CONSTRAINT payment_taken_at_check CHECK (taken_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT payment_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE refund (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	payment_id UUID NOT NULL, 
	amount NUMERIC(18, 4) NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	state VARCHAR DEFAULT 'asked' NOT NULL, 
	session_id UUID, 
	number VARCHAR(20), 
	paid_at TIMESTAMP WITH TIME ZONE, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT refund_pkey PRIMARY KEY (id), 
	CONSTRAINT refund_amount_positive_check CHECK (amount > 0), 
	CONSTRAINT refund_reason_given_check CHECK (reason <> ''), 
	CONSTRAINT refund_paid_when_paid_check CHECK ((state = 'paid') = (paid_at is not null)), 
	CONSTRAINT refund_amount_check CHECK (amount <> 'NaN'), 
	CONSTRAINT refund_state_check CHECK (state in ('asked', 'approved', 'declined', 'paid', 'withdrawn')), 
	CONSTRAINT refund_paid_at_check CHECK (paid_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'), 
	CONSTRAINT refund_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
CREATE TABLE refund_verdict (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	refund_id UUID NOT NULL, 
	verdict VARCHAR NOT NULL, 
	note VARCHAR(200) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT refund_verdict_pkey PRIMARY KEY (id), 
	CONSTRAINT refund_verdict_verdict_check CHECK (verdict in ('approved', 'declined')), 
	CONSTRAINT refund_verdict_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
ALTER TABLE cashier_session ADD CONSTRAINT cashier_session_cashier_id_fkey FOREIGN KEY(cashier_id) REFERENCES user_account (id)
--;
ALTER TABLE cashier_session ADD CONSTRAINT cashier_session_follows_id_fkey FOREIGN KEY(follows_id) REFERENCES cashier_session (id)
--;
ALTER TABLE cashier_session ADD CONSTRAINT cashier_session_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE INDEX cashier_session_cashier_id_idx ON cashier_session (cashier_id)
--;
CREATE UNIQUE INDEX cashier_session_follows_once ON cashier_session (follows_id) WHERE deleted_at is null
--;
CREATE UNIQUE INDEX cashier_session_open_once ON cashier_session (org_id, cashier_id, drawer) WHERE closed_at is null and deleted_at is null
--;
CREATE INDEX cashier_session_org_id_idx ON cashier_session (org_id)
--;
ALTER TABLE charge ADD CONSTRAINT charge_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE charge ADD CONSTRAINT charge_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
ALTER TABLE charge ADD CONSTRAINT charge_price_list_id_fkey FOREIGN KEY(price_list_id) REFERENCES price_list (id)
--;
ALTER TABLE charge ADD CONSTRAINT charge_service_id_fkey FOREIGN KEY(service_id) REFERENCES service (id)
--;
ALTER TABLE charge ADD CONSTRAINT charge_visit_id_fkey FOREIGN KEY(visit_id) REFERENCES visit (id)
--;
CREATE INDEX charge_charged_idx ON charge (org_id, charged_at)
--;
CREATE INDEX charge_org_id_idx ON charge (org_id)
--;
CREATE INDEX charge_patient_id_idx ON charge (patient_id)
--;
CREATE INDEX charge_visit_id_idx ON charge (visit_id)
--;
ALTER TABLE discount ADD CONSTRAINT discount_charge_id_fkey FOREIGN KEY(charge_id) REFERENCES charge (id)
--;
ALTER TABLE discount ADD CONSTRAINT discount_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE UNIQUE INDEX discount_once ON discount (charge_id) WHERE deleted_at is null
--;
CREATE INDEX discount_org_id_idx ON discount (org_id)
--;
ALTER TABLE insurance_policy ADD CONSTRAINT insurance_policy_insurer_id_fkey FOREIGN KEY(insurer_id) REFERENCES insurer (id)
--;
ALTER TABLE insurance_policy ADD CONSTRAINT insurance_policy_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE insurance_policy ADD CONSTRAINT insurance_policy_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
CREATE INDEX insurance_policy_org_id_idx ON insurance_policy (org_id)
--;
CREATE INDEX insurance_policy_patient_id_idx ON insurance_policy (patient_id)
--;
ALTER TABLE insurer ADD CONSTRAINT insurer_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE insurer ADD CONSTRAINT insurer_price_list_id_fkey FOREIGN KEY(price_list_id) REFERENCES price_list (id)
--;
CREATE UNIQUE INDEX insurer_name_key ON insurer (org_id, name) WHERE deleted_at is null
--;
CREATE INDEX insurer_org_id_idx ON insurer (org_id)
--;
ALTER TABLE invoice ADD CONSTRAINT invoice_credits_id_fkey FOREIGN KEY(credits_id) REFERENCES invoice (id)
--;
ALTER TABLE invoice ADD CONSTRAINT invoice_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE invoice ADD CONSTRAINT invoice_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
ALTER TABLE invoice ADD CONSTRAINT invoice_policy_id_fkey FOREIGN KEY(policy_id) REFERENCES insurance_policy (id)
--;
CREATE INDEX invoice_credits_id_idx ON invoice (credits_id)
--;
CREATE INDEX invoice_issued_idx ON invoice (org_id, issued_at)
--;
CREATE UNIQUE INDEX invoice_number_key ON invoice (org_id, number)
--;
CREATE INDEX invoice_org_id_idx ON invoice (org_id)
--;
CREATE INDEX invoice_patient_id_idx ON invoice (patient_id)
--;
CREATE INDEX invoice_provisional_no_idx ON invoice (provisional_no)
--;
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_charge_id_fkey FOREIGN KEY(charge_id) REFERENCES charge (id)
--;
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_credits_line_id_fkey FOREIGN KEY(credits_line_id) REFERENCES invoice_line (id)
--;
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_invoice_id_fkey FOREIGN KEY(invoice_id) REFERENCES invoice (id)
--;
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE INDEX invoice_line_charge_id_idx ON invoice_line (charge_id)
--;
CREATE UNIQUE INDEX invoice_line_charge_once ON invoice_line (charge_id) WHERE deleted_at is null and not doubled and not released
--;
CREATE INDEX invoice_line_credits_line_id_idx ON invoice_line (credits_line_id)
--;
CREATE INDEX invoice_line_invoice_id_idx ON invoice_line (invoice_id)
--;
CREATE INDEX invoice_line_org_id_idx ON invoice_line (org_id)
--;
ALTER TABLE payment ADD CONSTRAINT payment_invoice_id_fkey FOREIGN KEY(invoice_id) REFERENCES invoice (id)
--;
ALTER TABLE payment ADD CONSTRAINT payment_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE payment ADD CONSTRAINT payment_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
ALTER TABLE payment ADD CONSTRAINT payment_session_id_fkey FOREIGN KEY(session_id) REFERENCES cashier_session (id)
--;
ALTER TABLE payment ADD CONSTRAINT payment_source_id_fkey FOREIGN KEY(source_id) REFERENCES payment (id)
--;
CREATE INDEX payment_invoice_id_idx ON payment (invoice_id)
--;
CREATE INDEX payment_org_id_idx ON payment (org_id)
--;
CREATE INDEX payment_patient_id_idx ON payment (patient_id)
--;
CREATE INDEX payment_receipt_id_idx ON payment (receipt_id)
--;
CREATE INDEX payment_session_id_idx ON payment (session_id)
--;
CREATE INDEX payment_source_id_idx ON payment (source_id)
--;
CREATE INDEX payment_taken_idx ON payment (org_id, taken_at)
--;
ALTER TABLE refund ADD CONSTRAINT refund_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE refund ADD CONSTRAINT refund_payment_id_fkey FOREIGN KEY(payment_id) REFERENCES payment (id)
--;
ALTER TABLE refund ADD CONSTRAINT refund_session_id_fkey FOREIGN KEY(session_id) REFERENCES cashier_session (id)
--;
CREATE INDEX refund_org_id_idx ON refund (org_id)
--;
CREATE INDEX refund_payment_id_idx ON refund (payment_id)
--;
CREATE INDEX refund_session_id_idx ON refund (session_id)
--;
ALTER TABLE refund_verdict ADD CONSTRAINT refund_verdict_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE refund_verdict ADD CONSTRAINT refund_verdict_refund_id_fkey FOREIGN KEY(refund_id) REFERENCES refund (id)
--;
CREATE UNIQUE INDEX refund_verdict_once ON refund_verdict (refund_id)
--;
CREATE INDEX refund_verdict_org_id_idx ON refund_verdict (org_id)
--;
create function is_told() returns boolean
language sql stable set search_path = pg_catalog, pg_temp
as $$ select coalesce(current_setting('medidesk.told', true), '') = 'true' $$
--;
create function refuse_money(sentence text) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'MD005', message = sentence;
end $$
--;
create function minor_units(currency text) returns integer
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select case when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
              when currency in ('CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV',
                                'XAF', 'XOF', 'XPF') then 0
              else 2 end
$$
--;
create function coin_of(org uuid) returns integer
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select minor_units(o.currency) from organisation o where o.id = org $$
--;
create function in_money(amount numeric, org uuid) returns text
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select round(amount, coin_of(org)) || ' ' || o.currency from organisation o where o.id = org $$
--;
create function day_in(moment timestamptz, org uuid) returns date
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select (moment at time zone o.timezone)::date from organisation o where o.id = org $$
--;
create function next_number(letter text, row_id uuid, org uuid) returns text
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  year text := to_char(day_in(acting_time(), org), 'YY');
  given text := given_number(row_id);
  next bigint;
begin
  if given ~ ('^' || letter || '\d\d-\d{1,15}$') then
    perform keep_number(given, org);
    if not exists (select from invoice where org_id = org and number = given
                   union all select from payment where org_id = org and receipt_no = given
                   union all select from refund where org_id = org and number = given) then
      return given;
    end if;
  end if;
  insert into number_series as s (name, last) values (format('%s-%s-%s', letter, org, year), 1)
  on conflict (name) do update set last = s.last + 1 returning last into next;
  return letter || year || '-' || lpad(next::text, greatest(5, length(next::text)), '0');
end $$
--;
create function keep_number(given text, org uuid) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into number_series as s (name, last)
  values (format('%s-%s-%s', left(given, 1), org, substr(given, 2, 2)), split_part(given, '-', 2)::bigint)
  on conflict (name) do update set last = greatest(s.last, excluded.last)
$$
--;
create function listed_price(wanted uuid, org uuid, list uuid, day date) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive way as (
    select id, parent_id, currency, 1 as steps from organisation where id = org
    union all
    select o.id, o.parent_id, o.currency, way.steps + 1
      from organisation o join way on way.parent_id = o.id where way.steps < 100
  )
  select p.amount from way join service_price p on p.org_id = way.id
   where p.service_id = wanted and p.deleted_at is null and p.valid_from <= day
     and (p.price_list_id is null or p.price_list_id = list)
     and way.currency = (select currency from organisation where id = org)
   order by p.price_list_id is null, way.steps, p.valid_from desc limit 1
$$
--;
create function once_said(wanted_tbl text, wanted_row uuid, field text) returns setof text
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select said.value
    from audit_log a, lateral (values (a.changes->>field, 'insert'), (a.changes->field->>0, 'update'),
                                      (a.changes->field->>1, 'update')) said (value, action)
   where a.tbl = wanted_tbl and a.row_id = wanted_row and a.action = said.action and said.value is not null
$$
--;
create function is_their_list(list uuid, file uuid, day date) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive theirs as (
    select kept_file(file) as id union select p.id from patient p join theirs on p.merged_into_id = theirs.id
  )
  select exists (
    select from theirs join insurance_policy y on y.patient_id = theirs.id join insurer i on i.id = y.insurer_id
     where case when is_told() then i.price_list_id = list
                                    or list::text in (select once_said('insurer', i.id, 'price_list_id'))
                else i.price_list_id = list and y.deleted_at is null and i.active
                     and day between coalesce(y.valid_from, day) and coalesce(y.valid_until, day) end)
$$
--;
create function has_cost(wanted uuid, org uuid, list uuid, price numeric) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select exists (
    select from service_price p
     where p.service_id = wanted and p.org_id in (select orgs_above(org))
       and (p.price_list_id is null or p.price_list_id = list)
       and (p.amount = price or price in (select said::numeric from once_said('service_price', p.id, 'amount') said)))
$$
--;
create function price_charge() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  known service;
begin
  new.charged_at := case when is_told() then least(new.charged_at, acting_time()) else acting_time() end;
  select * into known from service where id = new.service_id;
  if new.price_list_id is not null
     and not is_their_list(new.price_list_id, new.patient_id, day_in(new.charged_at, new.org_id)) then
    perform refuse_money('This price list is not of their insurer. Add it again.');
  elsif is_told() then
    if not has_cost(new.service_id, new.org_id, new.price_list_id, new.unit_price)
       or new.tax_percent <> known.tax_percent and new.tax_percent not in (
            select said::numeric from once_said('service', known.id, 'tax_percent') said) then
      perform refuse_money(format('%s has never cost that.', known.name));
    end if;
  elsif new.unit_price is distinct from
        listed_price(new.service_id, new.org_id, new.price_list_id, day_in(new.charged_at, new.org_id)) then
    perform refuse_money(format('The price of %s has changed. Add it again.', known.name));
  elsif new.tax_percent <> known.tax_percent then
    perform refuse_money(format('The tax on %s has changed. Add it again.', known.name));
  end if;
  if new.visit_id is not null
     and not exists (select from visit v where v.id = new.visit_id and kept_file(v.patient_id) = kept_file(new.patient_id))
  then
    perform refuse_money('This visit is somebody else''s.');
  end if;
  return new;
end $$
--;
create function is_billed(wanted uuid) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select exists (select from invoice_line
                  where charge_id = wanted and deleted_at is null and not doubled and not released)
$$
--;
create function keep_billed_charge() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if (new.quantity, new.withdrawn_at, new.deleted_at) is distinct from (old.quantity, old.withdrawn_at, old.deleted_at)
     and is_billed(old.id) then
    perform refuse_money(format('%s is on an invoice. Credit that first.', old.text));
  end if;
  return new;
end $$
--;
create function check_amount(amount numeric, org uuid) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if amount = 'NaN' or amount <> round(amount, coin_of(org)) then
    perform refuse_money('This is no amount of money.');
  end if;
end $$
--;
create function guard_discount() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  of charge;
begin
  select * into of from charge where id = new.charge_id for no key update;
  perform check_amount(new.amount, of.org_id);
  if of.org_id <> new.org_id then
    perform refuse_money(format('%s was charged in another branch.', of.text));
  elsif is_billed(of.id) then
    perform refuse_money(format('%s is on an invoice. Credit that first.', of.text));
  elsif tg_op = 'INSERT' and new.amount > round(of.quantity * of.unit_price, coin_of(of.org_id)) then
    perform refuse_money(format('%s costs less than that.', of.text));
  end if;
  return new;
end $$
--;
create function number_invoice() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  credited invoice;
  insured insurance_policy;
  today date := day_in(acting_time(), new.org_id);
begin
  perform check_amount(new.total, new.org_id), check_amount(new.covered, new.org_id);
  if tg_op = 'UPDATE' then
    new.number := old.number;
    if new.policy_id is distinct from old.policy_id then
      perform refuse_money('The insurance stays as it is. Discard the draft and begin anew.');
    end if;
    if old.state = 'issued' then
      if (to_jsonb(new) - '{provisional_no,version,updated_at,updated_by}'::text[])
         <> (to_jsonb(old) - '{provisional_no,version,updated_at,updated_by}'::text[]) then
        perform refuse_money(format('%s was issued and stays as it is. Credit it instead.', old.number));
      end if;
      return new;
    end if;
  else
    if not is_told() then
      new.provisional_no := null;
    end if;
    select * into insured from insurance_policy where id = new.policy_id;
    if kept_file(insured.patient_id) <> kept_file(new.patient_id)
       or new.kind = 'invoice' and not is_told() and (insured.deleted_at is not null
         or today not between coalesce(insured.valid_from, today) and coalesce(insured.valid_until, today)) then
      perform refuse_money('This is no insurance of theirs today. Look at the bill again.');
    end if;
  end if;
  if new.credits_id is not null then
    select * into credited from invoice where id = new.credits_id for no key update;
    if credited.state <> 'issued' or credited.kind <> 'invoice'
       or kept_file(credited.patient_id) <> kept_file(new.patient_id) or credited.org_id <> new.org_id then
      perform refuse_money('Only an invoice that was issued can be credited.');
    end if;
  end if;
  if new.state = 'issued' then
    new.issued_at := case when is_told() then least(new.issued_at, acting_time()) else acting_time() end;
    new.number := next_number(case new.kind when 'credit_note' then 'C' else 'I' end, new.id, new.org_id);
    if given_number(new.id) <> new.number then
      -- It is on paper, and the invoice stays findable by it.
      new.provisional_no := coalesce(new.provisional_no, given_number(new.id));
    end if;
  end if;
  return new;
end $$
--;
create function bill_line() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  bill invoice;
  of charge;
  taken invoice_line;
  before record;
  off numeric;
  coin integer := coin_of(new.org_id);
  own numeric;
  theirs boolean;
begin
  select * into bill from invoice where id = new.invoice_id;
  new.doubled := false;
  new.released := false;
  if bill.org_id <> new.org_id or new.deleted_at is not null then
    perform refuse_money('A line belongs to the branch of its invoice.');
  end if;
  if new.net <> round(new.quantity * new.unit_price, coin) - new.discount
     or new.credits_line_id is null and new.tax <> round(new.net * new.tax_percent / 100, coin) then
    perform refuse_money(format('%s does not add up.', new.text));
  end if;
  if new.credits_line_id is not null then
    select * into taken from invoice_line where id = new.credits_line_id for no key update;
    select coalesce(sum(l.total), 0) as total, coalesce(sum(l.net), 0) as net, coalesce(sum(l.covered), 0) as covered
      into before from invoice_line l where l.credits_line_id = taken.id and l.deleted_at is null;
    if taken.invoice_id is distinct from bill.credits_id or taken.doubled or taken.released
       or before.total + new.total > taken.total then
      perform refuse_money(format('%s: more than what was billed.', new.text));
    end if;
    -- All that was taken back so far is rounded, not each part: so that the last part is never less than nothing.
    if new.tax_percent <> taken.tax_percent or taken.total > 0 and (new.net, new.covered) is distinct from (
         round(taken.net * (before.total + new.total) / taken.total, coin) - before.net,
         round(taken.covered * (before.total + new.total) / taken.total, coin) - before.covered) then
      perform refuse_money(format('%s does not add up.', new.text));
    end if;
    if before.total + new.total = taken.total then
      update invoice_line set released = true where id = taken.id;
    end if;
    return new;
  end if;
  if bill.kind <> 'invoice' then
    perform refuse_money('A credit note takes back lines of its invoice.');
  end if;
  select * into of from charge where id = new.charge_id for no key update;
  theirs := kept_file(of.patient_id) = kept_file(bill.patient_id);
  if not theirs and not is_told() or of.org_id <> new.org_id then
    perform refuse_money(format('%s is somebody else''s.', of.text));
  end if;
  if (new.text, new.unit_price, new.tax_percent) is distinct from (of.text, of.unit_price, of.tax_percent) then
    perform refuse_money(format('%s does not say what was charged.', new.text));
  end if;
  if is_told() then
    -- Files may have been parted meanwhile. What is not owed at all may say anything: what was changed there before it
    -- was billed, and refused here since somebody else had billed it, too.
    new.doubled := not theirs or of.withdrawn_at is not null or of.deleted_at is not null
      or is_billed(of.id);
    if not new.doubled and (
         new.discount > 0 and not exists (select from discount where charge_id = of.id and amount = new.discount)
           -- Whoever may give one has given it there, and another one was given here meanwhile.
           and not has_any_column_privilege(acting_login(), 'medidesk.discount', 'insert')
         or new.quantity <> of.quantity and new.quantity not in (
              select said::numeric from once_said('charge', of.id, 'quantity') said)
         or new.covered > 0 and not exists (
              select from once_said('insurance_policy', bill.policy_id, 'copay_percent') said
               where new.covered = new.total - round(new.total * said::numeric / 100, coin))) then
      perform refuse_money(format('%s does not say what was charged.', new.text));
    end if;
    return new;
  end if;
  select coalesce(sum(d.amount), 0) into off from discount d where d.charge_id = of.id and d.deleted_at is null;
  if of.withdrawn_at is not null or of.deleted_at is not null or of.quantity <> new.quantity or off <> new.discount then
    perform refuse_money(format('%s has changed meanwhile. Look at the bill again.', of.text));
  end if;
  select copay_percent into own from insurance_policy where id = bill.policy_id;
  if new.covered <> coalesce(new.total - round(new.total * own / 100, coin), 0) then
    perform refuse_money(format('%s: the insurer''s part has changed. Look at the bill again.', of.text));
  end if;
  return new;
end $$
--;
create function keep_line() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if old.deleted_at is not null and new.deleted_at is null then
    perform refuse_money('This line was taken off. Put its charge on the draft again.');
  elsif new.deleted_at is distinct from old.deleted_at
     and exists (select from invoice where id = old.invoice_id and state = 'issued') then
    perform refuse_money('This invoice was issued and stays as it is. Credit it instead.');
  end if;
  if pg_trigger_depth() = 1 then
    new.doubled := old.doubled;
    new.released := old.released;
  end if;
  return new;
end $$
--;
create function invoice_adds_up() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  wanted uuid := case tg_table_name when 'invoice' then (to_jsonb(new)->>'id')::uuid
                                    else (to_jsonb(new)->>'invoice_id')::uuid end;
begin
  if exists (
    select from invoice i, lateral (select count(*) as lines, coalesce(sum(l.total), 0) as total,
                                           coalesce(sum(l.covered), 0) as covered
                                      from invoice_line l where l.invoice_id = i.id and l.deleted_at is null) s
     where i.id = wanted
       and (i.state = 'issued' and ((i.lines, i.total, i.covered) is distinct from (s.lines, s.total, s.covered)
                                    or s.lines = 0 or i.deleted_at is not null)
            or i.deleted_at is not null and s.lines > 0)) then
    perform refuse_money('The invoice does not add up. It stays as it is.');
  end if;
  return null;
end $$
--;
create function payment_left(wanted uuid, also_asked boolean) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select p.amount - p.given_back
         - coalesce((select sum(r.amount) from refund r
                      where r.payment_id = p.id and r.deleted_at is null
                        and (r.state = 'paid' or also_asked and r.state in ('asked', 'approved'))), 0)
         - coalesce((select sum(u.amount - u.given_back) from payment u where u.source_id = p.id), 0)
    from payment p where p.id = wanted
$$
--;
create function insured_part(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select i.covered
         - coalesce((select sum(l.covered) from invoice_line l
                      where l.invoice_id = i.id and l.deleted_at is null and l.doubled), 0)
         - coalesce((select sum(c.covered) from invoice c where c.credits_id = i.id and c.deleted_at is null), 0)
    from invoice i where i.id = wanted
$$
--;
create function moved_to_patient(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select least(insured_part(wanted), coalesce(sum(c.to_patient), 0))
    from insurance_claim c where c.invoice_id = wanted and c.deleted_at is null
$$
--;
create function invoice_due(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select i.total - i.covered + moved_to_patient(i.id)
         - coalesce((select sum(l.total - l.covered) from invoice_line l
                      where l.invoice_id = i.id and l.deleted_at is null and l.doubled), 0)
         - coalesce((select sum(c.total - c.covered) from invoice c
                      where c.credits_id = i.id and c.deleted_at is null), 0)
         - coalesce((select sum(payment_left(p.id, false)) from payment p
                      where p.invoice_id = i.id and p.way <> 'insurer'), 0)
    from invoice i where i.id = wanted
$$
--;
create function credit_of(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select case when p.way in ('credit', 'insurer') then 0
              else greatest(0, case when p.invoice_id is null then payment_left(p.id, true)
                                    else least(payment_left(p.id, true), -invoice_due(p.invoice_id)) end) end
    from payment p where p.id = wanted
$$
--;
create function drawer_holds(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select s.opening_float
         + coalesce((select sum(p.amount) from payment p where p.session_id = s.id and p.way = 'cash'), 0)
         - coalesce((select sum(r.amount) from refund r join payment p on p.id = r.payment_id
                      where r.session_id = s.id and r.state = 'paid' and p.way = 'cash'), 0)
    from cashier_session s where s.id = wanted
$$
--;
create function check_drawer(wanted uuid, org uuid, late boolean) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  drawer cashier_session;
begin
  select * into drawer from cashier_session where id = wanted for no key update;
  if drawer.id is null or drawer.cashier_id <> current_account() or drawer.org_id <> org then
    perform refuse_money('This drawer is somebody else''s. Open one of your own.');
  end if;
  if drawer.closed_at is not null and not late then
    perform refuse_money('This drawer has been counted and closed. Open it anew.');
  end if;
end $$
--;
create function insurer_due(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select greatest(0, insured_part(wanted) - moved_to_patient(wanted)
                     - coalesce((select sum(c.written_off) from insurance_claim c
                                  where c.invoice_id = wanted and c.deleted_at is null), 0))
         - coalesce((select sum(payment_left(p.id, false)) from payment p
                      where p.invoice_id = wanted and p.way = 'insurer'), 0)
$$
--;
create function take_payment() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  bill invoice;
  source payment;
  due numeric;
  last payment;
  earlier payment;
begin
  perform check_amount(new.amount, new.org_id), check_amount(new.tendered, new.org_id);
  new.taken_at := case when is_told() then least(new.taken_at, acting_time()) else acting_time() end;
  if not is_told() then
    new.provisional_no := null;
  end if;
  -- In one order, whoever pays what with what, or gives it back: invoices, payments, drawers.
  perform from invoice where id = new.invoice_id
                          or id = (select p.invoice_id from payment p where p.id = new.source_id)
    order by id for no key update;
  if new.invoice_id is not null then
    select * into bill from invoice where id = new.invoice_id;
    if bill.org_id <> new.org_id or kept_file(bill.patient_id) <> kept_file(new.patient_id)
       or bill.kind <> 'invoice' then
      perform refuse_money('This is not an invoice of theirs.');
    elsif new.way = 'insurer' and not is_told() and not exists (
            select from insurance_claim where invoice_id = bill.id and state in ('submitted', 'answered')) then
      perform refuse_money('What an insurer pays was claimed of them first.');
    end if;
    due := case when bill.state <> 'issued' then 0 when new.way = 'insurer' then insurer_due(bill.id)
                else invoice_due(bill.id) end;
    if is_told() then
      if new.source_id is not null then
        -- What is not needed any more stays where it is.
        new.amount := least(new.amount, greatest(due, 0));
      elsif bill.state <> 'issued' then
        -- It was not issued after all: the money is a deposit.
        new.invoice_id := null;
      end if;
    elsif bill.state <> 'issued' then
      perform refuse_money('This invoice is still a draft. Issue it first.');
    elsif new.amount > due then
      select * into last from payment where invoice_id = bill.id and (way = 'insurer') = (new.way = 'insurer')
       order by taken_at desc limit 1;
      perform refuse_money(case
        when due <= 0 and last.id is not null then
          format('%s has been paid already%s.', bill.number, coalesce(': receipt ' || last.receipt_no, ''))
        else format('Of %s only %s is left to pay.', bill.number, in_money(greatest(due, 0), bill.org_id)) end);
    end if;
  end if;
  if new.source_id is not null then
    select * into source from payment where id = new.source_id for no key update;
    if source.org_id <> new.org_id or source.invoice_id = new.invoice_id
       or kept_file(source.patient_id) <> kept_file(new.patient_id) and not is_told() then
      perform refuse_money('This is not a credit of theirs.');
    end if;
    if new.amount > credit_of(source.id) then
      if not is_told() then
        perform refuse_money(format('Of this credit only %s is left.', in_money(credit_of(source.id), new.org_id)));
      end if;
      new.amount := credit_of(source.id);
    end if;
    if kept_file(source.patient_id) <> kept_file(new.patient_id) then
      new.amount := 0;  -- the files were parted meanwhile
    end if;
  end if;
  if new.session_id is not null then
    perform check_drawer(new.session_id, new.org_id, is_told());
  end if;
  select * into earlier from payment where receipt_id = new.receipt_id limit 1;
  new.receipt_no := earlier.receipt_no;
  if (earlier.org_id, earlier.created_by, earlier.created_at)
     is distinct from (new.org_id, current_account(), acting_time()) and earlier.id is not null then
    perform refuse_money('This receipt has been given out already.');
  elsif new.receipt_no is null then
    new.receipt_no := next_number('R', new.id, new.org_id);
  end if;
  return new;
end $$
--;
create function keep_payment() returns trigger
language plpgsql set search_path = medidesk, pg_temp
as $$
begin
  new.receipt_no := old.receipt_no;
  if pg_trigger_depth() = 1 then
    new.given_back := old.given_back;
  end if;
  return new;
end $$
--;
create function guard_refund() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  of payment;
  allowed numeric;
begin
  select * into of from payment where id = new.payment_id;
  perform check_amount(new.amount, new.org_id);
  perform from invoice where id = of.invoice_id for no key update;
  perform from payment where id = of.id for no key update;
  if tg_op = 'INSERT' then
    new.number := null;
    if of.org_id <> new.org_id or of.way = 'credit' then
      perform refuse_money('This cannot be given back: it was no money of theirs.');
    elsif new.amount > payment_left(of.id, true) then
      perform refuse_money(format('Of this payment only %s is left to give back.',
                                  in_money(greatest(payment_left(of.id, true), 0), of.org_id)));
    elsif new.state not in ('asked', 'paid') then
      perform refuse_money('A refund is asked for first.');
    end if;
  elsif pg_trigger_depth() = 1 and new.state <> old.state and (old.state, new.state) not in
        (('asked', 'paid'), ('approved', 'paid'), ('asked', 'withdrawn'), ('approved', 'withdrawn')) then
    perform refuse_money('This refund has been decided on already.');
  elsif old.state = 'paid' and (new.session_id, new.paid_at) is distinct from (old.session_id, old.paid_at) then
    perform refuse_money('This refund has been paid out already.');
  else
    new.number := old.number;
  end if;
  if new.state = 'paid' and (tg_op = 'INSERT' or old.state <> 'paid') then
    allowed := coalesce((setting_of('refund_limit', new.org_id))::text::numeric, 0);
    -- Several small ones of one payment are one large one.
    if new.amount + (select coalesce(sum(r.amount), 0) from refund r
                      where r.payment_id = of.id and r.state = 'paid' and r.id <> new.id) > allowed and not exists (
         select from refund_verdict v
          where v.refund_id = new.id and v.verdict = 'approved' and v.created_by is distinct from current_account()) then
      perform refuse_money(format('More than %s is given back with somebody else''s approval.',
                                  in_money(allowed, new.org_id)));
    end if;
    if of.way = 'cash' then
      if new.session_id is null then
        perform refuse_money('Open your drawer first.');
      end if;
      perform check_drawer(new.session_id, new.org_id, false);
      if new.amount > drawer_holds(new.session_id) then
        perform refuse_money(format('There is only %s in this drawer.',
                                    in_money(drawer_holds(new.session_id), new.org_id)));
      end if;
    end if;
    new.paid_at := acting_time();
    new.number := next_number('F', new.id, new.org_id);
  end if;
  return new;
end $$
--;
create function decide_refund() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  of refund;
begin
  select * into of from refund where id = new.refund_id for no key update;
  if of.org_id <> new.org_id or of.state <> 'asked' then
    perform refuse_money('This refund has been decided on already.');
  elsif of.created_by = current_account() then
    perform refuse_money('Somebody else decides on what you have asked for.');
  end if;
  update refund set state = new.verdict where id = of.id;
  return new;
end $$
--;
create function guard_drawer() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  before cashier_session;
begin
  perform check_amount(new.opening_float, new.org_id), check_amount(new.counted, new.org_id),
          check_amount(new.expected, new.org_id);
  if tg_op = 'INSERT' then
    if new.closed_at is not null then
      perform refuse_money('A drawer is opened before it is counted.');
    end if;
    new.opened_at := case when is_told() then least(new.opened_at, acting_time()) else acting_time() end;
    -- Everybody opens a drawer of their own.
    new.cashier_id := coalesce(current_account(), new.cashier_id);
    if new.follows_id is not null then
      select * into before from cashier_session where id = new.follows_id for no key update;
      if is_told() and exists (select from cashier_session where follows_id = before.id) then
        new.follows_id := null;
      elsif before.org_id <> new.org_id or before.closed_at is null or before.counted <> new.opening_float then
        perform refuse_money('What was counted at the handover is what this drawer begins with.');
      end if;
    end if;
    if is_told() and exists (select from cashier_session s
                              where (s.org_id, s.cashier_id, s.drawer) = (new.org_id, new.cashier_id, new.drawer)
                                and s.closed_at is null) then
      new.drawer := left(new.drawer, 50) || ' ' || left(new.id::text, 8);
    end if;
  elsif old.closed_at is not null then
    perform refuse_money('This drawer has been counted and closed.');
  elsif new.closed_at is not null and old.cashier_id <> current_account() then
    perform refuse_money('Whoever opened this drawer counts and closes it.');
  elsif new.closed_at is not null then
    new.closed_at := case when is_told() then greatest(old.opened_at, least(new.closed_at, acting_time()))
                          else acting_time() end;
  end if;
  return new;
end $$
--;
create trigger a_guard before insert or update on cashier_session for each row execute function guard_drawer()
--;
create function never_deleted() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  perform refuse_money(tg_argv[0]);
end $$
--;
create trigger a_stays before insert or update on cashier_session for each row when (new.deleted_at is not null)
  execute function never_deleted('A drawer that was opened is counted and closed.')
--;
create trigger z_stamp before insert or update on cashier_session for each row execute function stamp_row()
--;
create trigger audit_insert after insert on cashier_session referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on cashier_session referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on cashier_session referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on cashier_session for each statement execute function refuse_truncate()
--;
grant select on cashier_session to medidesk_administrator
--;
grant insert (id, org_id, cashier_id, drawer, opened_at, opening_float, follows_id, closed_at, counted, expected, note, deleted_at) on cashier_session to medidesk_pharmacist
--;
grant update (closed_at, counted, expected, note, deleted_at) on cashier_session to medidesk_pharmacist
--;
grant select on cashier_session to medidesk_pharmacist
--;
grant insert (id, org_id, cashier_id, drawer, opened_at, opening_float, follows_id, closed_at, counted, expected, note, deleted_at) on cashier_session to medidesk_receptionist
--;
grant update (closed_at, counted, expected, note, deleted_at) on cashier_session to medidesk_receptionist
--;
grant select on cashier_session to medidesk_receptionist
--;
grant insert (id, org_id, cashier_id, drawer, opened_at, opening_float, follows_id, closed_at, counted, expected, note, deleted_at) on cashier_session to medidesk_cashier
--;
grant update (closed_at, counted, expected, note, deleted_at) on cashier_session to medidesk_cashier
--;
grant select on cashier_session to medidesk_cashier
--;
grant insert (id, org_id, cashier_id, drawer, opened_at, opening_float, follows_id, closed_at, counted, expected, note, deleted_at) on cashier_session to medidesk_manager
--;
grant update (closed_at, counted, expected, note, deleted_at) on cashier_session to medidesk_manager
--;
grant select on cashier_session to medidesk_manager
--;
alter table cashier_session enable row level security
--;
create policy administrator_reads on cashier_session for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy pharmacist_adds on cashier_session for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_changes on cashier_session for update to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[])) with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_reads on cashier_session for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_adds on cashier_session for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on cashier_session for update to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[])) with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_reads on cashier_session for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_adds on cashier_session for insert to medidesk_cashier with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_changes on cashier_session for update to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[])) with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_reads on cashier_session for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy manager_adds on cashier_session for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_changes on cashier_session for update to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[])) with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_reads on cashier_session for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create trigger a_price before insert on charge for each row execute function price_charge()
--;
create trigger a_keep before update on charge for each row execute function keep_billed_charge()
--;
create trigger a_stays before insert or update on charge for each row when (new.deleted_at is not null)
  execute function never_deleted('What was charged stays. Withdraw it instead.')
--;
create trigger z_stamp before insert or update on charge for each row execute function stamp_row()
--;
create trigger audit_insert after insert on charge referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on charge referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on charge referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on charge for each statement execute function refuse_truncate()
--;
grant insert (id, org_id, patient_id, visit_id, service_id, price_list_id, text, quantity, unit_price, tax_percent, charged_at, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_administrator
--;
grant select on charge to medidesk_administrator
--;
grant insert (id, org_id, patient_id, visit_id, service_id, price_list_id, text, quantity, unit_price, tax_percent, charged_at, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_doctor
--;
grant select on charge to medidesk_doctor
--;
grant insert (id, org_id, patient_id, visit_id, service_id, price_list_id, text, quantity, unit_price, tax_percent, charged_at, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_nurse
--;
grant select on charge to medidesk_nurse
--;
grant insert (id, org_id, patient_id, visit_id, service_id, price_list_id, text, quantity, unit_price, tax_percent, charged_at, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_pharmacist
--;
grant update (quantity, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_pharmacist
--;
grant select on charge to medidesk_pharmacist
--;
grant insert (id, org_id, patient_id, visit_id, service_id, price_list_id, text, quantity, unit_price, tax_percent, charged_at, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_receptionist
--;
grant update (quantity, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_receptionist
--;
grant select on charge to medidesk_receptionist
--;
grant insert (id, org_id, patient_id, visit_id, service_id, price_list_id, text, quantity, unit_price, tax_percent, charged_at, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_cashier
--;
grant update (quantity, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_cashier
--;
grant select on charge to medidesk_cashier
--;
grant insert (id, org_id, patient_id, visit_id, service_id, price_list_id, text, quantity, unit_price, tax_percent, charged_at, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_lab_technician
--;
grant select on charge to medidesk_lab_technician
--;
grant insert (id, org_id, patient_id, visit_id, service_id, price_list_id, text, quantity, unit_price, tax_percent, charged_at, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_manager
--;
grant update (quantity, withdrawn_at, withdrawn_reason, deleted_at) on charge to medidesk_manager
--;
grant select on charge to medidesk_manager
--;
alter table charge enable row level security
--;
create policy administrator_adds on charge for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_reads on charge for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy doctor_adds on charge for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_reads on charge for select to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy nurse_adds on charge for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_reads on charge for select to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy pharmacist_adds on charge for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_changes on charge for update to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[])) with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_reads on charge for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_adds on charge for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on charge for update to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[])) with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_reads on charge for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_adds on charge for insert to medidesk_cashier with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_changes on charge for update to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[])) with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_reads on charge for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy lab_technician_adds on charge for insert to medidesk_lab_technician with check (org_id = any((select my_orgs('lab_technician'))::uuid[]))
--;
create policy lab_technician_reads on charge for select to medidesk_lab_technician using (org_id = any((select my_orgs('lab_technician'))::uuid[]))
--;
create policy manager_adds on charge for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_changes on charge for update to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[])) with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_reads on charge for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create trigger a_guard before insert or update on discount for each row execute function guard_discount()
--;
create trigger z_stamp before insert or update on discount for each row execute function stamp_row()
--;
create trigger audit_insert after insert on discount referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on discount referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on discount referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on discount for each statement execute function refuse_truncate()
--;
grant select on discount to medidesk_administrator
--;
grant select on discount to medidesk_pharmacist
--;
grant select on discount to medidesk_receptionist
--;
grant select on discount to medidesk_cashier
--;
grant insert (id, org_id, charge_id, amount, reason, deleted_at) on discount to medidesk_manager
--;
grant update (deleted_at) on discount to medidesk_manager
--;
grant select on discount to medidesk_manager
--;
alter table discount enable row level security
--;
create policy administrator_reads on discount for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy pharmacist_reads on discount for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on discount for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_reads on discount for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy manager_adds on discount for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_changes on discount for update to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[])) with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_reads on discount for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on insurance_policy for each row execute function stamp_row()
--;
create trigger audit_insert after insert on insurance_policy referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on insurance_policy referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on insurance_policy referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on insurance_policy for each statement execute function refuse_truncate()
--;
grant insert (id, org_id, patient_id, insurer_id, policy_no, holder, valid_from, valid_until, copay_percent, checked_on, eligibility_note, deleted_at) on insurance_policy to medidesk_administrator
--;
grant update (insurer_id, policy_no, holder, valid_from, valid_until, copay_percent, checked_on, eligibility_note, deleted_at) on insurance_policy to medidesk_administrator
--;
grant select on insurance_policy to medidesk_administrator
--;
grant insert (id, org_id, patient_id, insurer_id, policy_no, holder, valid_from, valid_until, copay_percent, checked_on, eligibility_note, deleted_at) on insurance_policy to medidesk_doctor
--;
grant update (insurer_id, policy_no, holder, valid_from, valid_until, copay_percent, checked_on, eligibility_note, deleted_at) on insurance_policy to medidesk_doctor
--;
grant select on insurance_policy to medidesk_doctor
--;
grant insert (id, org_id, patient_id, insurer_id, policy_no, holder, valid_from, valid_until, copay_percent, checked_on, eligibility_note, deleted_at) on insurance_policy to medidesk_nurse
--;
grant update (insurer_id, policy_no, holder, valid_from, valid_until, copay_percent, checked_on, eligibility_note, deleted_at) on insurance_policy to medidesk_nurse
--;
grant select on insurance_policy to medidesk_nurse
--;
grant select on insurance_policy to medidesk_pharmacist
--;
grant insert (id, org_id, patient_id, insurer_id, policy_no, holder, valid_from, valid_until, copay_percent, checked_on, eligibility_note, deleted_at) on insurance_policy to medidesk_receptionist
--;
grant update (insurer_id, policy_no, holder, valid_from, valid_until, copay_percent, checked_on, eligibility_note, deleted_at) on insurance_policy to medidesk_receptionist
--;
grant select on insurance_policy to medidesk_receptionist
--;
grant select on insurance_policy to medidesk_cashier
--;
grant select on insurance_policy to medidesk_lab_technician
--;
grant select on insurance_policy to medidesk_manager
--;
alter table insurance_policy enable row level security
--;
create policy administrator_adds on insurance_policy for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on insurance_policy for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_reads on insurance_policy for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_adds on insurance_policy for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_changes on insurance_policy for update to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[])) with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_reads on insurance_policy for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_adds on insurance_policy for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_changes on insurance_policy for update to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[])) with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_reads on insurance_policy for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on insurance_policy for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_adds on insurance_policy for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on insurance_policy for update to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[])) with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_reads on insurance_policy for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on insurance_policy for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on insurance_policy for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on insurance_policy for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on insurer for each row execute function stamp_row()
--;
create trigger audit_insert after insert on insurer referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on insurer referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on insurer referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on insurer for each statement execute function refuse_truncate()
--;
grant insert (id, org_id, name, payer_code, price_list_id, copay_percent, phone, email, active, deleted_at) on insurer to medidesk_administrator
--;
grant update (name, payer_code, price_list_id, copay_percent, phone, email, active, deleted_at) on insurer to medidesk_administrator
--;
grant select on insurer to medidesk_administrator
--;
grant select on insurer to medidesk_doctor
--;
grant select on insurer to medidesk_nurse
--;
grant select on insurer to medidesk_pharmacist
--;
grant select on insurer to medidesk_receptionist
--;
grant select on insurer to medidesk_cashier
--;
grant select on insurer to medidesk_lab_technician
--;
grant select on insurer to medidesk_manager
--;
alter table insurer enable row level security
--;
create policy administrator_adds on insurer for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on insurer for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_reads on insurer for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on insurer for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on insurer for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on insurer for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on insurer for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on insurer for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on insurer for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on insurer for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger a_number before insert or update on invoice for each row execute function number_invoice()
--;
create trigger z_stamp before insert or update on invoice for each row execute function stamp_row()
--;
create trigger audit_insert after insert on invoice referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on invoice referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on invoice referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on invoice for each statement execute function refuse_truncate()
--;
grant select on invoice to medidesk_administrator
--;
grant insert (id, org_id, patient_id, kind, credits_id, policy_id, state, provisional_no, issued_at, lines, total, covered, note, reason, deleted_at) on invoice to medidesk_pharmacist
--;
grant update (policy_id, state, issued_at, lines, total, covered, note, deleted_at) on invoice to medidesk_pharmacist
--;
grant select on invoice to medidesk_pharmacist
--;
grant insert (id, org_id, patient_id, kind, credits_id, policy_id, state, provisional_no, issued_at, lines, total, covered, note, reason, deleted_at) on invoice to medidesk_receptionist
--;
grant update (policy_id, state, issued_at, lines, total, covered, note, deleted_at) on invoice to medidesk_receptionist
--;
grant select on invoice to medidesk_receptionist
--;
grant insert (id, org_id, patient_id, kind, credits_id, policy_id, state, provisional_no, issued_at, lines, total, covered, note, reason, deleted_at) on invoice to medidesk_cashier
--;
grant update (policy_id, state, issued_at, lines, total, covered, note, deleted_at) on invoice to medidesk_cashier
--;
grant select on invoice to medidesk_cashier
--;
grant insert (id, org_id, patient_id, kind, credits_id, policy_id, state, provisional_no, issued_at, lines, total, covered, note, reason, deleted_at) on invoice to medidesk_manager
--;
grant update (policy_id, state, issued_at, lines, total, covered, note, deleted_at) on invoice to medidesk_manager
--;
grant select on invoice to medidesk_manager
--;
alter table invoice enable row level security
--;
create policy administrator_reads on invoice for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy pharmacist_adds on invoice for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_changes on invoice for update to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[])) with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_reads on invoice for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_adds on invoice for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on invoice for update to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[])) with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_reads on invoice for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_adds on invoice for insert to medidesk_cashier with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_changes on invoice for update to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[])) with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_reads on invoice for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy manager_adds on invoice for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_changes on invoice for update to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[])) with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_reads on invoice for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create trigger a_bill before insert on invoice_line for each row execute function bill_line()
--;
create constraint trigger b_adds_up after insert or update on invoice deferrable initially deferred
  for each row execute function invoice_adds_up()
--;
create constraint trigger b_adds_up after insert or update on invoice_line deferrable initially deferred
  for each row execute function invoice_adds_up()
--;
create trigger a_keep before update on invoice_line for each row execute function keep_line()
--;
create trigger z_stamp before insert or update on invoice_line for each row execute function stamp_row()
--;
create trigger audit_insert after insert on invoice_line referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on invoice_line referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on invoice_line referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on invoice_line for each statement execute function refuse_truncate()
--;
grant select on invoice_line to medidesk_administrator
--;
grant insert (id, org_id, invoice_id, charge_id, credits_line_id, position, text, quantity, unit_price, discount, tax_percent, net, tax, total, covered, deleted_at) on invoice_line to medidesk_pharmacist
--;
grant update (deleted_at) on invoice_line to medidesk_pharmacist
--;
grant select on invoice_line to medidesk_pharmacist
--;
grant insert (id, org_id, invoice_id, charge_id, credits_line_id, position, text, quantity, unit_price, discount, tax_percent, net, tax, total, covered, deleted_at) on invoice_line to medidesk_receptionist
--;
grant update (deleted_at) on invoice_line to medidesk_receptionist
--;
grant select on invoice_line to medidesk_receptionist
--;
grant insert (id, org_id, invoice_id, charge_id, credits_line_id, position, text, quantity, unit_price, discount, tax_percent, net, tax, total, covered, deleted_at) on invoice_line to medidesk_cashier
--;
grant update (deleted_at) on invoice_line to medidesk_cashier
--;
grant select on invoice_line to medidesk_cashier
--;
grant insert (id, org_id, invoice_id, charge_id, credits_line_id, position, text, quantity, unit_price, discount, tax_percent, net, tax, total, covered, deleted_at) on invoice_line to medidesk_manager
--;
grant update (deleted_at) on invoice_line to medidesk_manager
--;
grant select on invoice_line to medidesk_manager
--;
alter table invoice_line enable row level security
--;
create policy administrator_reads on invoice_line for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy pharmacist_adds on invoice_line for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_changes on invoice_line for update to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[])) with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_reads on invoice_line for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_adds on invoice_line for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on invoice_line for update to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[])) with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_reads on invoice_line for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_adds on invoice_line for insert to medidesk_cashier with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_changes on invoice_line for update to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[])) with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_reads on invoice_line for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy manager_adds on invoice_line for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_changes on invoice_line for update to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[])) with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_reads on invoice_line for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create trigger a_take before insert on payment for each row execute function take_payment()
--;
create trigger a_keep before update on payment for each row execute function keep_payment()
--;
create trigger a_stays before insert or update on payment for each row when (new.deleted_at is not null)
  execute function never_deleted('Money that was taken stays. Give it back instead.')
--;
create function give_credit_back() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  over numeric := -invoice_due(new.credits_id);
  used payment;
begin
  for used in select * from payment where invoice_id = new.credits_id and way = 'credit' and given_back < amount
               order by taken_at desc, id for no key update loop
    exit when over <= 0;
    update payment set given_back = given_back + least(over, amount - given_back) where id = used.id;
    over := over - (used.amount - used.given_back);
  end loop;
  return null;
end $$
--;
create trigger c_back after insert on invoice for each row when (new.credits_id is not null)
  execute function give_credit_back()
--;
create trigger z_stamp before insert or update on payment for each row execute function stamp_row()
--;
create trigger audit_insert after insert on payment referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on payment referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on payment referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on payment for each statement execute function refuse_truncate()
--;
grant select on payment to medidesk_administrator
--;
grant insert (id, org_id, patient_id, invoice_id, session_id, receipt_id, provisional_no, way, amount, tendered, source_id, reference, taken_at, deleted_at) on payment to medidesk_pharmacist
--;
grant update (reference, deleted_at) on payment to medidesk_pharmacist
--;
grant select on payment to medidesk_pharmacist
--;
grant insert (id, org_id, patient_id, invoice_id, session_id, receipt_id, provisional_no, way, amount, tendered, source_id, reference, taken_at, deleted_at) on payment to medidesk_receptionist
--;
grant update (reference, deleted_at) on payment to medidesk_receptionist
--;
grant select on payment to medidesk_receptionist
--;
grant insert (id, org_id, patient_id, invoice_id, session_id, receipt_id, provisional_no, way, amount, tendered, source_id, reference, taken_at, deleted_at) on payment to medidesk_cashier
--;
grant update (reference, deleted_at) on payment to medidesk_cashier
--;
grant select on payment to medidesk_cashier
--;
grant insert (id, org_id, patient_id, invoice_id, session_id, receipt_id, provisional_no, way, amount, tendered, source_id, reference, taken_at, deleted_at) on payment to medidesk_manager
--;
grant update (reference, deleted_at) on payment to medidesk_manager
--;
grant select on payment to medidesk_manager
--;
alter table payment enable row level security
--;
create policy administrator_reads on payment for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy pharmacist_adds on payment for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_changes on payment for update to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[])) with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_reads on payment for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_adds on payment for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on payment for update to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[])) with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_reads on payment for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_adds on payment for insert to medidesk_cashier with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_changes on payment for update to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[])) with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_reads on payment for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy manager_adds on payment for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_changes on payment for update to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[])) with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_reads on payment for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create trigger a_guard before insert or update on refund for each row execute function guard_refund()
--;
create trigger a_stays before insert or update on refund for each row when (new.deleted_at is not null)
  execute function never_deleted('A refund stays. Withdraw it instead.')
--;
create trigger z_stamp before insert or update on refund for each row execute function stamp_row()
--;
create trigger audit_insert after insert on refund referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on refund referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on refund referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on refund for each statement execute function refuse_truncate()
--;
grant select on refund to medidesk_administrator
--;
grant insert (id, org_id, payment_id, amount, reason, state, session_id, paid_at, deleted_at) on refund to medidesk_pharmacist
--;
grant update (state, session_id, paid_at, deleted_at) on refund to medidesk_pharmacist
--;
grant select on refund to medidesk_pharmacist
--;
grant insert (id, org_id, payment_id, amount, reason, state, session_id, paid_at, deleted_at) on refund to medidesk_receptionist
--;
grant update (state, session_id, paid_at, deleted_at) on refund to medidesk_receptionist
--;
grant select on refund to medidesk_receptionist
--;
grant insert (id, org_id, payment_id, amount, reason, state, session_id, paid_at, deleted_at) on refund to medidesk_cashier
--;
grant update (state, session_id, paid_at, deleted_at) on refund to medidesk_cashier
--;
grant select on refund to medidesk_cashier
--;
grant insert (id, org_id, payment_id, amount, reason, state, session_id, paid_at, deleted_at) on refund to medidesk_manager
--;
grant update (state, session_id, paid_at, deleted_at) on refund to medidesk_manager
--;
grant select on refund to medidesk_manager
--;
alter table refund enable row level security
--;
create policy administrator_reads on refund for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy pharmacist_adds on refund for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_changes on refund for update to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[])) with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_reads on refund for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_adds on refund for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on refund for update to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[])) with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_reads on refund for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_adds on refund for insert to medidesk_cashier with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_changes on refund for update to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[])) with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_reads on refund for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy manager_adds on refund for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_changes on refund for update to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[])) with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_reads on refund for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create trigger a_decide before insert on refund_verdict for each row execute function decide_refund()
--;
create trigger a_stays before insert or update on refund_verdict for each row when (new.deleted_at is not null)
  execute function never_deleted('What was decided stays.')
--;
create trigger z_stamp before insert or update on refund_verdict for each row execute function stamp_row()
--;
create trigger audit_insert after insert on refund_verdict referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on refund_verdict referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on refund_verdict referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on refund_verdict for each statement execute function refuse_truncate()
--;
grant select on refund_verdict to medidesk_administrator
--;
grant select on refund_verdict to medidesk_pharmacist
--;
grant select on refund_verdict to medidesk_receptionist
--;
grant select on refund_verdict to medidesk_cashier
--;
grant insert (id, org_id, refund_id, verdict, note, deleted_at) on refund_verdict to medidesk_manager
--;
grant update (note, deleted_at) on refund_verdict to medidesk_manager
--;
grant select on refund_verdict to medidesk_manager
--;
alter table refund_verdict enable row level security
--;
create policy administrator_reads on refund_verdict for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy pharmacist_reads on refund_verdict for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on refund_verdict for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_reads on refund_verdict for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy manager_adds on refund_verdict for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_changes on refund_verdict for update to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[])) with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_reads on refund_verdict for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
revoke all on function is_told() from public
--;
revoke all on function refuse_money(text) from public
--;
revoke all on function minor_units(text) from public
--;
revoke all on function coin_of(uuid) from public
--;
revoke all on function in_money(numeric, uuid) from public
--;
revoke all on function day_in(timestamptz, uuid) from public
--;
revoke all on function next_number(text, uuid, uuid) from public
--;
revoke all on function keep_number(text, uuid) from public
--;
revoke all on function listed_price(uuid, uuid, uuid, date) from public
--;
revoke all on function price_charge() from public
--;
revoke all on function keep_billed_charge() from public
--;
revoke all on function guard_discount() from public
--;
revoke all on function number_invoice() from public
--;
revoke all on function bill_line() from public
--;
revoke all on function keep_line() from public
--;
revoke all on function invoice_adds_up() from public
--;
revoke all on function payment_left(uuid, boolean) from public
--;
revoke all on function invoice_due(uuid) from public
--;
revoke all on function credit_of(uuid) from public
--;
revoke all on function drawer_holds(uuid) from public
--;
revoke all on function check_drawer(uuid, uuid, boolean) from public
--;
revoke all on function take_payment() from public
--;
revoke all on function keep_payment() from public
--;
revoke all on function guard_refund() from public
--;
revoke all on function decide_refund() from public
--;
revoke all on function guard_drawer() from public
--;
alter table specialisation add column visit_service_id UUID
--;
ALTER TABLE specialisation ADD CONSTRAINT specialisation_visit_service_id_fkey FOREIGN KEY(visit_service_id) REFERENCES service (id)
--;
grant insert (visit_service_id), update (visit_service_id) on specialisation to medidesk_administrator
--;
ALTER TABLE claim_line ADD CONSTRAINT claim_line_claim_id_fkey FOREIGN KEY(claim_id) REFERENCES insurance_claim (id)
--;
ALTER TABLE claim_line ADD CONSTRAINT claim_line_invoice_line_id_fkey FOREIGN KEY(invoice_line_id) REFERENCES invoice_line (id)
--;
ALTER TABLE claim_line ADD CONSTRAINT claim_line_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE INDEX claim_line_claim_id_idx ON claim_line (claim_id)
--;
CREATE INDEX claim_line_invoice_line_id_idx ON claim_line (invoice_line_id)
--;
CREATE UNIQUE INDEX claim_line_once ON claim_line (claim_id, invoice_line_id) WHERE deleted_at is null
--;
CREATE INDEX claim_line_org_id_idx ON claim_line (org_id)
--;
ALTER TABLE insurance_claim ADD CONSTRAINT insurance_claim_insurer_id_fkey FOREIGN KEY(insurer_id) REFERENCES insurer (id)
--;
ALTER TABLE insurance_claim ADD CONSTRAINT insurance_claim_invoice_id_fkey FOREIGN KEY(invoice_id) REFERENCES invoice (id)
--;
ALTER TABLE insurance_claim ADD CONSTRAINT insurance_claim_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE insurance_claim ADD CONSTRAINT insurance_claim_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
CREATE INDEX insurance_claim_insurer_id_idx ON insurance_claim (insurer_id)
--;
CREATE INDEX insurance_claim_invoice_id_idx ON insurance_claim (invoice_id)
--;
CREATE UNIQUE INDEX insurance_claim_live_once ON insurance_claim (invoice_id) WHERE deleted_at is null and state <> 'withdrawn'
--;
CREATE INDEX insurance_claim_org_id_idx ON insurance_claim (org_id)
--;
CREATE INDEX insurance_claim_patient_id_idx ON insurance_claim (patient_id)
--;
create function guard_claim() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  bill invoice;
  number text;
begin
  perform check_amount(new.claimed, new.org_id), check_amount(new.accepted, new.org_id),
          check_amount(new.to_patient, new.org_id), check_amount(new.written_off, new.org_id);
  select * into bill from invoice where id = new.invoice_id for no key update;
  number := coalesce(bill.number, 'This invoice');
  if tg_op = 'INSERT' then
    if bill.org_id <> new.org_id or kept_file(bill.patient_id) <> kept_file(new.patient_id)
       or bill.kind <> 'invoice' or bill.state <> 'issued' then
      perform refuse_money('Only an invoice of theirs that was issued is claimed.');
    elsif new.state not in ('draft', 'submitted') then
      perform refuse_money('A claim is submitted before it is answered.');
    elsif not exists (select from insurance_policy p where p.id = bill.policy_id
                       and p.insurer_id = new.insurer_id and p.policy_no = new.policy_no) then
      perform refuse_money(format('%s is insured otherwise. Look at it again.', number));
    elsif new.state = 'submitted' and new.claimed <> insured_part(bill.id) then
      perform refuse_money(format('%s has changed meanwhile. Look at it again.', number));
    end if;
  elsif new.state <> old.state and (old.state, new.state) not in (
        ('draft', 'submitted'), ('draft', 'withdrawn'), ('submitted', 'answered'), ('submitted', 'withdrawn'),
        ('answered', 'submitted'), ('answered', 'withdrawn'), ('submitted', 'reconciled'),
        ('answered', 'reconciled'), ('reconciled', 'answered'), ('reconciled', 'submitted')) then
    perform refuse_money(format('The claim of %s has come further meanwhile. Look at it again.', number));
  elsif old.state in ('reconciled', 'withdrawn') and new.state = old.state
     and (new.to_patient, new.written_off, new.accepted) is distinct from (old.to_patient, old.written_off, old.accepted)
  then
    perform refuse_money(format('The claim of %s is done with. Reopen it first.', number));
  elsif new.state = 'submitted' and old.state = 'draft' and new.claimed <> insured_part(bill.id) then
    perform refuse_money(format('Of %s something was credited. Withdraw the claim and make it anew.', number));
  elsif new.state = 'withdrawn' and exists (select from payment where invoice_id = bill.id and way = 'insurer'
                                             and payment_left(id, false) > 0) then
    perform refuse_money(format('The insurer has paid something of %s. Reconcile its claim instead.', number));
  end if;
  -- Moments are the server's.
  if new.submitted_at is distinct from old.submitted_at then
    new.submitted_at := acting_time();
  end if;
  if new.answered_at is distinct from old.answered_at and new.accepted is not null then
    new.answered_at := acting_time();
  end if;
  if new.ended_at is distinct from old.ended_at and new.state in ('reconciled', 'withdrawn') then
    new.ended_at := acting_time();
  end if;
  if new.state = 'reconciled' and old.state <> 'reconciled' then
    if insurer_due(bill.id) <> new.to_patient + new.written_off then
      perform refuse_money(format('Of %s the insurer has left %s. Look at it again.', number,
                                  in_money(insurer_due(bill.id), bill.org_id)));
    elsif new.written_off > 0 and not has_any_column_privilege(acting_login(), 'medidesk.discount', 'insert') then
      perform refuse_money('What nobody pays is written off by whoever may give discounts.');
    end if;
  end if;
  return new;
end $$
--;
create function guard_claim_line() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  of insurance_claim;
  billed invoice_line;
begin
  perform check_amount(new.claimed, new.org_id), check_amount(new.accepted, new.org_id);
  select * into of from insurance_claim where id = new.claim_id for no key update;
  if tg_op = 'INSERT' then
    select * into billed from invoice_line where id = new.invoice_line_id;
    if of.org_id <> new.org_id or billed.invoice_id is distinct from of.invoice_id or billed.doubled
       or new.claimed <> billed.covered - coalesce((select sum(l.covered) from invoice_line l
                                                     where l.credits_line_id = billed.id and l.deleted_at is null), 0) then
      perform refuse_money(format('%s: not what the insurer covers of it.', billed.text));
    end if;
  elsif of.state in ('reconciled', 'withdrawn')
     and (new.accepted, new.refusal) is distinct from (old.accepted, old.refusal) then
    perform refuse_money('This claim is done with. Reopen it first.');
  end if;
  return new;
end $$
--;
create function claim_adds_up() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  wanted uuid := case tg_table_name when 'insurance_claim' then (to_jsonb(new)->>'id')::uuid
                                    else (to_jsonb(new)->>'claim_id')::uuid end;
begin
  if exists (
    select from insurance_claim c, lateral (select count(*) as lines, sum(l.claimed) as claimed,
                                                   sum(l.accepted) as accepted, count(l.accepted) as answered
                                              from claim_line l where l.claim_id = c.id) s
     where c.id = wanted and c.state not in ('draft', 'withdrawn')
       and ((c.lines, c.claimed) is distinct from (s.lines, s.claimed) or c.accepted is distinct from s.accepted
            or s.answered not in (0, s.lines))) then
    perform refuse_money('The claim does not add up. It stays as it is.');
  end if;
  return null;
end $$
--;
create trigger a_guard before insert or update on claim_line for each row execute function guard_claim_line()
--;
create trigger a_stays before insert or update on claim_line for each row when (new.deleted_at is not null)
  execute function never_deleted('A claim stays. Withdraw it instead.')
--;
create constraint trigger b_adds_up after insert or update on claim_line deferrable initially deferred
  for each row execute function claim_adds_up()
--;
create trigger z_stamp before insert or update on claim_line for each row execute function stamp_row()
--;
create trigger audit_insert after insert on claim_line referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on claim_line referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on claim_line referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on claim_line for each statement execute function refuse_truncate()
--;
grant select on claim_line to medidesk_administrator
--;
grant insert (id, org_id, claim_id, invoice_line_id, position, claimed, accepted, refusal, deleted_at) on claim_line to medidesk_pharmacist
--;
grant update (accepted, refusal, deleted_at) on claim_line to medidesk_pharmacist
--;
grant select on claim_line to medidesk_pharmacist
--;
grant insert (id, org_id, claim_id, invoice_line_id, position, claimed, accepted, refusal, deleted_at) on claim_line to medidesk_receptionist
--;
grant update (accepted, refusal, deleted_at) on claim_line to medidesk_receptionist
--;
grant select on claim_line to medidesk_receptionist
--;
grant insert (id, org_id, claim_id, invoice_line_id, position, claimed, accepted, refusal, deleted_at) on claim_line to medidesk_cashier
--;
grant update (accepted, refusal, deleted_at) on claim_line to medidesk_cashier
--;
grant select on claim_line to medidesk_cashier
--;
grant insert (id, org_id, claim_id, invoice_line_id, position, claimed, accepted, refusal, deleted_at) on claim_line to medidesk_manager
--;
grant update (accepted, refusal, deleted_at) on claim_line to medidesk_manager
--;
grant select on claim_line to medidesk_manager
--;
alter table claim_line enable row level security
--;
create policy administrator_reads on claim_line for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy pharmacist_adds on claim_line for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_changes on claim_line for update to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[])) with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_reads on claim_line for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_adds on claim_line for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on claim_line for update to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[])) with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_reads on claim_line for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_adds on claim_line for insert to medidesk_cashier with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_changes on claim_line for update to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[])) with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_reads on claim_line for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy manager_adds on claim_line for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_changes on claim_line for update to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[])) with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_reads on claim_line for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create trigger a_guard before insert or update on insurance_claim for each row execute function guard_claim()
--;
create trigger a_stays before insert or update on insurance_claim for each row when (new.deleted_at is not null)
  execute function never_deleted('A claim stays. Withdraw it instead.')
--;
create constraint trigger b_adds_up after insert or update on insurance_claim deferrable initially deferred
  for each row execute function claim_adds_up()
--;
create trigger z_stamp before insert or update on insurance_claim for each row execute function stamp_row()
--;
create trigger audit_insert after insert on insurance_claim referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on insurance_claim referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on insurance_claim referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on insurance_claim for each statement execute function refuse_truncate()
--;
grant select on insurance_claim to medidesk_administrator
--;
grant insert (id, org_id, patient_id, invoice_id, insurer_id, policy_no, state, authorisation, note, lines, claimed, submitted_at, insurer_ref, answered_at, answer, accepted, ended_at, end_note, to_patient, written_off, deleted_at) on insurance_claim to medidesk_pharmacist
--;
grant update (state, authorisation, note, submitted_at, insurer_ref, answered_at, answer, accepted, ended_at, end_note, to_patient, written_off, deleted_at) on insurance_claim to medidesk_pharmacist
--;
grant select on insurance_claim to medidesk_pharmacist
--;
grant insert (id, org_id, patient_id, invoice_id, insurer_id, policy_no, state, authorisation, note, lines, claimed, submitted_at, insurer_ref, answered_at, answer, accepted, ended_at, end_note, to_patient, written_off, deleted_at) on insurance_claim to medidesk_receptionist
--;
grant update (state, authorisation, note, submitted_at, insurer_ref, answered_at, answer, accepted, ended_at, end_note, to_patient, written_off, deleted_at) on insurance_claim to medidesk_receptionist
--;
grant select on insurance_claim to medidesk_receptionist
--;
grant insert (id, org_id, patient_id, invoice_id, insurer_id, policy_no, state, authorisation, note, lines, claimed, submitted_at, insurer_ref, answered_at, answer, accepted, ended_at, end_note, to_patient, written_off, deleted_at) on insurance_claim to medidesk_cashier
--;
grant update (state, authorisation, note, submitted_at, insurer_ref, answered_at, answer, accepted, ended_at, end_note, to_patient, written_off, deleted_at) on insurance_claim to medidesk_cashier
--;
grant select on insurance_claim to medidesk_cashier
--;
grant insert (id, org_id, patient_id, invoice_id, insurer_id, policy_no, state, authorisation, note, lines, claimed, submitted_at, insurer_ref, answered_at, answer, accepted, ended_at, end_note, to_patient, written_off, deleted_at) on insurance_claim to medidesk_manager
--;
grant update (state, authorisation, note, submitted_at, insurer_ref, answered_at, answer, accepted, ended_at, end_note, to_patient, written_off, deleted_at) on insurance_claim to medidesk_manager
--;
grant select on insurance_claim to medidesk_manager
--;
alter table insurance_claim enable row level security
--;
create policy administrator_reads on insurance_claim for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy pharmacist_adds on insurance_claim for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_changes on insurance_claim for update to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[])) with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_reads on insurance_claim for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_adds on insurance_claim for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on insurance_claim for update to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[])) with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_reads on insurance_claim for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_adds on insurance_claim for insert to medidesk_cashier with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_changes on insurance_claim for update to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[])) with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_reads on insurance_claim for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy manager_adds on insurance_claim for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_changes on insurance_claim for update to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[])) with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_reads on insurance_claim for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
revoke all on function guard_claim() from public
--;
revoke all on function guard_claim_line() from public
--;
revoke all on function claim_adds_up() from public
--;
CREATE TABLE room (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	name VARCHAR(60) NOT NULL, 
	active BOOLEAN DEFAULT true NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT room_pkey PRIMARY KEY (id), 
	CONSTRAINT room_name_given_check CHECK (name <> ''), 
	CONSTRAINT room_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
ALTER TABLE room ADD CONSTRAINT room_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE UNIQUE INDEX room_name_key ON room (org_id, name) WHERE deleted_at is null
--;
CREATE INDEX room_org_id_idx ON room (org_id)
--;
create trigger z_stamp before insert or update on room for each row execute function stamp_row()
--;
create trigger audit_insert after insert on room referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on room referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on room referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on room for each statement execute function refuse_truncate()
--;
grant insert (id, org_id, name, active, deleted_at) on room to medidesk_administrator
--;
grant update (name, active, deleted_at) on room to medidesk_administrator
--;
grant select on room to medidesk_administrator
--;
grant select on room to medidesk_doctor
--;
grant select on room to medidesk_nurse
--;
grant select on room to medidesk_pharmacist
--;
grant select on room to medidesk_receptionist
--;
grant select on room to medidesk_cashier
--;
grant select on room to medidesk_lab_technician
--;
grant select on room to medidesk_manager
--;
alter table room enable row level security
--;
create policy administrator_adds on room for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on room for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_reads on room for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on room for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on room for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on room for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on room for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on room for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on room for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on room for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
alter table staff add column room_id UUID
--;
ALTER TABLE staff ADD CONSTRAINT staff_room_id_fkey FOREIGN KEY(room_id) REFERENCES room (id)
--;
grant insert (room_id) on staff to medidesk_administrator
--;
grant update (room_id) on staff to medidesk_administrator
--;
ALTER TABLE appointment ADD CONSTRAINT appointment_room_id_fkey FOREIGN KEY(room_id) REFERENCES room (id)
--;
revoke all on function once_said(text, uuid, text) from public
--;
revoke all on function check_amount(numeric, uuid) from public
--;
revoke all on function never_deleted() from public
--;
revoke all on function is_their_list(uuid, uuid, date) from public
--;
revoke all on function has_cost(uuid, uuid, uuid, numeric) from public
--;
revoke all on function give_credit_back() from public
--;
revoke all on function insured_part(uuid) from public
--;
revoke all on function moved_to_patient(uuid) from public
--;
revoke all on function insurer_due(uuid) from public
--;
create or replace function number_patient() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  series text := 'patient-' || to_char(now(), 'YY');
  next bigint;
begin
  new.file_no := given_number(new.id);
  if new.file_no is null or exists (select from patient where file_no = new.file_no) then
    insert into number_series as s (name, last) values (series, 1)
    on conflict (name) do update set last = s.last + 1 returning last into next;
    new.file_no := to_char(now(), 'YY') || '-' || lpad(next::text, greatest(5, length(next::text)), '0');
  end if;
  new.has_allergy := false;
  if not is_told() then
    new.provisional_no := null;
  end if;
  return new;
end $$
--;
revoke all on function is_billed(uuid) from public
--;
create or replace function apply_update(w jsonb, station uuid) returns text[]
language plpgsql security invoker set search_path = medidesk, pg_temp
as $$
declare
  tbl text := w->>'table';
  current jsonb := seen_row(tbl, (w->>'id')::uuid);
  base jsonb := canonical(tbl, w->'base');
  mine jsonb := canonical(tbl, w->'values');
  known integer := coalesce(op_left((w->>'left_by')::uuid, tbl, (w->>'id')::uuid), (w->>'version')::int);
  theirs text[] := changed_by_others(tbl, (w->>'id')::uuid, (current->>'version')::int - known, station);
  clashes jsonb;
  columns text;
  touched bigint;
begin
  if current is null then
    raise exception using errcode = 'MD003', message = 'the row is gone or out of sight',
      detail = jsonb_build_object('table', tbl, 'id', w->>'id')::text;
  end if;
  -- `base` holds whole groups of fields that belong together: one that moved is a clash for its group,
  -- unless both sides wrote the very same, or it moved by what the same PC did before.
  select jsonb_object_agg(key, jsonb_build_object(
           'base', base->key, 'theirs', current->key, 'mine', coalesce(mine->key, base->key)))
    into clashes
    from jsonb_object_keys(base) key
   where current->key is distinct from base->key and current->key is distinct from coalesce(mine->key, base->key)
     and not (w->>'left_by' is not null and changed_here(tbl, (w->>'id')::uuid, key, station));
  if clashes is not null then
    raise exception using errcode = 'MD001', message = 'changed by someone else meanwhile',
      detail = jsonb_build_object('table', tbl, 'id', w->>'id', 'fields', clashes, 'version', current->'version',
                                  'by', current->'updated_by', 'at', current->'updated_at')::text;
  end if;
  select string_agg(quote_ident(key), ', ' order by key) into columns from jsonb_object_keys(mine) key;
  execute format('update %1$I set (%2$s) = (select %3$s from jsonb_populate_record(null::%1$I, $1) n) where id = $2',
                 tbl, columns, (select string_agg('n.' || quote_ident(key), ', ' order by key)
                                  from jsonb_object_keys(mine) key))
    using mine, (w->>'id')::uuid;
  get diagnostics touched = row_count;
  if touched <> 1 then
    raise exception using errcode = '42501', message = format('may not change this row of %s', tbl);
  end if;
  return array(select name from unnest(theirs) name where not mine ? name);
end $$
--;
revoke all on function changed_here(text, uuid, text, uuid) from public
--;
grant execute on function changed_here(text, uuid, text, uuid) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
create or replace function keep_told_numbers(op jsonb) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into patient_identifier (id, org_id, patient_id, kind, value)
  select derived_id('provisional', p.id::text), p.org_id, p.id, 'provisional', w->'values'->>'provisional_no'
    from applied_operation a, jsonb_array_elements(op->'writes') w
    join patient p on p.id = (w->>'id')::uuid
   where a.op_id = (op->>'id')::uuid and a.author = session_user
     -- The trail says which files it made; the payload alone could name anybody's. Where that lies in an archive, it
     -- must be a file of their own making.
     and (exists (select from audit_log l where l.row_id = p.id and l.tbl = 'patient' and l.action = 'insert'
                     and l.op_id = a.op_id)
          or is_archived(a.epoch, a.xid) and p.created_by = current_account())
     and a.payload_sha = sha256(convert_to(op::text, 'UTF8'))
     and w->>'table' = 'patient' and w->>'op' = 'insert' and w->'values'->>'provisional_no' is not null
     and not exists (select from patient_identifier i where i.patient_id = p.id and i.kind = 'provisional'
                        and i.value = w->'values'->>'provisional_no');
  update invoice i set provisional_no = w->'values'->>'provisional_no'
    from applied_operation a, jsonb_array_elements(op->'writes') w
   where a.op_id = (op->>'id')::uuid and a.author = session_user
     and a.payload_sha = sha256(convert_to(op::text, 'UTF8')) and w->>'table' = 'invoice' and w->>'op' = 'insert'
     and i.id = (w->>'id')::uuid and i.provisional_no is null and i.created_by = current_account();
  update payment p set provisional_no = w->'values'->>'provisional_no'
    from applied_operation a, jsonb_array_elements(op->'writes') w
   where a.op_id = (op->>'id')::uuid and a.author = session_user
     and a.payload_sha = sha256(convert_to(op::text, 'UTF8')) and w->>'table' = 'payment' and w->>'op' = 'insert'
     and p.id = (w->>'id')::uuid and p.provisional_no is null and p.created_by = current_account();
$$
--;
create or replace function keep_numbers(wanted uuid) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into number_series as s (name, last)
  select 'patient-' || split_part(n.value, '-', 1), max(split_part(n.value, '-', 2)::bigint)
    from replay_entry e, jsonb_each_text(e.receipt->'numbers') n
   where e.replay_id = wanted and n.value ~ '^\d\d-\d{1,15}$' group by 1
  on conflict (name) do update set last = greatest(s.last, excluded.last);
  select keep_number(n.value, (w->'values'->>'org_id')::uuid)
    from replay_entry e, jsonb_array_elements(e.payload->'writes') w, jsonb_each_text(e.receipt->'numbers') n
   where e.replay_id = wanted and n.key = w->>'id' and w->'values'->>'org_id' is not null
     and n.value ~ '^[A-Z]\d\d-\d{1,15}$';
  update server_identity i
     set known_epoch = greatest(i.known_epoch, (select max((receipt->>'epoch')::int) from replay_entry
                                                 where replay_id = wanted));
$$
