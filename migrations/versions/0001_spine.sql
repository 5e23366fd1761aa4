create function fold(words text) returns text
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp
as $$ select lower(public.unaccent('public.unaccent'::regdictionary, words)) $$
--;
CREATE SEQUENCE audit_seq CACHE 1
--;
CREATE TABLE access_log (
	seq BIGINT GENERATED ALWAYS AS IDENTITY, 
	patient_id UUID NOT NULL, 
	login TEXT DEFAULT session_user NOT NULL, 
	station TEXT, 
	reason TEXT DEFAULT '' NOT NULL, 
	at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT access_log_pkey PRIMARY KEY (seq)
)
--;
CREATE TABLE allergy (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	substance VARCHAR(200) NOT NULL, 
	reaction VARCHAR(200) DEFAULT '' NOT NULL, 
	severity VARCHAR DEFAULT 'unknown' NOT NULL, 
	state VARCHAR DEFAULT 'active' NOT NULL, 
	noted_on DATE, 
	code VARCHAR(40) DEFAULT '' NOT NULL, 
	code_system VARCHAR(200) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT allergy_pkey PRIMARY KEY (id), 
	CONSTRAINT allergy_substance_given_check CHECK (substance <> ''), 
	CONSTRAINT allergy_severity_check CHECK (severity in ('unknown', 'mild', 'moderate', 'severe')), 
	CONSTRAINT allergy_state_check CHECK (state in ('active', 'inactive', 'resolved', 'refuted'))
)
--;
CREATE TABLE applied_operation (
	op_id UUID NOT NULL, 
	payload_sha BYTEA NOT NULL, 
	author TEXT NOT NULL, 
	station_id UUID, 
	verb TEXT NOT NULL, 
	supersedes UUID, 
	epoch INTEGER NOT NULL, 
	xid xid8 DEFAULT pg_current_xact_id() NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE, 
	applied_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	result JSONB, 
	CONSTRAINT applied_operation_pkey PRIMARY KEY (op_id)
)
--;
CREATE TABLE audit_log (
	epoch INTEGER NOT NULL, 
	xid xid8 DEFAULT pg_current_xact_id() NOT NULL, 
	seq BIGINT DEFAULT nextval('audit_seq') NOT NULL, 
	nonce UUID DEFAULT gen_random_uuid() NOT NULL, 
	tbl TEXT NOT NULL, 
	row_id UUID NOT NULL, 
	org_id UUID, 
	action TEXT NOT NULL, 
	changes JSONB NOT NULL, 
	login TEXT DEFAULT session_user NOT NULL, 
	address TEXT DEFAULT host(inet_client_addr()), 
	station TEXT, 
	op_id UUID, 
	at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT audit_log_action_check CHECK (action in ('insert', 'update', 'delete'))
)
 PARTITION BY RANGE (at)
