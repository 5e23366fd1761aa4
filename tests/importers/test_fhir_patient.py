"""What becomes of a FHIR Patient."""

import datetime as dt
from typing import Any

import pytest

from medidesk.importers.fhir_patient import patient_record
from medidesk.importers.fhir_values import SkipError
from medidesk.models.patients import IdentifierKind, Sex
from tests.importers.samples import Json, patient

SSN = "http://hl7.org/fhir/sid/us-ssn"
V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"


def record(**more: Any) -> tuple[Json, list[str]]:
    notes: list[str] = []
    return patient_record(patient(**more), "", notes), notes


def number(code: str | None, system: str, value: str) -> Json:
    one: Json = {"system": system, "value": value}
    return one if code is None else one | {"type": {"coding": [{"system": V2, "code": code}]}}


def test_a_whole_patient_arrives_with_every_field() -> None:
    found, notes = record(
        identifier=[
            number("MR", "http://hospital.example", "4711"),
            number("SS", SSN, "999-56-3448"),
            number("DL", "urn:oid:2.16.840.1.113883.4.3.25", "s99954649"),
            number("PPN", "http://passports.example", "x38547710x"),
        ],
        telecom=[
            {"system": "phone", "use": "home", "value": "555-569-2701"},
            {"system": "phone", "use": "mobile", "value": "tel:+34 612 345 678"},
            {"system": "email", "value": "ana@example.org"},
        ],
        address=[
            {"use": "old", "line": ["1 Gone Street"], "city": "Nowhere"},
            {"line": ["506 Dooley Trailer", "Flat 2"], "city": "Dartmouth", "state": "Massachusetts",
             "postalCode": "02714", "country": "USA"},
        ],
        communication=[
            {"language": {"coding": [{"code": "en"}]}},
            {"language": {"coding": [{"code": "es"}]}, "preferred": True},
        ],
        contact=[
            {"relationship": [{"coding": [{"code": "N", "display": "Next-of-Kin"}]}],
             "name": {"family": "García", "given": ["Luis"]},
             "telecom": [{"system": "phone", "value": "555-100-2000"}]},
            {"organization": {"display": "Harbour Home"}, "relationship": [{"text": "Carer"}]},
        ],
        deceasedDateTime="2019-05-01T23:30:00-05:00",
    )  # fmt: skip
    assert notes == []
    assert found == {
        "family_name": "García",
        "given_name": "Ana María",
        "sex": Sex.FEMALE,
        "born_on": dt.date(1984, 3, 12),
        "born_estimated": False,
        "died_on": dt.date(2019, 5, 1),
        "phone": "+34 612 345 678",
        "phone_other": "555-569-2701",
        "email": "ana@example.org",
        "address": "506 Dooley Trailer, Flat 2",
        "city": "Dartmouth, Massachusetts",
        "postal_code": "02714",
        "country": "US",
        "language": "es",
        "identifiers": [
            {"kind": IdentifierKind.FOREIGN, "system": "http://hospital.example", "value": "4711"},
            {"kind": IdentifierKind.NATIONAL_ID, "system": SSN, "value": "999-56-3448"},
            {"kind": IdentifierKind.DRIVING_LICENCE, "system": "urn:oid:2.16.840.1.113883.4.3.25",
             "value": "S99954649"},
            {"kind": IdentifierKind.PASSPORT, "system": "http://passports.example", "value": "X38547710X"},
        ],
        "next_of_kin": [
            {"name": "Luis García", "relation": "Next-of-Kin", "phone": "555-100-2000"},
            {"name": "Harbour Home", "relation": "Carer", "phone": ""},
        ],
        "source": "http://hospital.example|4711",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("names", "family", "given"),
    [
        ([{"use": "maiden", "family": "Anaya"}, {"use": "official", "family": "Guzmán", "given": ["Ángela"]}],
         "Guzmán", "Ángela"),
        ([{"use": "nickname", "given": ["Angie"]}, {"use": "usual", "family": "Guzmán"}], "Guzmán", ""),
        ([{"use": "official", "family": "Before", "period": {"end": "2001-01-01"}}, {"family": "After"}],
         "After", ""),
        ([{"use": "old", "family": "Former"}], "Former", ""),
        ([{"text": "Nguyễn Thị Minh Khai"}], "Nguyễn Thị Minh Khai", ""),
        ([{"use": "official", "prefix": ["Dr"]}, {"use": "usual", "given": ["Li"]}], "", "Li"),
        ([{"family": "O\u0000'\u202eBrien\n\tSmith"}], "O 'Brien Smith", ""),
        ([{"family": "Ng", "given": [None, "Wei"]}], "Ng", "Wei"),
    ],
)  # fmt: skip
def test_the_name_in_use_is_taken(names: list[Json], family: str, given: str) -> None:
    found, _ = record(name=names)
    assert (found["family_name"], found["given_name"]) == (family, given)


