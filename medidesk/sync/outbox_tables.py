"""The tables of the outbox file, and the one query that decides the order of sending."""

SCHEMA = """
create table if not exists operation (
  seq integer primary key autoincrement,
  id text not null unique,
  author text not null,
  payload text not null,
  state text not null default 'waiting',
  told integer not null default 0,
  tries integer not null default 0,
  problem text,
  answer text,
  ended_at integer
);
create index if not exists operation_open on operation (state, author, seq);
create table if not exists operation_row (
  seq integer not null references operation (seq),
  tbl text not null,
  id blob not null,
  writes integer not null,
  primary key (tbl, id, seq, writes)
) without rowid;
create index if not exists operation_row_seq on operation_row (seq);
create table if not exists draft (
  author text not null,
  key text not null,
  fields text not null,
  kept_at integer not null,
  primary key (author, key)
) without rowid;
create table if not exists opened_file (
  id text primary key, author text not null, patient text not null, at text not null
) without rowid;
create table if not exists sender (author text primary key, sealed text not null) without rowid;
create table if not exists scram (
  author text primary key, salt text not null, iterations integer not null
) without rowid;
create table if not exists remembered (key text primary key, value text not null) without rowid;
create table if not exists counter (name text primary key, last integer not null) without rowid;
"""

# Nothing earlier that is still waiting wrote a row that this one writes, relies on or references.
SENDABLE = """
select o.payload, o.told, o.tries from operation o
 where o.state = 'waiting' and o.author = ? and o.id not in (select value from json_each(?))
   and not exists (
     select 1 from operation_row mine
       join operation_row theirs on theirs.tbl = mine.tbl and theirs.id = mine.id
                                and theirs.seq < mine.seq and theirs.writes
       join operation earlier on earlier.seq = theirs.seq and earlier.state = 'waiting'
      where mine.seq = o.seq)
 order by o.seq limit ?
"""