--;
CREATE TABLE condition (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	text VARCHAR(300) NOT NULL, 
	state VARCHAR DEFAULT 'active' NOT NULL, 
	onset_on DATE, 
	ended_on DATE, 
	code VARCHAR(40) DEFAULT '' NOT NULL, 
	code_system VARCHAR(200) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT condition_pkey PRIMARY KEY (id), 
	CONSTRAINT condition_text_given_check CHECK (text <> ''), 
	CONSTRAINT condition_state_check CHECK (state in ('active', 'inactive', 'resolved', 'refuted'))
)
--;
CREATE TABLE department (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT department_pkey PRIMARY KEY (id), 
	CONSTRAINT department_name_given_check CHECK (name <> '')
)
--;
CREATE TABLE held_fact (
	op_id UUID NOT NULL, 
	author TEXT NOT NULL, 
	payload JSONB NOT NULL, 
	sqlstate TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	held_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decided_by TEXT, 
	decision JSONB, 
	CONSTRAINT held_fact_pkey PRIMARY KEY (op_id)
)
--;
CREATE TABLE next_of_kin (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	relation VARCHAR(60) DEFAULT '' NOT NULL, 
	phone VARCHAR(40) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT next_of_kin_pkey PRIMARY KEY (id), 
	CONSTRAINT next_of_kin_name_given_check CHECK (name <> '')
)
--;
CREATE TABLE number_series (
	name TEXT NOT NULL, 
	last BIGINT NOT NULL, 
	CONSTRAINT number_series_pkey PRIMARY KEY (name)
)
--;
CREATE TABLE organisation (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	parent_id UUID, 
	kind VARCHAR NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	timezone VARCHAR(60) DEFAULT 'UTC' NOT NULL, 
	currency VARCHAR(3) DEFAULT 'EUR' NOT NULL, 
	country VARCHAR(2) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT organisation_pkey PRIMARY KEY (id), 
	CONSTRAINT organisation_name_given_check CHECK (name <> ''), 
	CONSTRAINT organisation_not_its_own_parent_check CHECK (parent_id is distinct from id), 
	CONSTRAINT organisation_currency_iso4217_check CHECK (currency ~ '^[A-Z]{3}$'), 
	CONSTRAINT organisation_kind_check CHECK (kind in ('network', 'hospital', 'clinic', 'branch'))
)
--;
CREATE TABLE patient (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	file_no VARCHAR(20), 
	provisional_no VARCHAR(20), 
	family_name VARCHAR(100) NOT NULL, 
	given_name VARCHAR(100) DEFAULT '' NOT NULL, 
	sex VARCHAR DEFAULT 'unknown' NOT NULL, 
	born_on DATE, 
	born_estimated BOOLEAN DEFAULT false NOT NULL, 
	died_on DATE, 
	phone VARCHAR(40) DEFAULT '' NOT NULL, 
	phone_other VARCHAR(40) DEFAULT '' NOT NULL, 
	email VARCHAR(254) DEFAULT '' NOT NULL, 
	address VARCHAR(200) DEFAULT '' NOT NULL, 
	postal_code VARCHAR(20) DEFAULT '' NOT NULL, 
	city VARCHAR(100) DEFAULT '' NOT NULL, 
	country VARCHAR(2) DEFAULT '' NOT NULL, 
	blood_group VARCHAR DEFAULT '' NOT NULL, 
	language VARCHAR(35) DEFAULT '' NOT NULL, 
	desk_note VARCHAR(500) DEFAULT '' NOT NULL, 
	has_allergy BOOLEAN DEFAULT false NOT NULL, 
	merged_into_id UUID, 
	restricted BOOLEAN DEFAULT false NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT patient_pkey PRIMARY KEY (id), 
	CONSTRAINT patient_name_given_check CHECK (family_name <> '' or given_name <> ''), 
	CONSTRAINT patient_born_before_death_check CHECK (born_on <= died_on), 
	CONSTRAINT patient_born_in_living_memory_check CHECK (born_on >= '1850-01-01'), 
	CONSTRAINT patient_not_merged_into_itself_check CHECK (merged_into_id is distinct from id), 
	CONSTRAINT patient_file_no_key UNIQUE (file_no), 
	CONSTRAINT patient_sex_check CHECK (sex in ('female', 'male', 'other', 'unknown')), 
	CONSTRAINT patient_blood_group_check CHECK (blood_group in ('', 'A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-'))
)
--;
CREATE TABLE patient_alert (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	text VARCHAR(200) NOT NULL, 
	ends_on DATE, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT patient_alert_pkey PRIMARY KEY (id), 
	CONSTRAINT patient_alert_text_given_check CHECK (text <> '')
)
--;
CREATE TABLE patient_identifier (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	kind VARCHAR NOT NULL, 
	system VARCHAR(200) DEFAULT '' NOT NULL, 
	value VARCHAR(100) NOT NULL, 
	disputed BOOLEAN DEFAULT false NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT patient_identifier_pkey PRIMARY KEY (id), 
	CONSTRAINT patient_identifier_value_given_check CHECK (value <> ''), 
	CONSTRAINT patient_identifier_kind_check CHECK (kind in ('national_id', 'passport', 'driving_licence', 'insurance', 'provisional', 'foreign'))
)
--;
CREATE TABLE patient_merge (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	kept_id UUID NOT NULL, 
	merged_id UUID NOT NULL, 
	state VARCHAR NOT NULL, 
	reason VARCHAR(200) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT patient_merge_pkey PRIMARY KEY (id), 
	CONSTRAINT patient_merge_two_files_check CHECK (kept_id <> merged_id), 
	CONSTRAINT patient_merge_state_check CHECK (state in ('proposed', 'merged', 'undone', 'dismissed'))
)
--;
CREATE TABLE patient_photo (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	patient_id UUID NOT NULL, 
	media_type VARCHAR(40) NOT NULL, 
	content BYTEA NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT patient_photo_pkey PRIMARY KEY (id), 
	CONSTRAINT patient_photo_media_type_known_check CHECK (media_type in ('image/jpeg', 'image/png')), 
	CONSTRAINT patient_photo_content_size_check CHECK (octet_length(content) <= 524288)
)
--;
CREATE TABLE role (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	label VARCHAR(80) NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT role_pkey PRIMARY KEY (id), 
	CONSTRAINT role_name_key UNIQUE (name)
)
--;
CREATE TABLE server_identity (
	single BOOLEAN DEFAULT true NOT NULL, 
	server_id UUID DEFAULT gen_random_uuid() NOT NULL, 
	epoch INTEGER DEFAULT '1' NOT NULL, 
	system_identifier BIGINT NOT NULL, 
	schema_version INTEGER NOT NULL, 
	oldest_client INTEGER NOT NULL, 
	sending_paused BOOLEAN DEFAULT false NOT NULL, 
	CONSTRAINT server_identity_pkey PRIMARY KEY (single), 
	CONSTRAINT server_identity_one_row_check CHECK (single)
)
--;
CREATE TABLE specialisation (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT specialisation_pkey PRIMARY KEY (id), 
	CONSTRAINT specialisation_name_given_check CHECK (name <> '')
)
--;
CREATE TABLE staff (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	kind VARCHAR NOT NULL, 
	title VARCHAR(20) DEFAULT '' NOT NULL, 
	family_name VARCHAR(100) NOT NULL, 
	given_name VARCHAR(100) DEFAULT '' NOT NULL, 
	registration_no VARCHAR(40) DEFAULT '' NOT NULL, 
	specialisation_id UUID, 
	department_id UUID, 
	phone VARCHAR(40) DEFAULT '' NOT NULL, 
	email VARCHAR(254) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT staff_pkey PRIMARY KEY (id), 
	CONSTRAINT staff_family_name_given_check CHECK (family_name <> ''), 
	CONSTRAINT staff_kind_check CHECK (kind in ('doctor', 'nurse', 'pharmacist', 'reception', 'cashier', 'technician', 'manager', 'driver', 'other'))
)
--;
CREATE TABLE station (
	id UUID NOT NULL, 
	name TEXT NOT NULL, 
	code TEXT NOT NULL, 
	sealed_key BYTEA, 
	joined_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	last_login TEXT DEFAULT session_user NOT NULL, 
	client_version TEXT DEFAULT '' NOT NULL, 
	waiting INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT station_pkey PRIMARY KEY (id), 
	CONSTRAINT station_code_key UNIQUE (code)
)
--;
CREATE TABLE user_account (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	login VARCHAR(63) NOT NULL, 
	staff_id UUID NOT NULL, 
	state VARCHAR DEFAULT 'requested' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT user_account_pkey PRIMARY KEY (id), 
	CONSTRAINT user_account_login_plain_check CHECK (login ~ '^[a-z][a-z0-9_.-]{1,62}$'), 
	CONSTRAINT user_account_login_key UNIQUE (login), 
	CONSTRAINT user_account_state_check CHECK (state in ('requested', 'approved', 'suspended'))
)
--;
CREATE TABLE user_role (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	user_account_id UUID NOT NULL, 
	role VARCHAR(40) NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT user_role_pkey PRIMARY KEY (id)
)
--;
CREATE INDEX access_log_by_patient ON access_log (patient_id, at)
--;
ALTER TABLE allergy ADD CONSTRAINT allergy_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE allergy ADD CONSTRAINT allergy_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
CREATE INDEX allergy_org_id_idx ON allergy (org_id)
--;
CREATE INDEX allergy_patient_id_idx ON allergy (patient_id)
--;
CREATE INDEX audit_log_by_row ON audit_log (row_id, seq)
--;
CREATE INDEX audit_log_feed ON audit_log (xid, seq) INCLUDE (tbl, row_id, epoch)
--;
ALTER TABLE condition ADD CONSTRAINT condition_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE condition ADD CONSTRAINT condition_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
CREATE INDEX condition_org_id_idx ON condition (org_id)
--;
CREATE INDEX condition_patient_id_idx ON condition (patient_id)
--;
ALTER TABLE department ADD CONSTRAINT department_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE UNIQUE INDEX department_name_key ON department (org_id, name) WHERE deleted_at is null
--;
CREATE INDEX department_org_id_idx ON department (org_id)
--;
ALTER TABLE next_of_kin ADD CONSTRAINT next_of_kin_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE next_of_kin ADD CONSTRAINT next_of_kin_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
CREATE INDEX next_of_kin_org_id_idx ON next_of_kin (org_id)
--;
CREATE INDEX next_of_kin_patient_id_idx ON next_of_kin (patient_id)
--;
ALTER TABLE organisation ADD CONSTRAINT organisation_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE organisation ADD CONSTRAINT organisation_parent_id_fkey FOREIGN KEY(parent_id) REFERENCES organisation (id)
--;
CREATE INDEX organisation_org_id_idx ON organisation (org_id)
--;
CREATE INDEX organisation_parent_id_idx ON organisation (parent_id)
--;
ALTER TABLE patient ADD CONSTRAINT patient_merged_into_id_fkey FOREIGN KEY(merged_into_id) REFERENCES patient (id)
--;
ALTER TABLE patient ADD CONSTRAINT patient_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE INDEX patient_by_birth ON patient (born_on)
--;
CREATE INDEX patient_by_name ON patient (fold(family_name), fold(given_name), id)
--;
CREATE INDEX patient_by_phone ON patient (phone)
--;
CREATE INDEX patient_merged_into_id_idx ON patient (merged_into_id)
--;
CREATE INDEX patient_org_id_idx ON patient (org_id)
--;
ALTER TABLE patient_alert ADD CONSTRAINT patient_alert_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE patient_alert ADD CONSTRAINT patient_alert_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
CREATE INDEX patient_alert_org_id_idx ON patient_alert (org_id)
--;
CREATE INDEX patient_alert_patient_id_idx ON patient_alert (patient_id)
--;
ALTER TABLE patient_identifier ADD CONSTRAINT patient_identifier_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE patient_identifier ADD CONSTRAINT patient_identifier_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
CREATE UNIQUE INDEX patient_identifier_names_one ON patient_identifier (kind, system, value) WHERE deleted_at is null and not disputed
--;
CREATE INDEX patient_identifier_org_id_idx ON patient_identifier (org_id)
--;
CREATE INDEX patient_identifier_patient_id_idx ON patient_identifier (patient_id)
--;
ALTER TABLE patient_merge ADD CONSTRAINT patient_merge_kept_id_fkey FOREIGN KEY(kept_id) REFERENCES patient (id)
--;
ALTER TABLE patient_merge ADD CONSTRAINT patient_merge_merged_id_fkey FOREIGN KEY(merged_id) REFERENCES patient (id)
--;
ALTER TABLE patient_merge ADD CONSTRAINT patient_merge_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE INDEX patient_merge_kept_id_idx ON patient_merge (kept_id)
--;
CREATE INDEX patient_merge_merged_id_idx ON patient_merge (merged_id)
--;
CREATE UNIQUE INDEX patient_merge_once ON patient_merge (merged_id) WHERE state = 'merged'
--;
CREATE INDEX patient_merge_org_id_idx ON patient_merge (org_id)
--;
ALTER TABLE patient_photo ADD CONSTRAINT patient_photo_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE patient_photo ADD CONSTRAINT patient_photo_patient_id_fkey FOREIGN KEY(patient_id) REFERENCES patient (id)
--;
CREATE UNIQUE INDEX patient_photo_one_each ON patient_photo (patient_id) WHERE deleted_at is null
--;
CREATE INDEX patient_photo_org_id_idx ON patient_photo (org_id)
--;
CREATE INDEX patient_photo_patient_id_idx ON patient_photo (patient_id)
--;
ALTER TABLE role ADD CONSTRAINT role_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE INDEX role_org_id_idx ON role (org_id)
--;
ALTER TABLE specialisation ADD CONSTRAINT specialisation_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE UNIQUE INDEX specialisation_name_key ON specialisation (org_id, name) WHERE deleted_at is null
--;
CREATE INDEX specialisation_org_id_idx ON specialisation (org_id)
--;
ALTER TABLE staff ADD CONSTRAINT staff_department_id_fkey FOREIGN KEY(department_id) REFERENCES department (id)
--;
ALTER TABLE staff ADD CONSTRAINT staff_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE staff ADD CONSTRAINT staff_specialisation_id_fkey FOREIGN KEY(specialisation_id) REFERENCES specialisation (id)
--;
CREATE INDEX staff_org_id_idx ON staff (org_id)
--;
ALTER TABLE user_account ADD CONSTRAINT user_account_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE user_account ADD CONSTRAINT user_account_staff_id_fkey FOREIGN KEY(staff_id) REFERENCES staff (id)
--;
CREATE INDEX user_account_org_id_idx ON user_account (org_id)
--;
CREATE INDEX user_account_staff_id_idx ON user_account (staff_id)
--;
ALTER TABLE user_role ADD CONSTRAINT user_role_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
ALTER TABLE user_role ADD CONSTRAINT user_role_role_fkey FOREIGN KEY(role) REFERENCES role (name)
--;
ALTER TABLE user_role ADD CONSTRAINT user_role_user_account_id_fkey FOREIGN KEY(user_account_id) REFERENCES user_account (id)
--;
CREATE UNIQUE INDEX user_role_held_once ON user_role (user_account_id, role, org_id) WHERE deleted_at is null
--;
CREATE INDEX user_role_org_id_idx ON user_role (org_id)
--;
CREATE INDEX user_role_user_account_id_idx ON user_role (user_account_id)
--;
create table audit_log_default partition of audit_log default
--;
create function is_synchronised(tbl text) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$ select tbl in ('organisation', 'department', 'specialisation', 'staff', 'role', 'user_account', 'user_role', 'patient', 'next_of_kin', 'patient_alert', 'patient_identifier', 'patient_merge', 'patient_photo', 'allergy', 'condition') $$
--;
create function running_system_identifier() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select system_identifier from pg_control_system() $$
--;
create function current_epoch() returns integer
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
declare
  identity record;
