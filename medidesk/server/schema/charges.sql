-- Charges: what a service costs, and what is taken off it. Of what somebody was told, see `is_told` (acting.sql).

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

-- Whether the price list is that of an insurer of this patient on a day; of any they have had, for who could not know.
create function is_their_list(list uuid, file uuid, day date) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive theirs as (
    select kept_file(file) as id union select p.id from patient p join theirs on p.merged_into_id = theirs.id
  )
  select exists (
    select from theirs join insurance_policy y on y.patient_id = theirs.id join insurer i on i.id = y.insurer_id
     where case when is_told() then i.price_list_id = list
                                    or list::text in (select once_said('insurer', i.id, 'price_list_id'))
                else i.price_list_id = list and y.deleted_at is null and i.active
                     and day between coalesce(y.valid_from, day) and coalesce(y.valid_until, day) end)
$$;

-- Whether a service has ever had this price in this branch, by the branch's own or by that list; a price of today may
-- have been mended since.
create function has_cost(wanted uuid, org uuid, list uuid, price numeric) returns boolean
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select exists (
    select from service_price p
     where p.service_id = wanted and p.org_id in (select orgs_above(org))
       and (p.price_list_id is null or p.price_list_id = list)
       and (p.amount = price or price in (select said::numeric from once_said('service_price', p.id, 'amount') said)))
$$;

-- A charge is at the price of its day. A station that was without the server may not have known the newest: then one that
-- has held for this service is taken.
create function price_charge() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  known service;
begin
  new.charged_at := case when is_told() then least(new.charged_at, acting_time()) else acting_time() end;
  select * into known from service where id = new.service_id;
  if new.price_list_id is not null
     and not is_their_list(new.price_list_id, new.patient_id, day_in(new.charged_at, new.org_id)) then
    perform refuse_money('This price list is not of their insurer. Add it again.');
  elsif is_told() then
    if not has_cost(new.service_id, new.org_id, new.price_list_id, new.unit_price)
       or new.tax_percent <> known.tax_percent and new.tax_percent not in (
            select said::numeric from once_said('service', known.id, 'tax_percent') said) then
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
     and is_billed(old.id) then
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
  select * into of from charge where id = new.charge_id for no key update;
  perform check_amount(new.amount, of.org_id);
  if of.org_id <> new.org_id then
    perform refuse_money(format('%s was charged in another branch.', of.text));
  elsif is_billed(of.id) then
    perform refuse_money(format('%s is on an invoice. Credit that first.', of.text));
  elsif tg_op = 'INSERT' and new.amount > round(of.quantity * of.unit_price, coin_of(of.org_id)) then
    perform refuse_money(format('%s costs less than that.', of.text));
  end if;
  return new;
end $$;

create trigger a_price before insert on charge for each row execute function price_charge();
create trigger a_keep before update on charge for each row execute function keep_billed_charge();
create trigger a_stays before insert or update on charge for each row when (new.deleted_at is not null)
  execute function never_deleted('What was charged stays. Withdraw it instead.');
create trigger a_guard before insert or update on discount for each row execute function guard_discount();
