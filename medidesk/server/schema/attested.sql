-- Work that an administrator answers for: brought back after a restore, or released for somebody who can no longer
-- sign in. It is written by the owner, so that the author's own rights are asked here: the grants on columns, and
-- the very policies that guard each table.

-- Whether a policy of this table lets the author do this with the row as it is now.
create function policies_allow(author text, tbl text, wanted text, row_id uuid, written boolean) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  rules text := (
    select string_agg(format('(%s)', case when written then coalesce(p.with_check, p.qual) else p.qual end), ' or ')
      from pg_policies p
     where p.schemaname = 'medidesk' and p.tablename = tbl and p.cmd = wanted
       and exists (select from unnest(p.roles) held
                    where pg_has_role(author, held, 'usage') or held in (select roles_then(author))));
  allowed boolean;
begin
  if rules is null then
    return false;
  end if;
  execute format('select exists (select from %I where id = $1 and (%s))', tbl, rules) into allowed using row_id;
  return allowed;
end $$;

-- Refuses what the author's roles do not include. Asked before (`written` false) and after the writes, like policies.
create function check_author(op jsonb, written boolean) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  author text := op->>'author';
  w jsonb;
  tbl text;
  inserts boolean;
  need text;
begin
  if not exists (select from user_account a join pg_roles r on r.rolname = a.login
                  where a.login = author and a.deleted_at is null) then
    raise exception using errcode = '42501', message = format('there is no account %s here', author);
  end if;
  for w in select * from jsonb_array_elements(op->'writes') loop
    tbl := w->>'table';
    inserts := w->>'op' = 'insert';
    need := case when inserts then 'insert' else 'update' end;
    if is_synchronised(tbl) is not true or inserts and w->'values'->>'id' is distinct from w->>'id'
       or exists (select from jsonb_object_keys(w->'values') name
                   where not has_column_privilege(author, 'medidesk.' || quote_ident(tbl), name, need)
                     and not exists (select from roles_then(author) who
                          where has_column_privilege(who, 'medidesk.' || quote_ident(tbl), name, need))) then
      raise exception using errcode = '42501', message = format('%s may not write this to %s', author, tbl);
    end if;
    if not (case
      when inserts then not written or policies_allow(author, tbl, 'INSERT', (w->>'id')::uuid, true)
      when written then policies_allow(author, tbl, 'UPDATE', (w->>'id')::uuid, true)
      -- A row that is gone, or was not brought back, is said to be by apply_update.
      else seen_row(tbl, (w->>'id')::uuid) is null
           or policies_allow(author, tbl, 'SELECT', (w->>'id')::uuid, false)
              and policies_allow(author, tbl, 'UPDATE', (w->>'id')::uuid, false)
    end) then
      raise exception using errcode = '42501', message = format('%s may not change this row of %s', author, tbl);
    end if;
  end loop;
end $$;

-- The ledger's row of what is done on somebody's behalf.
create function op_attested(op jsonb) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into applied_operation (op_id, payload_sha, author, station_id, verb, supersedes, epoch, made_at, attested_by)
  values ((op->>'id')::uuid, sha256(convert_to(op::text, 'UTF8')), op->>'author', (op->>'station')::uuid, op->>'verb',
          (op->>'supersedes')::uuid, current_epoch(), made_at(op), session_user)
$$;

-- Its answer, signed as any other.
create function op_answered(op uuid, answer jsonb, told boolean) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  whole jsonb;
begin
  update applied_operation
     set result = answer || jsonb_build_object('op_id', op_id, 'epoch', epoch, 'xid', xid::text, 'told', told,
           'history', place_in_history(), 'receipt', receipt(op_id, told))
   where op_id = op
  returning result into strict whole;
  return whole;
end $$;

-- Applies an operation for its author, whom session_user answers for. All of it or nothing.
--   done_at: the time that its rows bear.
--   accepted: it was once before, so that a row it relied on and that is not as it was flags it and does not stop it.
--   numbers: given before, by row; one that somebody else has meanwhile stays as an identifier.
--   rights_at: the roles that the author held then count as well; null for today's alone.
create function apply_on_behalf(op jsonb, told boolean, done_at timestamptz, accepted boolean, numbers jsonb,
                                rights_at timestamptz default null)
returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  answer jsonb;
begin
  perform op_attested(op);
  insert into acting_for (login, at, numbers, rights_at) values (op->>'author', done_at, numbers, rights_at);
  perform set_config('medidesk.acting', 'on', true), set_config('medidesk.operation', op->>'id', true),
          set_config('medidesk.station', op->>'station_name', true), set_config('medidesk.told', told::text, true);
  perform check_author(op, false);
  answer := apply_writes(case when accepted then op || '{"kind": "fact"}' else op end);
  insert into patient_identifier (id, org_id, patient_id, kind, value)
  select derived_id('number', p.id::text), p.org_id, p.id, 'provisional', n.value
    from jsonb_each_text(numbers) n join patient p on p.id = n.key::uuid where p.file_no <> n.value;
  perform check_author(op, true);
  answer := op_answered((op->>'id')::uuid, answer, told);
  delete from acting_for where xid = pg_current_xact_id();
  perform set_config('medidesk.acting', '', true), set_config('medidesk.operation', '', true),
          set_config('medidesk.told', '', true);
  return answer;
end $$;

-- Keeps whole, for those who decide, what could not be applied.
create function hold_on_behalf(op jsonb, state text, why text) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  perform op_attested(op);
  insert into held_fact (op_id, author, payload, sqlstate, reason)
  values ((op->>'id')::uuid, op->>'author', op, state, why);
  return op_answered((op->>'id')::uuid, jsonb_build_object(
    'status', 'held', 'rows', '[]'::jsonb, 'sqlstate', state, 'reason', why), true);
end $$;

-- Whether what becomes of a change to a row may be known to whoever releases it: they are shown the row, or all that
-- was ever written to it is what they have released themselves. Of a row that is not there, who may read the table.
create function may_be_told(tbl text, wanted uuid) returns boolean
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  known jsonb := seen_row(tbl, wanted);
begin
  if known is null then
    return has_table_privilege(session_user, 'medidesk.' || quote_ident(tbl), 'select');
  end if;
  return would_show(tbl, known) or (
    select count(*) > 0 and bool_and(a.attested_by is not distinct from session_user) and bool_or(a.action = 'insert')
      from audit_log a where a.row_id = wanted and a.tbl = may_be_told.tbl);
end $$;

-- Refuses to release a change to a row that is closed to whoever releases it. It is taken only where the values that
-- its author knew are still there: whoever suspended somebody and made up work of theirs could guess until it is.
create function check_shown(op jsonb) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if not (select rolsuper from pg_roles where rolname = session_user) and exists (
      select from jsonb_array_elements(op->'writes') w
       where w->>'op' is distinct from 'insert' and is_synchronised(w->>'table')
         and not may_be_told(w->>'table', (w->>'id')::uuid)) then
    raise exception using errcode = 'MD016',
      message = 'This changes an entry that is closed to you: an administrator who may read it can release it.';
  end if;
end $$;

-- Releases the waiting work of somebody who can no longer sign in. The administrator learns whether it was taken, and
-- nothing of rows that they may not read. Anybody may ask: a refusal to release at all (MD013) must not look like one
-- of the work itself.
create function release_operation(op jsonb, told boolean) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account user_account;
  known applied_operation;
  answer jsonb;
  state text;
  why text;
begin
  select * into account from user_account where login = op->>'author' and deleted_at is null;
  if not found then
    raise exception using errcode = 'MD013', message = format('there is no account %s', op->>'author');
  end if;
  begin
    perform check_administers_account(account.id);
  exception when insufficient_privilege then
    raise exception using errcode = 'MD013',
      message = format('an administrator of the branches of %s must do this', account.login);
  end;
  if account.state = 'approved' and (select rolcanlogin from pg_roles where rolname = account.login)
     and exists (select from user_role where user_account_id = account.id and deleted_at is null) then
    raise exception using errcode = 'MD013', message = format(
      '%s can still sign in, which sends the work by itself; otherwise suspend the account first', account.login);
  end if;
  if account.updated_at = now() then
    raise exception using errcode = 'MD013', message = format('suspend %s first, and release the work then', account.login);
  end if;
  perform check_sending();
  perform take_turn('operation|' || (op->>'id'));
  select * into known from applied_operation where op_id = (op->>'id')::uuid;
  if found then
    if known.author <> account.login or known.payload_sha <> sha256(convert_to(op::text, 'UTF8')) then
      raise exception using errcode = 'MD004', message = 'this operation id belongs to something else';
    end if;
    return known.result || '{"repeated": true, "rows": [], "moved": [], "merged": []}';
  end if;
  begin
    perform check_shown(op);
    answer := apply_on_behalf(op, told, now(), false, '{}');
  exception
    when integrity_constraint_violation or insufficient_privilege or data_exception
         or sqlstate 'MD001' or sqlstate 'MD002' or sqlstate 'MD003' or sqlstate 'MD005' then
      get stacked diagnostics state = returned_sqlstate, why = message_text;
      if op->>'kind' <> 'fact' or not told then
        raise exception using errcode = state, message = why;
      end if;
      answer := hold_on_behalf(op, state, why);
  end;
  return answer || '{"rows": [], "moved": [], "merged": []}';
end $$;