begin
  select epoch, system_identifier into strict identity from server_identity;
  if identity.system_identifier <> running_system_identifier() then
    raise exception using errcode = 'MD010',
      message = 'this database was restored into another server; an administrator must open a new epoch';
  end if;
  return identity.epoch;
end $$
--;
create function current_account() returns uuid
language sql stable security definer set search_path = medidesk, pg_temp
as $$ select id from user_account where login = session_user and state = 'approved' and deleted_at is null $$
--;
create function my_orgs(wanted text) returns uuid[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive held as (
    select r.org_id as id
      from user_role r join user_account a on a.id = r.user_account_id
     where a.login = session_user and a.state = 'approved' and r.role = wanted
       and r.deleted_at is null and a.deleted_at is null
    union
    select o.id from organisation o join held on o.parent_id = held.id
  )
  select coalesce(array_agg(id), '{}') from held
$$
--;
create function my_network(wanted text) returns uuid[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  with recursive up as (
    select o.id, o.parent_id
      from user_role r join user_account a on a.id = r.user_account_id join organisation o on o.id = r.org_id
     where a.login = session_user and a.state = 'approved' and r.role = wanted
       and r.deleted_at is null and a.deleted_at is null
    union
    select o.id, o.parent_id from organisation o join up on up.parent_id = o.id
  ), network as (
    select id from up where parent_id is null
    union
    select o.id from organisation o join network on o.parent_id = network.id
  )
  select coalesce(array_agg(id), '{}') from network
$$
--;
create function visibility_digest() returns text
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select md5(concat_ws('|',
    (select string_agg(m.roleid || ':' || m.xmin::text, ',' order by m.roleid, m.xmin::text)
       from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = session_user),
    (select string_agg(r.role || '@' || r.org_id, ',' order by r.role, r.org_id)
       from user_role r join user_account a on a.id = r.user_account_id
      where a.login = session_user and a.state = 'approved' and r.deleted_at is null),
    (select string_agg(id || '<' || coalesce(parent_id::text, ''), ',' order by id) from organisation),
    (select string_agg(relname || coalesce(relacl::text, ''), ',' order by relname)
       from pg_class where relnamespace = 'medidesk'::regnamespace and relkind in ('r', 'p'))
  ))
$$
--;
create function hello() returns jsonb
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select jsonb_build_object(
    'server_id', s.server_id, 'epoch', current_epoch(), 'schema_version', s.schema_version,
    'oldest_client', s.oldest_client, 'sending_paused', s.sending_paused,
    'timeline', ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int,
    'now', clock_timestamp(), 'account', current_account(), 'login', session_user)
  from server_identity s
$$
--;
create function my_scram_parameters() returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'iterations', split_part(split_part(rolpassword, '$', 2), ':', 1)::int,
    'salt', split_part(split_part(rolpassword, '$', 2), ':', 2))
  from pg_authid where rolname = session_user and rolpassword like 'SCRAM-SHA-256$%'
$$
--;
create function join_station(station_id uuid, station_name text, wanted_code text, sealed bytea, client text)
returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  found station;
begin
  if current_account() is null then
    raise exception using errcode = '42501', message = 'only an approved account can join a station';
  end if;
  if wanted_code !~ '^[0-9A-Z]{3,8}$' or octet_length(sealed) > 256 then
    raise exception using errcode = '22023', message = 'this is no station''s code, or no key of one';
  end if;
  loop
    begin
      insert into station (id, name, code, sealed_key, client_version)
      values (station_id, left(station_name, 80), wanted_code, sealed, left(client, 40))
      on conflict (id) do update
         set name = excluded.name, last_seen_at = clock_timestamp(), last_login = session_user,
             client_version = excluded.client_version,
             sealed_key = coalesce(station.sealed_key, excluded.sealed_key)
      returning * into found;
      exit;
    exception when unique_violation then
      -- Another PC has this code, and their provisional numbers must differ: one that is free, of the same letters.
      wanted_code := (select string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + floor(random() * 32)::int, 1), '')
                        from generate_series(1, 3));
    end;
  end loop;
  return jsonb_build_object('code', found.code, 'sealed_key', encode(found.sealed_key, 'base64'));
end $$
--;
create function log_access(patient uuid, station_name text, why text) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into access_log (patient_id, station, reason)
  select p.id, left(station_name, 80), left(why, 400) from patient p
   where p.id = log_access.patient and current_account() is not null
$$
--;
create function stamp_row() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    new.version := 1;
    new.created_at := now();
    new.created_by := current_account();
    new.updated_at := new.created_at;
    new.updated_by := new.created_by;
  else
    new.id := old.id;
    new.version := old.version + 1;
    new.created_at := old.created_at;
    new.created_by := old.created_by;
    new.updated_at := now();
    new.updated_by := current_account();
  end if;
  return new;
end $$
--;
create function current_operation() returns uuid
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select op_id from applied_operation
   where op_id = nullif(current_setting('medidesk.operation', true), '')::uuid and xid = pg_current_xact_id()
$$
--;
create function audit_insert() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id)
  select current_epoch(), tg_table_name, n.id, n.org_id, 'insert',
         jsonb_strip_nulls(to_jsonb(n) - coalesce(tg_argv, '{}') - '{version,created_at,created_by,updated_at,updated_by}'::text[]),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation())
    from new_rows n order by n.id;
  perform pg_notify('medidesk', '');
  return null;
end $$
--;
create function audit_update() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id)
  select current_epoch(), tg_table_name, n.id, n.org_id, 'update',
         (select coalesce(jsonb_object_agg(k.key,
                   case when k.key = any(coalesce(tg_argv, '{}')) then '"changed"'::jsonb
                        else jsonb_build_array(to_jsonb(o) -> k.key, k.value) end), '{}')
            from jsonb_each(to_jsonb(n)) k
           where k.value is distinct from to_jsonb(o) -> k.key
             and k.key not in ('version', 'updated_at', 'updated_by')),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation())
    from new_rows n join old_rows o on o.id = n.id order by n.id;
  perform pg_notify('medidesk', '');
  return null;
end $$
--;
create function audit_delete() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into audit_log (epoch, tbl, row_id, org_id, action, changes, station, op_id)
  select current_epoch(), tg_table_name, o.id, o.org_id, 'delete', to_jsonb(o) - coalesce(tg_argv, '{}'),
         left(nullif(current_setting('medidesk.station', true), ''), 80),
         (select current_operation())
    from old_rows o order by o.id;
  perform pg_notify('medidesk', '');
  return null;
end $$
--;
create function refuse_truncate() returns trigger
language plpgsql set search_path = medidesk, pg_temp
as $$
begin
  raise exception using errcode = '42501', message = format('%s is never truncated', tg_table_name);
end $$
--;
create function feed_since(last pg_snapshot)
returns table (tbl text, row_id uuid, xid xid8)
language plpgsql stable security definer
set search_path = medidesk, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
  lo xid8 := pg_snapshot_xmin(last);
  readable text[] := (
    select array_agg(c.relname::text) from pg_class c
     where c.relnamespace = 'medidesk'::regnamespace and c.relkind in ('r', 'p')
       and has_table_privilege(session_user, c.oid, 'select'));
begin
  return query
    select a.tbl, a.row_id, max(a.xid)
      from audit_log a
     where a.epoch = current_epoch() and a.xid >= lo and not pg_visible_in_snapshot(a.xid, last)
       and a.tbl = any(readable)
     group by a.tbl, a.row_id;
end $$
--;
create function pull_head()
returns table (digest text, snapshot text, epoch integer, greatest_xid text)
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select visibility_digest(), pg_current_snapshot()::text, current_epoch(),
         (select a.xid::text from audit_log a order by a.xid desc limit 1)
$$
--;
create function op_begin(op jsonb) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  sha bytea := sha256(convert_to(op::text, 'UTF8'));
  known applied_operation;
