-- A price that has begun to hold says what was charged: it is neither changed nor taken away. One of today may still be
-- mended, since it was perhaps mistyped a moment ago.
create function service_prices_stay() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if old.valid_from < (select (now() at time zone o.timezone)::date from organisation o where o.id = old.org_id)
     and (new.amount, new.valid_from, new.deleted_at) is distinct from (old.amount, old.valid_from, old.deleted_at) then
    raise exception using errcode = 'MD005',
      message = 'This price has been in force: it stays. Give a new price from a later day.';
  end if;
  return new;
end $$;

create trigger a_stays before update on service_price for each row execute function service_prices_stay();

-- Prices say an amount, and the branch its currency: another currency would make other prices of them.
create function currency_stays() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if exists (select from service_price where org_id = old.id and deleted_at is null)
     or exists (select from charge where org_id = old.id) then
    raise exception using errcode = 'MD005',
      message = 'This branch has prices in its currency. It keeps that currency.';
  end if;
  return new;
end $$;

create trigger a_currency before update of currency on organisation for each row
  when (new.currency is distinct from old.currency) execute function currency_stays();
