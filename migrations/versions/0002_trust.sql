CREATE TABLE acting_for (
	xid xid8 DEFAULT pg_current_xact_id() NOT NULL, 
	login TEXT NOT NULL, 
	attested_by TEXT DEFAULT session_user NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	numbers JSONB NOT NULL, 
	CONSTRAINT acting_for_pkey PRIMARY KEY (xid)
)
--;
alter table allergy add CONSTRAINT allergy_noted_on_check CHECK (noted_on between '0001-01-01' and '9999-12-31')
--;
alter table allergy add CONSTRAINT allergy_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
alter table applied_operation add column attested_by TEXT
--;
alter table audit_log add column attested_by TEXT
--;
alter table condition add CONSTRAINT condition_onset_on_check CHECK (onset_on between '0001-01-01' and '9999-12-31')
--;
alter table condition add CONSTRAINT condition_ended_on_check CHECK (ended_on between '0001-01-01' and '9999-12-31')
--;
alter table condition add CONSTRAINT condition_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
CREATE TABLE decision (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	op_id UUID NOT NULL, 
	author VARCHAR(63) NOT NULL, 
	title VARCHAR(300) NOT NULL, 
	about_table VARCHAR(63) DEFAULT '' NOT NULL, 
	about_id UUID, 
	verdict VARCHAR NOT NULL, 
	fields VARCHAR(500) DEFAULT '' NOT NULL, 
	reason VARCHAR(500) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT decision_pkey PRIMARY KEY (id), 
	CONSTRAINT decision_discarded_for_a_reason_check CHECK (verdict <> 'discarded' or reason <> ''), 
	CONSTRAINT decision_verdict_check CHECK (verdict in ('theirs', 'mine', 'combined', 'edited', 'discarded')), 
	CONSTRAINT decision_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
)
--;
alter table department add CONSTRAINT department_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
CREATE TABLE feed_floor (
	epoch INTEGER NOT NULL, 
	xid xid8 NOT NULL, 
	cut_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT feed_floor_pkey PRIMARY KEY (epoch)
)
--;
alter table next_of_kin add CONSTRAINT next_of_kin_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
alter table organisation add CONSTRAINT organisation_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
alter table patient add CONSTRAINT patient_born_on_check CHECK (born_on between '0001-01-01' and '9999-12-31')
--;
alter table patient add CONSTRAINT patient_died_on_check CHECK (died_on between '0001-01-01' and '9999-12-31')
--;
alter table patient add CONSTRAINT patient_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
alter table patient_alert add CONSTRAINT patient_alert_ends_on_check CHECK (ends_on between '0001-01-01' and '9999-12-31')
--;
alter table patient_alert add CONSTRAINT patient_alert_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
alter table patient_identifier add CONSTRAINT patient_identifier_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
alter table patient_merge add CONSTRAINT patient_merge_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
alter table patient_photo add CONSTRAINT patient_photo_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
CREATE TABLE receipt_key (
	single BOOLEAN DEFAULT true NOT NULL, 
	key BYTEA DEFAULT public.gen_random_bytes(32) NOT NULL, 
	CONSTRAINT receipt_key_pkey PRIMARY KEY (single), 
	CONSTRAINT receipt_key_one_row_check CHECK (single)
)
--;
CREATE TABLE replay (
	id UUID DEFAULT gen_random_uuid() NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	opened_by TEXT DEFAULT session_user NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	closed_by TEXT, 
	report JSONB, 
	CONSTRAINT replay_pkey PRIMARY KEY (id)
)
--;
CREATE TABLE replay_entry (
	replay_id UUID NOT NULL, 
	op_id UUID NOT NULL, 
	station_id UUID NOT NULL, 
	payload JSONB NOT NULL, 
	receipt JSONB NOT NULL, 
	told BOOLEAN NOT NULL, 
	state TEXT DEFAULT 'staged' NOT NULL, 
	sqlstate TEXT, 
	reason TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT replay_entry_pkey PRIMARY KEY (replay_id, op_id), 
	CONSTRAINT replay_entry_state_check CHECK (state in ('staged', 'applied', 'there', 'failed'))
)
--;
CREATE TABLE replay_journal (
	replay_id UUID NOT NULL, 
	station_id UUID NOT NULL, 
	name TEXT NOT NULL, 
	login TEXT DEFAULT session_user NOT NULL, 
	complete BOOLEAN NOT NULL, 
	accounts JSONB NOT NULL, 
	at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT replay_journal_pkey PRIMARY KEY (replay_id, station_id)
)
--;
CREATE TABLE replay_rejection (
	seq BIGINT GENERATED ALWAYS AS IDENTITY, 
	replay_id UUID NOT NULL, 
	station_id UUID NOT NULL, 
	login TEXT DEFAULT session_user NOT NULL, 
	op_id TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT replay_rejection_pkey PRIMARY KEY (seq)
)
--;
alter table role add CONSTRAINT role_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
alter table server_identity add column settled_epoch INTEGER DEFAULT '1' NOT NULL
--;
alter table server_identity add column known_epoch INTEGER DEFAULT '1' NOT NULL
--;
alter table specialisation add CONSTRAINT specialisation_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
alter table staff add CONSTRAINT staff_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
alter table user_account add CONSTRAINT user_account_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
alter table user_role add CONSTRAINT user_role_deleted_at_check CHECK (deleted_at between '0001-01-01 00:00+00' and '9999-12-31 00:00+00')
--;
drop index audit_log_feed
--;
CREATE INDEX audit_log_feed ON audit_log (epoch, xid, seq) INCLUDE (tbl, row_id)
--;
ALTER TABLE decision ADD CONSTRAINT decision_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE INDEX decision_about_id_idx ON decision (about_id)
--;
CREATE INDEX decision_op_id_idx ON decision (op_id)
--;
CREATE INDEX decision_org_id_idx ON decision (org_id)
--;
CREATE UNIQUE INDEX replay_one_open ON replay ((closed_at is null)) WHERE closed_at is null
--;
ALTER TABLE replay_entry ADD CONSTRAINT replay_entry_replay_id_fkey FOREIGN KEY(replay_id) REFERENCES replay (id)
--;
ALTER TABLE replay_journal ADD CONSTRAINT replay_journal_replay_id_fkey FOREIGN KEY(replay_id) REFERENCES replay (id)
--;
ALTER TABLE replay_rejection ADD CONSTRAINT replay_rejection_replay_id_fkey FOREIGN KEY(replay_id) REFERENCES replay (id)
--;
create or replace function is_synchronised(tbl text) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$ select tbl in ('organisation', 'department', 'specialisation', 'staff', 'role', 'user_account', 'user_role', 'patient', 'next_of_kin', 'patient_alert', 'patient_identifier', 'patient_merge', 'patient_photo', 'allergy', 'condition', 'decision') $$
--;
create function attested_by() returns text
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if coalesce(current_setting('medidesk.acting', true), '') <> 'on' then
    return null;  -- as good as always; the table is asked only for what may be so
  end if;
  return (select a.attested_by from acting_for a where a.xid = pg_current_xact_id_if_assigned());
