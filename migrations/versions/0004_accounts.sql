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
create function check_role(wanted_role text) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if not exists (select from role where name = wanted_role) then
    raise exception using errcode = 'MD005', message = format('there is no role %s', wanted_role);
  end if;
end $$
--;
create function check_administrator_left(org uuid) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  -- One after the other: two administrators may suspend each other at one moment.
  perform from role where name = 'administrator' for no key update;
  if not exists (
    with recursive above as (
      select id, parent_id from organisation where id = org
      union
      select o.id, o.parent_id from organisation o join above on above.parent_id = o.id
    )
    select from user_role r join user_account a on a.id = r.user_account_id join above on above.id = r.org_id
     where r.role = 'administrator' and r.deleted_at is null and a.state = 'approved' and a.deleted_at is null)
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
  perform check_verifier(verifier), check_role(wanted_role), check_login(wanted_login);
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
    execute format('alter role %I login', wanted_login);
    if verifier is not null then
      execute format('alter role %I password %L', wanted_login, verifier);
    end if;
  end if;
  if account.id is null then
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
  perform check_administers(org), check_role(wanted_role);
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
  perform check_verifier(verifier), check_role(wanted_role), check_login(wanted_login);
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
  execute format('alter role %I password %L valid until %L', wanted_login, verifier, now() + interval '7 days');
  perform note_password(account, 'set by an administrator', true);
  perform sign_out(wanted_login);
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
  found station;
begin
  if current_account() is null then
    raise exception using errcode = '42501', message = 'only an approved account can join a station';
  end if;
  if exists (select from account_sign_in where user_account_id = current_account() and must_change_password) then
    raise exception using errcode = 'MD015', message = 'a new password must be chosen first';
  end if;
  if wanted_code !~ '^[0-9A-Z]{3,8}$' or octet_length(sealed) > 256 then
    raise exception using errcode = '22023', message = 'this is no station''s code, or no key of one';
  end if;
  loop
    begin
      insert into station (id, name, code, sealed_key, client_version)
      values (station_id, left(station_name, 80), wanted_code, sealed, left(client, 40))
      on conflict (id) do update
         set name = excluded.name, last_seen_at = clock_timestamp(), last_login = session_user,
             client_version = excluded.client_version,
             sealed_key = coalesce(station.sealed_key, excluded.sealed_key)
      returning * into found;
      exit;
    exception when unique_violation then
      -- Another PC has this code, and their provisional numbers must differ: one that is free, of the same letters.
      wanted_code := (select string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + floor(random() * 32)::int, 1), '')
                        from generate_series(1, 3));
    end;
  end loop;
  return jsonb_build_object('code', found.code, 'sealed_key', encode(found.sealed_key, 'base64'));
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
revoke all on function check_role(text) from public
--;
revoke all on function check_administrator_left(uuid) from public
--;
revoke all on function hold_role(uuid, text, text, uuid) from public
--;
revoke all on function give_role(text, text, uuid) from public
--;
revoke all on function take_role(text, text, uuid) from public
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
revoke all on function reset_password(text, text) from public
--;
revoke all on function sign_out(text) from public
--;
revoke all on function accounts_seen() from public
--;
grant execute on function give_role(text, text, uuid) to medidesk_administrator
--;
grant execute on function take_role(text, text, uuid) to medidesk_administrator
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
grant execute on function sign_out(text) to medidesk_administrator
--;
grant execute on function accounts_seen() to medidesk_administrator
