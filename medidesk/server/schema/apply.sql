-- Operations: each applied exactly once, in one call and one transaction, judged by the author's own rights.
--
-- Our own error codes, each with a JSON detail:
--   MD001  somebody else changed the same fields meanwhile: base, theirs and mine for each
--   MD002  a row that the operation relied on has moved
--   MD003  a row is gone, or out of the author's sight
--   MD004  an operation id was used for something else, or by someone else
--   MD005  a rule of the clinic refuses it; the message is a sentence
--   MD010  this database is not the one it was (see current_epoch)
--   MD011  sending is paused until an administrator has closed the replay
--   MD012  there is no replay open, or not everything that it waits for has come
--   MD013  this work is not released: its author can sign in, or another administrator must do it
--   MD014  somebody has decided about this held fact already: who, when and how
--   MD016  this work is not released by this administrator: it changes a row that is closed to them

-- Refuses while sending is paused. The lock is the one that a replay waits for when it opens: asked before it, a pause
-- that begins while this waits would be missed.
create function check_sending() returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  lock table applied_operation in row exclusive mode;
  if (select sending_paused from server_identity) then
    raise exception using errcode = 'MD011', message = 'sending is paused';
  end if;
end $$;

create function op_begin(op jsonb) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  sha bytea := sha256(convert_to(op::text, 'UTF8'));
  known applied_operation;
begin
  if op->>'author' is distinct from session_user then
    raise exception using errcode = 'MD004', message = 'an operation is sent by its author';
  end if;
  perform check_sending();
  insert into applied_operation (op_id, payload_sha, author, station_id, verb, supersedes, epoch, made_at)
  values ((op->>'id')::uuid, sha, session_user, (op->>'station')::uuid, op->>'verb',
          (op->>'supersedes')::uuid, current_epoch(), made_at(op))
  on conflict do nothing;
  if found then
    return null;
  end if;
  select * into strict known from applied_operation where op_id = (op->>'id')::uuid;
  if known.author <> session_user or known.payload_sha <> sha then
    raise exception using errcode = 'MD004', message = 'this operation id belongs to something else';
  end if;
  return known.result || '{"repeated": true}';
end $$;

create function op_end(op uuid, answer jsonb) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  whole jsonb;
begin
  -- Only the transaction that began the operation may end it, and only once.
  update applied_operation
     set result = answer || jsonb_build_object('op_id', op, 'epoch', epoch, 'xid', xid::text,
           'history', place_in_history(), 'receipt', receipt(op, (answer->>'told')::boolean))
   where op_id = op and author = session_user and xid = pg_current_xact_id() and result is null
  returning result into strict whole;
  return whole;
end $$;

-- The version in which an earlier operation left a row: how "as left by operation X" is resolved. X may be a
-- colleague's at the same PC.
create function op_left(op uuid, tbl text, row_id uuid) returns integer
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select (r->>'version')::int
    from applied_operation a, jsonb_array_elements(a.result->'rows') r
   where a.op_id = op and r->>'table' = tbl and (r->>'id')::uuid = row_id
$$;