end $$
--;
create function acting_login() returns text
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if coalesce(current_setting('medidesk.acting', true), '') <> 'on' then
    return session_user;
  end if;
  return coalesce((select a.login from acting_for a where a.xid = pg_current_xact_id_if_assigned()), session_user);
end $$
--;
create function acting_time() returns timestamptz
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if coalesce(current_setting('medidesk.acting', true), '') <> 'on' then
    return now();
  end if;
  return coalesce((select a.at from acting_for a where a.xid = pg_current_xact_id_if_assigned()), now());
end $$
--;
create function given_number(row_id uuid) returns text
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if coalesce(current_setting('medidesk.acting', true), '') <> 'on' then
    return null;
  end if;
  return (select a.numbers->>row_id::text from acting_for a where a.xid = pg_current_xact_id_if_assigned());
end $$
--;
create or replace function current_account() returns uuid
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select id from user_account
   where login = (select acting_login()) and (state = 'approved' or (select attested_by()) is not null)
     and deleted_at is null
$$
--;
create or replace function my_orgs(wanted text) returns uuid[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive held as (
    select r.org_id as id
      from user_role r join user_account a on a.id = r.user_account_id
     where a.login = (select acting_login()) and (a.state = 'approved' or (select attested_by()) is not null)
       and r.role = wanted and r.deleted_at is null and a.deleted_at is null
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
    select o.id, o.parent_id
      from user_role r join user_account a on a.id = r.user_account_id join organisation o on o.id = r.org_id
     where a.login = (select acting_login()) and (a.state = 'approved' or (select attested_by()) is not null)
       and r.role = wanted and r.deleted_at is null and a.deleted_at is null
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
create or replace function hello() returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select jsonb_build_object(
    'server_id', s.server_id, 'epoch', current_epoch(), 'schema_version', s.schema_version,
    'oldest_client', s.oldest_client, 'sending_paused', s.sending_paused,
    'timeline', ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int,
    'settled_epoch', s.settled_epoch, 'now', clock_timestamp(), 'account', current_account(),
    'login', session_user)
  from server_identity s
$$
--;
create or replace function stamp_row() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    new.version := 1;
    new.created_at := acting_time();
    new.created_by := current_account();
    new.updated_at := new.created_at;
    new.updated_by := new.created_by;
  else
    new.id := old.id;
    new.version := old.version + 1;
    new.created_at := old.created_at;
    new.created_by := old.created_by;
    new.updated_at := acting_time();
    new.updated_by := current_account();
  end if;
  return new;
end $$
--;
create or replace function audit_insert() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id, login, attested_by)
  select (select current_epoch()), tg_table_name, n.id, n.org_id, 'insert',
         jsonb_strip_nulls(to_jsonb(n) - coalesce(tg_argv, '{}') - '{version,created_at,created_by,updated_at,updated_by}'::text[]),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation()), (select acting_login()), (select attested_by())
    from new_rows n order by n.id;
  perform pg_notify('medidesk', '');
  return null;
