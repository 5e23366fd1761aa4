-- Money: what was taken, given back and counted. Of what somebody was told, see `is_told` (acting.sql).

-- What of a payment has not been given back and not been used for something else.
create function payment_left(wanted uuid, also_asked boolean) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select p.amount - p.given_back
         - coalesce((select sum(r.amount) from refund r
                      where r.payment_id = p.id and r.deleted_at is null
                        and (r.state = 'paid' or also_asked and r.state in ('asked', 'approved'))), 0)
         - coalesce((select sum(u.amount - u.given_back) from payment u where u.source_id = p.id), 0)
    from payment p where p.id = wanted
$$;

-- The insurer's part of an invoice, less what was taken back of it, or had been billed before.
create function insured_part(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select i.covered
         - coalesce((select sum(l.covered) from invoice_line l
                      where l.invoice_id = i.id and l.deleted_at is null and l.doubled), 0)
         - coalesce((select sum(c.covered) from invoice c where c.credits_id = i.id and c.deleted_at is null), 0)
    from invoice i where i.id = wanted
$$;

-- What of it the insurer did not pay, and the patient pays after all; what was taken back since is nobody's to pay.
create function moved_to_patient(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select least(insured_part(wanted), coalesce(sum(c.to_patient), 0))
    from insurance_claim c where c.invoice_id = wanted and c.deleted_at is null
$$;

-- What the patient still owes of an invoice; below zero where they have paid too much.
create function invoice_due(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select i.total - i.covered + moved_to_patient(i.id)
         - coalesce((select sum(l.total - l.covered) from invoice_line l
                      where l.invoice_id = i.id and l.deleted_at is null and l.doubled), 0)
         - coalesce((select sum(c.total - c.covered) from invoice c
                      where c.credits_id = i.id and c.deleted_at is null), 0)
         - coalesce((select sum(payment_left(p.id, false)) from payment p
                      where p.invoice_id = i.id and p.way <> 'insurer'), 0)
    from invoice i where i.id = wanted
$$;

-- What the insurer still has to pay of an invoice; below zero where they have paid too much.
create function insurer_due(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select greatest(0, insured_part(wanted) - moved_to_patient(wanted)
                     - coalesce((select sum(c.written_off) from insurance_claim c
                                  where c.invoice_id = wanted and c.deleted_at is null), 0))
         - coalesce((select sum(payment_left(p.id, false)) from payment p
                      where p.invoice_id = wanted and p.way = 'insurer'), 0)
$$;

-- What of a payment is free for something else: of a deposit what is left of it, of an invoice's what was paid too much.
create function credit_of(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select case when p.way in ('credit', 'insurer') then 0
              else greatest(0, case when p.invoice_id is null then payment_left(p.id, true)
                                    else least(payment_left(p.id, true), -invoice_due(p.invoice_id)) end) end
    from payment p where p.id = wanted
$$;

-- What should be in a drawer.
create function drawer_holds(wanted uuid) returns numeric
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select s.opening_float
         + coalesce((select sum(p.amount) from payment p where p.session_id = s.id and p.way = 'cash'), 0)
         - coalesce((select sum(r.amount) from refund r join payment p on p.id = r.payment_id
                      where r.session_id = s.id and r.state = 'paid' and p.way = 'cash'), 0)
    from cashier_session s where s.id = wanted
$$;

-- Refuses a drawer that is not one's own, or that was counted and closed, unless it is `late` that this is heard of.
create function check_drawer(wanted uuid, org uuid, late boolean) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  drawer cashier_session;
begin
  select * into drawer from cashier_session where id = wanted for no key update;
  if drawer.id is null or drawer.cashier_id <> current_account() or drawer.org_id <> org then
    perform refuse_money('This drawer is somebody else''s. Open one of your own.');
  end if;
  if drawer.closed_at is not null and not late then
    perform refuse_money('This drawer has been counted and closed. Open it anew.');
  end if;
end $$;

create function take_payment() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  bill invoice;
  source payment;
  due numeric;
  last payment;
  earlier payment;
begin
  perform check_amount(new.amount, new.org_id), check_amount(new.tendered, new.org_id);
  new.taken_at := case when is_told() then least(new.taken_at, acting_time()) else acting_time() end;
  if not is_told() then
    new.provisional_no := null;
  end if;
  -- In one order, whoever pays what with what, or gives it back: invoices, payments, drawers.
  perform from invoice where id = new.invoice_id
                          or id = (select p.invoice_id from payment p where p.id = new.source_id)
    order by id for no key update;
  if new.invoice_id is not null then
    select * into bill from invoice where id = new.invoice_id;
    if bill.org_id <> new.org_id or kept_file(bill.patient_id) <> kept_file(new.patient_id)
       or bill.kind <> 'invoice' then
      perform refuse_money('This is not an invoice of theirs.');
    elsif new.way = 'insurer' and not is_told() and not exists (
            select from insurance_claim where invoice_id = bill.id and state in ('submitted', 'answered')) then
      perform refuse_money('What an insurer pays was claimed of them first.');
    end if;
    due := case when bill.state <> 'issued' then 0 when new.way = 'insurer' then insurer_due(bill.id)
                else invoice_due(bill.id) end;
    if is_told() then
      if new.source_id is not null then
        -- What is not needed any more stays where it is.
        new.amount := least(new.amount, greatest(due, 0));
      elsif bill.state <> 'issued' then
        -- It was not issued after all: the money is a deposit.
        new.invoice_id := null;
      end if;
    elsif bill.state <> 'issued' then
      perform refuse_money('This invoice is still a draft. Issue it first.');
    elsif new.amount > due then
      select * into last from payment where invoice_id = bill.id and (way = 'insurer') = (new.way = 'insurer')
       order by taken_at desc limit 1;
      perform refuse_money(case
        when due <= 0 and last.id is not null then
          format('%s has been paid already%s.', bill.number, coalesce(': receipt ' || last.receipt_no, ''))
        else format('Of %s only %s is left to pay.', bill.number, in_money(greatest(due, 0), bill.org_id)) end);
    end if;
  end if;
  if new.source_id is not null then
    select * into source from payment where id = new.source_id for no key update;
    if source.org_id <> new.org_id or source.invoice_id = new.invoice_id
       or kept_file(source.patient_id) <> kept_file(new.patient_id) and not is_told() then
      perform refuse_money('This is not a credit of theirs.');
    end if;
    if new.amount > credit_of(source.id) then
      if not is_told() then
        perform refuse_money(format('Of this credit only %s is left.', in_money(credit_of(source.id), new.org_id)));
      end if;
      new.amount := credit_of(source.id);
    end if;
    if kept_file(source.patient_id) <> kept_file(new.patient_id) then
      new.amount := 0;  -- the files were parted meanwhile
    end if;
  end if;
  if new.session_id is not null then
    perform check_drawer(new.session_id, new.org_id, is_told());
  end if;
  select * into earlier from payment where receipt_id = new.receipt_id limit 1;
  new.receipt_no := earlier.receipt_no;
  if (earlier.org_id, earlier.created_by, earlier.created_at)
     is distinct from (new.org_id, current_account(), acting_time()) and earlier.id is not null then
    perform refuse_money('This receipt has been given out already.');
  elsif new.receipt_no is null then
    new.receipt_no := next_number('R', new.id, new.org_id);
  end if;
  return new;
end $$;

create function keep_payment() returns trigger
language plpgsql set search_path = medidesk, pg_temp
as $$
begin
  new.receipt_no := old.receipt_no;
  if pg_trigger_depth() = 1 then
    new.given_back := old.given_back;
  end if;
  return new;
end $$;

-- Credit that paid an invoice which is taken back goes back to the payment that it came from: from there it pays another
-- invoice, or is given back.
create function give_credit_back() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  over numeric := -invoice_due(new.credits_id);
  used payment;
begin
  for used in select * from payment where invoice_id = new.credits_id and way = 'credit' and given_back < amount
               order by taken_at desc, id for no key update loop
    exit when over <= 0;
    update payment set given_back = given_back + least(over, amount - given_back) where id = used.id;
    over := over - (used.amount - used.given_back);
  end loop;
  return null;
end $$;

-- A refund returns what one payment brought, in the way it came. Above the clinic's limit it takes somebody else's word.
create function guard_refund() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  of payment;
  allowed numeric;
begin
  select * into of from payment where id = new.payment_id;
  perform check_amount(new.amount, new.org_id);
  perform from invoice where id = of.invoice_id for no key update;
  perform from payment where id = of.id for no key update;
  if tg_op = 'INSERT' then
    new.number := null;
    if of.org_id <> new.org_id or of.way = 'credit' then
      perform refuse_money('This cannot be given back: it was no money of theirs.');
    elsif new.amount > payment_left(of.id, true) then
      perform refuse_money(format('Of this payment only %s is left to give back.',
                                  in_money(greatest(payment_left(of.id, true), 0), of.org_id)));
    elsif new.state not in ('asked', 'paid') then
      perform refuse_money('A refund is asked for first.');
    end if;
  elsif pg_trigger_depth() = 1 and new.state <> old.state and (old.state, new.state) not in
        (('asked', 'paid'), ('approved', 'paid'), ('asked', 'withdrawn'), ('approved', 'withdrawn')) then
    perform refuse_money('This refund has been decided on already.');
  elsif old.state = 'paid' and (new.session_id, new.paid_at) is distinct from (old.session_id, old.paid_at) then
    perform refuse_money('This refund has been paid out already.');
  else
    new.number := old.number;
  end if;
  if new.state = 'paid' and (tg_op = 'INSERT' or old.state <> 'paid') then
    allowed := coalesce((setting_of('refund_limit', new.org_id))::text::numeric, 0);
    -- Several small ones of one payment are one large one.
    if new.amount + (select coalesce(sum(r.amount), 0) from refund r
                      where r.payment_id = of.id and r.state = 'paid' and r.id <> new.id) > allowed and not exists (
         select from refund_verdict v
          where v.refund_id = new.id and v.verdict = 'approved' and v.created_by is distinct from current_account()) then
      perform refuse_money(format('More than %s is given back with somebody else''s approval.',
                                  in_money(allowed, new.org_id)));
    end if;
    if of.way = 'cash' then
      if new.session_id is null then
        perform refuse_money('Open your drawer first.');
      end if;
      perform check_drawer(new.session_id, new.org_id, false);
      if new.amount > drawer_holds(new.session_id) then
        perform refuse_money(format('There is only %s in this drawer.',
                                    in_money(drawer_holds(new.session_id), new.org_id)));
      end if;
    end if;
    new.paid_at := acting_time();
    new.number := next_number('F', new.id, new.org_id);
  end if;
  return new;
end $$;

create function decide_refund() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  of refund;
begin
  select * into of from refund where id = new.refund_id for no key update;
  if of.org_id <> new.org_id or of.state <> 'asked' then
    perform refuse_money('This refund has been decided on already.');
  elsif of.created_by = current_account() then
    perform refuse_money('Somebody else decides on what you have asked for.');
  end if;
  update refund set state = new.verdict where id = of.id;
  return new;
end $$;

-- A drawer begins with what was counted where it was handed over, and is closed once, by whoever opened it. What was taken
-- at one of which somebody was told that it is open has a place: it follows nobody where another has taken it over meanwhile.
create function guard_drawer() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  before cashier_session;
begin
  perform check_amount(new.opening_float, new.org_id), check_amount(new.counted, new.org_id),
          check_amount(new.expected, new.org_id);
  if tg_op = 'INSERT' then
    if new.closed_at is not null then
      perform refuse_money('A drawer is opened before it is counted.');
    end if;
    new.opened_at := case when is_told() then least(new.opened_at, acting_time()) else acting_time() end;
    -- Everybody opens a drawer of their own.
    new.cashier_id := coalesce(current_account(), new.cashier_id);
    if new.follows_id is not null then
      select * into before from cashier_session where id = new.follows_id for no key update;
      if is_told() and exists (select from cashier_session where follows_id = before.id) then
        new.follows_id := null;
      elsif before.org_id <> new.org_id or before.closed_at is null or before.counted <> new.opening_float then
        perform refuse_money('What was counted at the handover is what this drawer begins with.');
      end if;
    end if;
    if is_told() and exists (select from cashier_session s
                              where (s.org_id, s.cashier_id, s.drawer) = (new.org_id, new.cashier_id, new.drawer)
                                and s.closed_at is null) then
      new.drawer := left(new.drawer, 50) || ' ' || left(new.id::text, 8);
    end if;
  elsif old.closed_at is not null then
    perform refuse_money('This drawer has been counted and closed.');
  elsif new.closed_at is not null and old.cashier_id <> current_account() then
    perform refuse_money('Whoever opened this drawer counts and closes it.');
  elsif new.closed_at is not null then
    new.closed_at := case when is_told() then greatest(old.opened_at, least(new.closed_at, acting_time()))
                          else acting_time() end;
  end if;
  return new;
end $$;

create trigger a_take before insert on payment for each row execute function take_payment();
create trigger a_keep before update on payment for each row execute function keep_payment();
create trigger a_guard before insert or update on refund for each row execute function guard_refund();
create trigger a_decide before insert on refund_verdict for each row execute function decide_refund();
create trigger a_guard before insert or update on cashier_session for each row execute function guard_drawer();
create trigger a_stays before insert or update on payment for each row when (new.deleted_at is not null)
  execute function never_deleted('Money that was taken stays. Give it back instead.');
create trigger a_stays before insert or update on refund for each row when (new.deleted_at is not null)
  execute function never_deleted('A refund stays. Withdraw it instead.');
create trigger a_stays before insert or update on refund_verdict for each row when (new.deleted_at is not null)
  execute function never_deleted('What was decided stays.');
create trigger a_stays before insert or update on cashier_session for each row when (new.deleted_at is not null)
  execute function never_deleted('A drawer that was opened is counted and closed.');
create trigger c_back after insert on invoice for each row when (new.credits_id is not null)
  execute function give_credit_back();
