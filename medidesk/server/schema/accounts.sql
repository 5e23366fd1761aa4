-- Accounts: PostgreSQL logins, made and suspended only through these functions, by administrators.

-- Refuses whoever administers nothing.
create function check_administrator() returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if my_orgs('administrator') = '{}' and not (select rolsuper from pg_roles where rolname = session_user) then
    raise exception using errcode = '42501', message = 'an administrator must do this';
  end if;
end $$;

-- What is done to the whole server is decided by whoever administers every branch of it.
create function check_administers_all() returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administrator();
  perform check_administers(org_id) from (select distinct org_id from user_role where deleted_at is null) held;
end $$;

-- An administrator's say ends at the branches they administer; a superuser is asked nothing.
create function check_administers(org uuid) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if (org = any(my_orgs('administrator')) or (select rolsuper from pg_roles where rolname = session_user))
     is not true then
    raise exception using errcode = '42501', message = 'an administrator of this branch must do this';
  end if;
end $$;

-- Whoever may set an account's password may be that person: an administrator decides about an account only where
-- they administer every branch in which it holds a role.
create function check_administers_account(account uuid) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administers(org_id) from user_account where id = account
  union all
  select check_administers(org_id) from user_role where user_account_id = account and deleted_at is null;
end $$;

-- The account of a login that the caller administers.
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
end $$;

create function administers_account(account uuid) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administers_account(account);
  return true;
exception when insufficient_privilege then
  return false;
end $$;

create function check_login(wanted_login text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  if wanted_login !~ '^[a-z][a-z0-9_.-]{1,62}$' or wanted_login like 'medidesk\_%' or wanted_login like 'pg\_%' then
    raise exception using errcode = 'MD005',
      message = 'a user name has lower-case letters, digits, dot, dash and underscore';
  end if;
end $$;

-- A password never travels as text: its SCRAM verifier is made on the station.
create function check_verifier(verifier text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
  if verifier !~ '^SCRAM-SHA-256\$\d+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' then
    raise exception using errcode = 'MD005', message = 'a password is sent as a SCRAM verifier only';
  end if;
end $$;

-- Refuses to leave a branch without anybody who administers it: nobody could let anyone in there any more.
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
end $$;

create function hold_role(account uuid, account_login text, wanted_role text, org uuid) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  execute format('grant %I to %I', 'medidesk_' || wanted_role, account_login);
  insert into user_role (id, org_id, user_account_id, role) values (gen_random_uuid(), org, account, wanted_role)
  on conflict do nothing;
end $$;

-- Creates the login with its verifier and gives it a role in an organisation. A known login keeps its password.
create function approve_account(wanted_login text, verifier text, staff uuid, wanted_role text, org uuid)
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
end $$;

-- Gives an approved account one role more, in a branch.
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
end $$;

-- Ends a role in a branch; where it is held in no other, the login leaves its group.
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
end $$;

-- Suspends an account and ends its sessions. An account is never deleted.
create function suspend_account(wanted_login text) returns void
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
end $$;

-- Takes a suspension back; the roles are those held before.
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
end $$;

-- Asks for an account on somebody's behalf: their name, and a password that they have typed at the station themselves.
-- Nobody can sign in with it before an administrator of that branch approves.
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
end $$;

-- Lets in whoever was asked for, in a role that may be another than was asked for; or, without one, declines.
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
end $$;