end $$
--;
create or replace function audit_update() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id, login, attested_by)
  select (select current_epoch()), tg_table_name, n.id, n.org_id, 'update',
         (select coalesce(jsonb_object_agg(k.key,
                   case when k.key = any(coalesce(tg_argv, '{}')) then '"changed"'::jsonb
                        else jsonb_build_array(o.fields -> k.key, k.value) end), '{}')
            from jsonb_each(n.fields) k
           where k.value is distinct from o.fields -> k.key
             and k.key not in ('version', 'updated_at', 'updated_by')),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation()), (select acting_login()), (select attested_by())
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
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id, login, attested_by)
  select (select current_epoch()), tg_table_name, o.id, o.org_id, 'delete', to_jsonb(o) - coalesce(tg_argv, '{}'),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation()), (select acting_login()), (select attested_by())
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
  if lo <= (select f.xid from feed_floor f where f.epoch = current_epoch()) then
    raise exception using errcode = 'MD020', message = 'the feed does not reach back to this cursor';
  end if;
  return query
    select a.tbl, a.row_id, max(a.xid)
      from audit_log a
     where a.epoch = now_open and a.xid >= lo and not pg_visible_in_snapshot(a.xid, last)
     group by a.tbl, a.row_id
    having has_table_privilege(session_user, to_regclass('medidesk.' || quote_ident(a.tbl)), 'select');
end $$
--;
drop function pull_head()
--;
create function pull_head()
returns table (digest text, snapshot text, epoch integer, greatest_xid text, sending_paused boolean, replay uuid,
               oldest_client integer)
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select visibility_digest(), pg_current_snapshot()::text, current_epoch(),
         (select a.xid::text from audit_log a where a.epoch = s.epoch order by a.xid desc limit 1),
         s.sending_paused, (select r.id from replay r where r.closed_at is null), s.oldest_client
    from server_identity s
$$
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
create function signed(paper jsonb) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select paper || jsonb_build_object('hmac',
    encode(public.hmac(convert_to(paper::text, 'UTF8'), (select key from receipt_key), 'sha256'), 'hex'))
$$
--;
create function is_signed(paper jsonb) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_typeof(paper) = 'object' and paper ? 'hmac'
                  and paper->>'server' = (select server_id::text from server_identity)
                  and sha256(convert_to(signed(paper - 'hmac')->>'hmac', 'UTF8'))
                      = sha256(convert_to(paper->>'hmac', 'UTF8')), false)
$$
--;
create function place_in_history() returns bigint
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce((select max(seq) from audit_log
                    where epoch = current_epoch() and xid = pg_current_xact_id_if_assigned()),
                  (select last_value from audit_seq))
$$
--;
create function receipt(op uuid, told boolean) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select signed(jsonb_build_object(
    'of', 'operation', 'server', s.server_id, 'epoch', o.epoch, 'op', o.op_id, 'author', o.author,
    'station', o.station_id, 'sha', encode(o.payload_sha, 'hex'), 'told', coalesce(told, false), 'at', o.applied_at,
    'history', place_in_history(),
    'numbers', (select coalesce(jsonb_object_agg(a.row_id, a.changes->>'file_no'), '{}') from audit_log a
                 where a.epoch = o.epoch and a.xid = o.xid and a.op_id = o.op_id and a.tbl = 'patient'
                   and a.action = 'insert')))
  from applied_operation o, server_identity s
  where o.op_id = receipt.op and o.xid = pg_current_xact_id_if_assigned()
$$
--;
create function witnesses(xids xid8[]) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_agg(signed(jsonb_build_object(
           'of', 'feed', 'server', s.server_id, 'epoch', w.epoch, 'xid', w.xid::text, 'seq', w.seq,
           'nonce', w.nonce)) order by w.seq), '[]')
    from server_identity s, (
      select distinct on (a.xid) a.epoch, a.xid, a.seq, a.nonce from audit_log a
       where a.epoch = current_epoch() and a.xid = any(xids[1:20])
         and pg_visible_in_snapshot(a.xid, pg_current_snapshot())
         and a.xid is distinct from pg_current_xact_id_if_assigned()
       order by a.xid, a.seq desc) w
$$
--;
create function is_missing(witness jsonb) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select not exists (
      select from audit_log a
       where a.epoch = (witness->>'epoch')::int and a.xid = (witness->>'xid')::xid8
         and a.seq = (witness->>'seq')::bigint and a.nonce = (witness->>'nonce')::uuid)
     and coalesce(
      (select ((witness->>'epoch')::int, (witness->>'xid')::xid8) >= (a.epoch, a.xid)
         from audit_log a order by a.epoch, a.xid limit 1),
      (witness->>'seq')::bigint > (select last_value from audit_seq))
$$
--;
create function history_missing(operations uuid[], papers jsonb) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select jsonb_build_object(
    'operations', (select coalesce(jsonb_agg(one), '[]') from unnest(operations[1:200]) one
                    where not exists (select from applied_operation where op_id = one)),
    'witnesses', (select coalesce(jsonb_agg(paper), '[]')
                    from (select paper from jsonb_array_elements(papers) paper limit 50) first
                   where is_missing(paper)))
$$
--;
create function pause_sending(witness jsonb) returns boolean
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  identity server_identity;
begin
  if is_signed(witness) and witness->>'of' = 'feed' and is_missing(witness) then
    update server_identity
       set sending_paused = sending_paused or (witness->>'epoch')::int >= settled_epoch,
           known_epoch = greatest(known_epoch, (witness->>'epoch')::int)
     where not sending_paused or known_epoch < (witness->>'epoch')::int;
    perform pg_notify('medidesk', '');
  end if;
  select * into identity from server_identity;
  return identity.sending_paused;