begin
  if op->>'author' is distinct from session_user then
    raise exception using errcode = 'MD004', message = 'an operation is sent by its author';
  end if;
  if (select sending_paused from server_identity) then
    raise exception using errcode = 'MD011', message = 'sending is paused';
  end if;
  insert into applied_operation (op_id, payload_sha, author, station_id, verb, supersedes, epoch, made_at)
  values ((op->>'id')::uuid, sha, session_user, (op->>'station')::uuid, op->>'verb',
          (op->>'supersedes')::uuid, current_epoch(), (op->>'made_at')::timestamptz)
  on conflict do nothing;
  if found then
    return null;
  end if;
  select * into strict known from applied_operation where op_id = (op->>'id')::uuid;
  if known.author <> session_user or known.payload_sha <> sha then
    raise exception using errcode = 'MD004', message = 'this operation id belongs to something else';
  end if;
  return known.result || '{"repeated": true}';
end $$
--;
create function op_end(op uuid, answer jsonb) returns jsonb
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  whole jsonb;
begin
  -- Only the transaction that began the operation may end it, and only once.
  update applied_operation
     set result = answer || jsonb_build_object('op_id', op, 'epoch', epoch, 'xid', xid::text,
           'history', (select max(seq) from audit_log where audit_log.xid = pg_current_xact_id()))
   where op_id = op and author = session_user and xid = pg_current_xact_id() and result is null
  returning result into strict whole;
  return whole;
end $$
--;
create function op_left(op uuid, tbl text, row_id uuid) returns integer
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select (r->>'version')::int
    from applied_operation a, jsonb_array_elements(a.result->'rows') r
   where a.op_id = op and r->>'table' = tbl and (r->>'id')::uuid = row_id
$$
--;
create function changed_by_others(wanted_tbl text, wanted_row uuid, updates integer, station uuid) returns text[]
language sql stable security definer set search_path = medidesk, pg_temp
as $$
  select coalesce(array_agg(distinct key order by key), '{}')
    from (select a.changes, a.op_id from audit_log a
           where a.row_id = wanted_row and a.tbl = wanted_tbl and a.action = 'update'
             and has_table_privilege(session_user, ('medidesk.' || quote_ident(wanted_tbl))::regclass, 'select')
           order by a.seq desc limit greatest(updates, 0)) latest
         left join applied_operation o on o.op_id = latest.op_id,
         jsonb_object_keys(latest.changes) key
   where o.station_id is distinct from station
$$
--;
create function lock_rows(wanted jsonb) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  r record;
begin
  for r in
    select w->>'table' as tbl, (w->>'id')::uuid as id, bool_or((w->>'write')::boolean) as writes
      from jsonb_array_elements(wanted) w group by 1, 2 order by 1, 2
  loop
    if is_synchronised(r.tbl) is not true
       or not has_table_privilege(session_user, 'medidesk.' || quote_ident(r.tbl), 'select') then
      raise exception using errcode = '42501', message = 'not a table that operations may touch';
    end if;
    execute format('select 1 from %I where id = $1 for %s', r.tbl,
                   case when r.writes then 'no key update' else 'share' end) using r.id;
  end loop;
end $$
--;
create function hold_fact(op jsonb, state text, why text) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  -- Only what this very transaction is applying can be held, and only as it was sent.
  insert into held_fact (op_id, author, payload, sqlstate, reason)
  select op_id, session_user, op, state, why from applied_operation
   where op_id = (op->>'id')::uuid and author = session_user and xid = pg_current_xact_id() and result is null
     and payload_sha = sha256(convert_to(op::text, 'UTF8')) and op->>'kind' = 'fact'
$$
--;
create function seen_row(tbl text, row_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = medidesk, pg_temp
as $$
declare
  found_row jsonb;
begin
  execute format('select to_jsonb(t) from %I t where id = $1', tbl) into found_row using row_id;
  return found_row;
end $$
--;
create function seen_rows(wanted jsonb) returns jsonb
language sql stable security invoker set search_path = medidesk, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('table', x.value->>'table', 'id', x.value->>'id',
                            'row', seen.row, 'version', seen.row->'version') order by x.ordinality), '[]')
    from jsonb_array_elements(wanted) with ordinality x,
         lateral (select seen_row(x.value->>'table', (x.value->>'id')::uuid) as row) seen
$$
--;
create function canonical(tbl text, fields jsonb) returns jsonb
language plpgsql stable security invoker set search_path = medidesk, pg_temp
as $$
declare
  whole jsonb;
begin
  execute format('select to_jsonb(jsonb_populate_record(null::%I, $1))', tbl) into whole using fields;
  return (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(whole) where fields ? key);
end $$
--;
create function apply_insert(w jsonb) returns void
language plpgsql security invoker set search_path = medidesk, pg_temp
as $$
declare
  columns text := (select string_agg(quote_ident(key), ', ' order by key) from jsonb_object_keys(w->'values') key);
begin
  execute format('insert into %1$I (%2$s) select %2$s from jsonb_populate_record(null::%1$I, $1)',
                 w->>'table', columns) using w->'values';
end $$
--;
create function apply_update(w jsonb, station uuid) returns text[]
language plpgsql security invoker set search_path = medidesk, pg_temp
as $$
declare
  tbl text := w->>'table';
  current jsonb := seen_row(tbl, (w->>'id')::uuid);
  base jsonb := canonical(tbl, w->'base');
  mine jsonb := canonical(tbl, w->'values');
  known integer := coalesce(op_left((w->>'left_by')::uuid, tbl, (w->>'id')::uuid), (w->>'version')::int);
  theirs text[] := changed_by_others(tbl, (w->>'id')::uuid, (current->>'version')::int - known, station);
  clashes jsonb;
  columns text;
  touched bigint;
begin
  if current is null then
    raise exception using errcode = 'MD003', message = 'the row is gone or out of sight',
      detail = jsonb_build_object('table', tbl, 'id', w->>'id')::text;
  end if;
  -- `base` holds whole groups of fields that belong together: one that moved is a clash for its group,
  -- unless both sides wrote the very same.
  select jsonb_object_agg(key, jsonb_build_object(
           'base', base->key, 'theirs', current->key, 'mine', coalesce(mine->key, base->key)))
    into clashes
    from jsonb_object_keys(base) key
   where current->key is distinct from base->key and current->key is distinct from coalesce(mine->key, base->key);
  if clashes is not null then
    raise exception using errcode = 'MD001', message = 'changed by someone else meanwhile',
      detail = jsonb_build_object('table', tbl, 'id', w->>'id', 'fields', clashes, 'version', current->'version',
                                  'by', current->'updated_by', 'at', current->'updated_at')::text;
  end if;
  select string_agg(quote_ident(key), ', ' order by key) into columns from jsonb_object_keys(mine) key;
  execute format('update %1$I set (%2$s) = (select %3$s from jsonb_populate_record(null::%1$I, $1) n) where id = $2',
                 tbl, columns, (select string_agg('n.' || quote_ident(key), ', ' order by key)
                                  from jsonb_object_keys(mine) key))
    using mine, (w->>'id')::uuid;
  get diagnostics touched = row_count;
  if touched <> 1 then
    raise exception using errcode = '42501', message = format('may not change this row of %s', tbl);
  end if;
  return array(select name from unnest(theirs) name where not mine ? name);
end $$
--;
create function moved_rows(op jsonb) returns jsonb
language plpgsql stable security invoker set search_path = medidesk, pg_temp
as $$
declare
  r jsonb;
  current jsonb;
  moved jsonb := '[]';
  known integer;
begin
  for r in select * from jsonb_array_elements(coalesce(op->'relied', '[]')) loop
    current := seen_row(r->>'table', (r->>'id')::uuid);
    known := coalesce((r->>'version')::int, op_left((r->>'left_by')::uuid, r->>'table', (r->>'id')::uuid));
    if current is null or known is null or (current->>'version')::int < known
       or changed_by_others(r->>'table', (r->>'id')::uuid, (current->>'version')::int - known,
                            (op->>'station')::uuid) <> '{}' then
      moved := moved || jsonb_build_object('table', r->>'table', 'id', r->>'id', 'gone', current is null,
                          'version', current->'version', 'by', current->'updated_by', 'at', current->'updated_at');
    end if;
  end loop;
  return moved;
end $$
--;
create function apply_writes(op jsonb) returns jsonb
language plpgsql security invoker set search_path = medidesk, pg_temp
as $$
declare
  w jsonb;
  moved jsonb;
  merged text[] := '{}';
