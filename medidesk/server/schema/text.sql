-- Text as people look for it; a station's replica has a function of the same name (medidesk.models.search).

create function fold(words text) returns text
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp
as $$ select lower(public.unaccent('public.unaccent'::regdictionary, words)) $$;