end $$
--;
create function check_administers_all() returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if my_orgs('administrator') = '{}' and not (select rolsuper from pg_roles where rolname = session_user) then
    raise exception using errcode = '42501', message = 'an administrator must do this';
  end if;
  perform check_administers(org_id) from (select distinct org_id from user_role where deleted_at is null) held;
end $$
--;
create function begin_epoch(settles boolean) returns integer
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  old server_identity;
  new server_identity;
begin
  select * into strict old from server_identity for update;
  update server_identity
     set epoch = greatest(epoch, known_epoch) + 1, known_epoch = greatest(epoch, known_epoch) + 1,
         system_identifier = running_system_identifier(),
         settled_epoch = case when settles then greatest(epoch, known_epoch) + 1 else settled_epoch end
  returning * into new;
  insert into audit_log (epoch, tbl, row_id, action, changes)
  values (new.epoch, 'server_identity', new.server_id, 'update', jsonb_build_object(
    'epoch', jsonb_build_array(old.epoch, new.epoch),
    'system_identifier', jsonb_build_array(old.system_identifier::text, new.system_identifier::text)));
  perform pg_notify('medidesk', '');
  return new.epoch;
end $$
--;
create function new_epoch() returns integer
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administers_all();
  return begin_epoch(false);
end $$
--;
create or replace function op_end(op uuid, answer jsonb) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  whole jsonb;
begin
  -- Only the transaction that began the operation may end it, and only once.
  update applied_operation
     set result = answer || jsonb_build_object('op_id', op, 'epoch', epoch, 'xid', xid::text,
           'history', place_in_history(), 'receipt', receipt(op, (answer->>'told')::boolean))
   where op_id = op and author = session_user and xid = pg_current_xact_id() and result is null
  returning result into strict whole;
  return whole;
