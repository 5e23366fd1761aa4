-- Roles of a clinic's own, within the matrix of medidesk.permissions: a name, and how far it goes in each area. Grants
-- and policies come from right_statements(), which is made of what the matrix's own roles have.

create function orgs_above(org uuid) returns setof uuid
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive above as (
    select id, parent_id from organisation where id = org
    union
    select o.id, o.parent_id from organisation o join above on above.parent_id = o.id
  ) select id from above
$$;

-- A role of a clinic's own, of its name.
create function is_own_role(name text) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp
as $$ select starts_with(name, 'own_') $$;

-- A role that can be given in this branch: of the matrix, or one that belongs there or above.
create function check_role(wanted_role text, org uuid) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if not exists (select from role where name = wanted_role and deleted_at is null
                    and (not is_own_role(name) or org_id in (select orgs_above(org)))) then
    raise exception using errcode = 'MD005', message = format('there is no role %s here', wanted_role);
  end if;
end $$;

-- One after the other: two of them would alter the same tables, and two administrators may suspend each other.
create function roles_one_at_a_time() returns void
language sql security definer set search_path = medidesk, pg_temp
as $$ select from role where name = 'administrator' for no key update $$;

-- Makes the group of a role, where it is missing, and gives it what its levels say; nothing where there are none.
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
end $$;

-- The same, also beside people who work. A policy waits for whoever reads its table, and everybody else would wait
-- behind it; and who reads one table after the other can meet it the other way round. Each try lets go of its locks.
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
end $$;

-- How far a role of the clinic's own goes.
create function own_levels(wanted_role text) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_object_agg(area, level), '{}') from role_level where role = wanted_role and deleted_at is null
$$;

-- Notes it, and makes it so.
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
end $$;

-- Again, after the schema has new tables and functions.
create function refresh_rights() returns void
language sql security definer set search_path = medidesk, pg_temp
as $$ select set_rights(name, own_levels(name)) from role where is_own_role(name) and deleted_at is null order by name $$;

-- Refuses what is no role within the matrix: an area that it does not open to them, a level that there is none of, or
-- clinical content or appointments without the people that they are of.
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
end $$;

-- The clinic's own role of this name, which the caller administers.
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
end $$;

-- Makes a role of a branch's own, or changes one; returns its name. Whoever holds it has what it is now at once.
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
end $$;

-- Ends a role of the clinic's own that nobody holds any more. What was done in it stays.
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
end $$;
