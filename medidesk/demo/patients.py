"""Invented patients: the same ones for the same seed, with what a file of a real clinic holds."""

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from medidesk.demo import known
from medidesk.demo.names import DISTRICTS, ORIGINS, STREETS, Origin
from medidesk.models.patients import Sex

SEED = 20261120
HOW_MANY = 400

_BLOOD_GROUPS = ("O+", "A+", "B+", "AB+", "O-", "A-", "B-", "AB-")
_BLOOD_SHARES = (38, 34, 9, 3, 7, 6, 2, 1)
_RELATIONS = {
    Sex.FEMALE: ("mother", "sister", "daughter", "wife", "aunt", "neighbour"),
    Sex.MALE: ("father", "brother", "son", "husband", "uncle", "neighbour"),
}


@dataclass(frozen=True)
class Invented:
    """One invented patient: the columns of their row, and the rows that hang on it.

    Attributes:
        patient: columns of `patient`.
        parts: by table, the columns of each further row but `patient_id`.
        since: the day the file was opened.
    """

    patient: Mapping[str, Any]
    since: dt.date
    parts: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


def invent(today: dt.date, count: int = HOW_MANY, seed: int = SEED) -> list[Invented]:
    """The demo clinic's patients, the oldest file first.

    Args:
        today: nobody was born, and no file opened, after it.
        count: how many in all; the ones that the pictures show are among them.
        seed: the same seed, the same people.
    """
    chance = random.Random(seed)  # noqa: S311 - invented people, no secret
    people = [_known(one, today) for one in known.PATIENTS[:count]]
    people += [_anyone(chance, today) for _ in range(count - len(people))]
    return sorted(people, key=lambda one: one.since)


def _known(one: known.Known, today: dt.date) -> Invented:
    patient = {"country": "PT", **one.patient, "has_allergy": "allergy" in one.parts}
    return Invented(patient, min(one.since, today), {table: list(rows) for table, rows in one.parts.items()})


def _anyone(chance: random.Random, today: dt.date) -> Invented:
    origin = chance.choice(ORIGINS)
    sex = chance.choice((Sex.FEMALE, Sex.MALE))
    age = min(int(chance.triangular(0, 99, 44) * 365.25), 103 * 365)
    born = today - dt.timedelta(days=age)
    estimated = chance.random() < 0.04
    if estimated:
        born = born.replace(month=1, day=1)
    district, postal_code = chance.choice(DISTRICTS)
    parts = {table: rows for table, rows in _parts(chance, origin, age // 365, born, today) if rows}
    patient = {
        "family_name": family_name(chance, origin),
        "given_name": chance.choice(origin.women if sex is Sex.FEMALE else origin.men),
        "sex": sex,
        "born_on": born,
        "born_estimated": estimated,
        "phone": digits(chance, origin.phone) if chance.random() < 0.95 else "",
        "phone_other": digits(chance, "+351 21 555 ## ##") if chance.random() < 0.2 else "",
        "email": f"patient{chance.randrange(10_000)}@example.org" if chance.random() < 0.4 else "",
        "address": f"{chance.randint(1, 180)} {chance.choice(STREETS)}",
        "postal_code": postal_code,
        "city": district,
        "country": "PT",
        "blood_group": chance.choices(_BLOOD_GROUPS, _BLOOD_SHARES)[0] if chance.random() < 0.55 else "",
        "language": origin.language,
        "desk_note": chance.choice(known.DESK_NOTES) if chance.random() < 0.12 else "",
        "has_allergy": "allergy" in parts,
    }
    latest = (today - born).days
    since = today - dt.timedelta(days=min(latest, int(chance.triangular(0, 8 * 365, 600))))
    return Invented(patient, since, parts)


def family_name(chance: random.Random, origin: Origin) -> str:
    """A family name, or two where people have two."""
    first = chance.choice(origin.families)
    if chance.random() < origin.second_family:
        return f"{first} {chance.choice(origin.families)}"
    return first


def digits(chance: random.Random, pattern: str) -> str:
    """`pattern` with a digit for each #."""
    return "".join(str(chance.randrange(10)) if letter == "#" else letter for letter in pattern)


def _parts(
    chance: random.Random, origin: Origin, age: int, born: dt.date, today: dt.date
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows that hang on a patient, by table; more of them with age."""
    identifiers = []
    if chance.random() < 0.7:
        identifiers.append({"kind": "national_id", "system": "PT", "value": digits(chance, "########")})
    if chance.random() < 0.3:
        value = digits(chance, "HC-####-######")
        identifiers.append({"kind": "insurance", "system": "Harbour Care", "value": value})
    yield "patient_identifier", identifiers
    if chance.random() < 0.65:
        kin = chance.choice((Sex.FEMALE, Sex.MALE))
        given = chance.choice(origin.women if kin is Sex.FEMALE else origin.men)
        person = {
            "name": f"{given} {family_name(chance, origin)}",
            "relation": chance.choice(_RELATIONS[kin]),
            "phone": digits(chance, origin.phone),
        }
        yield "next_of_kin", [person]
    yield (
        "allergy",
        [
            {"substance": substance, "reaction": reaction, "severity": severity}
            for substance, reaction, severity in _some(chance, known.ALLERGIES, 0.22)
        ],
    )
    yield "patient_alert", [{"text": text} for text in _some(chance, known.ALERTS, 0.06 + age / 600)]
    yield (
        "condition",
        [
            {
                "text": text,
                "code": code,
                "code_system": known.ICD_10,
                "onset_on": _between(chance, born, today),
            }
            for text, code in _some(chance, known.CONDITIONS, 0.05 + age / 120)
        ],
    )


def _some[T](chance: random.Random, among: tuple[T, ...], likely: float) -> list[T]:
    """None, one or two or three of them; the more, the rarer."""
    how_many = 0
    while how_many < 3 and chance.random() < likely * 0.8**how_many:
        how_many += 1
    return chance.sample(among, how_many)


def _between(chance: random.Random, first: dt.date, last: dt.date) -> dt.date:
    return first + dt.timedelta(days=chance.randint(0, (last - first).days))
