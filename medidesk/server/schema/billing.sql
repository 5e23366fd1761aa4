-- Charges, invoices and money: numbers without gaps, and what no single row can say.
--
-- `told`: the person was told "saved on this PC", the paper is out and the money is in the drawer. Then nothing is refused:
-- a charge that was billed twice is not owed twice, and what was paid beyond what is due stays to the patient's credit.

create function is_told() returns boolean
language sql stable set search_path = pg_catalog, pg_temp
as $$ select coalesce(current_setting('medidesk.told', true), '') = 'true' $$;

create function refuse_money(sentence text) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = 'MD005', message = sentence;
end $$;

-- Decimals of a currency on paper (ISO 4217): as medidesk.models.money.
create function minor_units(currency text) returns integer
language sql immutable set search_path = pg_catalog, pg_temp
as $$
  select case when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
              when currency in ('CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV',
                                'XAF', 'XOF', 'XPF') then 0
              else 2 end
$$;

create function coin_of(org uuid) returns integer
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select minor_units(o.currency) from organisation o where o.id = org $$;

create function in_money(amount numeric, org uuid) returns text
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select round(amount, coin_of(org)) || ' ' || o.currency from organisation o where o.id = org $$;

create function day_in(moment timestamptz, org uuid) returns date
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select (moment at time zone o.timezone)::date from organisation o where o.id = org $$;

-- A number per branch and year: I26-00001. It is given in the transaction that needs it, so that none is missing where
-- that is rolled back. One that was given before the server came back from a backup is on paper, and is kept.
create function next_number(letter text, row_id uuid, org uuid) returns text
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  year text := to_char(day_in(acting_time(), org), 'YY');
  given text := given_number(row_id);
  next bigint;
begin
  if given ~ ('^' || letter || '\d\d-\d{1,15}$') then
    perform keep_number(given, org);
    return given;
  end if;
  insert into number_series as s (name, last) values (format('%s-%s-%s', letter, org, year), 1)
  on conflict (name) do update set last = s.last + 1 returning last into next;
  return letter || year || '-' || lpad(next::text, greatest(5, length(next::text)), '0');
end $$;

-- A number that was given is not given again.
create function keep_number(given text, org uuid) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into number_series as s (name, last)
  values (format('%s-%s-%s', left(given, 1), org, substr(given, 2, 2)), split_part(given, '-', 2)::bigint)
  on conflict (name) do update set last = greatest(s.last, excluded.last)
$$;

-- What a service costs in a branch on a day: the nearest branch up the tree, and there the latest day; the list's price
-- before the branch's own. As medidesk.repositories.services.price_on.
create function listed_price(wanted uuid, org uuid, list uuid, day date) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive way as (
    select id, parent_id, currency, 1 as steps from organisation where id = org
    union all
    select o.id, o.parent_id, o.currency, way.steps + 1
      from organisation o join way on way.parent_id = o.id where way.steps < 100
  )
  select p.amount from way join service_price p on p.org_id = way.id
   where p.service_id = wanted and p.deleted_at is null and p.valid_from <= day
     and (p.price_list_id is null or p.price_list_id = list)
     and way.currency = (select currency from organisation where id = org)
   order by p.price_list_id is null, way.steps, p.valid_from desc limit 1
$$;

-- Charges

-- A charge is at the price of its day. A station that was without the server may not have known the newest: then one that
-- has held for this service is taken.
create function price_charge() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  known service;
begin
  new.charged_at := case when is_told() then least(new.charged_at, acting_time()) else acting_time() end;
  select * into strict known from service where id = new.service_id;
  if is_told() then
    if not exists (select from service_price p where p.service_id = new.service_id and p.amount = new.unit_price) then
      perform refuse_money(format('%s has never cost that.', known.name));
    end if;
  elsif new.unit_price is distinct from
        listed_price(new.service_id, new.org_id, new.price_list_id, day_in(new.charged_at, new.org_id)) then
    perform refuse_money(format('The price of %s has changed. Add it again.', known.name));
  elsif new.tax_percent <> known.tax_percent then
    perform refuse_money(format('The tax on %s has changed. Add it again.', known.name));
  end if;
  if new.visit_id is not null
     and not exists (select from visit v where v.id = new.visit_id and kept_file(v.patient_id) = kept_file(new.patient_id))
  then
    perform refuse_money('This visit is somebody else''s.');
  end if;
  return new;