end $$
--;
create or replace function changed_by_others(wanted_tbl text, wanted_row uuid, updates integer, station uuid) returns text[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(array_agg(distinct key order by key), '{}')
    from (select a.changes, a.op_id from audit_log a
           where a.row_id = wanted_row and a.tbl = wanted_tbl and a.action = 'update'
             and has_table_privilege(acting_login(), ('medidesk.' || quote_ident(wanted_tbl))::regclass, 'select')
           order by a.seq desc limit greatest(updates, 0)) latest
         left join applied_operation o on o.op_id = latest.op_id,
         jsonb_object_keys(latest.changes) key
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
       or not has_table_privilege(acting_login(), 'medidesk.' || quote_ident(r.tbl), 'select') then
      raise exception using errcode = '42501', message = 'not a table that operations may touch';
    end if;
    execute format('select 1 from %I where id = $1 for %s', r.tbl,
                   case when r.writes then 'no key update' else 'share' end) using r.id;
  end loop;
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
--;
create function policies_allow(author text, tbl text, wanted text, row_id uuid, written boolean) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  rules text := (
    select string_agg(format('(%s)', case when written then coalesce(p.with_check, p.qual) else p.qual end), ' or ')
      from pg_policies p
     where p.schemaname = 'medidesk' and p.tablename = tbl and p.cmd = wanted
       and exists (select from unnest(p.roles) held where pg_has_role(author, held, 'usage')));
  allowed boolean;
begin
  if rules is null then
    return false;
  end if;
  execute format('select exists (select from %I where id = $1 and (%s))', tbl, rules) into allowed using row_id;
  return allowed;
end $$
--;
create function check_author(op jsonb, written boolean) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  author text := op->>'author';
  w jsonb;
  tbl text;
  inserts boolean;
begin
  if not exists (select from user_account a join pg_roles r on r.rolname = a.login
                  where a.login = author and a.deleted_at is null) then
    raise exception using errcode = '42501', message = format('there is no account %s here', author);
  end if;
  for w in select * from jsonb_array_elements(op->'writes') loop
    tbl := w->>'table';
    inserts := w->>'op' = 'insert';
    if is_synchronised(tbl) is not true or inserts and w->'values'->>'id' is distinct from w->>'id'
       or exists (select from jsonb_object_keys(w->'values') name
                   where not has_column_privilege(author, 'medidesk.' || quote_ident(tbl), name,
                                                  case when inserts then 'insert' else 'update' end)) then
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
create function op_attested(op jsonb) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into applied_operation (op_id, payload_sha, author, station_id, verb, supersedes, epoch, made_at, attested_by)
  values ((op->>'id')::uuid, sha256(convert_to(op::text, 'UTF8')), op->>'author', (op->>'station')::uuid, op->>'verb',
          (op->>'supersedes')::uuid, current_epoch(), (op->>'made_at')::timestamptz, session_user)
$$
--;
create function op_answered(op uuid, answer jsonb, told boolean) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  whole jsonb;
begin
  update applied_operation
     set result = answer || jsonb_build_object('op_id', op_id, 'epoch', epoch, 'xid', xid::text, 'told', told,
           'history', place_in_history(), 'receipt', receipt(op_id, told))
   where op_id = op
  returning result into strict whole;
  return whole;
end $$
--;
create function apply_on_behalf(op jsonb, told boolean, done_at timestamptz, accepted boolean, numbers jsonb)
returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  answer jsonb;
begin
  perform op_attested(op);
  insert into acting_for (login, at, numbers) values (op->>'author', done_at, numbers);
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
create function hold_on_behalf(op jsonb, state text, why text) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  perform op_attested(op);
  insert into held_fact (op_id, author, payload, sqlstate, reason)
  values ((op->>'id')::uuid, op->>'author', op, state, why);
  return op_answered((op->>'id')::uuid, jsonb_build_object(
    'status', 'held', 'rows', '[]'::jsonb, 'sqlstate', state, 'reason', why), true);
end $$
--;
create function release_operation(op jsonb, told boolean) returns jsonb
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
  if account.state = 'approved' and (select rolcanlogin from pg_roles where rolname = account.login) then
    raise exception using errcode = 'MD013', message = format(
      '%s can still sign in, which sends the work by itself; otherwise suspend the account first', account.login);
  end if;
  if (select sending_paused from server_identity) then
    raise exception using errcode = 'MD011', message = 'sending is paused';
  end if;
  perform pg_advisory_xact_lock(hashtextextended(op->>'id', 0));
  select * into known from applied_operation where op_id = (op->>'id')::uuid;
  if found then
    if known.author <> account.login or known.payload_sha <> sha256(convert_to(op::text, 'UTF8')) then
      raise exception using errcode = 'MD004', message = 'this operation id belongs to something else';
    end if;
    return known.result || '{"repeated": true, "rows": []}';
  end if;
  begin
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
  return answer || '{"rows": []}';
end $$
--;
create or replace function check_administers(org uuid) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if (org = any(my_orgs('administrator')) or (select rolsuper from pg_roles where rolname = session_user))
     is not true then
    raise exception using errcode = '42501', message = 'an administrator of this branch must do this';
  end if;
end $$
--;
create function derived_id(variadic parts text[]) returns uuid
language sql stable set search_path = pg_catalog, pg_temp
as $$ select md5(array_to_string(parts, '|'))::uuid $$
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
  if coalesce(current_setting('medidesk.told', true), '') <> 'true' then
    new.provisional_no := null;
  end if;
  return new;
end $$
--;
create or replace function keep_provisional_number() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into patient_identifier (id, org_id, patient_id, kind, value)
  values (derived_id('provisional', new.id::text), new.org_id, new.id, 'provisional', new.provisional_no);
  return null;
end $$
--;
create or replace function keep_told_numbers(op jsonb) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into patient_identifier (id, org_id, patient_id, kind, value)
  select derived_id('provisional', p.id::text), p.org_id, p.id, 'provisional', w->'values'->>'provisional_no'
    from applied_operation a, jsonb_array_elements(op->'writes') w
    join patient p on p.id = (w->>'id')::uuid
    -- The trail says which files it made; the payload alone could name anybody's.
    join audit_log l on l.row_id = p.id and l.tbl = 'patient' and l.action = 'insert'
   where a.op_id = (op->>'id')::uuid and a.author = session_user and l.op_id = a.op_id
     and a.payload_sha = sha256(convert_to(op::text, 'UTF8'))
     and w->>'table' = 'patient' and w->>'op' = 'insert' and w->'values'->>'provisional_no' is not null
     and not exists (select from patient_identifier i where i.patient_id = p.id and i.kind = 'provisional'
                        and i.value = w->'values'->>'provisional_no')
$$
--;
create function kept_file(file uuid) returns uuid
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive way as (
    select p.id, p.merged_into_id from patient p where p.id = file
    union
    select p.id, p.merged_into_id from patient p join way on way.merged_into_id = p.id
  )
  select coalesce((select way.id from way where merged_into_id is null), file)
$$
--;
create function guard_merged() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  -- Its flag of allergies goes on being kept, by a trigger.
  if pg_trigger_depth() > 1 or new.merged_into_id is null then
    return new;
  end if;
  if old.merged_into_id is not null then
    raise exception using errcode = 'MD005',
      message = 'This file has been merged into another one meanwhile. Open that file and make the change there.';
  end if;
  perform from patient where id = new.merged_into_id and merged_into_id is null and deleted_at is null for share;
  if not found then
    raise exception using errcode = 'MD005',
      message = 'The file to be kept has itself been merged or removed meanwhile. Look at both files again.';
  end if;
  return new;
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
  perform pg_advisory_xact_lock(hashtextextended(new.kind || '|' || new.system || '|' || new.value, 0));
  -- Whose it is today: files that were merged are compared as the ones that were kept.
  select kept_file(i.patient_id) as patient_id into other
    from patient_identifier i
   where i.kind = new.kind and i.system = new.system and i.value = new.value
     and i.deleted_at is null and not i.disputed and i.id <> new.id limit 1;
  if not found or current_setting('medidesk.told', true) is distinct from 'true' then
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
  perform pg_advisory_xact_lock(hashtextextended('allergies|' || new.patient_id, 0));
  update patient p set has_allergy = not p.has_allergy
   where p.id = new.patient_id
     and p.has_allergy is distinct from exists (
       select from allergy a where a.patient_id = p.id and a.state = 'active' and a.deleted_at is null);
  return null;
end $$
--;
create trigger c_guard before update on patient for each row
  when (new.merged_into_id is not null) execute function guard_merged()
--;
create function open_replay() returns uuid
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select id from replay where closed_at is null $$
--;
create function replay_open() returns uuid
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  opened uuid;
begin
  perform check_administers_all();
  perform current_epoch();
  -- Whoever sends at this moment has finished: nothing is applied between now and the close but what is replayed.
  lock table applied_operation in share row exclusive mode;
  update server_identity set sending_paused = true;
  opened := open_replay();
  if opened is null then
    insert into replay default values returning id into opened;
    perform pg_notify('medidesk', '');
  end if;
  return opened;
end $$
--;
create function refusal(entry jsonb, station uuid) returns text
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  paper jsonb := entry->'receipt';
  op jsonb;
begin
  if jsonb_typeof(entry->'payload') is distinct from 'string' or octet_length(entry->>'payload') > 4194304 then
    return 'there is no operation, or it is too large';
  end if;
  if not is_signed(paper) or paper->>'of' is distinct from 'operation' then
    return 'the receipt is not signed by this server';
  end if;
  op := (entry->>'payload')::jsonb;
  if encode(sha256(convert_to(op::text, 'UTF8')), 'hex') <> paper->>'sha' or (op->>'id')::uuid <> (paper->>'op')::uuid
     or op->>'author' <> paper->>'author' then
    return 'the receipt is of another operation';
  end if;
  if paper->>'station' is distinct from station::text then
    return 'the receipt is of another station';
  end if;
  return null;
exception
  when data_exception then
    return 'it is no operation';
end $$
--;
create function replay_upload(station uuid, station_name text, entries jsonb, accounts jsonb, complete boolean)
returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  current_replay uuid := open_replay();
  entry jsonb;
  why text;
  accepted integer := 0;
  rejected jsonb := '[]';
begin
  if current_account() is null then
    raise exception using errcode = '42501', message = 'only an approved account can hand in a journal';
  end if;
  if current_replay is null then
    raise exception using errcode = 'MD012', message = 'no replay is open';
  end if;
  if jsonb_typeof(entries) <> 'array' or jsonb_array_length(entries) > 500 or octet_length(entries::text) > 33554432
     or jsonb_typeof(accounts) <> 'array' or octet_length(accounts::text) > 262144 then
    raise exception using errcode = '22023', message = 'a part of a journal has at most 500 entries and 32 MB';
  end if;
  for entry in select * from jsonb_array_elements(entries) loop
    why := refusal(entry, station);
    if why is null then
      insert into replay_entry (replay_id, op_id, station_id, payload, receipt, told)
      values (current_replay, (entry->'receipt'->>'op')::uuid, station, (entry->>'payload')::jsonb, entry->'receipt',
              (entry->'receipt'->>'told')::boolean or coalesce((entry->>'told')::boolean, false))
      on conflict do nothing;
      accepted := accepted + 1;
    else
      rejected := rejected || jsonb_build_object('op', left(entry->'receipt'->>'op', 40), 'reason', why);
      -- A list that people read: nobody fills it up.
      insert into replay_rejection (replay_id, station_id, op_id, reason)
      select current_replay, station, coalesce(left(entry->'receipt'->>'op', 40), ''), why
       where (select count(*) from replay_rejection where replay_id = current_replay and login = session_user) < 200;
    end if;
  end loop;
  perform keep_numbers(current_replay);
  insert into replay_journal as j (replay_id, station_id, name, complete, accounts)
  values (current_replay, station, left(station_name, 80), complete, accounts)
  on conflict (replay_id, station_id) do update
     set complete = j.complete or excluded.complete, at = clock_timestamp(), login = session_user,
         accounts = case when excluded.accounts = '[]' then j.accounts else excluded.accounts end;
  return jsonb_build_object('accepted', accepted, 'rejected', rejected);
end $$
--;
create function keep_numbers(wanted uuid) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into number_series as s (name, last)
  select 'patient-' || split_part(n.value, '-', 1), max(split_part(n.value, '-', 2)::bigint)
    from replay_entry e, jsonb_each_text(e.receipt->'numbers') n
   where e.replay_id = wanted and n.value ~ '^\d\d-\d{1,15}$' group by 1
  on conflict (name) do update set last = greatest(s.last, excluded.last);
  update server_identity i
     set known_epoch = greatest(i.known_epoch, (select max((receipt->>'epoch')::int) from replay_entry
                                                 where replay_id = wanted));
$$
--;
create function replay_run(wanted uuid) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  e replay_entry;
  known bytea;
  outcome text;
  why text;
  code text;
begin
  for e in
    select * from replay_entry where replay_id = wanted and state in ('staged', 'failed')
     order by (receipt->>'epoch')::int, (receipt->>'history')::bigint, op_id
  loop
    outcome := 'applied';
    code := null;
    why := '';
    select payload_sha into known from applied_operation where op_id = e.op_id;
    if found then
      outcome := case when encode(known, 'hex') = e.receipt->>'sha' then 'there' else 'failed' end;
      code := case when outcome = 'failed' then 'MD004' end;
      why := case when outcome = 'failed' then 'this operation id belongs to something else' else '' end;
    else
      begin
        perform apply_on_behalf(e.payload, e.told, (e.receipt->>'at')::timestamptz, true, e.receipt->'numbers');
      exception
        when integrity_constraint_violation or syntax_error_or_access_rule_violation or data_exception
             or sqlstate 'MD001' or sqlstate 'MD003' or sqlstate 'MD005' then
          get stacked diagnostics code = returned_sqlstate, why = message_text;
          outcome := 'failed';
      end;
    end if;
    update replay_entry set state = outcome, sqlstate = code, reason = why
     where replay_id = wanted and op_id = e.op_id;
  end loop;
end $$
--;
create function replay_accounts(wanted uuid) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_agg(distinct jsonb_build_object('login', a->>'login', 'role', a->>'role', 'state', a->>'state')),
                  '[]')
    from replay_journal j, jsonb_array_elements(j.accounts) a
   where j.replay_id = wanted and jsonb_typeof(a) = 'object'
     and not exists (
       select from user_account u join user_role r on r.user_account_id = u.id
        where u.login = a->>'login' and u.state = a->>'state' and r.role = a->>'role'
          and u.deleted_at is null and r.deleted_at is null)
