"""What the kinds of staff, of branches and of days are called."""

from medidesk.models.directory import OrganisationKind, StaffKind
from medidesk.models.duty import ExceptionKind
from medidesk.repositories.labels import WEEKDAYS, weekday
from medidesk.words import tr

Choices = tuple[tuple[object, str], ...]


def staff_words(kind: StaffKind) -> str:
    """What somebody works as."""
    return {
        StaffKind.DOCTOR: tr("Doctor"),
        StaffKind.NURSE: tr("Nurse"),
        StaffKind.PHARMACIST: tr("Pharmacist"),
        StaffKind.RECEPTION: tr("Reception"),
        StaffKind.CASHIER: tr("Cashier"),
        StaffKind.TECHNICIAN: tr("Technician"),
        StaffKind.MANAGER: tr("Manager"),
        StaffKind.DRIVER: tr("Driver"),
        StaffKind.OTHER: tr("Other"),
    }[kind]


def branch_words(kind: OrganisationKind) -> str:
    """What a place in the tree is."""
    return {
        OrganisationKind.NETWORK: tr("Network"),
        OrganisationKind.HOSPITAL: tr("Hospital"),
        OrganisationKind.CLINIC: tr("Clinic"),
        OrganisationKind.BRANCH: tr("Branch"),
    }[kind]


def staff_choices() -> Choices:
    """For a field."""
    return tuple((kind, staff_words(kind)) for kind in StaffKind)


def branch_choices() -> Choices:
    """For a field; what is not a network does not become one."""
    return tuple(
        (kind, branch_words(kind)) for kind in OrganisationKind if kind is not OrganisationKind.NETWORK
    )


def weekday_choices() -> Choices:
    """For a field."""
    return tuple((at, weekday(at)) for at in range(1, len(WEEKDAYS) + 1))


def exception_words(kind: ExceptionKind) -> str:
    """What is different."""
    return {ExceptionKind.AWAY: tr("Away"), ExceptionKind.EXTRA: tr("On duty besides")}[kind]


def exception_choices() -> Choices:
    """For a field."""
    return tuple((kind, exception_words(kind)) for kind in ExceptionKind)
