-- Claims: what an insurer is asked to pay of an invoice, and who pays what they do not. What is due stands in money.sql.

-- A claim goes from a draft to the insurer, from their answer to its end, and back only where it is reopened.
create function guard_claim() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  bill invoice;
  number text;
begin
  perform check_amount(new.claimed, new.org_id), check_amount(new.accepted, new.org_id),
          check_amount(new.to_patient, new.org_id), check_amount(new.written_off, new.org_id);
  select * into bill from invoice where id = new.invoice_id for no key update;
  number := coalesce(bill.number, 'This invoice');
  if tg_op = 'INSERT' then
    if bill.org_id <> new.org_id or kept_file(bill.patient_id) <> kept_file(new.patient_id)
       or bill.kind <> 'invoice' or bill.state <> 'issued' then
      perform refuse_money('Only an invoice of theirs that was issued is claimed.');
    elsif new.state not in ('draft', 'submitted') then
      perform refuse_money('A claim is submitted before it is answered.');
    elsif not exists (select from insurance_policy p where p.id = bill.policy_id
                       and p.insurer_id = new.insurer_id and p.policy_no = new.policy_no) then
      perform refuse_money(format('%s is insured otherwise. Look at it again.', number));
    elsif new.state = 'submitted' and new.claimed <> insured_part(bill.id) then
      perform refuse_money(format('%s has changed meanwhile. Look at it again.', number));
    end if;
  elsif new.state <> old.state and (old.state, new.state) not in (
        ('draft', 'submitted'), ('draft', 'withdrawn'), ('submitted', 'answered'), ('submitted', 'withdrawn'),
        ('answered', 'submitted'), ('answered', 'withdrawn'), ('submitted', 'reconciled'),
        ('answered', 'reconciled'), ('reconciled', 'answered'), ('reconciled', 'submitted')) then
    perform refuse_money(format('The claim of %s has come further meanwhile. Look at it again.', number));
  elsif old.state in ('reconciled', 'withdrawn') and new.state = old.state
     and (new.to_patient, new.written_off, new.accepted) is distinct from (old.to_patient, old.written_off, old.accepted)
  then
    perform refuse_money(format('The claim of %s is done with. Reopen it first.', number));
  elsif new.state = 'submitted' and old.state = 'draft' and new.claimed <> insured_part(bill.id) then
    perform refuse_money(format('Of %s something was credited. Withdraw the claim and make it anew.', number));
  elsif new.state = 'withdrawn' and exists (select from payment where invoice_id = bill.id and way = 'insurer'
                                             and payment_left(id, false) > 0) then
    perform refuse_money(format('The insurer has paid something of %s. Reconcile its claim instead.', number));
  end if;
  -- Moments are the server's.
  if new.submitted_at is distinct from old.submitted_at then
    new.submitted_at := acting_time();
  end if;
  if new.answered_at is distinct from old.answered_at and new.accepted is not null then
    new.answered_at := acting_time();
  end if;
  if new.ended_at is distinct from old.ended_at and new.state in ('reconciled', 'withdrawn') then
    new.ended_at := acting_time();
  end if;
  if new.state = 'reconciled' and old.state <> 'reconciled' then
    if insurer_due(bill.id) <> new.to_patient + new.written_off then
      perform refuse_money(format('Of %s the insurer has left %s. Look at it again.', number,
                                  in_money(insurer_due(bill.id), bill.org_id)));
    elsif new.written_off > 0 and not has_any_column_privilege(acting_login(), 'medidesk.discount', 'insert') then
      perform refuse_money('What nobody pays is written off by whoever may give discounts.');
    end if;
  end if;
  return new;
end $$;

create function guard_claim_line() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  of insurance_claim;
  billed invoice_line;
begin
  perform check_amount(new.claimed, new.org_id), check_amount(new.accepted, new.org_id);
  select * into of from insurance_claim where id = new.claim_id for no key update;
  if tg_op = 'INSERT' then
    select * into billed from invoice_line where id = new.invoice_line_id;
    if of.org_id <> new.org_id or billed.invoice_id is distinct from of.invoice_id or billed.doubled
       or new.claimed <> billed.covered - coalesce((select sum(l.covered) from invoice_line l
                                                     where l.credits_line_id = billed.id and l.deleted_at is null), 0) then
      perform refuse_money(format('%s: not what the insurer covers of it.', billed.text));
    end if;
  elsif of.state in ('reconciled', 'withdrawn')
     and (new.accepted, new.refusal) is distinct from (old.accepted, old.refusal) then
    perform refuse_money('This claim is done with. Reopen it first.');
  end if;
  return new;
end $$;

-- A claim that is with the insurer says what its lines add up to, always.
create function claim_adds_up() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  wanted uuid := case tg_table_name when 'insurance_claim' then (to_jsonb(new)->>'id')::uuid
                                    else (to_jsonb(new)->>'claim_id')::uuid end;
begin
  if exists (
    select from insurance_claim c, lateral (select count(*) as lines, sum(l.claimed) as claimed,
                                                   sum(l.accepted) as accepted, count(l.accepted) as answered
                                              from claim_line l where l.claim_id = c.id) s
     where c.id = wanted and c.state not in ('draft', 'withdrawn')
       and ((c.lines, c.claimed) is distinct from (s.lines, s.claimed) or c.accepted is distinct from s.accepted
            or s.answered not in (0, s.lines))) then
    perform refuse_money('The claim does not add up. It stays as it is.');
  end if;
  return null;
end $$;

create trigger a_guard before insert or update on insurance_claim for each row execute function guard_claim();
create trigger a_guard before insert or update on claim_line for each row execute function guard_claim_line();
create trigger a_stays before insert or update on insurance_claim for each row when (new.deleted_at is not null)
  execute function never_deleted('A claim stays. Withdraw it instead.');
create trigger a_stays before insert or update on claim_line for each row when (new.deleted_at is not null)
  execute function never_deleted('A claim stays. Withdraw it instead.');
create constraint trigger b_adds_up after insert or update on insurance_claim deferrable initially deferred
  for each row execute function claim_adds_up();
create constraint trigger b_adds_up after insert or update on claim_line deferrable initially deferred
  for each row execute function claim_adds_up();
