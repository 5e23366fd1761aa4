-- What a clinic has set (medidesk.models.settings): the nearest up the tree from a branch counts, and the program's
-- default where nobody has set it; null for what has none. Called by other functions, never by people.
create function setting_of(wanted text, org uuid) returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive way as (
    select id, parent_id, 1 as steps from organisation where id = org
    union all
    select o.id, o.parent_id, way.steps + 1 from organisation o join way on way.parent_id = o.id where way.steps < 100
  )
  select coalesce(
    (select s.value from way join setting s on s.org_id = way.id
      where s.name = wanted and s.deleted_at is null order by way.steps limit 1),
    case wanted when 'offline_days' then '30'::jsonb when 'restricted_minutes' then '60'::jsonb
                when 'waiting_minutes' then '30'::jsonb
                when 'refund_limit' then '0'::jsonb end)
$$;