@pytest.mark.parametrize(
    ("written", "day", "estimated"),
    [
        ("1984-03-12", dt.date(1984, 3, 12), False),
        ("1984-03-12T08:00:00Z", dt.date(1984, 3, 12), False),
        ("1984-03", dt.date(1984, 3, 1), True),
        ("1984", dt.date(1984, 1, 1), True),
    ],
)
def test_a_partial_birth_date_is_kept_as_estimated(written: str, day: dt.date, estimated: bool) -> None:
    found, _ = record(birthDate=written)
    assert (found["born_on"], found["born_estimated"]) == (day, estimated)


def test_a_patient_without_a_birth_date_comes_in_without_one() -> None:
    resource = patient()
    del resource["birthDate"]
    assert "born_on" not in patient_record(resource, "", [])


FAR = f"{dt.date.today().year + 1}-01-01"  # noqa: DTZ011 (any day next year)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"name": []}, "no name"),
        ({"name": [{"family": " \u200b "}]}, "no name"),
        ({"name": "Ana García"}, "no name"),
        ({"name": [{"family": "x" * 101}]}, "Family name is too long: 101 letters."),
        ({"birthDate": FAR}, "in the future"),
        ({"birthDate": "1066-10-14"}, "too long ago"),
        ({"birthDate": "12.3.1984"}, "“12.3.1984” is not a date"),
        ({"birthDate": "1984-02-30"}, "not a date"),
        ({"birthDate": "0000"}, "not a date"),
        ({"birthDate": 1984}, "not a date"),
        ({"birthDate": {"year": [1984]}}, "not a date"),
        ({"active": False}, "no longer in use"),
        ({"link": [{"type": "replaced-by", "other": {"reference": "Patient/2"}}]}, "no longer in use"),
        ({"modifierExtension": [{"url": "urn:not-a-person", "valueBoolean": True}]}, "modifier"),
    ],
)
def test_who_cannot_be_imported_is_told_in_a_sentence(more: Json, why: str) -> None:
    with pytest.raises(SkipError, match=why):
        record(**more)


@pytest.mark.parametrize(
    ("more", "note"),
    [
        ({"gender": "W"}, "gender “W”"),
        ({"gender": ["female"]}, "“gender” is not written as FHIR has it"),
        ({"telecom": [{"system": "phone", "value": "9" * 41}]}, "Phone left out. Phone is too long: 41"),
        ({"telecom": [{"system": "phone", "value": "ask"}]}, "“ask” is not a phone number"),
        ({"telecom": [{"system": "email", "value": "nobody"}]}, "“nobody” is not an e-mail"),
        ({"telecom": [{"system": "phone", "value": f"555-000{n}"} for n in range(4)]}, "left out: 2"),
        ({"address": [{"line": ["x" * 201]}]}, "Address left out"),
        ({"address": [{"country": "Elbonia"}]}, "Country left out"),
        ({"identifier": [{"system": "urn:x", "value": "9" * 101}]}, "A number left out"),
        ({"identifier": [{"system": "urn:x", "value": 4711}]}, "“value” is not written as FHIR has it"),
        ({"contact": [{"relationship": [{"text": "Sister"}]}]}, "A contact left out. Name is missing."),
        ({"deceasedDateTime": "1900-01-01"}, "before the birth date"),
        ({"deceasedDateTime": FAR}, "in the future"),
        ({"deceasedDateTime": "lately"}, "“lately” is not a date"),
        ({"communication": [{"language": {"text": "x" * 36}}]}, "Language left out"),
        ({"address": [{"text": "y" * 30_000}]}, "30,000 letters long"),
    ],
)
def test_a_value_that_cannot_be_kept_is_left_out_and_told(more: Json, note: str) -> None:
    found, notes = record(**more)
    assert found["family_name"] == "García"
    assert [one for one in notes if note in one], notes