end $$;

create function keep_billed_charge() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if (new.quantity, new.withdrawn_at, new.deleted_at) is distinct from (old.quantity, old.withdrawn_at, old.deleted_at)
     and exists (select from invoice_line
                  where charge_id = old.id and deleted_at is null and not doubled and not released) then
    perform refuse_money(format('%s is on an invoice. Credit that first.', old.text));
  end if;
  return new;
end $$;

create function guard_discount() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  of charge;
begin
  select * into strict of from charge where id = new.charge_id for no key update;
  if exists (select from invoice_line where charge_id = of.id and deleted_at is null and not doubled and not released)
  then
    perform refuse_money(format('%s is on an invoice. Credit that first.', of.text));
  end if;
  if tg_op = 'INSERT' and new.amount > round(of.quantity * of.unit_price, coin_of(of.org_id)) then
    perform refuse_money(format('%s costs less than that.', of.text));
  end if;
  return new;
end $$;

-- Invoices

create function number_invoice() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  credited invoice;
begin
  if tg_op = 'UPDATE' then
    new.number := old.number;
    if old.state = 'issued' then
      if (to_jsonb(new) - '{provisional_no,version,updated_at,updated_by}'::text[])
         <> (to_jsonb(old) - '{provisional_no,version,updated_at,updated_by}'::text[]) then
        perform refuse_money(format('%s was issued and stays as it is. Credit it instead.', old.number));
      end if;
      return new;
    end if;
  elsif not is_told() then
    new.provisional_no := null;
  end if;
  if new.credits_id is not null then
    select * into strict credited from invoice where id = new.credits_id for no key update;
    if credited.state <> 'issued' or credited.kind <> 'invoice'
       or kept_file(credited.patient_id) <> kept_file(new.patient_id) or credited.org_id <> new.org_id then
      perform refuse_money('Only an invoice that was issued can be credited.');
    end if;
  end if;
  if new.state = 'issued' then
    new.issued_at := case when is_told() then least(new.issued_at, acting_time()) else acting_time() end;
    new.number := next_number(case new.kind when 'credit_note' then 'C' else 'I' end, new.id, new.org_id);
  end if;
  return new;
end $$;

-- A line says what its charge says, and adds up.
create function bill_line() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  bill invoice;
  of charge;
  taken invoice_line;
  before record;
  off numeric;
  coin integer := coin_of(new.org_id);
  own numeric;
