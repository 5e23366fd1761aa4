-- One after the other, where there is no row to lock yet. Not by an advisory lock: those are anybody's to take, and
-- whoever took one of ours would hold up the clinic. Of this table nobody has anything but the owner's functions.

-- Waits for whoever had this turn before, until their transaction is over; it is the caller's until theirs is.
create function take_turn(what text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  wanted uuid := md5(what)::uuid;
begin
  -- A row that another transaction has made is waited for, also where it deletes it at once, as here.
  insert into turn (id) values (wanted);
  delete from turn where id = wanted;
end $$;
