-- Replay: stations bring back what a backup lacks. An administrator opens it; every station hands in its journal; what
-- this server has signed is applied in the order of history; closing it lets sending go on.

create function open_replay() returns uuid
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select id from replay where closed_at is null $$;

create function replay_open() returns uuid
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  opened uuid;
begin
  perform check_administers_all();
  perform current_epoch();
  -- Whoever sends at this moment has finished: nothing is applied between now and the close but what is replayed.
  lock table applied_operation in share row exclusive mode;
  update server_identity set sending_paused = true;
  opened := open_replay();
  if opened is null then
    insert into replay default values returning id into opened;
    perform pg_notify('medidesk', '');
  end if;
  return opened;
end $$;

-- Why an entry of a journal is not believed; null where this server has signed it just so.
create function refusal(entry jsonb, station uuid) returns text
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  paper jsonb := entry->'receipt';
  op jsonb;
begin
  if jsonb_typeof(entry->'payload') is distinct from 'string' or octet_length(entry->>'payload') > 4194304 then
    return 'there is no operation, or it is too large';
  end if;
  if not is_signed(paper) or paper->>'of' is distinct from 'operation' then
    return 'the receipt is not signed by this server';
  end if;
  op := (entry->>'payload')::jsonb;
  if encode(sha256(convert_to(op::text, 'UTF8')), 'hex') <> paper->>'sha' or (op->>'id')::uuid <> (paper->>'op')::uuid
     or op->>'author' <> paper->>'author' then
    return 'the receipt is of another operation';
  end if;
  if paper->>'station' is distinct from station::text then
    return 'the receipt is of another station';
  end if;
  return null;
exception
  when data_exception then
    return 'it is no operation';
end $$;

-- Hands in a part of a station's journal, the last with `complete`. Any account may: the receipts speak for
-- themselves. Each entry has `payload` (the text that was sent), `receipt` and `told`; `accounts` are the logins and
-- roles that the station knew, for a list.
create function replay_upload(station uuid, station_name text, entries jsonb, accounts jsonb, complete boolean)
returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  current_replay uuid := open_replay();
  entry jsonb;
  why text;
  accepted integer := 0;
  rejected jsonb := '[]';
begin
  if current_account() is null then
    raise exception using errcode = '42501', message = 'only an approved account can hand in a journal';
  end if;
  if current_replay is null then
    raise exception using errcode = 'MD012', message = 'no replay is open';
  end if;
  if jsonb_typeof(entries) <> 'array' or jsonb_array_length(entries) > 500 or octet_length(entries::text) > 33554432
     or jsonb_typeof(accounts) <> 'array' or octet_length(accounts::text) > 262144 then
    raise exception using errcode = '22023', message = 'a part of a journal has at most 500 entries and 32 MB';
  end if;
  for entry in select * from jsonb_array_elements(entries) loop
    why := refusal(entry, station);
    if why is null then
      insert into replay_entry (replay_id, op_id, station_id, payload, receipt, told)
      values (current_replay, (entry->'receipt'->>'op')::uuid, station, (entry->>'payload')::jsonb, entry->'receipt',
              (entry->'receipt'->>'told')::boolean or coalesce((entry->>'told')::boolean, false))
      on conflict do nothing;
      accepted := accepted + 1;
    else
      rejected := rejected || jsonb_build_object('op', left(entry->'receipt'->>'op', 40), 'reason', why);
      -- A list that people read: nobody fills it up.
      insert into replay_rejection (replay_id, station_id, op_id, reason)
      select current_replay, station, coalesce(left(entry->'receipt'->>'op', 40), ''), why
       where (select count(*) from replay_rejection where replay_id = current_replay and login = session_user) < 200;
    end if;
  end loop;
  perform keep_numbers(current_replay);
  insert into replay_journal as j (replay_id, station_id, name, complete, accounts)
  values (current_replay, station, left(station_name, 80), complete, accounts)
  on conflict (replay_id, station_id) do update
     set complete = j.complete or excluded.complete, at = clock_timestamp(), login = session_user,
         accounts = case when excluded.accounts = '[]' then j.accounts else excluded.accounts end;
  return jsonb_build_object('accepted', accepted, 'rejected', rejected);
end $$;

-- Numbers that were given are not given again, whatever becomes of the work they came with.
create function keep_numbers(wanted uuid) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into number_series as s (name, last)
  select 'patient-' || split_part(n.value, '-', 1), max(split_part(n.value, '-', 2)::bigint)
    from replay_entry e, jsonb_each_text(e.receipt->'numbers') n
   where e.replay_id = wanted and n.value ~ '^\d\d-\d{1,15}$' group by 1
  on conflict (name) do update set last = greatest(s.last, excluded.last);
  select keep_number(n.value, (w->'values'->>'org_id')::uuid)
    from replay_entry e, jsonb_array_elements(e.payload->'writes') w, jsonb_each_text(e.receipt->'numbers') n
   where e.replay_id = wanted and n.key = w->>'id' and w->'values'->>'org_id' is not null
     and n.value ~ '^[A-Z]\d\d-\d{1,15}$';
  update server_identity i
     set known_epoch = greatest(i.known_epoch, (select max((receipt->>'epoch')::int) from replay_entry
                                                 where replay_id = wanted));
$$;

-- Applies what is staged and not there, in the order of history across stations. What fails can be tried again.
create function replay_run(wanted uuid) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  e replay_entry;
  known bytea;
  outcome text;
  why text;
  code text;
