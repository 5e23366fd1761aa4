-- Invoices: numbers without gaps, and what no single row can say. What is charged stands in charges.sql, money in money.sql.
-- Of what somebody was told (`is_told`) nothing is refused: a charge that was billed twice is not owed twice, and what was
-- paid beyond what is due stays to the patient's credit.

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

-- Refuses what is no amount of money: NaN, which is more than any limit and equals itself, or less than a coin.
create function check_amount(amount numeric, org uuid) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if amount = 'NaN' or amount <> round(amount, coin_of(org)) then
    perform refuse_money('This is no amount of money.');
  end if;
end $$;

-- What is never taken away, nor comes taken away, where no sum would say it.
create function never_deleted() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  perform refuse_money(tg_argv[0]);
end $$;

-- A number per branch and year: I26-00001. It is given in the transaction that needs it, so that none is missing where
-- that is rolled back. One that was given before the server came back from a backup is on paper, and is kept, unless
-- somebody else has it meanwhile.
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
    if not exists (select from invoice where org_id = org and number = given
                   union all select from payment where org_id = org and receipt_no = given
                   union all select from refund where org_id = org and number = given) then
      return given;
    end if;
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

create function number_invoice() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  credited invoice;
  insured insurance_policy;
  today date := day_in(acting_time(), new.org_id);
begin
  perform check_amount(new.total, new.org_id), check_amount(new.covered, new.org_id);
  if tg_op = 'UPDATE' then
    new.number := old.number;
    if new.policy_id is distinct from old.policy_id then
      perform refuse_money('The insurance stays as it is. Discard the draft and begin anew.');
    end if;
    if old.state = 'issued' then
      if (to_jsonb(new) - '{provisional_no,version,updated_at,updated_by}'::text[])
         <> (to_jsonb(old) - '{provisional_no,version,updated_at,updated_by}'::text[]) then
        perform refuse_money(format('%s was issued and stays as it is. Credit it instead.', old.number));
      end if;
      return new;
    end if;
  else
    if not is_told() then
      new.provisional_no := null;
    end if;
    select * into insured from insurance_policy where id = new.policy_id;
    if kept_file(insured.patient_id) <> kept_file(new.patient_id)
       or new.kind = 'invoice' and not is_told() and (insured.deleted_at is not null
         or today not between coalesce(insured.valid_from, today) and coalesce(insured.valid_until, today)) then
      perform refuse_money('This is no insurance of theirs today. Look at the bill again.');
    end if;
  end if;
  if new.credits_id is not null then
    select * into credited from invoice where id = new.credits_id for no key update;
    if credited.state <> 'issued' or credited.kind <> 'invoice'
       or kept_file(credited.patient_id) <> kept_file(new.patient_id) or credited.org_id <> new.org_id then
      perform refuse_money('Only an invoice that was issued can be credited.');
    end if;
  end if;
  if new.state = 'issued' then
    new.issued_at := case when is_told() then least(new.issued_at, acting_time()) else acting_time() end;
    new.number := next_number(case new.kind when 'credit_note' then 'C' else 'I' end, new.id, new.org_id);
    if given_number(new.id) <> new.number then
      -- It is on paper, and the invoice stays findable by it.
      new.provisional_no := coalesce(new.provisional_no, given_number(new.id));
    end if;
  end if;
  return new;
end $$;

-- Whether a charge is on an invoice, a draft or an issued one.
create function is_billed(wanted uuid) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select exists (select from invoice_line
                  where charge_id = wanted and deleted_at is null and not doubled and not released)
$$;

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
  theirs boolean;
