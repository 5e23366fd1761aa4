-- Passwords and sessions. A server keeps a SCRAM verifier of each password (RFC 5802), made on the station. A new one
-- keeps salt and iterations, so that what stations hold to send somebody's waiting work stays good where the password
-- is the same again.

-- What an administrator or its owner does to an account is in the audit trail, without any password.
create function note_account(account uuid, what jsonb) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station)
  select current_epoch(), 'account_sign_in', a.id, a.org_id, 'update', what,
         left(nullif(current_setting('medidesk.station', true), ''), 80)
    from user_account a where a.id = account
$$;

create function note_password(account uuid, what text, must_change boolean) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into account_sign_in (user_account_id, must_change_password, password_set_at)
  values (account, must_change, clock_timestamp())
  on conflict (user_account_id) do update
     set must_change_password = excluded.must_change_password, password_set_at = excluded.password_set_at;
  perform note_account(account, jsonb_build_object('password', what));
end $$;

create function scram_parameters(wanted_login text) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'iterations', split_part(split_part(rolpassword, '$', 2), ':', 1)::int,
    'salt', split_part(split_part(rolpassword, '$', 2), ':', 2))
  from pg_authid where rolname = wanted_login and rolpassword like 'SCRAM-SHA-256$%'
$$;

-- Salt and iterations of one's own SCRAM verifier: what any server tells whoever begins to sign in. With them
-- and the password a station derives the keys that let waiting work be sent after a restart.
create function my_scram_parameters() returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select scram_parameters(session_user) $$;

-- The same of somebody whose password an administrator sets.
create function scram_parameters_of(wanted_login text) returns jsonb
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform administered_account(wanted_login);
  return scram_parameters(wanted_login);
end $$;

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
end $$;

-- One's own new password.
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
end $$;

-- A password that an administrator has set is good for seven days, and for nothing but choosing another.
create function passes_soon(account uuid, account_login text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  execute format('alter role %I valid until %L', account_login, now() + interval '7 days');
  perform note_password(account, 'set by an administrator', true);
end $$;

-- Whoever is signed in somewhere is signed out.
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
end $$;

-- Lets somebody new in at once, with a first password from an administrator.
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
end $$;

-- Ends somebody's sessions. A station would come back with the keys it keeps: it is told to ask for the password.
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
end $$;

-- What an administrator sees of the accounts they decide about, beside the rows that everybody sees: what is asked for,
-- whose password must be changed, and who is connected, from where and since when.
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
$$;
