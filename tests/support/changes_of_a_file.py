"""A file in which two people have changed something, for whoever reads the audit trail."""

from uuid import UUID

from tests.support.database import Clinic
from tests.support.operations import added, changed, one, operation, patient, send


def changed_file(clinic: Clinic) -> UUID:
    """Amara Okafor, whom sofia registered and gave another phone, and of whom anjali noted an allergy."""
    found = patient(clinic, phone="555 0001")
    row = added("allergy", clinic.org_id, patient_id=found, substance="Latex", severity="severe")
    send(clinic.connect("anjali"), operation("anjali", row))
    version = one(clinic.admin(), "select version from patient where id = %s", found)
    change = changed("patient", found, version, base={"phone": "555 0001"}, phone="555 0002")
    send(clinic.connect("sofia"), operation("sofia", change))
    return found
