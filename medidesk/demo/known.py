"""The invented patients that the design's pictures show, and what the others' files are filled from."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ICD_10 = "http://hl7.org/fhir/sid/icd-10"


@dataclass(frozen=True)
class Known:
    """A patient by hand: columns of `patient`, the day the file was opened, and rows by table."""

    since: dt.date
    patient: Mapping[str, Any]
    parts: Mapping[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)


ALLERGIES = (
    ("Penicillin", "rash", "moderate"),
    ("Penicillin", "anaphylaxis", "severe"),
    ("Latex", "contact dermatitis", "mild"),
    ("Peanuts", "swelling of the lips", "severe"),
    ("Ibuprofen", "wheezing", "moderate"),
    ("Sulfamethoxazole", "blisters", "severe"),
    ("Iodinated contrast", "hives", "moderate"),
    ("Bee venom", "anaphylaxis", "severe"),
    ("Codeine", "nausea", "mild"),
    ("Amoxicillin", "rash", "mild"),
    ("Eggs", "hives", "mild"),
    ("Chlorhexidine", "redness", "mild"),
)
ALERTS = (
    "Falls risk",
    "Needs a wheelchair",
    "Takes warfarin",
    "Hard of hearing",
    "Interpreter needed",
    "Pacemaker",
    "Difficult veins",
    "Insulin before lunch",
    "Guide dog",
    "Afraid of needles",
)
CONDITIONS = (
    ("Essential hypertension", "I10"),
    ("Type 2 diabetes", "E11.9"),
    ("Atrial fibrillation", "I48.91"),
    ("Hyperlipidaemia", "E78.5"),
    ("Asthma", "J45.9"),
    ("Migraine with aura", "G43.1"),
    ("Hypothyroidism", "E03.9"),
    ("Osteoarthritis of the knee", "M17.9"),
    ("Gastro-oesophageal reflux", "K21.9"),
    ("Chronic kidney disease, stage 3", "N18.3"),
    ("Depressive episode", "F32.9"),
    ("Iron deficiency anaemia", "D50.9"),
)
DESK_NOTES = (
    "Prefers morning slots.",
    "Send reminders by SMS.",
    "Comes with a carer.",
    "Call the work number before 16:00.",
    "Pays by transfer.",
    "Prefers a woman doctor.",
    "Letters to the second address.",
)


def _on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _known(
    since: str, family: str, given: str, sex: str, born: str, phone: str, language: str, **more: Any
) -> Known:
    estimated = born.endswith(" est.")
    columns = {
        "family_name": family,
        "given_name": given,
        "sex": sex,
        "born_on": _on(born.removesuffix(" est.")),
        "born_estimated": estimated,
        "phone": phone,
        "language": language,
        "city": "Harbour Quarter",
        "postal_code": "1100-148",
    }
    tables = ("allergy", "patient_alert", "condition", "next_of_kin", "patient_identifier")
    parts = {table: more.pop(table) for table in tables if table in more}
    return Known(_on(since), {**columns, **more}, parts)


def _alerts(*texts: str) -> tuple[dict[str, Any], ...]:
    return tuple({"text": text} for text in texts)


def _problem(text: str, code: str, since: str) -> dict[str, Any]:
    return {"text": text, "code": code, "code_system": ICD_10, "onset_on": _on(since)}


PATIENTS = (
    _known(
        "2023-05-08", "Okafor", "Amara", "female", "1989-03-14", "+234 803 555 0142", "en",
        blood_group="O+", address="3 Rope Walk", desk_note="Primary-school teacher: after 15:00 only.",
        allergy=(
            {"substance": "Penicillin", "reaction": "anaphylaxis", "severity": "severe",
             "noted_on": _on("2019-06-02")},
            {"substance": "Latex", "reaction": "rash", "severity": "moderate"},
        ),
        patient_alert=_alerts("Takes warfarin", "Falls risk"),
        condition=(
            _problem("Atrial fibrillation", "I48.91", "2024-03-11"),
            _problem("Essential hypertension", "I10", "2021-09-20"),
            _problem("Hyperlipidaemia", "E78.5", "2022-02-01"),
            _problem("Migraine with aura", "G43.1", "2012-07-15"),
        ),
        next_of_kin=({"name": "Chidi Okafor", "relation": "brother", "phone": "+234 803 555 0177"},),
        patient_identifier=({"kind": "insurance", "system": "Bupa Global", "value": "BG-2211-90415"},),
    ),
    _known(
        "2024-10-02", "Fernández Ortega", "María", "female", "1984-03-12", "+34 612 555 018", "es",
        address="14 Harbour Street, flat 6", blood_group="A+",
        desk_note="Prefers morning slots. Book a Spanish interpreter for consent talks.",
        allergy=({"substance": "Ibuprofen", "reaction": "wheezing", "severity": "severe"},),
        patient_alert=_alerts("Needs a wheelchair"),
        next_of_kin=({"name": "Javier Ortega", "relation": "husband", "phone": "+34 612 555 077"},),
        patient_identifier=(
            {"kind": "insurance", "system": "Sanitas", "value": "SM90-4418-2207"},
            {"kind": "national_id", "system": "ES", "value": "55501984X"},
        ),
    ),
    _known("2021-04-19", "Haddad", "Omar", "male", "1981-01-30", "+961 3 555 204", "ar"),
    _known("2025-01-27", "Kowalczyk", "Marek", "male", "1983-07-09", "+48 600 555 731", "pl",
           patient_alert=_alerts("Hard of hearing")),
    _known("2022-09-12", "Beridze", "Tamar", "female", "1987-11-22", "+995 555 198 340", "ka"),
    _known("2024-11-05", "Lindqvist", "Marta", "female", "1990-05-03", "+46 70 555 19 84", "sv"),
    _known("2020-03-02", "Popescu", "Ana-Maria", "female", "1986-12-17", "+40 721 555 066", "ro"),
    _known("2019-08-26", "Dubois", "Marie-Claire", "female", "1982-02-28", "+33 6 55 50 19 82", "fr",
           allergy=({"substance": "Peanuts", "reaction": "swelling of the lips", "severity": "severe"},)),
    _known("2026-01-12", "Al-Khatib", "Samar", "female", "1988-04-11", "+962 7 9555 0198", "ar"),
    _known("2025-06-30", "Adeyemi", "Marcus", "male", "1985-08-05", "+44 7700 900 198", "en"),
    _known("2026-03-03", "Traoré", "Mariam", "female", "1980-01-01 est.", "+223 65 55 01 98", "fr",
           patient_alert=_alerts("Interpreter needed")),
    _known("2026-04-21", "Mwangi", "Kamari Wanjiru", "female", "1986-08-19", "+254 712 555 619", "sw"),
    _known("2023-10-16", "Goldberg", "Itamar", "male", "1989-10-25", "+972 54 555 1980", "he"),
    _known(
        "2024-02-20", "Nguyễn", "Minh Châu", "female", "1978-06-01", "+84 90 555 0119", "vi",
        blood_group="B+",
        condition=(_problem("Type 2 diabetes", "E11.9", "2016-05-04"),),
        next_of_kin=({"name": "Nguyễn Quốc Bảo", "relation": "son", "phone": "+84 90 555 0120"},),
    ),
    _known("2025-09-08", "Li", "Bo", "male", "1994-02-09", "+852 5555 0148", "zh"),
    _known("2022-05-23", "Ng", "Mei Yi", "female", "2001-10-30", "+852 5555 0233", "zh"),
)  # fmt: skip
