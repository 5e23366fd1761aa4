-- Is it still the same server, with all of its history? Papers that this server has signed let stations find out that
-- it came back from an older backup, and prove it.

create function signed(paper jsonb) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select paper || jsonb_build_object('hmac',
    encode(public.hmac(convert_to(paper::text, 'UTF8'), (select key from receipt_key), 'sha256'), 'hex'))
$$;

-- Whether this server, or the one it was restored from, has signed a paper just so.
create function is_signed(paper jsonb) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_typeof(paper) = 'object' and paper ? 'hmac'
                  and paper->>'server' = (select server_id::text from server_identity)
                  and sha256(convert_to(signed(paper - 'hmac')->>'hmac', 'UTF8'))
                      = sha256(convert_to(paper->>'hmac', 'UTF8')), false)
$$;

-- Where this transaction stands in history: at the last of what it wrote in the audit trail. Whoever wrote to a row
-- after another has waited for that one's commit, so the greatest numbers are in the order of what built on what.
create function place_in_history() returns bigint
language plpgsql stable security definer
set search_path = medidesk, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
  return coalesce((select max(seq) from audit_log
                    where epoch = current_epoch() and xid = pg_current_xact_id_if_assigned()),
                  (select last_value from audit_seq));
end $$;

-- What a station keeps of an operation that this very transaction applies, to bring it back after a restore. The
-- numbers are those in the audit trail: the answer is the caller's own words.
create function receipt(op uuid, told boolean) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select signed(jsonb_build_object(
    'of', 'operation', 'server', s.server_id, 'epoch', o.epoch, 'op', o.op_id, 'author', o.author,
    'station', o.station_id, 'sha', encode(o.payload_sha, 'hex'), 'told', coalesce(told, false), 'at', o.applied_at,
    'history', place_in_history(),
    'numbers', (select coalesce(jsonb_object_agg(given.row_id, given.number) filter (where given.number is not null), '{}')
                  from (select a.row_id, case a.action
                                 when 'insert' then coalesce(a.changes->>'file_no', a.changes->>'ticket', a.changes->>'number',
                                                             a.changes->>'receipt_no')
                                 else a.changes->'number'->>1 end as number
                          from audit_log a
                         where a.epoch = o.epoch and a.xid = o.xid and a.op_id = o.op_id
                           and a.tbl in ('patient', 'visit', 'invoice', 'payment', 'refund')
                           and a.action in ('insert', 'update')) given)))
  from applied_operation o, server_identity s
  where o.op_id = receipt.op and o.xid = pg_current_xact_id_if_assigned()
$$;

-- The last audit row of each of these transactions, signed. Only of those that were committed before: what is rolled
-- back after it was signed would pass for lost history. (A snapshot does not list one's own transaction.) Each pull that
-- brings something asks for them: the settings are those of the feed.
create function witnesses(xids xid8[]) returns jsonb
language plpgsql stable security definer
set search_path = medidesk, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
as $$
begin
  return (
    select coalesce(jsonb_agg(signed(jsonb_build_object(
             'of', 'feed', 'server', s.server_id, 'epoch', w.epoch, 'xid', w.xid::text, 'seq', w.seq,
             'nonce', w.nonce)) order by w.seq), '[]')
      from server_identity s, (
        select distinct on (a.xid) a.epoch, a.xid, a.seq, a.nonce from audit_log a
         where a.epoch = current_epoch() and a.xid = any(xids[1:20])
           and pg_visible_in_snapshot(a.xid, pg_current_snapshot())
           and a.xid is distinct from pg_current_xact_id_if_assigned()
         order by a.xid, a.seq desc) w);
end $$;

-- Whether what a transaction wrote in the audit trail has left for an archive.
create function is_archived(wanted_epoch integer, wanted_xid xid8) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select exists (select from audit_seal s
                  where s.epoch = wanted_epoch and s.upto > wanted_xid
                    and s.number <= (select max(last_seal) from audit_archive))
$$;

-- Whether history lacks the audit row of a witness. One that lies in an archive, or is older than the oldest that is kept,
-- proves nothing.
create function is_missing(witness jsonb) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select not exists (
      select from audit_log a
       where a.epoch = (witness->>'epoch')::int and a.xid = (witness->>'xid')::xid8
         and a.seq = (witness->>'seq')::bigint and a.nonce = (witness->>'nonce')::uuid)
     and not is_archived((witness->>'epoch')::int, (witness->>'xid')::xid8)
     and coalesce(
      (select ((witness->>'epoch')::int, (witness->>'xid')::xid8) >= (a.epoch, a.xid)
         from audit_log a order by a.epoch, a.xid limit 1),
      (witness->>'seq')::bigint > (select last_value from audit_seq))
$$;

-- Which of a station's own acknowledged operations, and which witnesses, this server does not know. The station
-- believes its own papers; for everybody else only what is signed counts (see pause_sending).
create function history_missing(operations uuid[], papers jsonb) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select jsonb_build_object(
    'operations', (select coalesce(jsonb_agg(one), '[]') from unnest(operations[1:200]) one
                    where not exists (select from applied_operation where op_id = one)),
    'witnesses', (select coalesce(jsonb_agg(paper), '[]')
                    from (select paper from jsonb_array_elements(papers) paper limit 50) first
                   where is_missing(paper)))
$$;

-- Stops sending for everybody, for a proof that the server has lost history: a witness that it signed and does not
-- know. Returns whether sending is paused now. A loss that was dealt with (a replay was closed since) is none.
create function pause_sending(witness jsonb) returns boolean
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  identity server_identity;
begin
  if is_signed(witness) and witness->>'of' = 'feed' and is_missing(witness) then
    update server_identity
       set sending_paused = sending_paused or (witness->>'epoch')::int >= settled_epoch,
           known_epoch = greatest(known_epoch, (witness->>'epoch')::int)
     where not sending_paused or known_epoch < (witness->>'epoch')::int;
    perform pg_notify('medidesk', '');
  end if;
  select * into identity from server_identity;
  return identity.sending_paused;
end $$;

-- A new epoch: this cluster is the one that serves from now on, and every station fills its replica anew. Its number is
-- greater than any there has been, also of those begun after the backup that this database comes from: it is the time,
-- in seconds since 2020. Where the clock is behind, what signed papers name is still passed.
create function begin_epoch(settles boolean) returns integer
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  old server_identity;
  begun integer;
begin
  select * into strict old from server_identity for update;
  perform seal_now();
  begun := greatest(greatest(old.epoch, old.known_epoch) + 1,
                    floor(extract(epoch from clock_timestamp() - timestamptz '2020-01-01 00:00Z'))::integer);
  update server_identity
     set epoch = begun, known_epoch = begun, system_identifier = running_system_identifier(),
         settled_epoch = case when settles then begun else settled_epoch end;
  insert into audit_log (epoch, tbl, row_id, action, changes)
  values (begun, 'server_identity', old.server_id, 'update', jsonb_build_object(
    'epoch', jsonb_build_array(old.epoch, begun),
    'system_identifier', jsonb_build_array(old.system_identifier::text, running_system_identifier()::text)));
  perform pg_notify('medidesk', '');
  return begun;
end $$;

create function new_epoch() returns integer
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administers_all();
  return begin_epoch(false);
end $$;
