-- Which server this is, who is asking, and what they may see.

create function running_system_identifier() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select system_identifier from pg_control_system() $$;

-- The epoch, or an error where this is not the cluster that the identity was made for (a dump restored by
-- hand): transaction ids of another cluster mean nothing here, so neither feed nor operations may go on.
create function current_epoch() returns integer
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  identity record;
begin
  select epoch, system_identifier into strict identity from server_identity;
  if identity.system_identifier <> running_system_identifier() then
    raise exception using errcode = 'MD010',
      message = 'this database was restored into another server; an administrator must open a new epoch';
  end if;
  return identity.epoch;
end $$;

-- The account of whoever is signed in; inside a security-definer function current_user is the owner.
create function current_account() returns uuid
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select id from user_account
   where login = (select acting_login()) and (state = 'approved' or (select attested_by()) is not null)
     and deleted_at is null
$$;

-- Where the signed-in person holds a role: what counts for what they may see and do. What this very transaction has
-- written of it, and so bears its time, gives nothing yet: a role that is taken and given back by a rollback would leave
-- no trace of what was read with it. Nor does a password that an administrator chose, but for choosing another.
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
end $$;

-- The organisations in which the signed-in person holds a role, with everything below them.
create function my_orgs(wanted text) returns uuid[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive held as (
    select h.id from held_in(wanted) h(id)
    union
    select o.id from organisation o join held on o.parent_id = held.id
  )
  select coalesce(array_agg(id), '{}') from held
$$;

-- The whole network of branches around those organisations: up to the root, and everything below it.
create function my_network(wanted text) returns uuid[]
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
$$;

-- Everything that decides what this person sees and that can change without touching a row: group
-- memberships (with the transaction that made them), the roles held, the files closed to them, the tree they reach
-- over, grants.
-- Computed at each pull, never bumped: nothing can be forgotten.
create function visibility_digest() returns text
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
$$;

-- What a station must know before it pulls or sends, in one answer.
create function hello() returns jsonb
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
$$;

-- Join a PC to the clinic, or say that it is still there. Returns its code and what it, or somebody who calls himself it,
-- has given of its outbox key. Nothing of that is ever replaced, and one person gives few: whoever knows a PC's id could
-- otherwise leave one that opens nothing in the place of its own, above all where a restore has lost that.
create function join_station(station_id uuid, station_name text, wanted_code text, sealed bytea, client text)
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
end $$;

-- Who opened which patients' records, and when: `id`, `patient`, `at` and `reason` of each. Nobody can say that somebody
-- else did; the same ones again are not noted twice, and none is said to be yet to come.
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
$$;

-- What a station says of itself while it is in contact. Whoever knows a station's id may say it: it is a note to whoever
-- administers the clinic, and nothing is decided by it.
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
end $$;