@pytest.mark.parametrize(
    ("more", "desk_note"),
    [
        ({"deceasedDateTime": "2019"}, "Deceased in 2019; the day is not known."),
        ({"deceasedBoolean": True}, "Deceased; the day is not known."),
    ],
)
def test_a_death_without_a_day_is_noted_rather_than_made_up(more: Json, desk_note: str) -> None:
    found, _ = record(**more)
    assert "died_on" not in found
    assert found["desk_note"] == desk_note


@pytest.mark.parametrize(
    ("code", "system", "kind"),
    [
        ("NI", "urn:x", IdentifierKind.NATIONAL_ID),
        ("NNESP", "urn:x", IdentifierKind.NATIONAL_ID),
        (None, SSN, IdentifierKind.NATIONAL_ID),
        ("MB", "urn:x", IdentifierKind.INSURANCE),
        ("SN", "urn:x", IdentifierKind.INSURANCE),
        ("MR", "urn:x", IdentifierKind.FOREIGN),
        ("ZZ", "urn:x", IdentifierKind.FOREIGN),
        (None, "urn:x", IdentifierKind.FOREIGN),
    ],
)
def test_the_type_code_says_what_a_number_is(code: str | None, system: str, kind: IdentifierKind) -> None:
    found, _ = record(identifier=[number(code, system, "12345"), number(code, system, "12345")])
    assert found["identifiers"] == [{"kind": kind, "system": system, "value": "12345"}]


@pytest.mark.parametrize(
    ("resource", "url", "source"),
    [
        (patient(identifier=[number("SS", "urn:ssn", "1"), number("MR", "urn:mr", "2")]), "urn:uuid:p", "urn:mr|2"),
        (patient(identifier=[number("SS", "urn:ssn", "1")]), "urn:uuid:p1", "fhir:urn:uuid:p1"),
        (patient(identifier=[number("SS", "urn:ssn", "1")]), "", "urn:ssn|1"),
        (patient(identifier=[{"value": "no system"}]), "", "fhir:Patient/p1"),
        (patient(), "https://a.example/Patient/p1", "fhir:https://a.example/Patient/p1"),
        (patient(), "Patient/p1", "fhir:Patient/p1"),
        (patient(meta={"source": "https://b.example"}), "", "fhir:https://b.example|Patient/p1"),
    ],
)  # fmt: skip
def test_the_source_names_the_patient_in_every_later_export(resource: Json, url: str, source: str) -> None:
    assert patient_record(resource, url, [])["source"] == source


@pytest.mark.parametrize("own", ["a\ud800b", "a\0b", "x" * 100_000, "\u202eevil"])
def test_an_id_that_is_none_still_names_one_patient_and_can_be_stored(own: str) -> None:
    sources = [
        patient_record(resource, "", [])["source"]
        for resource in (patient(own), patient(own), patient(own + "2"), patient("p1", meta={"source": own}))
    ]
    assert sources[0] == sources[1]
    assert len(set(sources)) == 3
    for source in sources:
        assert source.encode().decode().isprintable()
        assert len(source) < 600


def test_a_patient_without_id_and_number_is_known_by_content() -> None:
    first, again, other = patient(), patient(), patient(gender="male")
    for one in (first, again, other):
        del one["id"]
    sources = [patient_record(one, "", [])["source"] for one in (first, again, other)]
    assert sources[0] == sources[1] != sources[2]
    assert "García" not in sources[0]
