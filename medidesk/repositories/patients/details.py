"""What hangs on a patient's file: numbers, whom to call, alerts, the photo."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.patients import (
    PHOTO_BYTES_MOST,
    NextOfKin,
    Patient,
    PatientAlert,
    PatientIdentifier,
    PatientPhoto,
)
from medidesk.permissions import Need
from medidesk.repositories.dates import today
from medidesk.repositories.patients import checks, queries
from medidesk.repositories.patients.registering import kept_file, name_of, refuse_taken
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr

_SIGNATURES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}


@verb("demographics", Need.ADD, Kind.FACT, shows=queries.by_id)
def add_identifier(work: Work, patient_id: UUID, identifier: Mapping[str, Any]) -> UUID:
    """Write down a number that names the patient: `kind`, `value`, and who issued it (`system`).

    Raises:
        DomainError: it is in another file, or already in this one.
    """
    patient = kept_file(work, patient_id)
    values = checks.require(PatientIdentifier, identifier)
    refuse_taken(work, values, owner=patient.id)
    if queries.owners(work.session, values["kind"], values.get("system", ""), values["value"]):
        raise DomainError(
            tr("The number {value} is already in this file.", value=values["value"]),
            tr("There is nothing to add."),
            field="value",
        )
    work.add(PatientIdentifier(patient_id=patient.id, **values))
    work.describe(tr("{name}: number added", name=name_of(patient)), values["value"])
    return patient.id


@verb("demographics", Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def remove_identifier(work: Work, identifier_id: UUID) -> UUID:
    """Take a number out of the file."""
    identifier = work.get(PatientIdentifier, identifier_id)
    return remove(work, identifier, tr("{name}: number removed"), identifier.value)


@verb("demographics", Need.ADD, Kind.FACT, shows=queries.by_id)
def add_next_of_kin(work: Work, patient_id: UUID, kin: Mapping[str, Any]) -> UUID:
    """Write down whom to call: `name`, `relation`, `phone`."""
    patient = kept_file(work, patient_id)
    added = work.add(NextOfKin(patient_id=patient.id, **checks.require(NextOfKin, kin)))
    work.describe(tr("{name}: next of kin added", name=name_of(patient)), added.name)
    return patient.id


@verb("demographics", Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def edit_next_of_kin(work: Work, kin_id: UUID, changes: Mapping[str, Any]) -> UUID:
    """Change whom to call."""
    kin = work.get(NextOfKin, kin_id)
    return change(work, kin, changes, tr("{name}: next of kin changed"), lambda: kin.name)


@verb("demographics", Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def remove_next_of_kin(work: Work, kin_id: UUID) -> UUID:
    """Take a next of kin out of the file."""
    kin = work.get(NextOfKin, kin_id)
    return remove(work, kin, tr("{name}: next of kin removed"), kin.name)


@verb("demographics", Need.ADD, Kind.FACT, shows=queries.by_id)
def add_alert(work: Work, patient_id: UUID, text: str, ends_on: dt.date | None = None) -> UUID:
    """Put up something everyone who meets the patient must see, until the end of `ends_on`.

    Raises:
        DomainError: it says nothing, or its last day has passed.
    """
    patient = kept_file(work, patient_id)
    values = checks.require(PatientAlert, {"text": text, "ends_on": ends_on})
    if values["ends_on"] is not None and values["ends_on"] < today():
        raise DomainError(
            tr("The last day of this alert has passed."), tr("Choose a later day, or none."), field="ends_on"
        )
    work.add(PatientAlert(patient_id=patient.id, **values))
    work.describe(tr("{name}: alert added", name=name_of(patient)), values["text"])
    return patient.id


@verb("demographics", Need.CHANGE, Kind.CLAIM, shows=queries.by_id)
def end_alert(work: Work, alert_id: UUID) -> UUID:
    """Take an alert down at once; the file remembers it."""
    alert = work.get(PatientAlert, alert_id)
    patient = work.see(Patient, alert.patient_id)
    alert.ends_on = today() - dt.timedelta(days=1)
    work.describe(tr("{name}: alert ended", name=name_of(patient)), alert.text)
    return patient.id


@verb("demographics", Need.CHANGE, Kind.FACT, shows=queries.by_id)
def set_photo(work: Work, patient_id: UUID, content: bytes, media_type: str) -> UUID:
    """Keep a photo of the patient in place of an earlier one.

    Raises:
        DomainError: it is no JPEG or PNG picture, or too large.
    """
    patient = kept_file(work, patient_id)
    if not content.startswith(_SIGNATURES.get(media_type, b"\0")):
        raise DomainError(
            tr("This file is not a photo that can be kept."),
            tr("Choose a JPEG or PNG picture."),
            field="content",
        )
    if len(content) > PHOTO_BYTES_MOST:
        raise DomainError(
            tr("The photo is too large: {size} kB.", size=f"{len(content) // 1024:,}"),
            tr("Choose one of at most {most} kB.", most=f"{PHOTO_BYTES_MOST // 1024:,}"),
            field="content",
        )
    # Only photos taken at this station are seen here: no replica holds those of others.
    earlier = sa.select(PatientPhoto).where(
        PatientPhoto.patient_id == patient.id, PatientPhoto.deleted_at.is_(None)
    )
    for photo in work.session.scalars(earlier).all():
        photo.deleted_at = dt.datetime.now(dt.UTC)
    work.session.flush()
    work.add(PatientPhoto(patient_id=patient.id, media_type=media_type, content=content))
    work.describe(tr("{name}: photo taken", name=name_of(patient)))
    return patient.id


def change(work: Work, row: Any, changes: Mapping[str, Any], title: str, line: Callable[[], str]) -> UUID:
    """Change fields of a row of a file, and say so.

    Args:
        work: the unit of work.
        row: a row with a `patient_id`.
        changes: new values by field.
        title: what is said, with a `{name}`; already translated.
        line: what is said beside it, once the row is changed.

    Raises:
        DomainError: something the person must mend.
    """
    patient = work.see(Patient, row.patient_id)
    for name, value in checks.checked(type(row), changes).items():
        setattr(row, name, value)
    work.describe(title.format(name=name_of(patient)), line())
    return patient.id


def remove(work: Work, row: Any, title: str, line: str) -> UUID:
    """Take a row out of a file, and say so; it stays in the database as removed."""
    patient = work.see(Patient, row.patient_id)
    row.deleted_at = dt.datetime.now(dt.UTC)
    work.describe(title.format(name=name_of(patient)), line)
    return patient.id