$$
--;
create function replay_report(wanted uuid) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select jsonb_build_object(
    'id', wanted,
    'counts', (select coalesce(jsonb_agg(to_jsonb(c) order by c.station, c.verb, c.state), '[]') from (
        select j.name as station, e.payload->>'verb' as verb, e.state, count(*) as count
          from replay_entry e join replay_journal j on (j.replay_id, j.station_id) = (e.replay_id, e.station_id)
         where e.replay_id = wanted group by 1, 2, 3) c),
    'failed', (select coalesce(jsonb_agg(jsonb_build_object(
                 'op', e.op_id, 'author', e.payload->>'author', 'title', e.payload->>'title', 'sqlstate', e.sqlstate,
                 'reason', e.reason)), '[]')
                 from replay_entry e where e.replay_id = wanted and e.state = 'failed'),
    'renumbered', (select coalesce(jsonb_agg(jsonb_build_object('printed', n.value, 'now', p.file_no)), '[]')
                     from replay_entry e, jsonb_each_text(e.receipt->'numbers') n
                     join patient p on p.id = n.key::uuid
                    where e.replay_id = wanted and e.state = 'applied' and p.file_no <> n.value),
    'rejected', (select coalesce(jsonb_agg(jsonb_build_object('op', x.op_id, 'station', x.station_id,
                          'login', x.login, 'reason', x.reason) order by x.seq), '[]')
                   from replay_rejection x where x.replay_id = wanted),
    'accounts', replay_accounts(wanted),
    'stations', (select coalesce(jsonb_agg(jsonb_build_object('name', j.name, 'complete', j.complete) order by j.name),
                                 '[]') from replay_journal j where j.replay_id = wanted),
    'missing', (select coalesce(jsonb_agg(s.name order by s.name), '[]') from station s
                 where s.last_seen_at > now() - interval '30 days' and not exists (
                   select from replay_journal j where j.replay_id = wanted and j.station_id = s.id and j.complete)))