begin
  select * into strict bill from invoice where id = new.invoice_id;
  new.doubled := false;
  new.released := false;
  if bill.org_id <> new.org_id then
    perform refuse_money('A line belongs to the branch of its invoice.');
  end if;
  if new.net <> round(new.quantity * new.unit_price, coin) - new.discount
     or new.credits_line_id is null and new.tax <> round(new.net * new.tax_percent / 100, coin) then
    perform refuse_money(format('%s does not add up.', new.text));
  end if;
  if new.credits_line_id is not null then
    select * into strict taken from invoice_line where id = new.credits_line_id for no key update;
    select coalesce(sum(l.total), 0) as total, coalesce(sum(l.covered), 0) as covered into before
      from invoice_line l where l.credits_line_id = taken.id and l.deleted_at is null;
    if taken.invoice_id is distinct from bill.credits_id or taken.doubled or before.total + new.total > taken.total
       or new.covered <> (case when before.total + new.total = taken.total then taken.covered - before.covered
                               else round(taken.covered * new.total / taken.total, coin) end) then
      perform refuse_money(format('%s: more than what was billed.', new.text));
    end if;
    if before.total + new.total = taken.total then
      update invoice_line set released = true where id = taken.id;
    end if;
    return new;
  end if;
  if bill.kind <> 'invoice' then
    perform refuse_money('A credit note takes back lines of its invoice.');
  end if;
  select * into strict of from charge where id = new.charge_id for no key update;
  if kept_file(of.patient_id) <> kept_file(bill.patient_id) or of.org_id <> new.org_id then
    perform refuse_money(format('%s is somebody else''s.', of.text));
  end if;
  if (new.text, new.unit_price, new.tax_percent) is distinct from (of.text, of.unit_price, of.tax_percent) then
    perform refuse_money(format('%s does not say what was charged.', new.text));
  end if;
  if is_told() then
    if new.discount > 0 and not exists (select from discount where charge_id = of.id and amount = new.discount)
       or new.covered > 0 and bill.policy_id is null then
      perform refuse_money(format('%s does not say what was charged.', new.text));
    end if;
    new.doubled := of.withdrawn_at is not null or of.deleted_at is not null
      or exists (select from invoice_line l
                  where l.charge_id = of.id and l.deleted_at is null and not l.doubled and not l.released);
    return new;
  end if;
  select coalesce(sum(d.amount), 0) into off from discount d where d.charge_id = of.id and d.deleted_at is null;
  if of.withdrawn_at is not null or of.deleted_at is not null or of.quantity <> new.quantity or off <> new.discount then
    perform refuse_money(format('%s has changed meanwhile. Look at the bill again.', of.text));
  end if;
  select copay_percent into own from insurance_policy where id = bill.policy_id;
  if new.covered <> coalesce(new.total - round(new.total * own / 100, coin), 0) then
    perform refuse_money(format('%s: the insurer''s part has changed. Look at the bill again.', of.text));
  end if;
  return new;
end $$;

-- A line of a draft can be taken off again; one of an invoice that was issued stays.
create function keep_line() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if new.deleted_at is distinct from old.deleted_at
     and exists (select from invoice where id = old.invoice_id and state = 'issued') then
    perform refuse_money('This invoice was issued and stays as it is. Credit it instead.');
  end if;
  if pg_trigger_depth() = 1 then
    new.doubled := old.doubled;
    new.released := old.released;
  end if;
  return new;
end $$;

-- An invoice that was issued says what its lines add up to, always.
create function invoice_adds_up() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  wanted uuid := case tg_table_name when 'invoice' then (to_jsonb(new)->>'id')::uuid
                                    else (to_jsonb(new)->>'invoice_id')::uuid end;
begin
  if exists (
    select from invoice i, lateral (select count(*) as lines, coalesce(sum(l.total), 0) as total,
                                           coalesce(sum(l.covered), 0) as covered
                                      from invoice_line l where l.invoice_id = i.id and l.deleted_at is null) s
     where i.id = wanted and i.state = 'issued'
       and ((i.lines, i.total, i.covered) is distinct from (s.lines, s.total, s.covered) or s.lines = 0)) then
    perform refuse_money('The invoice does not add up. It stays as it is.');
  end if;
  return null;
end $$;

create trigger a_price before insert on charge for each row execute function price_charge();
create trigger a_keep before update on charge for each row execute function keep_billed_charge();
create trigger a_guard before insert or update on discount for each row execute function guard_discount();
create trigger a_number before insert or update on invoice for each row execute function number_invoice();
create trigger a_bill before insert on invoice_line for each row execute function bill_line();
create trigger a_keep before update on invoice_line for each row execute function keep_line();
create constraint trigger b_adds_up after insert or update on invoice deferrable initially deferred
  for each row execute function invoice_adds_up();
create constraint trigger b_adds_up after insert or update on invoice_line deferrable initially deferred
  for each row execute function invoice_adds_up();
