"""The demo clinic, and who works there."""

from dataclasses import dataclass

import psycopg

from medidesk.permissions import ROLES
from medidesk.server.accounts import ClinicIds, add_person, found_clinic
from medidesk.words import tr

CLINIC = "Harbour Street Clinic"
NETWORK = "Harbour Health"
DEPARTMENTS = ("Reception", "Cardiology", "General practice", "Pharmacy", "Nursing", "Cash desk")
SPECIALISATIONS = ("Cardiology", "General practice", "Paediatrics")


@dataclass(frozen=True)
class Colleague:
    """Somebody of the demo clinic who can sign in."""

    login: str
    role: str
    given_name: str
    family_name: str
    department: str
    title: str = ""
    specialisation: str = ""

    @property
    def display_name(self) -> str:
        """As on a badge: "Dr Anjali Kumar"."""
        return f"{self.title} {self.given_name} {self.family_name}".strip()

    @property
    def role_label(self) -> str:
        """What they do here, in a word or two."""
        return self.specialisation or tr(ROLES[self.role])


COLLEAGUES = (
    Colleague("sofia", "receptionist", "Sofia", "Marchetti", "Reception"),
    Colleague("anjali", "doctor", "Anjali", "Kumar", "Cardiology", "Dr", "Cardiology"),
    Colleague("yusuf", "pharmacist", "Yusuf", "Demir", "Pharmacy"),
    Colleague("joseph", "nurse", "Joseph", "Ndlovu", "Nursing"),
    Colleague("mei", "nurse", "Mei", "Lin", "Nursing"),
    Colleague("rui", "cashier", "Rui", "Tavares", "Cash desk"),
    Colleague("helena", "manager", "Helena", "Costa", "Reception"),
    Colleague("ingrid", "administrator", "Ingrid", "Solberg", "Reception"),
)


def found_demo_clinic(connection: psycopg.Connection, passwords: dict[str, str]) -> ClinicIds:
    """The clinic with its departments and people, as far as they are not there yet.

    Args:
        connection: a superuser's that may write.
        passwords: by login, for accounts that are new.
    """
    ids = found_clinic(
        connection,
        CLINIC,
        network=NETWORK,
        timezone="Europe/Lisbon",
        currency="EUR",
        country="PT",
        departments=DEPARTMENTS,
        specialisations=SPECIALISATIONS,
    )
    for person in COLLEAGUES:
        add_person(
            connection,
            person.login,
            passwords[person.login],
            role=person.role,
            family_name=person.family_name,
            given_name=person.given_name,
            title=person.title,
            org=ids.clinic,
            department=ids.departments[person.department],
            specialisation=ids.specialisations.get(person.specialisation),
        )
    return ids