begin
  select * into bill from invoice where id = new.invoice_id;
  new.doubled := false;
  new.released := false;
  if bill.org_id <> new.org_id or new.deleted_at is not null then
    perform refuse_money('A line belongs to the branch of its invoice.');
  end if;
  if new.net <> round(new.quantity * new.unit_price, coin) - new.discount
     or new.credits_line_id is null and new.tax <> round(new.net * new.tax_percent / 100, coin) then
    perform refuse_money(format('%s does not add up.', new.text));
  end if;
  if new.credits_line_id is not null then
    select * into taken from invoice_line where id = new.credits_line_id for no key update;
    select coalesce(sum(l.total), 0) as total, coalesce(sum(l.net), 0) as net, coalesce(sum(l.covered), 0) as covered
      into before from invoice_line l where l.credits_line_id = taken.id and l.deleted_at is null;
    if taken.invoice_id is distinct from bill.credits_id or taken.doubled or taken.released
       or before.total + new.total > taken.total then
      perform refuse_money(format('%s: more than what was billed.', new.text));
    end if;
    -- All that was taken back so far is rounded, not each part: so that the last part is never less than nothing.
    if new.tax_percent <> taken.tax_percent or taken.total > 0 and (new.net, new.covered) is distinct from (
         round(taken.net * (before.total + new.total) / taken.total, coin) - before.net,
         round(taken.covered * (before.total + new.total) / taken.total, coin) - before.covered) then
      perform refuse_money(format('%s does not add up.', new.text));
    end if;
    if before.total + new.total = taken.total then
      update invoice_line set released = true where id = taken.id;
    end if;
    return new;
  end if;
  if bill.kind <> 'invoice' then
    perform refuse_money('A credit note takes back lines of its invoice.');
  end if;
  select * into of from charge where id = new.charge_id for no key update;
  theirs := kept_file(of.patient_id) = kept_file(bill.patient_id);
  if not theirs and not is_told() or of.org_id <> new.org_id then
    perform refuse_money(format('%s is somebody else''s.', of.text));
  end if;
  if (new.text, new.unit_price, new.tax_percent) is distinct from (of.text, of.unit_price, of.tax_percent) then
    perform refuse_money(format('%s does not say what was charged.', new.text));
  end if;
  if is_told() then
    -- Files may have been parted meanwhile. What is not owed at all may say anything: what was changed there before it
    -- was billed, and refused here since somebody else had billed it, too.
    new.doubled := not theirs or of.withdrawn_at is not null or of.deleted_at is not null
      or is_billed(of.id);
    if not new.doubled and (
         new.discount > 0 and not exists (select from discount where charge_id = of.id and amount = new.discount)
           -- Whoever may give one has given it there, and another one was given here meanwhile.
           and not has_any_column_privilege(acting_login(), 'medidesk.discount', 'insert')
         or new.quantity <> of.quantity and new.quantity not in (
              select said::numeric from once_said('charge', of.id, 'quantity') said)
         or new.covered > 0 and not exists (
              select from once_said('insurance_policy', bill.policy_id, 'copay_percent') said
               where new.covered = new.total - round(new.total * said::numeric / 100, coin))) then
      perform refuse_money(format('%s does not say what was charged.', new.text));
    end if;
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
  if old.deleted_at is not null and new.deleted_at is null then
    perform refuse_money('This line was taken off. Put its charge on the draft again.');
  elsif new.deleted_at is distinct from old.deleted_at
     and exists (select from invoice where id = old.invoice_id and state = 'issued') then
    perform refuse_money('This invoice was issued and stays as it is. Credit it instead.');
  end if;
  if pg_trigger_depth() = 1 then
    new.doubled := old.doubled;
    new.released := old.released;
  end if;
  return new;
end $$;

-- An invoice that was issued says what its lines add up to, always; a draft that was discarded holds no charge back.
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
     where i.id = wanted
       and (i.state = 'issued' and ((i.lines, i.total, i.covered) is distinct from (s.lines, s.total, s.covered)
                                    or s.lines = 0 or i.deleted_at is not null)
            or i.deleted_at is not null and s.lines > 0)) then
    perform refuse_money('The invoice does not add up. It stays as it is.');
  end if;
  return null;
end $$;

create trigger a_number before insert or update on invoice for each row execute function number_invoice();
create trigger a_bill before insert on invoice_line for each row execute function bill_line();
create trigger a_keep before update on invoice_line for each row execute function keep_line();
create constraint trigger b_adds_up after insert or update on invoice deferrable initially deferred
  for each row execute function invoice_adds_up();
create constraint trigger b_adds_up after insert or update on invoice_line deferrable initially deferred
  for each row execute function invoice_adds_up();