$$
--;
create function replay_status() returns jsonb
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  identity server_identity;
  latest replay;
begin
  perform check_administers_all();
  select * into identity from server_identity;
  select * into latest from replay order by closed_at is null desc, opened_at desc limit 1;
  return jsonb_build_object('sending_paused', identity.sending_paused, 'open', latest.id is not null
                            and latest.closed_at is null, 'epoch', identity.epoch)
         || case when latest.id is null then '{}' when latest.closed_at is null then replay_report(latest.id)
                 else latest.report end;
end $$
--;
create function replay_close(anyway boolean) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  current_replay uuid := open_replay();
  outcome jsonb;
  e replay_entry;
begin
  perform check_administers_all();
  if current_replay is null then
    raise exception using errcode = 'MD012', message = 'no replay is open';
  end if;
  perform from replay where id = current_replay for update;
  outcome := replay_report(current_replay);
  if not anyway and outcome->'missing' <> '[]' then
    raise exception using errcode = 'MD012', message = format('these stations have not handed in their journals: %s',
      (select string_agg(name, ', ') from jsonb_array_elements_text(outcome->'missing') name));
  end if;
  perform replay_run(current_replay);
  outcome := replay_report(current_replay);
  for e in select * from replay_entry where replay_id = current_replay and state = 'failed' and sqlstate <> 'MD004' loop
    perform hold_on_behalf(e.payload, e.sqlstate, e.reason);
  end loop;
  update replay set closed_at = clock_timestamp(), closed_by = session_user, report = outcome
   where id = current_replay;
  -- The work is in the tables, or held: no second copy of it lies about.
  delete from replay_entry where replay_id = current_replay;
  update server_identity set sending_paused = false;
  perform begin_epoch(true);
  return outcome;
