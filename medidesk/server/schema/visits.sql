-- Visits: tickets, the times that count, and one arrival for each appointment.

-- A ticket is numbered per branch, day and counter. One that was given before the server came back from a backup is on
-- paper, and so is a provisional one of which the person was told. Times are the server's where the person still
-- waits for its answer; what was entered during an outage happened before, and never later than now.
create function open_visit() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  told boolean := is_told();
  counter text := case when new.kind = 'emergency' then 'E' when new.appointment_id is null then 'W' else 'A' end;
  series text;
  next bigint;
begin
  new.arrived_at := case when told then least(new.arrived_at, acting_time()) else acting_time() end;
  if not told then
    new.provisional_no := null;
  elsif new.appointment_id is not null then
    -- Two desks checked one patient in while one of them was without the server: they came once.
    perform from appointment where id = new.appointment_id for no key update;
    if exists (select from visit where appointment_id = new.appointment_id and deleted_at is null) then
      new.appointment_id := null;
      new.state := 'left';
      new.ended_at := new.arrived_at;
      new.left_reason := 'Checked in at another desk already';
    end if;
  end if;
  new.ticket := given_number(new.id);
  if new.ticket is null then
    series := (select format('ticket-%s-%s-%s', new.org_id, (new.arrived_at at time zone o.timezone)::date, counter)
                 from organisation o where o.id = new.org_id);
    insert into number_series as s (name, last) values (series, 1)
    on conflict (name) do update set last = s.last + 1 returning last into next;
    new.ticket := counter || '-' || lpad(next::text, greatest(2, length(next::text)), '0');
  end if;
  return new;
end $$;

create function step_visit() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  told boolean := is_told();
begin
  new.ticket := old.ticket;
  if new.called_at is distinct from old.called_at then
    new.called_at := stepped_at(new.called_at, new.arrived_at, told);
  end if;
  if new.in_room_at is distinct from old.in_room_at then
    new.in_room_at := stepped_at(new.in_room_at, new.arrived_at, told);
  end if;
  if new.ended_at is distinct from old.ended_at then
    new.ended_at := stepped_at(new.ended_at, new.arrived_at, told);
  end if;
  return new;
end $$;

-- When a step counts as done: see open_visit. Null stays null.
create function stepped_at(said timestamptz, arrived timestamptz, told boolean) returns timestamptz
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select case when said is not null then
    case when told then greatest(arrived, least(said, acting_time())) else acting_time() end end
$$;

create trigger a_open before insert on visit for each row execute function open_visit();
create trigger a_step before update on visit for each row execute function step_visit();
