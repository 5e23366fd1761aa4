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
revoke all on function kept_file(uuid), guard_merged() from public
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
    values (gen_random_uuid(), new.org_id, other.patient_id, mine, 'proposed',
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
revoke update (patient_id) on next_of_kin from medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_receptionist
--;
revoke update (patient_id) on patient_alert from medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_receptionist
--;
revoke update (patient_id) on patient_identifier from medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_receptionist
--;
revoke update (patient_id) on patient_photo from medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_receptionist
--;
revoke update (patient_id) on allergy from medidesk_doctor, medidesk_nurse
--;
revoke update (patient_id) on condition from medidesk_doctor, medidesk_nurse
--;
do $$
declare
  c record;
begin
  -- What a station cannot hold ends every station's pull: days and times beyond the years 1 to 9999, and no number.
  for c in
    select r.relname as tbl, a.attname as col, format_type(a.atttypid, null) as kind
      from pg_attribute a join pg_class r on r.oid = a.attrelid
     where r.relnamespace = 'medidesk'::regnamespace and r.relkind = 'r' and is_synchronised(r.relname)
       and a.attnum > 0 and not a.attisdropped and a.attname not in ('created_at', 'updated_at')
       and a.atttypid in ('date'::regtype, 'timestamptz'::regtype, 'numeric'::regtype)
     order by 1, 2
  loop
    execute format('alter table %I add constraint %I check (%s)', c.tbl, c.tbl || '_' || c.col || '_check',
      case c.kind
        when 'date' then format($c$%I between '0001-01-01' and '9999-12-31'$c$, c.col)
        when 'numeric' then format($c$%I <> 'NaN'$c$, c.col)
        else format($c$%I between '0001-01-01 00:00+00' and '9999-12-31 00:00+00'$c$, c.col)
      end);
  end loop;
end $$
