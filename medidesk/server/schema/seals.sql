-- Seals: the audit trail in a chain of digests, so that nobody rewrites it unnoticed, not even who administers the
-- server. Stations and backups keep the seals; `medidesk/server/seals.py` makes the digests again, elsewhere.
-- A seal covers transaction ids, not days: a transaction of 23:59 may commit after midnight.

-- An audit row as it is sealed. `medidesk.server.seals` has the same words, made of nothing but PostgreSQL's own.
create function sealed_words(a audit_log) returns text
language sql stable set search_path = medidesk, pg_temp
as $$
  select jsonb_build_array(a.epoch, a.xid::text, a.seq, a.nonce, a.tbl, a.row_id, a.org_id, a.action, a.changes,
                           a.login, a.address, a.station, a.op_id,
                           to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), a.attested_by)::text
$$;

-- Which cluster's transaction ids the rows of an epoch have: the one that was named when it began, or, of the first
-- one, the one that was left when the next began.
create function cluster_of(wanted integer) returns bigint
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(
    (select (a.changes->'system_identifier'->>1)::bigint from audit_log a
      where a.row_id = s.server_id and a.tbl = 'server_identity' and a.epoch = wanted order by a.seq desc limit 1),
    (select (a.changes->'system_identifier'->>0)::bigint from audit_log a
      where a.row_id = s.server_id and a.tbl = 'server_identity' and a.epoch > wanted order by a.epoch, a.seq limit 1),
    s.system_identifier)
  from server_identity s
$$;

-- Seals what has been committed and is not sealed; returns how many seals that took. Of the running cluster only what
-- lies below the oldest transaction that still runs: nothing can come to lie there any more. Another cluster's rows
-- are all there are.
create function seal_now() returns integer
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  oldest xid8 := pg_snapshot_xmin(pg_current_snapshot());
  last audit_seal;
  one integer;
  start xid8;
  below xid8;
  ending xid8;
  covered bigint;
  made bytea;
  moment timestamptz;
  sealed integer := 0;
begin
  -- One at a time. Not by an advisory lock: those are anybody's to take, and this row is nobody's. Nothing else waits
  -- for it: whoever may seal, and leaves the transaction open, holds up no more than the seals.
  perform from receipt_key for no key update skip locked;
  if not found then
    return 0;  -- somebody does it at this moment
  end if;
  for one in
    with recursive e(epoch) as (
      select min(epoch) from audit_log
      union all
      select (select min(a.epoch) from audit_log a where a.epoch > e.epoch) from e where e.epoch is not null
    ) select epoch from e where epoch is not null
  loop
    start := coalesce((select max(upto) from audit_seal where epoch = one), '0'::xid8);
    below := case when cluster_of(one) = running_system_identifier() then oldest end;
    select count(*), (max(a.xid)::text::numeric + 1)::text::xid8,
           sha256(string_agg(sha256(convert_to(sealed_words(a), 'UTF8')), ''::bytea order by a.xid, a.seq))
      into covered, ending, made
      from audit_log a where a.epoch = one and a.xid >= start and (below is null or a.xid < below);
    continue when covered = 0;
    select * into last from audit_seal order by number desc limit 1;
    moment := date_trunc('milliseconds', clock_timestamp());
    insert into audit_seal (number, epoch, from_xid, upto, rows, digest, previous, hash, sealed_at)
    select coalesce(last.number, 0) + 1, one, start, coalesce(below, ending), covered, made, coalesce(last.hash, ''), sha256(
             coalesce(last.hash, '') || convert_to(jsonb_build_array(
               coalesce(last.number, 0) + 1, one, start::text, coalesce(below, ending)::text, covered, encode(made, 'hex'),
               to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS'))::text, 'UTF8')), moment;
    sealed := sealed + 1;
  end loop;
  return sealed;
end $$;

-- The audit trail lies in a partition for each month (UTC), made before it begins: what is archived is dropped whole, and
-- what is read lately is small. Where one cannot be made (somebody reads for long, rows of that month are in the
-- default partition already), the default takes the rows, and it is tried again tomorrow. Nobody waits long for it.
create function make_audit_partitions() returns integer
language plpgsql security definer set search_path = medidesk, pg_temp
set lock_timeout = '500ms'
as $$
declare
  starts timestamp := date_trunc('month', clock_timestamp() at time zone 'UTC');
  ends timestamp;
  name text;
  made integer := 0;
begin
  for ahead in 0..2 loop
    ends := starts + interval '1 month';
    name := 'audit_log_' || to_char(starts, 'YYYY_MM');
    begin
      if to_regclass('medidesk.' || name) is null and not exists (
          select from audit_log_default a where a.at >= starts at time zone 'UTC' and a.at < ends at time zone 'UTC')
      then
        execute format('create table %I partition of audit_log for values from (%L) to (%L)',
                       name, to_char(starts, 'YYYY-MM-DD 00:00:00+00'), to_char(ends, 'YYYY-MM-DD 00:00:00+00'));
        made := made + 1;
      end if;
    exception when others then
      raise log 'no partition %: %', name, sqlerrm;
    end;
    starts := ends;
  end loop;
  return made;
end $$;

-- The same for whoever asks: a station does so once a day. Nobody seals all the time but who administers the server.
create function seal_audit() returns integer
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  root boolean := (select rolsuper from pg_roles where rolname = session_user);
  administers boolean := root or my_orgs('administrator') <> '{}';
  sealed integer;
begin
  if current_account() is null and not root then
    raise exception using errcode = '42501', message = 'only an approved account can do this';
  end if;
  if not administers and exists (select from audit_seal where sealed_at > clock_timestamp() - interval '20 hours') then
    return 0;
  end if;
  sealed := seal_now();
  -- At last: nobody waits for the locks but until this commits. Whoever did not commit would hold up the whole clinic.
  if administers then
    perform make_audit_partitions();
  end if;
  return sealed;
end $$;

-- The seals from a number on, for stations to keep: they tell nothing of what was done.
create function audit_seals(since bigint) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('number', number, 'epoch', epoch, 'hash', encode(hash, 'hex'),
                                               'sealed_at', sealed_at) order by number), '[]')
    from (select * from audit_seal where number >= since order by number limit 2000) s
   where current_account() is not null
$$;
