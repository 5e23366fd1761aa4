-- Patients: what the server computes and what one row cannot say.

-- The id of a row that a trigger makes follows from what made it: where the same work is done again on an older
-- backup, what was built on that row finds it.
create function derived_id(variadic parts text[]) returns uuid
language sql stable set search_path = pg_catalog, pg_temp
as $$ select md5(array_to_string(parts, '|'))::uuid $$;

-- File numbers are given by the server, per year: 26-00001. One that was given before the server came back from a
-- backup is on paper, and is kept. A number that was given offline is kept only where the person was told so, and
-- stays an identifier for ever.
create function number_patient() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  series text := 'patient-' || to_char(now(), 'YY');
  next bigint;
begin
  new.file_no := given_number(new.id);
  if new.file_no is null or exists (select from patient where file_no = new.file_no) then
    insert into number_series as s (name, last) values (series, 1)
    on conflict (name) do update set last = s.last + 1 returning last into next;
    new.file_no := to_char(now(), 'YY') || '-' || lpad(next::text, greatest(5, length(next::text)), '0');
  end if;
  new.has_allergy := false;
  if not is_told() then
    new.provisional_no := null;
  end if;
  return new;
end $$;

create function keep_patient_numbers() returns trigger
language plpgsql set search_path = medidesk, pg_temp
as $$
begin
  new.file_no := old.file_no;
  new.provisional_no := old.provisional_no;
  if pg_trigger_depth() = 1 then
    new.has_allergy := old.has_allergy;
  end if;
  return new;
end $$;

create function keep_provisional_number() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into patient_identifier (id, org_id, patient_id, kind, value)
  values (derived_id('provisional', new.id::text), new.org_id, new.id, 'provisional', new.provisional_no);
  return null;
end $$;

-- A registration that was applied while its author still waited, and whose answer was lost: they have been told
-- meanwhile that it is saved, with the provisional number. It stays an identifier after all.
create function keep_told_numbers(op jsonb) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into patient_identifier (id, org_id, patient_id, kind, value)
  select derived_id('provisional', p.id::text), p.org_id, p.id, 'provisional', w->'values'->>'provisional_no'
    from applied_operation a, jsonb_array_elements(op->'writes') w
    join patient p on p.id = (w->>'id')::uuid
   where a.op_id = (op->>'id')::uuid and a.author = session_user
     -- The trail says which files it made; the payload alone could name anybody's. Where that lies in an archive, it
     -- must be a file of their own making.
     and (exists (select from audit_log l where l.row_id = p.id and l.tbl = 'patient' and l.action = 'insert'
                     and l.op_id = a.op_id)
          or is_archived(a.epoch, a.xid) and p.created_by = current_account())
     and a.payload_sha = sha256(convert_to(op::text, 'UTF8'))
     and w->>'table' = 'patient' and w->>'op' = 'insert' and w->'values'->>'provisional_no' is not null
     and not exists (select from patient_identifier i where i.patient_id = p.id and i.kind = 'provisional'
                        and i.value = w->'values'->>'provisional_no');
  update invoice i set provisional_no = w->'values'->>'provisional_no'
    from applied_operation a, jsonb_array_elements(op->'writes') w
   where a.op_id = (op->>'id')::uuid and a.author = session_user
     and a.payload_sha = sha256(convert_to(op::text, 'UTF8')) and w->>'table' = 'invoice' and w->>'op' = 'insert'
     and i.id = (w->>'id')::uuid and i.provisional_no is null and i.created_by = current_account();
  update payment p set provisional_no = w->'values'->>'provisional_no'
    from applied_operation a, jsonb_array_elements(op->'writes') w
   where a.op_id = (op->>'id')::uuid and a.author = session_user
     and a.payload_sha = sha256(convert_to(op::text, 'UTF8')) and w->>'table' = 'payment' and w->>'op' = 'insert'
     and p.id = (w->>'id')::uuid and p.provisional_no is null and p.created_by = current_account();
$$;

-- The file in which what belongs to a patient is shown: the one theirs was merged into, however many merges away.
create function kept_file(file uuid) returns uuid
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive way as (
    select p.id, p.merged_into_id from patient p where p.id = file
    union
    select p.id, p.merged_into_id from patient p join way on way.merged_into_id = p.id
  )
  select coalesce((select way.id from way where merged_into_id is null), file)
