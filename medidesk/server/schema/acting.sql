-- Whose work it is. What an owner's function does on somebody's behalf is theirs, and whoever answers for it is named
-- beside them. No setting of a connection is believed, since anybody can set it: a row of acting_for says so, which
-- only the owner's functions write, and which is gone before they return.

create function attested_by() returns text
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if coalesce(current_setting('medidesk.acting', true), '') <> 'on' then
    return null;  -- as good as always; the table is asked only for what may be so
  end if;
  return (select a.attested_by from acting_for a where a.xid = pg_current_xact_id_if_assigned());
end $$;

create function acting_login() returns text
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if coalesce(current_setting('medidesk.acting', true), '') <> 'on' then
    return session_user;
  end if;
  return coalesce((select a.login from acting_for a where a.xid = pg_current_xact_id_if_assigned()), session_user);
end $$;

-- When it was done: work that is brought back keeps its time.
create function acting_time() returns timestamptz
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if coalesce(current_setting('medidesk.acting', true), '') <> 'on' then
    return now();
  end if;
  return coalesce((select a.at from acting_for a where a.xid = pg_current_xact_id_if_assigned()), now());
end $$;

-- The number that a row was given before the server came back from a backup.
create function given_number(row_id uuid) returns text
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if coalesce(current_setting('medidesk.acting', true), '') <> 'on' then
    return null;
  end if;
  return (select a.numbers->>row_id::text from acting_for a where a.xid = pg_current_xact_id_if_assigned());
end $$;

-- As of when the author's roles count beside those held today; null as a rule. Somebody whose role ended during an
-- outage did before what they did, and an administrator who enters it answers for that.
create function acting_rights_at() returns timestamptz
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if coalesce(current_setting('medidesk.acting', true), '') <> 'on' then
    return null;
  end if;
  return (select a.rights_at from acting_for a where a.xid = pg_current_xact_id_if_assigned());
end $$;

-- Whether the author was told "saved on this PC": the paper is out, the money in the drawer, the patient in the room. Of a
-- fact nothing is refused then.
create function is_told() returns boolean
language sql stable set search_path = pg_catalog, pg_temp
as $$ select coalesce(current_setting('medidesk.told', true), '') = 'true' $$;

-- The group roles that somebody held then; none as a rule.
create function roles_then(wanted_login text) returns setof name
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select g.rolname
    from user_role r join user_account a on a.id = r.user_account_id join pg_roles g on g.rolname = 'medidesk_' || r.role
   where a.login = wanted_login and a.deleted_at is null and r.created_at <= (select acting_rights_at())
     and (r.deleted_at is null or r.deleted_at > (select acting_rights_at()))
$$;

-- When an operation was made, as its station says: not to come, and not of another age, whatever its clock says.
create function made_at(op jsonb) returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp
as $$
  select case when op->>'made_at' is not null then
    greatest(least((op->>'made_at')::timestamptz, clock_timestamp() + interval '1 day'),
             clock_timestamp() - interval '10 years') end
$$;