begin
  for e in
    select * from replay_entry where replay_id = wanted and state in ('staged', 'failed')
     order by (receipt->>'epoch')::int, (receipt->>'history')::bigint, op_id
  loop
    outcome := 'applied';
    code := null;
    why := '';
    select payload_sha into known from applied_operation where op_id = e.op_id;
    if found then
      outcome := case when encode(known, 'hex') = e.receipt->>'sha' then 'there' else 'failed' end;
      code := case when outcome = 'failed' then 'MD004' end;
      why := case when outcome = 'failed' then 'this operation id belongs to something else' else '' end;
    else
      begin
        perform apply_on_behalf(e.payload, e.told, (e.receipt->>'at')::timestamptz, true, e.receipt->'numbers');
      exception
        when integrity_constraint_violation or syntax_error_or_access_rule_violation or data_exception
             or sqlstate 'MD001' or sqlstate 'MD003' or sqlstate 'MD005' then
          get stacked diagnostics code = returned_sqlstate, why = message_text;
          outcome := 'failed';
      end;
    end if;
    update replay_entry set state = outcome, sqlstate = code, reason = why
     where replay_id = wanted and op_id = e.op_id;
  end loop;
end $$;

-- Accounts and roles that stations knew and this server does not: they are not brought back by themselves.
create function replay_accounts(wanted uuid) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_agg(distinct jsonb_build_object('login', a->>'login', 'role', a->>'role', 'state', a->>'state')),
                  '[]')
    from replay_journal j, jsonb_array_elements(j.accounts) a
   where j.replay_id = wanted and jsonb_typeof(a) = 'object'
     and not exists (
       select from user_account u join user_role r on r.user_account_id = u.id
        where u.login = a->>'login' and u.state = a->>'state' and r.role = a->>'role'
          and u.deleted_at is null and r.deleted_at is null)
$$;

-- How a replay stands: what came, from whom, and what is still missing.
create function replay_report(wanted uuid) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select jsonb_build_object(
    'id', wanted,
    'counts', (select coalesce(jsonb_agg(to_jsonb(c) order by c.station, c.verb, c.state), '[]') from (
        select j.name as station, e.payload->>'verb' as verb, e.state, count(*) as count
          from replay_entry e join replay_journal j on (j.replay_id, j.station_id) = (e.replay_id, e.station_id)
         where e.replay_id = wanted group by 1, 2, 3) c),
    'failed', (select coalesce(jsonb_agg(jsonb_build_object(
                 'op', e.op_id, 'author', e.payload->>'author', 'title', e.payload->>'title', 'sqlstate', e.sqlstate,
                 'reason', e.reason)), '[]')
                 from replay_entry e where e.replay_id = wanted and e.state = 'failed'),
    'renumbered', (select coalesce(jsonb_agg(jsonb_build_object('printed', n.value, 'now', p.file_no)), '[]')
                     from replay_entry e, jsonb_each_text(e.receipt->'numbers') n
                     join patient p on p.id = n.key::uuid
                    where e.replay_id = wanted and e.state = 'applied' and p.file_no <> n.value),
    'rejected', (select coalesce(jsonb_agg(jsonb_build_object('op', x.op_id, 'station', x.station_id,
                          'login', x.login, 'reason', x.reason) order by x.seq), '[]')
                   from replay_rejection x where x.replay_id = wanted),
    'accounts', replay_accounts(wanted),
    'stations', (select coalesce(jsonb_agg(jsonb_build_object('name', j.name, 'complete', j.complete) order by j.name),
                                 '[]') from replay_journal j where j.replay_id = wanted),
    'missing', (select coalesce(jsonb_agg(s.name order by s.name), '[]') from station s
                 where s.last_seen_at > now() - interval '30 days' and not exists (
                   select from replay_journal j where j.replay_id = wanted and j.station_id = s.id and j.complete)))
$$;

-- The same, of the open replay or, where none is open, of the last one, as it was closed.
create function replay_status() returns jsonb
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  identity server_identity;
  latest replay;
begin
  perform check_administers_all();
  select * into identity from server_identity;
  select * into latest from replay order by closed_at is null desc, opened_at desc limit 1;
  return jsonb_build_object('sending_paused', identity.sending_paused, 'open', latest.id is not null
                            and latest.closed_at is null, 'epoch', identity.epoch)
         || case when latest.id is null then '{}' when latest.closed_at is null then replay_report(latest.id)
                 else latest.report end;
end $$;

-- Brings back what came, keeps for those who decide what could not be, and lets sending go on in a new epoch.
--   anyway: also without stations that have not handed in their journals.
create function replay_close(anyway boolean) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  current_replay uuid := open_replay();
  outcome jsonb;
  e replay_entry;
begin
  perform check_administers_all();
  if current_replay is null then
    raise exception using errcode = 'MD012', message = 'no replay is open';
  end if;
  perform from replay where id = current_replay for update;
  outcome := replay_report(current_replay);
  if not anyway and outcome->'missing' <> '[]' then
    raise exception using errcode = 'MD012', message = format('these stations have not handed in their journals: %s',
      (select string_agg(name, ', ') from jsonb_array_elements_text(outcome->'missing') name));
  end if;
  perform replay_run(current_replay);
  outcome := replay_report(current_replay);
  for e in select * from replay_entry where replay_id = current_replay and state = 'failed' and sqlstate <> 'MD004' loop
    perform hold_on_behalf(e.payload, e.sqlstate, e.reason);
  end loop;
  update replay set closed_at = clock_timestamp(), closed_by = session_user, report = outcome
   where id = current_replay;
  -- The work is in the tables, or held: no second copy of it lies about.
  delete from replay_entry where replay_id = current_replay;
  update server_identity set sending_paused = false;
  perform begin_epoch(true);
  return outcome;
end $$;
