-- How the server is, for whoever administers the clinic: of everybody's record, nothing.
create function server_health() returns jsonb
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administrator();
  return (
    select jsonb_build_object(
      'now', clock_timestamp(), 'version', current_setting('server_version'), 'schema_version', i.schema_version,
      'started_at', pg_postmaster_start_time(), 'bytes', pg_database_size(current_database()),
      'sending_paused', i.sending_paused, 'replay_open', open_replay() is not null,
      'backup_at', (select max(made_at) from backup_run),
      'backup_bytes', (select bytes from backup_run where made_at is not null order by made_at desc limit 1),
      'backup_problem', (select problem from backup_run order by id desc limit 1),
      'archiving', current_setting('archive_mode') <> 'off',
      'archived_at', a.last_archived_time, 'archive_failed_at', a.last_failed_time,
      'unarchived_since', (select min(at) from audit_log
                            where at > coalesce(a.last_archived_time, pg_postmaster_start_time())),
      'sealed_at', (select max(sealed_at) from audit_seal),
      'changed_at', (select at from audit_log order by epoch desc, xid desc, seq desc limit 1),
      'oldest_at', (select at from audit_log where tbl <> 'server_identity' order by epoch, xid, seq limit 1),
      'feed_cut_at', (select f.cut_at from feed_floor f where f.epoch = current_epoch()),
      'fed_since', (select l.at from audit_log l
                     where l.epoch = current_epoch() and l.xid > coalesce(
                       (select f.xid from feed_floor f where f.epoch = current_epoch()), '0'::xid8)
                     order by l.epoch, l.xid, l.seq limit 1),
      'held', (select count(*) from held_fact where decided_at is null),
      'restricted_opened', (select count(distinct xid) from broken_glass where at > clock_timestamp() - interval '7 days'),
      'connections', (select count(*) from pg_stat_activity where backend_type = 'client backend'),
      'connections_most', current_setting('max_connections')::int,
      'transaction_since', (select min(xact_start) from pg_stat_activity
                             where datname = current_database() and pid <> pg_backend_pid()
                               and backend_type = 'client backend'),
      'standbys', (select coalesce(jsonb_agg(jsonb_build_object(
                            'name', r.application_name, 'address', host(r.client_addr), 'state', r.state,
                            'bytes_behind', pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn))
                          order by r.application_name, r.pid), '[]') from pg_stat_replication r),
      'stations', (select coalesce(jsonb_agg(jsonb_build_object(
                            'id', s.id, 'name', s.name, 'code', s.code, 'last_seen_at', s.last_seen_at,
                            'last_login', s.last_login, 'version', s.client_version,
                            'waiting', s.waiting, 'attention', s.attention) order by s.name, s.code), '[]')
                     from station s))
    from server_identity i, pg_stat_archiver a);
end $$;
