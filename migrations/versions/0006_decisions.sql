CREATE TABLE decision (
	id UUID NOT NULL, 
	org_id UUID NOT NULL, 
	op_id UUID NOT NULL, 
	author VARCHAR(63) NOT NULL, 
	title VARCHAR(300) NOT NULL, 
	about_table VARCHAR(63) DEFAULT '' NOT NULL, 
	about_id UUID, 
	verdict VARCHAR NOT NULL, 
	fields VARCHAR(500) DEFAULT '' NOT NULL, 
	reason VARCHAR(500) DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	created_by UUID, 
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	updated_by UUID, 
	deleted_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT decision_pkey PRIMARY KEY (id), 
	CONSTRAINT decision_discarded_for_a_reason_check CHECK (verdict <> 'discarded' or reason <> ''), 
	CONSTRAINT decision_verdict_check CHECK (verdict in ('theirs', 'mine', 'combined', 'edited', 'discarded'))
)
--;
ALTER TABLE decision ADD CONSTRAINT decision_org_id_fkey FOREIGN KEY(org_id) REFERENCES organisation (id)
--;
CREATE INDEX decision_about_id_idx ON decision (about_id)
--;
CREATE INDEX decision_op_id_idx ON decision (op_id)
--;
CREATE INDEX decision_org_id_idx ON decision (org_id)
--;
create or replace function is_synchronised(tbl text) returns boolean language sql immutable set search_path = pg_catalog, pg_temp as $$ select tbl in ('organisation', 'department', 'specialisation', 'staff', 'role', 'user_account', 'user_role', 'patient', 'next_of_kin', 'patient_alert', 'patient_identifier', 'patient_merge', 'patient_photo', 'allergy', 'condition', 'decision') $$
--;
create trigger z_stamp before insert or update on decision for each row execute function stamp_row()
--;
create trigger audit_insert after insert on decision referencing new table as new_rows for each statement execute function audit_insert()
--;
create trigger audit_update after update on decision referencing old table as old_rows new table as new_rows for each statement execute function audit_update()
--;
create trigger audit_delete after delete on decision referencing old table as old_rows for each statement execute function audit_delete()
--;
create trigger never_truncated before truncate on decision for each statement execute function refuse_truncate()
--;
grant select on decision to medidesk_administrator
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_administrator
--;
grant select on decision to medidesk_doctor
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_doctor
--;
grant select on decision to medidesk_nurse
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_nurse
--;
grant select on decision to medidesk_pharmacist
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_pharmacist
--;
grant select on decision to medidesk_receptionist
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_receptionist
--;
grant select on decision to medidesk_cashier
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_cashier
--;
grant select on decision to medidesk_lab_technician
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_lab_technician
--;
grant select on decision to medidesk_manager
--;
grant insert (id, org_id, op_id, author, title, about_table, about_id, verdict, fields, reason, deleted_at) on decision to medidesk_manager
--;
alter table decision enable row level security
--;
create policy administrator_reads on decision for select to medidesk_administrator using (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy administrator_adds on decision for insert to medidesk_administrator with check (org_id = any((select my_orgs('administrator'))::uuid[]))
--;
create policy doctor_reads on decision for select to medidesk_doctor using (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy doctor_adds on decision for insert to medidesk_doctor with check (org_id = any((select my_orgs('doctor'))::uuid[]))
--;
create policy nurse_reads on decision for select to medidesk_nurse using (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy nurse_adds on decision for insert to medidesk_nurse with check (org_id = any((select my_orgs('nurse'))::uuid[]))
--;
create policy pharmacist_reads on decision for select to medidesk_pharmacist using (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy pharmacist_adds on decision for insert to medidesk_pharmacist with check (org_id = any((select my_orgs('pharmacist'))::uuid[]))
--;
create policy receptionist_reads on decision for select to medidesk_receptionist using (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy receptionist_adds on decision for insert to medidesk_receptionist with check (org_id = any((select my_orgs('receptionist'))::uuid[]))
--;
create policy cashier_reads on decision for select to medidesk_cashier using (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy cashier_adds on decision for insert to medidesk_cashier with check (org_id = any((select my_orgs('cashier'))::uuid[]))
--;
create policy lab_technician_reads on decision for select to medidesk_lab_technician using (org_id = any((select my_orgs('lab_technician'))::uuid[]))
--;
create policy lab_technician_adds on decision for insert to medidesk_lab_technician with check (org_id = any((select my_orgs('lab_technician'))::uuid[]))
--;
create policy manager_reads on decision for select to medidesk_manager using (org_id = any((select my_orgs('manager'))::uuid[]))
--;
create policy manager_adds on decision for insert to medidesk_manager with check (org_id = any((select my_orgs('manager'))::uuid[]))
