"""What somebody typed into the search, as the first fields of a registration."""

import re
from datetime import date

from medidesk.errors import DomainError
from medidesk.repositories import patients

_PHONE_DIGITS = 6
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_PHONE = re.compile(r"\+?\d[\d ()/-]*\d")


def fields_of(text: str) -> dict[str, object]:
    """Name, phone and birth date guessed from `text`; what fits none of them is left out.

    The last word that is a name is taken for the family name, those before it for the given name.
    """
    fields: dict[str, object] = {}
    rest = text
    for match in _DATE.finditer(text):
        born = _read(match.group())
        if born is not None:
            fields["born_on"] = born
            rest = rest.replace(match.group(), " ")
            break
    for match in _PHONE.finditer(rest):
        if sum(letter.isdigit() for letter in match.group()) >= _PHONE_DIGITS:
            fields["phone"] = match.group()
            rest = rest.replace(match.group(), " ")
            break
    names = [_capital(word) for word in rest.split() if not any(letter.isdigit() for letter in word)]
    if names:
        fields["family_name"] = names[-1]
    if len(names) > 1:
        fields["given_name"] = " ".join(names[:-1])
    return fields


def _read(words: str) -> date | None:
    try:
        return patients.parse_date(words)
    except DomainError:
        return None


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:] if word.islower() else word