-- Names of the fields that the latest updates of a row have changed, but for those that this very station's
-- operations made, triggers included: what a PC has done itself is news to nobody there. `*` stands for updates that lie
-- in an archive: nobody here knows what they changed.
create function changed_by_others(wanted_tbl text, wanted_row uuid, updates integer, station uuid) returns text[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with latest as (
    select a.changes, a.op_id from audit_log a
     where a.row_id = wanted_row and a.tbl = wanted_tbl and a.action = 'update'
       and (has_table_privilege(acting_login(), ('medidesk.' || quote_ident(wanted_tbl))::regclass, 'select')
            or exists (select from roles_then(acting_login()) who
                        where has_table_privilege(who, ('medidesk.' || quote_ident(wanted_tbl))::regclass, 'select')))
     order by a.seq desc limit greatest(updates, 0)
  )
  select coalesce(array_agg(distinct key order by key), '{}')
         || case when (select count(*) from latest) < updates and exists (select from audit_archive)
                 then '{*}' else '{}' end::text[]
    from latest left join applied_operation o on o.op_id = latest.op_id, jsonb_object_keys(latest.changes) key
   where o.station_id is distinct from station
$$;

-- Whether a field was last written by an operation of this very station. What its PC foretold may differ
-- from what the server made of it, as the time of a step does; the step after it was made in the knowledge of it.
create function changed_here(wanted_tbl text, wanted_row uuid, field text, station uuid) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce((
    select o.station_id = changed_here.station from audit_log a left join applied_operation o on o.op_id = a.op_id
     where a.row_id = wanted_row and a.tbl = wanted_tbl and a.action in ('insert', 'update') and a.changes ? field
     order by a.seq desc limit 1), false)
$$;

-- Locks what the author could select, in an order that everybody keeps. As the author every lock strength would
-- need UPDATE rights, and rows that an UPDATE policy hides would be passed over in silence.
create function lock_rows(wanted jsonb) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  r record;
begin
  for r in
    select w->>'table' as tbl, (w->>'id')::uuid as id, bool_or((w->>'write')::boolean) as writes
      from jsonb_array_elements(wanted) w group by 1, 2 order by 1, 2
  loop
    if is_synchronised(r.tbl) is not true
       or not has_table_privilege(acting_login(), 'medidesk.' || quote_ident(r.tbl), 'select')
          and not exists (select from roles_then(acting_login()) who
                           where has_table_privilege(who, 'medidesk.' || quote_ident(r.tbl), 'select')) then
      raise exception using errcode = '42501', message = 'not a table that operations may touch';
    end if;
    execute format('select 1 from %I where id = $1 for %s', r.tbl,
                   case when r.writes then 'no key update' else 'share' end) using r.id;
  end loop;
end $$;

create function hold_fact(op jsonb, state text, why text) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  -- Only what this very transaction is applying can be held, and only as it was sent.
  insert into held_fact (op_id, author, payload, sqlstate, reason)
  select op_id, session_user, op, state, why from applied_operation
   where op_id = (op->>'id')::uuid and author = session_user and xid = pg_current_xact_id() and result is null
     and payload_sha = sha256(convert_to(op::text, 'UTF8')) and op->>'kind' = 'fact'
$$;

-- A row as the author sees it; null where it is gone or out of sight.
create function seen_row(tbl text, row_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = medidesk, pg_temp
as $$
declare
  found_row jsonb;
begin
  execute format('select to_jsonb(t) from %I t where id = $1', tbl) into found_row using row_id;
  return found_row;
end $$;

-- The same for several, each named by its table and id; in that order.
create function seen_rows(wanted jsonb) returns jsonb
language sql stable security invoker set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('table', x.value->>'table', 'id', x.value->>'id',
                            'row', seen.row, 'version', seen.row->'version') order by x.ordinality), '[]')
    from jsonb_array_elements(wanted) with ordinality x,
         -- offset 0: or the row would be looked at again for its version
         lateral (select seen_row(x.value->>'table', (x.value->>'id')::uuid) as row offset 0) seen
$$;

-- The fields of an operation in the form that this table gives them (numbers by scale, times in UTC), so that
-- equal values are equal jsonb.
create function canonical(tbl text, fields jsonb) returns jsonb
language plpgsql stable security invoker set search_path = medidesk, pg_temp
as $$
declare
  whole jsonb;
begin
  execute format('select to_jsonb(jsonb_populate_record(null::%I, $1))', tbl) into whole using fields;
  return (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(whole) where fields ? key);
end $$;

create function apply_insert(w jsonb) returns void
language plpgsql security invoker set search_path = medidesk, pg_temp
as $$
declare
  columns text := (select string_agg(quote_ident(key), ', ' order by key) from jsonb_object_keys(w->'values') key);
begin
  execute format('insert into %1$I (%2$s) select %2$s from jsonb_populate_record(null::%1$I, $1)',
                 w->>'table', columns) using w->'values';
end $$;

