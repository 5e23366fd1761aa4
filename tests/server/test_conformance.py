import pytest

from tests.support.conformance import faults
from tests.support.database import Clinic


def test_every_table_and_function_is_as_it_must_be(clinic: Clinic) -> None:
    assert faults(clinic.admin()) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("create table hobby (id uuid)", "hobby is no table of the models"),
        ("create view everyone as select * from patient", "everyone is no table"),
        ("drop trigger z_stamp on patient", "patient has no working trigger z_stamp"),
        ("drop trigger audit_delete on next_of_kin", "next_of_kin has no working trigger audit_delete"),
        ("alter table allergy disable trigger audit_insert", "allergy has no working trigger audit_insert"),
        ("drop trigger never_truncated on staff", "staff has no working trigger never_truncated"),
        (
            "create trigger zz before update on patient for each row execute function keep_patient_numbers()",
            "patient: zz runs after the stamp",
        ),
        ("alter table condition disable row level security", "condition is not guarded"),
        ("alter table condition force row level security", "condition is not guarded"),
        ("drop policy nurse_adds on allergy", "policy nurse_adds is missing"),
        ("create policy everyone on patient for select using (true)", "everyone is not of the matrix"),
        ("grant select on allergy to medidesk_cashier", "medidesk_cashier has, against the matrix, SELECT"),
        (
            "grant update (file_no) on patient to medidesk_doctor",
            "has, against the matrix, UPDATE of file_no",
        ),
        ("revoke update (phone) on patient from medidesk_nurse", "medidesk_nurse lacks UPDATE of phone"),
        ("grant delete on patient to medidesk_administrator", "holds DELETE of the whole table"),
        ("grant select on audit_log to medidesk_manager", "medidesk_manager holds SELECT of audit_log"),
        ("grant insert on applied_operation to public", "public holds INSERT of applied_operation"),
        ("grant execute on function suspend_account(text) to public", "can be called by anybody"),
        (
            "grant execute on function suspend_account(text) to medidesk_nurse",
            "nurse may call suspend_account",
        ),
        ("alter function hello() reset search_path", "hello() has no search path of its own"),
        ("alter function hello() set search_path = public, pg_temp", "looks beyond the schema"),
    ],
)
def test_what_is_not_is_found(clinic: Clinic, change: str, found: str) -> None:
    admin = clinic.admin()
    admin.execute(change.encode())
    assert any(found in fault for fault in faults(admin)), faults(admin)