end $$
--;
grant update (name, relation, phone, deleted_at) on next_of_kin to medidesk_administrator
--;
grant update (name, relation, phone, deleted_at) on next_of_kin to medidesk_doctor
--;
grant update (name, relation, phone, deleted_at) on next_of_kin to medidesk_nurse
--;
grant update (name, relation, phone, deleted_at) on next_of_kin to medidesk_receptionist
--;
grant update (text, ends_on, deleted_at) on patient_alert to medidesk_administrator
--;
grant update (text, ends_on, deleted_at) on patient_alert to medidesk_doctor
--;
grant update (text, ends_on, deleted_at) on patient_alert to medidesk_nurse
--;
grant update (text, ends_on, deleted_at) on patient_alert to medidesk_receptionist
--;
grant update (kind, system, value, deleted_at) on patient_identifier to medidesk_administrator
--;
grant update (kind, system, value, deleted_at) on patient_identifier to medidesk_doctor
--;
grant update (kind, system, value, deleted_at) on patient_identifier to medidesk_nurse
--;
grant update (kind, system, value, deleted_at) on patient_identifier to medidesk_receptionist
--;
grant update (media_type, content, deleted_at) on patient_photo to medidesk_administrator
--;
grant update (media_type, content, deleted_at) on patient_photo to medidesk_doctor
--;
grant update (media_type, content, deleted_at) on patient_photo to medidesk_nurse
--;
grant update (media_type, content, deleted_at) on patient_photo to medidesk_receptionist
--;
grant update (substance, reaction, severity, state, noted_on, code, code_system, deleted_at) on allergy to medidesk_doctor
--;
grant update (substance, reaction, severity, state, noted_on, code, code_system, deleted_at) on allergy to medidesk_nurse
--;
grant update (text, state, onset_on, ended_on, code, code_system, deleted_at) on condition to medidesk_doctor
--;
grant update (text, state, onset_on, ended_on, code, code_system, deleted_at) on condition to medidesk_nurse
--;
create trigger z_stamp before insert or update on decision for each row execute function stamp_row()
--;
create trigger audit_insert after insert on decision referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on decision referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on decision referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on decision for each statement execute function refuse_truncate()
--;
grant select on decision to medidesk_administrator
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_administrator
--;
grant select on decision to medidesk_doctor
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_doctor
--;
grant select on decision to medidesk_nurse
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_nurse
--;
grant select on decision to medidesk_pharmacist
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_pharmacist
--;
grant select on decision to medidesk_receptionist
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_receptionist
--;
grant select on decision to medidesk_cashier
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_cashier
--;
grant select on decision to medidesk_lab_technician
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_lab_technician
--;
grant select on decision to medidesk_manager
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_manager
--;
alter table decision enable row level security
--;
create policy administrator_reads on decision for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_adds on decision for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy doctor_reads on decision for select to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_adds on decision for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy nurse_reads on decision for select to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_adds on decision for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy pharmacist_reads on decision for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_adds on decision for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on decision for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_adds on decision for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_reads on decision for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_adds on decision for insert to medidesk_cashier with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy lab_technician_reads on decision for select to medidesk_lab_technician using (org_id = any((select my_orgs('lab_technician'))::uuid[]))
--;
create policy lab_technician_adds on decision for insert to medidesk_lab_technician with check (org_id = any((select my_orgs('lab_technician'))::uuid[]))
--;
create policy manager_reads on decision for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_adds on decision for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
--;
revoke all on all functions in schema medidesk from public
--;
grant execute on function history_missing(uuid[], jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function pause_sending(jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function release_operation(jsonb, boolean) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function replay_upload(uuid, text, jsonb, jsonb, boolean) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function witnesses(xid8[]) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function cut_feed(interval) to medidesk_administrator
--;
grant execute on function new_epoch() to medidesk_administrator
--;
grant execute on function replay_close(boolean) to medidesk_administrator
--;
grant execute on function replay_open() to medidesk_administrator
--;
grant execute on function replay_status() to medidesk_administrator
--;
grant execute on function pull_head() to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
revoke update (patient_id) on next_of_kin from medidesk_administrator
--;
revoke update (patient_id) on next_of_kin from medidesk_doctor
--;
revoke update (patient_id) on next_of_kin from medidesk_nurse
--;
revoke update (patient_id) on next_of_kin from medidesk_receptionist
--;
revoke update (patient_id) on patient_alert from medidesk_administrator
--;
revoke update (patient_id) on patient_alert from medidesk_doctor
--;
revoke update (patient_id) on patient_alert from medidesk_nurse
--;
revoke update (patient_id) on patient_alert from medidesk_receptionist
--;
revoke update (patient_id) on patient_identifier from medidesk_administrator
--;
revoke update (patient_id) on patient_identifier from medidesk_doctor
--;
revoke update (patient_id) on patient_identifier from medidesk_nurse
--;
revoke update (patient_id) on patient_identifier from medidesk_receptionist
--;
revoke update (patient_id) on patient_photo from medidesk_administrator
--;
revoke update (patient_id) on patient_photo from medidesk_doctor
--;
revoke update (patient_id) on patient_photo from medidesk_nurse
--;
revoke update (patient_id) on patient_photo from medidesk_receptionist
--;
revoke update (patient_id) on allergy from medidesk_doctor
--;
revoke update (patient_id) on allergy from medidesk_nurse
--;
revoke update (patient_id) on condition from medidesk_doctor
--;
revoke update (patient_id) on condition from medidesk_nurse