-- Writes the changed fields if the fields they belong with are still as the author knew them. Returns the
-- names of fields that others changed meanwhile and that merged without asking.
create function apply_update(w jsonb, station uuid) returns text[]
language plpgsql security invoker set search_path = medidesk, pg_temp
as $$
declare
  tbl text := w->>'table';
  current jsonb := seen_row(tbl, (w->>'id')::uuid);
  base jsonb := canonical(tbl, w->'base');
  mine jsonb := canonical(tbl, w->'values');
  known integer := coalesce(op_left((w->>'left_by')::uuid, tbl, (w->>'id')::uuid), (w->>'version')::int);
  theirs text[] := changed_by_others(tbl, (w->>'id')::uuid, (current->>'version')::int - known, station);
  clashes jsonb;
  columns text;
  touched bigint;
begin
  if current is null then
    raise exception using errcode = 'MD003', message = 'the row is gone or out of sight',
      detail = jsonb_build_object('table', tbl, 'id', w->>'id')::text;
  end if;
  -- `base` holds whole groups of fields that belong together: one that moved is a clash for its group,
  -- unless both sides wrote the very same, or it moved by what the same PC did before.
  select jsonb_object_agg(key, jsonb_build_object(
           'base', base->key, 'theirs', current->key, 'mine', coalesce(mine->key, base->key)))
    into clashes
    from jsonb_object_keys(base) key
   where current->key is distinct from base->key and current->key is distinct from coalesce(mine->key, base->key)
     and not (w->>'left_by' is not null and changed_here(tbl, (w->>'id')::uuid, key, station));
  if clashes is not null then
    raise exception using errcode = 'MD001', message = 'changed by someone else meanwhile',
      detail = jsonb_build_object('table', tbl, 'id', w->>'id', 'fields', clashes, 'version', current->'version',
                                  'by', current->'updated_by', 'at', current->'updated_at')::text;
  end if;
  select string_agg(quote_ident(key), ', ' order by key) into columns from jsonb_object_keys(mine) key;
  execute format('update %1$I set (%2$s) = (select %3$s from jsonb_populate_record(null::%1$I, $1) n) where id = $2',
                 tbl, columns, (select string_agg('n.' || quote_ident(key), ', ' order by key)
                                  from jsonb_object_keys(mine) key))
    using mine, (w->>'id')::uuid;
  get diagnostics touched = row_count;
  if touched <> 1 then
    raise exception using errcode = '42501', message = format('may not change this row of %s', tbl);
  end if;
  return array(select name from unnest(theirs) name where not mine ? name);
end $$;

-- The rows an operation relied on: a claim is refused when one has moved, a fact is flagged.
create function moved_rows(op jsonb) returns jsonb
language plpgsql stable security invoker set search_path = medidesk, pg_temp
as $$
declare
  r jsonb;
  current jsonb;
  moved jsonb := '[]';
  known integer;
begin
  for r in select * from jsonb_array_elements(coalesce(op->'relied', '[]')) loop
    current := seen_row(r->>'table', (r->>'id')::uuid);
    known := coalesce((r->>'version')::int, op_left((r->>'left_by')::uuid, r->>'table', (r->>'id')::uuid));
    if current is null or known is null or (current->>'version')::int < known
       or changed_by_others(r->>'table', (r->>'id')::uuid, (current->>'version')::int - known,
                            (op->>'station')::uuid) <> '{}' then
      moved := moved || jsonb_build_object('table', r->>'table', 'id', r->>'id', 'gone', current is null,
                          'version', current->'version', 'by', current->'updated_by', 'at', current->'updated_at');
    end if;
  end loop;
  return moved;
end $$;

-- Refuses to apply anew what an administrator has entered meanwhile from the held facts, and waits for one who does it
-- at this moment; and what a replay has brought back, which the server could only hold before. A choice about it that
-- writes nothing else enters nothing.
create function check_not_entered(op jsonb) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  earlier uuid[];
  fact held_fact;
  known applied_operation;
