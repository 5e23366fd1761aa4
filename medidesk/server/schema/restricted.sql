-- Restricted files: what is clinical in them is shown to nobody until they say why they need it, and then for a while.
-- Who they are stays visible: a patient that cannot be found is registered twice.

-- The files whose clinical content is closed to whoever is signed in: restricted ones with what was merged into them,
-- but for those that they have opened. The policies of clinical tables ask this once for each statement.
create function closed_files() returns uuid[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive closed as (
    select id from patient where restricted
    union
    select p.id from patient p join closed on p.merged_into_id = closed.id
  ), opened as (
    select patient_id as id from broken_glass where login = (select acting_login()) and until > now()
    union
    select p.id from patient p join opened on p.merged_into_id = opened.id
  )
  select coalesce(array_agg(id order by id), '{}') from (select id from closed except select id from opened) c
$$;

-- Whether somebody's roles reach clinical content at all.
create function is_clinician(wanted_login text, need text) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select has_any_column_privilege(wanted_login, 'medidesk.allergy', need) $$;

-- Opens a restricted file to the caller for a while, for a reason that is kept and reported. Returns until when.
create function break_glass(patient uuid, why text, station_name text) returns timestamptz
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  shown uuid := kept_file(patient);
  given text := btrim(coalesce(why, ''));
  closes timestamptz := (select max(g.until) from broken_glass g
                          where g.patient_id = shown and g.login = session_user and g.until > now());
begin
  if current_account() is null or not is_clinician(session_user, 'select') then
    raise exception using errcode = '42501', message = 'only clinicians open a restricted file';
  end if;
  if closes is not null then
    return closes;  -- at another PC, or the answer was lost
  end if;
  if length(given) not between 10 and 400 then
    raise exception using errcode = 'MD005', message = 'say in some words why you need it';
  end if;
  if not shown = any(closed_files()) then
    raise exception using errcode = 'MD005', message = 'this file is not closed to you: look at it again';
  end if;
  closes := clock_timestamp() + make_interval(mins =>
    setting_of('restricted_minutes', (select p.org_id from patient p where p.id = shown))::integer);
  insert into broken_glass (patient_id, reason, station, until) values (shown, given, left(station_name, 80), closes);
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
   where patient_id = kept_file(patient) and login = session_user and until > clock_timestamp();
  perform pg_notify('medidesk', '');
end $$;

-- A file is restricted by a clinician, and freed by one who has it open: freeing it without a word would be the way
-- around saying why.
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
  if not new.restricted and new.id = any(closed_files()) then
    raise exception using errcode = 'MD005',
      message = 'This file is closed to you. Say first why you need it; then you can lift the restriction.';
  end if;
  return new;
end $$;