begin
  perform lock_rows((
    select coalesce(jsonb_agg(jsonb_build_object('table', x->>'table', 'id', x->>'id', 'write', x ? 'values')), '[]')
      from (select jsonb_array_elements(op->'writes') x
            union all select jsonb_array_elements(coalesce(op->'relied', '[]'))) touched
     where x->>'op' is distinct from 'insert' and seen_row(x->>'table', (x->>'id')::uuid) is not null));
  moved := moved_rows(op);
  if moved <> '[]' and op->>'kind' = 'claim' then
    raise exception using errcode = 'MD002', message = 'a row it relied on has moved', detail = moved::text;
  end if;
  for w in select * from jsonb_array_elements(op->'writes') loop
    if w->>'op' = 'insert' then
      perform apply_insert(w);
    else
      merged := merged || apply_update(w, (op->>'station')::uuid);
    end if;
  end loop;
  set constraints all immediate;
  return jsonb_build_object('status', 'applied', 'rows', seen_rows(op->'writes'), 'moved', moved,
                            'merged', to_jsonb(merged));
end $$
--;
create function apply_operation(op jsonb, told boolean) returns jsonb
language plpgsql security invoker set search_path = medidesk, pg_temp
as $$
declare
  answer jsonb := op_begin(op);
  state text;
  why text;
begin
  perform set_config('medidesk.operation', op->>'id', true),
          set_config('medidesk.station', op->>'station_name', true),
          set_config('medidesk.told', told::text, true);
  if answer is not null then
    -- Applied before, and the answer was lost. Since then its author may have been told "saved on this PC", and
    -- the rows may have moved on, or out of sight.
    if told and not (answer->>'told')::boolean then
      perform keep_told_numbers(op);
    end if;
    return answer || jsonb_build_object('rows', seen_rows(answer->'rows'));
  end if;
  if op->>'kind' = 'fact' and told then
    begin
      answer := apply_writes(op);
    exception
      when integrity_constraint_violation or insufficient_privilege or data_exception
           or sqlstate 'MD001' or sqlstate 'MD003' or sqlstate 'MD005' then
        get stacked diagnostics state = returned_sqlstate, why = message_text;
        perform hold_fact(op, state, why);
        answer := jsonb_build_object('status', 'held', 'rows', '[]'::jsonb, 'sqlstate', state, 'reason', why);
    end;
  else
    answer := apply_writes(op);
  end if;
  return op_end((op->>'id')::uuid, answer || jsonb_build_object('told', told));
end $$
--;
create function check_administers(org uuid) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  if not (org = any(my_orgs('administrator')) or (select rolsuper from pg_roles where rolname = session_user)) then
    raise exception using errcode = '42501', message = 'an administrator of this branch must do this';
  end if;
end $$
--;
create function check_administers_account(account uuid) returns void
language plpgsql stable security definer set search_path = medidesk, pg_temp
as $$
begin
  perform check_administers(org_id) from user_account where id = account
  union all
  select check_administers(org_id) from user_role where user_account_id = account and deleted_at is null;
end $$
--;
create function approve_account(wanted_login text, verifier text, staff uuid, wanted_role text, org uuid)
returns uuid
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid;
begin
  perform check_administers(org);
  if verifier !~ '^SCRAM-SHA-256\$\d+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' then
    raise exception using errcode = 'MD005', message = 'a password is sent as a SCRAM verifier only';
  end if;
  if not exists (select from role where name = wanted_role) then
    raise exception using errcode = 'MD005', message = format('there is no role %s', wanted_role);
  end if;
  if wanted_login !~ '^[a-z][a-z0-9_.-]{1,62}$' or wanted_login like 'medidesk\_%' or wanted_login like 'pg\_%' then
    raise exception using errcode = 'MD005',
      message = 'a user name has lower-case letters, digits, dot, dash and underscore';
  end if;
  select id into account from user_account where login = wanted_login;
  if account is null then
    if verifier is null then
      raise exception using errcode = 'MD005', message = 'a new account needs a password';
    end if;
    if exists (select from pg_roles where rolname = wanted_login) then
      raise exception using errcode = 'MD005', message = format('the name %s is taken on this server', wanted_login);
    end if;
    execute format('create role %I login nosuperuser nocreatedb nocreaterole noreplication inherit password %L',
                   wanted_login, verifier);
    execute format('grant connect on database %I to %I', current_database(), wanted_login);
    account := gen_random_uuid();
    insert into user_account (id, org_id, login, staff_id, state)
    values (account, org, wanted_login, staff, 'approved');
  else
    perform check_administers_account(account);
    execute format('alter role %I login', wanted_login);
    if verifier is not null then
      execute format('alter role %I password %L', wanted_login, verifier);
    end if;
    update user_account set state = 'approved' where id = account and state <> 'approved';
  end if;
  execute format('grant %I to %I', 'medidesk_' || wanted_role, wanted_login);
  insert into user_role (id, org_id, user_account_id, role) values (gen_random_uuid(), org, account, wanted_role)
  on conflict do nothing;
  return account;
end $$
--;
create function suspend_account(wanted_login text) returns void
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  account uuid;
begin
  select id into account from user_account where login = wanted_login;
  if not found then
    raise exception using errcode = 'MD005', message = format('there is no account %s', wanted_login);
  end if;
  perform check_administers_account(account);
  update user_account set state = 'suspended' where login = wanted_login;
  execute format('alter role %I nologin', wanted_login);
  perform pg_terminate_backend(pid) from pg_stat_activity where usename = wanted_login;
end $$
--;
create function number_patient() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  series text := 'patient-' || to_char(now(), 'YY');
  next bigint;
begin
  insert into number_series as s (name, last) values (series, 1)
  on conflict (name) do update set last = s.last + 1 returning last into next;
  new.file_no := to_char(now(), 'YY') || '-' || lpad(next::text, greatest(5, length(next::text)), '0');
  new.has_allergy := false;
  if coalesce(current_setting('medidesk.told', true), '') <> 'true' then
    new.provisional_no := null;
  end if;
  return new;
end $$
--;
create function keep_patient_numbers() returns trigger
language plpgsql set search_path = medidesk, pg_temp
as $$
begin
  new.file_no := old.file_no;
  new.provisional_no := old.provisional_no;
  if pg_trigger_depth() = 1 then
    new.has_allergy := old.has_allergy;
  end if;
  return new;
end $$
--;
create function keep_provisional_number() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  insert into patient_identifier (id, org_id, patient_id, kind, value)
  values (gen_random_uuid(), new.org_id, new.id, 'provisional', new.provisional_no);
  return null;
end $$
--;
create function keep_told_numbers(op jsonb) returns void
language sql security definer set search_path = medidesk, pg_temp
as $$
  insert into patient_identifier (id, org_id, patient_id, kind, value)
  select gen_random_uuid(), p.org_id, p.id, 'provisional', w->'values'->>'provisional_no'
    from applied_operation a, jsonb_array_elements(op->'writes') w
    join patient p on p.id = (w->>'id')::uuid
    -- The trail says which files it made; the payload alone could name anybody's.
    join audit_log l on l.row_id = p.id and l.tbl = 'patient' and l.action = 'insert'
   where a.op_id = (op->>'id')::uuid and a.author = session_user and l.op_id = a.op_id
     and a.payload_sha = sha256(convert_to(op::text, 'UTF8'))
     and w->>'table' = 'patient' and w->>'op' = 'insert' and w->'values'->>'provisional_no' is not null
     and not exists (select from patient_identifier i where i.patient_id = p.id and i.kind = 'provisional'
                        and i.value = w->'values'->>'provisional_no')
$$
--;
create function settle_identifier() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
declare
  other record;
begin
  new.disputed := false;
  if new.deleted_at is not null then
    return new;
  end if;
  perform pg_advisory_xact_lock(hashtextextended(new.kind || '|' || new.system || '|' || new.value, 0));
  select i.patient_id, p.file_no into other
    from patient_identifier i join patient p on p.id = i.patient_id
   where i.kind = new.kind and i.system = new.system and i.value = new.value
     and i.deleted_at is null and not i.disputed and i.id <> new.id limit 1;
  if not found or current_setting('medidesk.told', true) is distinct from 'true' then
    return new;
  end if;
  new.disputed := true;
  if other.patient_id <> new.patient_id and not exists (
      select from patient_merge m where m.state in ('proposed', 'merged') and m.deleted_at is null
         and (m.kept_id, m.merged_id) in ((other.patient_id, new.patient_id), (new.patient_id, other.patient_id)))
  then
    insert into patient_merge (id, org_id, kept_id, merged_id, state, reason)
    values (gen_random_uuid(), new.org_id, other.patient_id, new.patient_id, 'proposed',
            left(format('same %s %s', replace(new.kind, '_', ' '), new.value), 200));
  end if;
  return new;
end $$
--;
create function flag_allergies() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  update patient p set has_allergy = not p.has_allergy
   where p.id = new.patient_id
     and p.has_allergy is distinct from exists (
       select from allergy a where a.patient_id = p.id and a.state = 'active' and a.deleted_at is null);
  return null;
end $$
--;
create function replace_photo() returns trigger
language plpgsql security definer set search_path = medidesk, pg_temp
as $$
begin
  update patient_photo set deleted_at = now()
   where patient_id = new.patient_id and deleted_at is null and id <> new.id;
  return new;