begin
  if not exists (select from jsonb_array_elements(op->'writes') w where w->>'table' <> 'decision') then
    return;
  end if;
  with recursive chain as (
    select (op->>'supersedes')::uuid as op_id
    union
    select o.supersedes from applied_operation o join chain using (op_id) where o.supersedes is not null
  )
  select array_agg(op_id) into earlier from chain;
  for fact in select * from held_fact where op_id = any(earlier) order by op_id for key share loop
    if fact.decision->>'verdict' = 'enter' then
      raise exception using errcode = 'MD005',
        message = format('%s has entered this already, for %s.', fact.decided_by, fact.author);
    end if;
  end loop;
  select * into known from applied_operation where op_id = any(earlier) and result->>'status' = 'applied' limit 1;
  if found then
    raise exception using errcode = 'MD005', message = format(
      '%s has entered this already, for %s.', coalesce(known.attested_by, known.author), known.author);
  end if;
end $$;

create function apply_writes(op jsonb) returns jsonb
language plpgsql security invoker set search_path = medidesk, pg_temp
as $$
declare
  w jsonb;
  moved jsonb;
  merged text[] := '{}';
begin
  if op->>'supersedes' is not null then
    perform check_not_entered(op);
  end if;
  perform lock_rows((
    select coalesce(jsonb_agg(jsonb_build_object('table', x->>'table', 'id', x->>'id', 'write', x ? 'values')), '[]')
      from (select jsonb_array_elements(op->'writes') x
            union all select jsonb_array_elements(coalesce(op->'relied', '[]'))) touched
     where x->>'op' is distinct from 'insert' and seen_row(x->>'table', (x->>'id')::uuid) is not null));
  moved := moved_rows(op);
  if moved <> '[]' and op->>'kind' = 'claim' then
    raise exception using errcode = 'MD002', message = 'a row it relied on has moved', detail = moved::text;
  end if;
  for w in select * from jsonb_array_elements(op->'writes') loop
    if w->>'op' = 'insert' then
      perform apply_insert(w);
    else
      merged := merged || apply_update(w, (op->>'station')::uuid);
    end if;
  end loop;
  set constraints all immediate;
  return jsonb_build_object('status', 'applied', 'rows', seen_rows(op->'writes'), 'moved', moved,
                            'merged', to_jsonb(array_remove(merged, '*')));
end $$;

-- `told`: the author has been told "saved on this PC", so that a fact may no longer be refused.
create function apply_operation(op jsonb, told boolean) returns jsonb
language plpgsql security invoker set search_path = medidesk, pg_temp
as $$
declare
  answer jsonb := op_begin(op);
  state text;
  why text;
begin
  perform set_config('medidesk.operation', op->>'id', true),
          set_config('medidesk.station', op->>'station_name', true),
          set_config('medidesk.told', told::text, true);
  if answer is not null then
    -- Applied before, and the answer was lost. Since then its author may have been told "saved on this PC", and
    -- the rows may have moved on, or out of sight.
    if told and not (answer->>'told')::boolean then
      perform keep_told_numbers(op);
    end if;
    begin
      return answer || jsonb_build_object('rows', seen_rows(answer->'rows'));
    exception when insufficient_privilege then
      -- Nor may they read that table any more. It was applied all the same.
      return answer || jsonb_build_object('rows', (
        select coalesce(jsonb_agg(r || '{"row": null, "version": null}'), '[]')
          from jsonb_array_elements(answer->'rows') r));
    end;
  end if;
  if op->>'kind' = 'fact' and told then
    begin
      answer := apply_writes(op);
    exception
      when integrity_constraint_violation or insufficient_privilege or data_exception
           or sqlstate 'MD001' or sqlstate 'MD003' or sqlstate 'MD005' then
        get stacked diagnostics state = returned_sqlstate, why = message_text;
        perform hold_fact(op, state, why);
        answer := jsonb_build_object('status', 'held', 'rows', '[]'::jsonb, 'sqlstate', state, 'reason', why);
    end;
  else
    answer := apply_writes(op);
  end if;
  return op_end((op->>'id')::uuid, answer || jsonb_build_object('told', told));
end $$;
