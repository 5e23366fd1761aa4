-- Accounts: PostgreSQL logins, made and suspended only through these functions, by administrators.

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

-- Creates the login with a SCRAM verifier made on the station (a password never travels as text), or sets a
-- new verifier for it, and gives it a role in an organisation. Without a verifier a known login keeps its own.
create function approve_account(wanted_login text, verifier text, staff uuid, wanted_role text, org uuid)
returns uuid
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid;
begin
  perform check_administers(org);
  if verifier !~ '^SCRAM-SHA-256\$\d+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' then
    raise exception using errcode = 'MD005', message = 'a password is sent as a SCRAM verifier only';
  end if;
  if not exists (select from role where name = wanted_role) then
    raise exception using errcode = 'MD005', message = format('there is no role %s', wanted_role);
  end if;
  if wanted_login !~ '^[a-z][a-z0-9_.-]{1,62}$' or wanted_login like 'medidesk\_%' or wanted_login like 'pg\_%' then
    raise exception using errcode = 'MD005',
      message = 'a user name has lower-case letters, digits, dot, dash and underscore';
  end if;
  select id into account from user_account where login = wanted_login;
  if account is null then
    if verifier is null then
      raise exception using errcode = 'MD005', message = 'a new account needs a password';
    end if;
    if exists (select from pg_roles where rolname = wanted_login) then
      raise exception using errcode = 'MD005', message = format('the name %s is taken on this server', wanted_login);
    end if;
    execute format('create role %I login nosuperuser nocreatedb nocreaterole noreplication inherit password %L',
                   wanted_login, verifier);
    execute format('grant connect on database %I to %I', current_database(), wanted_login);
    account := gen_random_uuid();
    insert into user_account (id, org_id, login, staff_id, state)
    values (account, org, wanted_login, staff, 'approved');
  else
    perform check_administers_account(account);
    execute format('alter role %I login', wanted_login);
    if verifier is not null then
      execute format('alter role %I password %L', wanted_login, verifier);
    end if;
    update user_account set state = 'approved' where id = account and state <> 'approved';
  end if;
  execute format('grant %I to %I', 'medidesk_' || wanted_role, wanted_login);
  insert into user_role (id, org_id, user_account_id, role) values (gen_random_uuid(), org, account, wanted_role)
  on conflict do nothing;
  return account;
end $$;

-- Suspends an account and ends its sessions. An account is never deleted.
create function suspend_account(wanted_login text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid;
begin
  select id into account from user_account where login = wanted_login;
  if not found then
    raise exception using errcode = 'MD005', message = format('there is no account %s', wanted_login);
  end if;
  perform check_administers_account(account);
  update user_account set state = 'suspended' where login = wanted_login;
  execute format('alter role %I nologin', wanted_login);
  perform pg_terminate_backend(pid) from pg_stat_activity where usename = wanted_login;
end $$;