$$;

-- What hangs together is never parted: nobody writes into the head of a file that was merged (it is shown nowhere),
-- a file is merged once, and into one that stands: so that files merged into one another in a circle, which no
-- list would show, cannot be.
create function guard_merged() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  -- Its flag of allergies goes on being kept, by a trigger.
  if pg_trigger_depth() > 1 then
    return new;
  end if;
  -- Parted from a restricted file, what was closed with it could be read without a word why.
  if new.merged_into_id is distinct from old.merged_into_id and old.merged_into_id is not null
     and new.id = any(closed_files())
     and not coalesce((select rolsuper from pg_roles where rolname = acting_login()), false) then
    raise exception using errcode = 'MD005',
      message = 'This file is restricted. A clinician who has opened it can take the merge back.';
  end if;
  if new.merged_into_id is null then
    return new;
  end if;
  if old.merged_into_id is not null then
    raise exception using errcode = 'MD005',
      message = 'This file has been merged into another one meanwhile. Open that file and make the change there.';
  end if;
  -- What is restricted stays so in the file that shows it from now on.
  update patient set restricted = true where id = new.merged_into_id and new.restricted and not restricted;
  perform from patient where id = new.merged_into_id and merged_into_id is null and deleted_at is null for share;
  if not found then
    raise exception using errcode = 'MD005',
      message = 'The file to be kept has itself been merged or removed meanwhile. Look at both files again.';
  end if;
  return new;
end $$;

-- An identifier that another file already has: refused while the person is still there to be asked; once they
-- were told "saved", kept as disputed, with a proposal to merge the two files.
create function settle_identifier() returns trigger
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
  perform take_turn(concat_ws('|', 'identifier', new.kind, new.system, new.value));
  -- Whose it is today: files that were merged are compared as the ones that were kept.
  select kept_file(i.patient_id) as patient_id into other
    from patient_identifier i
   where i.kind = new.kind and i.system = new.system and i.value = new.value
     and i.deleted_at is null and not i.disputed and i.id <> new.id limit 1;
  if not found or not is_told() then
    return new;
  end if;
  new.disputed := true;
  mine := kept_file(new.patient_id);
  if other.patient_id <> mine and not exists (
      select from patient_merge m where m.state in ('proposed', 'merged') and m.deleted_at is null
         and (m.kept_id, m.merged_id) in ((other.patient_id, mine), (mine, other.patient_id)))
  then
    insert into patient_merge (id, org_id, kept_id, merged_id, state, reason)
    values (derived_id('proposal', new.id::text, other.patient_id::text, old.version::text), new.org_id,
            other.patient_id, mine, 'proposed',
            left(format('same %s %s', replace(new.kind, '_', ' '), new.value), 200));
  end if;
  return new;
end $$;

-- Reception sees that there are allergies, not which.
create function flag_allergies() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  -- One at a time for each patient: two who write at once would not see each other's row, and the flag of a patient
  -- whose one allergy was resolved while another was noted would say that there is none.
  perform take_turn('allergies|' || new.patient_id);
  update patient p set has_allergy = not p.has_allergy
   where p.id = new.patient_id
     and p.has_allergy is distinct from exists (
       select from allergy a where a.patient_id = p.id and a.state = 'active' and a.deleted_at is null);
  return null;
end $$;

-- A patient has one photo. Stations hold none of others', so the server takes the old one down.
create function replace_photo() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  update patient_photo set deleted_at = now()
   where patient_id = new.patient_id and deleted_at is null and id <> new.id;
  return new;
end $$;

create trigger a_number before insert on patient for each row execute function number_patient();
create trigger b_keep before update on patient for each row execute function keep_patient_numbers();
create trigger c_guard before update on patient for each row
  when (new.merged_into_id is not null or old.merged_into_id is not null) execute function guard_merged();
create trigger d_restricted before insert or update of restricted on patient
  for each row execute function guard_restricted();
create trigger c_provisional after insert on patient for each row
  when (new.provisional_no is not null) execute function keep_provisional_number();
create trigger a_settle before insert or update of kind, system, value, deleted_at on patient_identifier
  for each row execute function settle_identifier();
create trigger c_flag after insert or update of state, deleted_at on allergy
  for each row execute function flag_allergies();
create trigger a_replace before insert on patient_photo for each row
  when (new.deleted_at is null) execute function replace_photo();
