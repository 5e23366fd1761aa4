-- Restricted files: what is clinical in them is shown to nobody until they say why they need it, and then for a while.
-- Who they are stays visible: a patient that cannot be found is registered twice.

-- A file with every one that was merged into it.
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
end $$;

-- The files whose clinical content is closed to whoever is signed in: restricted ones with what was merged into them,
-- but for those that they have opened. The policies of clinical tables ask this once for each statement. What this very
-- transaction opens is not open yet: if it were undone, nobody would know what was read with it. And a transaction
-- that stays open does not keep a file open.
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
$$;

-- Whether somebody's roles reach clinical content at all.
create function is_clinician(wanted_login text, need text) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select has_any_column_privilege(wanted_login, 'medidesk.allergy', need) $$;

-- Whether somebody who reaches clinical content in a branch is asking.
create function is_clinician_of(org uuid, need text) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  return (select coalesce(bool_or(org = any(my_orgs(name))), false) from role
           where deleted_at is null and has_any_column_privilege('medidesk_' || name, 'medidesk.allergy', need));
end $$;

-- Opens a restricted file, with what was merged into it, to the caller for a while, for a reason that is kept and
-- reported. Returns until when. What is merged into it later is closed until it is asked for again.
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
end $$;

-- Closes a file again that the caller has opened.
create function close_file(patient uuid) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  update broken_glass set until = clock_timestamp()
   where patient_id = any(file_family(patient)) and login = session_user and until > clock_timestamp();
  perform pg_notify('medidesk', '');
end $$;

-- A file is restricted by a clinician, and freed by one of its own branch who has it open: freeing it without a word
-- would be the way around saying why. What was merged into it is freed with it: nobody could free that by itself.
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
end $$;
