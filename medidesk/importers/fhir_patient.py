"""A FHIR R4 Patient as the record that `patients.import_patient` takes."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from medidesk.errors import DomainError
from medidesk.importers.fhir_values import (
    Json,
    Notes,
    SkipError,
    address,
    an_object,
    codes,
    date_of,
    objects,
    partial_date,
    person_name,
    refuse_modified,
    shown,
    string,
    take,
    telecoms,
    words,
)
from medidesk.models.patients import IdentifierKind, NextOfKin, Patient, PatientIdentifier, Sex
from medidesk.repositories.patients import checks
from medidesk.words import tr

# HL7 v2 table 0203, in which FHIR says what an identifier is.
_KIND_BY_TYPE = {
    "SS": IdentifierKind.NATIONAL_ID,
    "NI": IdentifierKind.NATIONAL_ID,
    "PPN": IdentifierKind.PASSPORT,
    "DL": IdentifierKind.DRIVING_LICENCE,
    "MA": IdentifierKind.INSURANCE,
    "MB": IdentifierKind.INSURANCE,
    "MC": IdentifierKind.INSURANCE,
    "SN": IdentifierKind.INSURANCE,
}
_KIND_BY_SYSTEM = {
    "http://hl7.org/fhir/sid/us-ssn": IdentifierKind.NATIONAL_ID,
    "http://hl7.org/fhir/sid/us-mbi": IdentifierKind.INSURANCE,
    "http://hl7.org/fhir/sid/us-medicare": IdentifierKind.INSURANCE,
}
_NATIONAL = re.compile(r"NN[A-Z]{3}")  # "national person identifier" of a country: NNESP, NNDEU
_SOURCE_MOST = 500
_ABSOLUTE = re.compile(r"(urn:uuid:|urn:oid:|https?://)\S+")


def patient_record(resource: Json, full_url: str, notes: Notes) -> dict[str, Any]:
    """The record of a Patient.

    Args:
        resource: the Patient.
        full_url: its address in the bundle; may be empty.
        notes: gets a sentence for each value that was left out.

    Raises:
        SkipError: it cannot be imported: no name, an impossible birth date, a record no longer in use.
    """
    refuse_modified(resource)
    if resource.get("active") is False or any(replaced_by(resource, notes)):
        raise SkipError(tr("The record is marked as no longer in use."))
    record = _head(resource, notes)
    phones, emails = telecoms(resource, notes)
    values = dict(zip(("phone", "phone_other"), phones, strict=False))
    values |= {"email": next(iter(emails), ""), "language": _language(resource, notes)}
    values |= address(resource, notes)
    for name, value in values.items():
        if value.strip():
            take(record, Patient, name, value, notes)
    surplus = len(phones[2:]) + len(emails[1:])
    if surplus:
        notes.append(tr("Further telephone numbers or e-mail addresses left out: {count}.", count=surplus))
    record["identifiers"] = list(_identifiers(resource, notes))
    record["next_of_kin"] = list(_next_of_kin(resource, notes))
    record["source"] = _kept_source(_source(resource, full_url, record["identifiers"]))
    return record


def _head(resource: Json, notes: Notes) -> dict[str, Any]:
    family, given = person_name(resource, notes)
    if not checks.tidy(family) and not checks.tidy(given):
        raise SkipError(tr("The patient has no name."))
    wanted: dict[str, Any] = {"family_name": family, "given_name": given, "sex": _sex(resource, notes)}
    born = resource.get("birthDate")
    if born is not None:
        try:
            date = partial_date(born)
        except (ValueError, TypeError, AttributeError):
            raise SkipError(tr("The birth date “{value}” is not a date.", value=shown(str(born)))) from None
        wanted |= {"born_on": date.day, "born_estimated": not date.exact}
    try:
        record = checks.checked(Patient, wanted)
    except DomainError as error:
        raise SkipError(error.sentence) from error
    _death(resource, record, notes)
    return record


def _sex(resource: Json, notes: Notes) -> Sex:
    gender = string(resource, "gender", notes)
    try:
        return Sex(gender or Sex.UNKNOWN)
    except ValueError:
        notes.append(tr("The gender “{value}” is not one of FHIR's: kept as unknown.", value=shown(gender)))
        return Sex.UNKNOWN


def _death(resource: Json, record: dict[str, Any], notes: Notes) -> None:
    """The date of death. A death whose day is not known is said in the note for the desk, not made up."""
    died = date_of(resource, "deceasedDateTime", notes)
    if died is not None and died.exact:
        if record.get("born_on") and died.day < record["born_on"]:
            notes.append(tr("Date of death left out: it is before the birth date."))
        else:
            take(record, Patient, "died_on", died.day, notes)
        return
    if died is not None:
        text = string(resource, "deceasedDateTime", notes)
        record["desk_note"] = tr("Deceased in {when}; the day is not known.", when=text)
    elif resource.get("deceasedBoolean") is True:
        record["desk_note"] = tr("Deceased; the day is not known.")


def _language(resource: Json, notes: Notes) -> str:
    spoken = objects(resource, "communication", notes)
    spoken.sort(key=lambda one: one.get("preferred") is not True)
    for one in spoken:
        language = an_object(one, "language", notes)
        if found := next((code for _, code in codes(language, notes)), "") or words(language, notes):
            return found
    return ""


def replaced_by(resource: Json, notes: Notes) -> Iterator[Json]:
    """The links to the records that stand in place of this one."""
    return (link for link in objects(resource, "link", notes) if string(link, "type", notes) == "replaced-by")


def _identifiers(resource: Json, notes: Notes) -> Iterator[dict[str, Any]]:
    seen: set[tuple[str, str, str]] = set()
    for one in objects(resource, "identifier", notes):
        value = string(one, "value", notes)
        if not value.strip():
            continue
        system = string(one, "system", notes)
        wanted = {"kind": _kind(one, system, notes), "system": system, "value": value}
        try:
            checked = checks.require(PatientIdentifier, wanted)
        except DomainError as error:
            notes.append(tr("A number left out. {why}", why=error.sentence))
            continue
        key = (checked["kind"], checked["system"], checked["value"])
        if key not in seen:
            seen.add(key)
            yield checked


def _kind(identifier: Json, system: str, notes: Notes) -> IdentifierKind:
    for _, code in codes(an_object(identifier, "type", notes), notes):
        if code in _KIND_BY_TYPE:
            return _KIND_BY_TYPE[code]
        if _NATIONAL.fullmatch(code):
            return IdentifierKind.NATIONAL_ID
    return _KIND_BY_SYSTEM.get(system, IdentifierKind.FOREIGN)


def _next_of_kin(resource: Json, notes: Notes) -> Iterator[dict[str, Any]]:
    for one in objects(resource, "contact", notes):
        family, given = person_name(one, notes)
        organisation = string(an_object(one, "organization", notes), "display", notes)
        relations = [words(kind, notes) for kind in objects(one, "relationship", notes)]
        try:
            kin = checks.require(NextOfKin, {"name": f"{given} {family}".strip() or organisation})
        except DomainError as error:
            notes.append(tr("A contact left out. {why}", why=error.sentence))
            continue
        take(kin, NextOfKin, "relation", next((word for word in relations if word), ""), notes)
        phones, _ = telecoms(one, notes)
        take(kin, NextOfKin, "phone", next(iter(phones), ""), notes)
        yield kin


def _kept_source(source: str) -> str:
    """A source that can be stored and sent: an id may hold what no text may, or be a book."""
    tidied = checks.tidy(source[:_SOURCE_MOST])
    if len(source) <= _SOURCE_MOST:
        return tidied
    return f"{tidied}|{hashlib.sha256(source.encode(errors='replace')).hexdigest()}"


def _source(resource: Json, full_url: str, identifiers: list[dict[str, Any]]) -> str:
    """What tells this patient from all others in every export there will be.

    A number given by a program or clinic comes first: it is the same in the next export and in a CSV of the same
    program. A national number comes after the resource's own address, since two people's may be mixed up. A bare
    id may be another patient's on another server; `importing` guards against that.
    """
    for kinds in ({IdentifierKind.FOREIGN}, None):
        for one in identifiers:
            if one["system"] and (kinds is None or one["kind"] in kinds):
                return f"{one['system']}|{one['value']}"
        if kinds and _ABSOLUTE.fullmatch(full_url):
            return f"fhir:{full_url}"
    own = resource.get("id")
    if isinstance(own, str) and own:
        meta = resource.get("meta")
        server = meta.get("source") if isinstance(meta, dict) else None
        return f"fhir:{server}|Patient/{own}" if isinstance(server, str) else f"fhir:Patient/{own}"
    content = json.dumps(resource, sort_keys=True, default=str)
    return f"fhir:content|{hashlib.sha256(content.encode(errors='replace')).hexdigest()}"
