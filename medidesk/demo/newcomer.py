"""Somebody who comes in for the first time, as a receptionist types them."""

import random

from medidesk.demo.names import DISTRICTS, ORIGINS, STREETS
from medidesk.demo.patients import digits

_DICE = random.Random()  # noqa: S311 - invented people, no secret
_LATIN = tuple(origin for origin in ORIGINS if origin.families[0] < "\u0180")


def newcomer() -> dict[str, str]:
    """The fields of a registration; a different person each time."""
    origin = _DICE.choice(_LATIN)
    family = " ".join(_DICE.sample(origin.families, 2))
    district, postal_code = _DICE.choice(DISTRICTS)
    return {
        "given_name": _DICE.choice(origin.women),
        "family_name": family,
        "born_on": f"{_DICE.randint(1, 28)}.{_DICE.randint(1, 12)}.{_DICE.randint(1950, 2015)}",
        "phone": digits(_DICE, origin.phone),
        "address": f"{_DICE.randint(1, 180)} {_DICE.choice(STREETS)}",
        "postal_code": postal_code,
        "city": district,
        "identifier_value": digits(_DICE, "########"),
        "kin_name": f"{_DICE.choice(origin.men)} {family}",
        "kin_phone": digits(_DICE, origin.phone),
    }


def phone_number() -> str:
    """A phone number nobody has."""
    return digits(_DICE, "+351 91 555 ## ##")
