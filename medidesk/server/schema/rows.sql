-- What every synchronised table gets: versions, stamps, and the audit trail that is also the change feed.

create function stamp_row() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    new.version := 1;
    new.created_at := acting_time();
    new.created_by := current_account();
    new.updated_at := new.created_at;
    new.updated_by := new.created_by;
  else
    new.id := old.id;
    new.version := old.version + 1;
    new.created_at := old.created_at;
    new.created_by := old.created_by;
    new.updated_at := acting_time();
    new.updated_by := current_account();
  end if;
  return new;
end $$;

-- The operation that this very transaction applies. What a connection calls itself is not believed: work that
-- names another's operation would pass for that station's own.
create function current_operation() returns uuid
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select op_id from applied_operation
   where op_id = nullif(current_setting('medidesk.operation', true), '')::uuid and xid = pg_current_xact_id()
$$;

-- One audit row for each row that a statement touched. Arguments: columns whose contents are left out.
create function audit_insert() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id, login, attested_by)
  select (select current_epoch()), tg_table_name, n.id, n.org_id, 'insert',
         jsonb_strip_nulls(to_jsonb(n) - coalesce(tg_argv, '{}') - '{version,created_at,created_by,updated_at,updated_by}'::text[]),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation()), (select acting_login()), (select attested_by())
    from new_rows n order by n.id;
  perform pg_notify('medidesk', '');
  return null;
end $$;

create function audit_update() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id, login, attested_by)
  select (select current_epoch()), tg_table_name, n.id, n.org_id, 'update',
         (select coalesce(jsonb_object_agg(k.key,
                   case when k.key = any(coalesce(tg_argv, '{}')) then '"changed"'::jsonb
                        else jsonb_build_array(o.fields -> k.key, k.value) end), '{}')
            from jsonb_each(n.fields) k
           where k.value is distinct from o.fields -> k.key
             and k.key not in ('version', 'updated_at', 'updated_by')),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation()), (select acting_login()), (select attested_by())
    -- offset 0: each row is made jsonb once, not once for each of its fields
    from (select r.id, r.org_id, to_jsonb(r) as fields from new_rows r offset 0) n
    join (select r.id, to_jsonb(r) as fields from old_rows r offset 0) o on o.id = n.id
   order by n.id;
  perform pg_notify('medidesk', '');
  return null;
end $$;

create function audit_delete() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id, login, attested_by)
  select (select current_epoch()), tg_table_name, o.id, o.org_id, 'delete', to_jsonb(o) - coalesce(tg_argv, '{}'),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation()), (select acting_login()), (select attested_by())
    from old_rows o order by o.id;
  perform pg_notify('medidesk', '');
  return null;
end $$;

create function refuse_truncate() returns trigger
language plpgsql set search_path = medidesk, pg_temp
as $$
begin
  raise exception using errcode = '42501', message = format('%s is never truncated', tg_table_name);
end $$;

-- What a field of a row has ever said, as the trail has it.
create function once_said(wanted_tbl text, wanted_row uuid, field text) returns setof text
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select said.value
    from audit_log a, lateral (values (a.changes->>field, 'insert'), (a.changes->field->>0, 'update'),
                                      (a.changes->field->>1, 'update')) said (value, action)
   where a.tbl = wanted_tbl and a.row_id = wanted_row and a.action = said.action and said.value is not null
$$;