end $$
--;
create trigger a_number before insert on patient for each row execute function number_patient()
--;
create trigger b_keep before update on patient for each row execute function keep_patient_numbers()
--;
create trigger c_provisional after insert on patient for each row
  when (new.provisional_no is not null) execute function keep_provisional_number()
--;
create trigger a_settle before insert or update of kind, system, value, deleted_at on patient_identifier
  for each row execute function settle_identifier()
--;
create trigger c_flag after insert or update of state, deleted_at on allergy
  for each row execute function flag_allergies()
--;
create trigger a_replace before insert on patient_photo for each row
  when (new.deleted_at is null) execute function replace_photo()
--;
create trigger z_stamp before insert or update on organisation for each row execute function stamp_row()
--;
create trigger audit_insert after insert on organisation referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on organisation referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on organisation referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on organisation for each statement execute function refuse_truncate()
--;
grant select on organisation to medidesk_administrator
--;
grant insert (id, org_id, parent_id, kind, name, timezone, currency, country, deleted_at) on organisation to medidesk_administrator
--;
grant update (kind, name, timezone, currency, country, deleted_at) on organisation to medidesk_administrator
--;
grant select on organisation to medidesk_doctor
--;
grant select on organisation to medidesk_nurse
--;
grant select on organisation to medidesk_pharmacist
--;
grant select on organisation to medidesk_receptionist
--;
grant select on organisation to medidesk_cashier
--;
grant select on organisation to medidesk_lab_technician
--;
grant select on organisation to medidesk_manager
--;
alter table organisation enable row level security
--;
create policy administrator_reads on organisation for select to medidesk_administrator using (id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on organisation for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]) and parent_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on organisation for update to medidesk_administrator using (id = any((select my_orgs('administrator'))::uuid[])) with check (id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy doctor_reads on organisation for select to medidesk_doctor using (id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on organisation for select to medidesk_nurse using (id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on organisation for select to medidesk_pharmacist using (id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on organisation for select to medidesk_receptionist using (id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on organisation for select to medidesk_cashier using (id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on organisation for select to medidesk_lab_technician using (id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on organisation for select to medidesk_manager using (id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on department for each row execute function stamp_row()
--;
create trigger audit_insert after insert on department referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on department referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on department referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on department for each statement execute function refuse_truncate()
--;
grant select on department to medidesk_administrator
--;
grant insert (id, org_id, name, deleted_at) on department to medidesk_administrator
--;
grant update (name, deleted_at) on department to medidesk_administrator
--;
grant select on department to medidesk_doctor
--;
grant select on department to medidesk_nurse
--;
grant select on department to medidesk_pharmacist
--;
grant select on department to medidesk_receptionist
--;
grant select on department to medidesk_cashier
--;
grant select on department to medidesk_lab_technician
--;
grant select on department to medidesk_manager
--;
alter table department enable row level security
--;
create policy administrator_reads on department for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on department for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on department for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy doctor_reads on department for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on department for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on department for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on department for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on department for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on department for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on department for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on specialisation for each row execute function stamp_row()
--;
create trigger audit_insert after insert on specialisation referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on specialisation referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on specialisation referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on specialisation for each statement execute function refuse_truncate()
--;
grant select on specialisation to medidesk_administrator
--;
grant insert (id, org_id, name, deleted_at) on specialisation to medidesk_administrator
--;
grant update (name, deleted_at) on specialisation to medidesk_administrator
--;
grant select on specialisation to medidesk_doctor
--;
grant select on specialisation to medidesk_nurse
--;
grant select on specialisation to medidesk_pharmacist
--;
grant select on specialisation to medidesk_receptionist
--;
grant select on specialisation to medidesk_cashier
--;
grant select on specialisation to medidesk_lab_technician
--;
grant select on specialisation to medidesk_manager
--;
alter table specialisation enable row level security
--;
create policy administrator_reads on specialisation for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on specialisation for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on specialisation for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy doctor_reads on specialisation for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on specialisation for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on specialisation for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on specialisation for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on specialisation for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on specialisation for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on specialisation for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on staff for each row execute function stamp_row()
--;
create trigger audit_insert after insert on staff referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on staff referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on staff referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on staff for each statement execute function refuse_truncate()
--;
grant select on staff to medidesk_administrator
--;
grant insert (id, org_id, kind, title, family_name, given_name, registration_no, specialisation_id, department_id, phone, email, deleted_at) on staff to medidesk_administrator
--;
grant update (kind, title, family_name, given_name, registration_no, specialisation_id, department_id, phone, email, deleted_at) on staff to medidesk_administrator
--;
grant select on staff to medidesk_doctor
--;
grant select on staff to medidesk_nurse
--;
grant select on staff to medidesk_pharmacist
--;
grant select on staff to medidesk_receptionist
--;
grant select on staff to medidesk_cashier
--;
grant select on staff to medidesk_lab_technician
--;
grant select on staff to medidesk_manager
--;
alter table staff enable row level security
--;
create policy administrator_reads on staff for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on staff for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on staff for update to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[])) with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy doctor_reads on staff for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on staff for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on staff for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on staff for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on staff for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on staff for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on staff for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on role for each row execute function stamp_row()
--;
create trigger audit_insert after insert on role referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on role referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on role referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on role for each statement execute function refuse_truncate()
--;
grant select on role to medidesk_administrator
--;
grant select on role to medidesk_doctor
--;
grant select on role to medidesk_nurse
--;
grant select on role to medidesk_pharmacist
--;
grant select on role to medidesk_receptionist
--;
grant select on role to medidesk_cashier
--;
grant select on role to medidesk_lab_technician
--;
grant select on role to medidesk_manager
--;
alter table role enable row level security
--;
create policy administrator_reads on role for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on role for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on role for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on role for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on role for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on role for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on role for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on role for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on user_account for each row execute function stamp_row()
--;
create trigger audit_insert after insert on user_account referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on user_account referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on user_account referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on user_account for each statement execute function refuse_truncate()
--;
grant select on user_account to medidesk_administrator
--;
grant select on user_account to medidesk_doctor
--;
grant select on user_account to medidesk_nurse
--;
grant select on user_account to medidesk_pharmacist
--;
grant select on user_account to medidesk_receptionist
--;
grant select on user_account to medidesk_cashier
--;
grant select on user_account to medidesk_lab_technician
--;
grant select on user_account to medidesk_manager
--;
alter table user_account enable row level security
--;
create policy administrator_reads on user_account for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on user_account for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on user_account for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on user_account for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on user_account for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on user_account for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on user_account for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on user_account for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on user_role for each row execute function stamp_row()
--;
create trigger audit_insert after insert on user_role referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on user_role referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on user_role referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on user_role for each statement execute function refuse_truncate()
--;
grant select on user_role to medidesk_administrator
--;
grant select on user_role to medidesk_doctor
--;
grant select on user_role to medidesk_nurse
--;
grant select on user_role to medidesk_pharmacist
--;
grant select on user_role to medidesk_receptionist
--;
grant select on user_role to medidesk_cashier
--;
grant select on user_role to medidesk_lab_technician
--;
grant select on user_role to medidesk_manager
--;
alter table user_role enable row level security
--;
create policy administrator_reads on user_role for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on user_role for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on user_role for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on user_role for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on user_role for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on user_role for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on user_role for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on user_role for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on patient for each row execute function stamp_row()
--;
create trigger audit_insert after insert on patient referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on patient referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on patient referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on patient for each statement execute function refuse_truncate()
--;
grant select on patient to medidesk_administrator
--;
grant insert (id, org_id, provisional_no, family_name, given_name, sex, born_on, born_estimated, died_on, phone, phone_other, email, address, postal_code, city, country, blood_group, language, desk_note, merged_into_id, restricted, deleted_at) on patient to medidesk_administrator
--;
grant update (provisional_no, family_name, given_name, sex, born_on, born_estimated, died_on, phone, phone_other, email, address, postal_code, city, country, blood_group, language, desk_note, merged_into_id, restricted, deleted_at) on patient to medidesk_administrator
--;
grant select on patient to medidesk_doctor
--;
grant insert (id, org_id, provisional_no, family_name, given_name, sex, born_on, born_estimated, died_on, phone, phone_other, email, address, postal_code, city, country, blood_group, language, desk_note, merged_into_id, restricted, deleted_at) on patient to medidesk_doctor
--;
grant update (provisional_no, family_name, given_name, sex, born_on, born_estimated, died_on, phone, phone_other, email, address, postal_code, city, country, blood_group, language, desk_note, merged_into_id, restricted, deleted_at) on patient to medidesk_doctor
--;
grant select on patient to medidesk_nurse
--;
grant insert (id, org_id, provisional_no, family_name, given_name, sex, born_on, born_estimated, died_on, phone, phone_other, email, address, postal_code, city, country, blood_group, language, desk_note, merged_into_id, restricted, deleted_at) on patient to medidesk_nurse
--;
grant update (provisional_no, family_name, given_name, sex, born_on, born_estimated, died_on, phone, phone_other, email, address, postal_code, city, country, blood_group, language, desk_note, merged_into_id, restricted, deleted_at) on patient to medidesk_nurse
--;
grant select on patient to medidesk_pharmacist
--;
grant select on patient to medidesk_receptionist
--;
grant insert (id, org_id, provisional_no, family_name, given_name, sex, born_on, born_estimated, died_on, phone, phone_other, email, address, postal_code, city, country, blood_group, language, desk_note, merged_into_id, restricted, deleted_at) on patient to medidesk_receptionist
--;
grant update (provisional_no, family_name, given_name, sex, born_on, born_estimated, died_on, phone, phone_other, email, address, postal_code, city, country, blood_group, language, desk_note, merged_into_id, restricted, deleted_at) on patient to medidesk_receptionist
--;
grant select on patient to medidesk_cashier
--;
grant select on patient to medidesk_lab_technician
--;
grant select on patient to medidesk_manager
--;
alter table patient enable row level security
--;
create policy administrator_reads on patient for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on patient for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on patient for update to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[])) with check (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on patient for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy doctor_adds on patient for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_changes on patient for update to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[])) with check (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on patient for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy nurse_adds on patient for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_changes on patient for update to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[])) with check (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on patient for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on patient for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy receptionist_adds on patient for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on patient for update to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[])) with check (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on patient for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on patient for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on patient for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on next_of_kin for each row execute function stamp_row()
--;
create trigger audit_insert after insert on next_of_kin referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on next_of_kin referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on next_of_kin referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on next_of_kin for each statement execute function refuse_truncate()
--;
grant select on next_of_kin to medidesk_administrator
--;
grant insert (id, org_id, patient_id, name, relation, phone, deleted_at) on next_of_kin to medidesk_administrator
--;
grant update (patient_id, name, relation, phone, deleted_at) on next_of_kin to medidesk_administrator
--;
grant select on next_of_kin to medidesk_doctor
--;
grant insert (id, org_id, patient_id, name, relation, phone, deleted_at) on next_of_kin to medidesk_doctor
--;
grant update (patient_id, name, relation, phone, deleted_at) on next_of_kin to medidesk_doctor
--;
grant select on next_of_kin to medidesk_nurse
--;
grant insert (id, org_id, patient_id, name, relation, phone, deleted_at) on next_of_kin to medidesk_nurse
--;
grant update (patient_id, name, relation, phone, deleted_at) on next_of_kin to medidesk_nurse
--;
grant select on next_of_kin to medidesk_pharmacist
--;
grant select on next_of_kin to medidesk_receptionist
--;
grant insert (id, org_id, patient_id, name, relation, phone, deleted_at) on next_of_kin to medidesk_receptionist
--;
grant update (patient_id, name, relation, phone, deleted_at) on next_of_kin to medidesk_receptionist
--;
grant select on next_of_kin to medidesk_cashier
--;
grant select on next_of_kin to medidesk_lab_technician
--;
grant select on next_of_kin to medidesk_manager
--;
alter table next_of_kin enable row level security
--;
create policy administrator_reads on next_of_kin for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on next_of_kin for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on next_of_kin for update to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[])) with check (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on next_of_kin for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy doctor_adds on next_of_kin for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_changes on next_of_kin for update to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[])) with check (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on next_of_kin for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy nurse_adds on next_of_kin for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_changes on next_of_kin for update to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[])) with check (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on next_of_kin for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on next_of_kin for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy receptionist_adds on next_of_kin for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on next_of_kin for update to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[])) with check (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on next_of_kin for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on next_of_kin for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on next_of_kin for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on patient_alert for each row execute function stamp_row()
--;
create trigger audit_insert after insert on patient_alert referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on patient_alert referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on patient_alert referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on patient_alert for each statement execute function refuse_truncate()
--;
grant select on patient_alert to medidesk_administrator
--;
grant insert (id, org_id, patient_id, text, ends_on, deleted_at) on patient_alert to medidesk_administrator
--;
grant update (patient_id, text, ends_on, deleted_at) on patient_alert to medidesk_administrator
--;
grant select on patient_alert to medidesk_doctor
--;
grant insert (id, org_id, patient_id, text, ends_on, deleted_at) on patient_alert to medidesk_doctor
--;
grant update (patient_id, text, ends_on, deleted_at) on patient_alert to medidesk_doctor
--;
grant select on patient_alert to medidesk_nurse
--;
grant insert (id, org_id, patient_id, text, ends_on, deleted_at) on patient_alert to medidesk_nurse
--;
grant update (patient_id, text, ends_on, deleted_at) on patient_alert to medidesk_nurse
--;
grant select on patient_alert to medidesk_pharmacist
--;
grant select on patient_alert to medidesk_receptionist
--;
grant insert (id, org_id, patient_id, text, ends_on, deleted_at) on patient_alert to medidesk_receptionist
--;
grant update (patient_id, text, ends_on, deleted_at) on patient_alert to medidesk_receptionist
--;
grant select on patient_alert to medidesk_cashier
--;
grant select on patient_alert to medidesk_lab_technician
--;
grant select on patient_alert to medidesk_manager
--;
alter table patient_alert enable row level security
--;
create policy administrator_reads on patient_alert for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on patient_alert for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on patient_alert for update to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[])) with check (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on patient_alert for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy doctor_adds on patient_alert for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_changes on patient_alert for update to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[])) with check (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on patient_alert for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy nurse_adds on patient_alert for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_changes on patient_alert for update to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[])) with check (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on patient_alert for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on patient_alert for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy receptionist_adds on patient_alert for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on patient_alert for update to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[])) with check (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on patient_alert for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on patient_alert for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on patient_alert for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on patient_identifier for each row execute function stamp_row()
--;
create trigger audit_insert after insert on patient_identifier referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on patient_identifier referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on patient_identifier referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on patient_identifier for each statement execute function refuse_truncate()
--;
grant select on patient_identifier to medidesk_administrator
--;
grant insert (id, org_id, patient_id, kind, system, value, deleted_at) on patient_identifier to medidesk_administrator
--;
grant update (patient_id, kind, system, value, deleted_at) on patient_identifier to medidesk_administrator
--;
grant select on patient_identifier to medidesk_doctor
--;
grant insert (id, org_id, patient_id, kind, system, value, deleted_at) on patient_identifier to medidesk_doctor
--;
grant update (patient_id, kind, system, value, deleted_at) on patient_identifier to medidesk_doctor
--;
grant select on patient_identifier to medidesk_nurse
--;
grant insert (id, org_id, patient_id, kind, system, value, deleted_at) on patient_identifier to medidesk_nurse
--;
grant update (patient_id, kind, system, value, deleted_at) on patient_identifier to medidesk_nurse
--;
grant select on patient_identifier to medidesk_pharmacist
--;
grant select on patient_identifier to medidesk_receptionist
--;
grant insert (id, org_id, patient_id, kind, system, value, deleted_at) on patient_identifier to medidesk_receptionist
--;
grant update (patient_id, kind, system, value, deleted_at) on patient_identifier to medidesk_receptionist
--;
grant select on patient_identifier to medidesk_cashier
--;
grant select on patient_identifier to medidesk_lab_technician
--;
grant select on patient_identifier to medidesk_manager
--;
alter table patient_identifier enable row level security
--;
create policy administrator_reads on patient_identifier for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on patient_identifier for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on patient_identifier for update to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[])) with check (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on patient_identifier for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy doctor_adds on patient_identifier for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_changes on patient_identifier for update to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[])) with check (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on patient_identifier for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy nurse_adds on patient_identifier for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_changes on patient_identifier for update to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[])) with check (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on patient_identifier for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on patient_identifier for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy receptionist_adds on patient_identifier for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on patient_identifier for update to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[])) with check (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on patient_identifier for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on patient_identifier for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on patient_identifier for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on patient_merge for each row execute function stamp_row()
--;
create trigger audit_insert after insert on patient_merge referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on patient_merge referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on patient_merge referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on patient_merge for each statement execute function refuse_truncate()
--;
grant select on patient_merge to medidesk_administrator
--;
grant insert (id, org_id, kept_id, merged_id, state, reason, deleted_at) on patient_merge to medidesk_administrator
--;
grant update (kept_id, merged_id, state, reason, deleted_at) on patient_merge to medidesk_administrator
--;
grant select on patient_merge to medidesk_doctor
--;
grant insert (id, org_id, kept_id, merged_id, state, reason, deleted_at) on patient_merge to medidesk_doctor
--;
grant update (kept_id, merged_id, state, reason, deleted_at) on patient_merge to medidesk_doctor
--;
grant select on patient_merge to medidesk_nurse
--;
grant insert (id, org_id, kept_id, merged_id, state, reason, deleted_at) on patient_merge to medidesk_nurse
--;
grant update (kept_id, merged_id, state, reason, deleted_at) on patient_merge to medidesk_nurse
--;
grant select on patient_merge to medidesk_pharmacist
--;
grant select on patient_merge to medidesk_receptionist
--;
grant insert (id, org_id, kept_id, merged_id, state, reason, deleted_at) on patient_merge to medidesk_receptionist
--;
grant update (kept_id, merged_id, state, reason, deleted_at) on patient_merge to medidesk_receptionist
--;
grant select on patient_merge to medidesk_cashier
--;
grant select on patient_merge to medidesk_lab_technician
--;
grant select on patient_merge to medidesk_manager
--;
alter table patient_merge enable row level security
--;
create policy administrator_reads on patient_merge for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on patient_merge for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on patient_merge for update to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[])) with check (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on patient_merge for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy doctor_adds on patient_merge for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_changes on patient_merge for update to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[])) with check (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on patient_merge for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy nurse_adds on patient_merge for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_changes on patient_merge for update to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[])) with check (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on patient_merge for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on patient_merge for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy receptionist_adds on patient_merge for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on patient_merge for update to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[])) with check (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on patient_merge for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on patient_merge for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on patient_merge for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on patient_photo for each row execute function stamp_row()
--;
create trigger audit_insert after insert on patient_photo referencing new table as new_rows for each statement execute function audit_insert('content')
--;
create trigger audit_update after update on patient_photo referencing old table as old_rows new table as new_rows for each statement execute function audit_update('content')
--;
create trigger audit_delete after delete on patient_photo referencing old table as old_rows for each statement execute function audit_delete('content')
--;
create trigger never_truncated before truncate on patient_photo for each statement execute function refuse_truncate()
--;
grant select on patient_photo to medidesk_administrator
--;
grant insert (id, org_id, patient_id, media_type, content, deleted_at) on patient_photo to medidesk_administrator
--;
grant update (patient_id, media_type, content, deleted_at) on patient_photo to medidesk_administrator
--;
grant select on patient_photo to medidesk_doctor
--;
grant insert (id, org_id, patient_id, media_type, content, deleted_at) on patient_photo to medidesk_doctor
--;
grant update (patient_id, media_type, content, deleted_at) on patient_photo to medidesk_doctor
--;
grant select on patient_photo to medidesk_nurse
--;
grant insert (id, org_id, patient_id, media_type, content, deleted_at) on patient_photo to medidesk_nurse
--;
grant update (patient_id, media_type, content, deleted_at) on patient_photo to medidesk_nurse
--;
grant select on patient_photo to medidesk_pharmacist
--;
grant select on patient_photo to medidesk_receptionist
--;
grant insert (id, org_id, patient_id, media_type, content, deleted_at) on patient_photo to medidesk_receptionist
--;
grant update (patient_id, media_type, content, deleted_at) on patient_photo to medidesk_receptionist
--;
grant select on patient_photo to medidesk_cashier
--;
grant select on patient_photo to medidesk_lab_technician
--;
grant select on patient_photo to medidesk_manager
--;
alter table patient_photo enable row level security
--;
create policy administrator_reads on patient_photo for select to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy administrator_adds on patient_photo for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_changes on patient_photo for update to medidesk_administrator using (org_id = any((select my_network('administrator'))::uuid[])) with check (org_id = any((select my_network('administrator'))::uuid[]))
--;
create policy doctor_reads on patient_photo for select to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy doctor_adds on patient_photo for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_changes on patient_photo for update to medidesk_doctor using (org_id = any((select my_network('doctor'))::uuid[])) with check (org_id = any((select my_network('doctor'))::uuid[]))
--;
create policy nurse_reads on patient_photo for select to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy nurse_adds on patient_photo for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_changes on patient_photo for update to medidesk_nurse using (org_id = any((select my_network('nurse'))::uuid[])) with check (org_id = any((select my_network('nurse'))::uuid[]))
--;
create policy pharmacist_reads on patient_photo for select to medidesk_pharmacist using (org_id = any((select my_network('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on patient_photo for select to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy receptionist_adds on patient_photo for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_changes on patient_photo for update to medidesk_receptionist using (org_id = any((select my_network('receptionist'))::uuid[])) with check (org_id = any((select my_network('receptionist'))::uuid[]))
--;
create policy cashier_reads on patient_photo for select to medidesk_cashier using (org_id = any((select my_network('cashier'))::uuid[]))
--;
create policy lab_technician_reads on patient_photo for select to medidesk_lab_technician using (org_id = any((select my_network('lab_technician'))::uuid[]))
--;
create policy manager_reads on patient_photo for select to medidesk_manager using (org_id = any((select my_network('manager'))::uuid[]))
--;
create trigger z_stamp before insert or update on allergy for each row execute function stamp_row()
--;
create trigger audit_insert after insert on allergy referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on allergy referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on allergy referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on allergy for each statement execute function refuse_truncate()
--;
grant select on allergy to medidesk_doctor
--;
grant insert (id, org_id, patient_id, substance, reaction, severity, state, noted_on, code, code_system, deleted_at) on allergy to medidesk_doctor
--;
grant update (patient_id, substance, reaction, severity, state, noted_on, code, code_system, deleted_at) on allergy to medidesk_doctor
--;
grant select on allergy to medidesk_nurse
--;
grant insert (id, org_id, patient_id, substance, reaction, severity, state, noted_on, code, code_system, deleted_at) on allergy to medidesk_nurse
--;
grant update (patient_id, substance, reaction, severity, state, noted_on, code, code_system, deleted_at) on allergy to medidesk_nurse
--;
grant select on allergy to medidesk_pharmacist
--;
grant insert (id, org_id, patient_id, substance, reaction, severity, state, noted_on, code, code_system, deleted_at) on allergy to medidesk_pharmacist
--;
grant select on allergy to medidesk_lab_technician
--;
alter table allergy enable row level security
--;
create policy doctor_reads on allergy for select to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_adds on allergy for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_changes on allergy for update to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[])) with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy nurse_reads on allergy for select to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_adds on allergy for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_changes on allergy for update to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[])) with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy pharmacist_reads on allergy for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_adds on allergy for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy lab_technician_reads on allergy for select to medidesk_lab_technician using (org_id = any((select my_orgs('lab_technician'))::uuid[]))
--;
create trigger z_stamp before insert or update on condition for each row execute function stamp_row()
--;
create trigger audit_insert after insert on condition referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on condition referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on condition referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on condition for each statement execute function refuse_truncate()
--;
grant select on condition to medidesk_doctor
--;
grant insert (id, org_id, patient_id, text, state, onset_on, ended_on, code, code_system, deleted_at) on condition to medidesk_doctor
--;
grant update (patient_id, text, state, onset_on, ended_on, code, code_system, deleted_at) on condition to medidesk_doctor
--;
grant select on condition to medidesk_nurse
--;
grant insert (id, org_id, patient_id, text, state, onset_on, ended_on, code, code_system, deleted_at) on condition to medidesk_nurse
--;
grant update (patient_id, text, state, onset_on, ended_on, code, code_system, deleted_at) on condition to medidesk_nurse
--;
grant select on condition to medidesk_pharmacist
--;
grant insert (id, org_id, patient_id, text, state, onset_on, ended_on, code, code_system, deleted_at) on condition to medidesk_pharmacist
--;
grant select on condition to medidesk_lab_technician
--;
alter table condition enable row level security
--;
create policy doctor_reads on condition for select to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_adds on condition for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_changes on condition for update to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[])) with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy nurse_reads on condition for select to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_adds on condition for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_changes on condition for update to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[])) with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy pharmacist_reads on condition for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_adds on condition for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy lab_technician_reads on condition for select to medidesk_lab_technician using (org_id = any((select my_orgs('lab_technician'))::uuid[]))
--;
revoke all on all functions in schema medidesk from public
--;
grant usage on schema medidesk to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function apply_operation(jsonb, boolean) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function apply_writes(jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function apply_insert(jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function apply_update(jsonb, uuid) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function canonical(text, jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function changed_by_others(text, uuid, integer, uuid) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function current_account() to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function current_epoch() to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function feed_since(pg_snapshot) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function fold(text) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function hello() to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function hold_fact(jsonb, text, text) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function is_synchronised(text) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function keep_told_numbers(jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function join_station(uuid, text, text, bytea, text) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function lock_rows(jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function log_access(uuid, text, text) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function moved_rows(jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function my_network(text) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function my_orgs(text) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function my_scram_parameters() to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function op_begin(jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function op_end(uuid, jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function op_left(uuid, text, uuid) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function pull_head() to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function seen_row(text, uuid) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function seen_rows(jsonb) to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function visibility_digest() to medidesk_administrator, medidesk_doctor, medidesk_nurse, medidesk_pharmacist, medidesk_receptionist, medidesk_cashier, medidesk_lab_technician, medidesk_manager
--;
grant execute on function approve_account(text, text, uuid, text, uuid) to medidesk_administrator
--;
grant execute on function suspend_account(text) to medidesk_administrator
