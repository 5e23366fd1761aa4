"""Search text: made once, by one normaliser, from a patient's row and identifiers.

Accents and case are folded, words may be typed in any order and cut short, phone numbers match with or without
the country's prefix, and a birth date matches in each of the ways people write it.
"""

import datetime as dt
import re
import unicodedata
from functools import lru_cache

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip

# Letters that Unicode does not take apart into a base letter and an accent.
_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i",
        "ŋ": "n", "ə": "e",
        # Arabic letters that are typed one way or the other, also on a Persian or an Urdu keyboard
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": None,
        "ی": "ي", "ې": "ي", "ک": "ك", "ہ": "ه", "ھ": "ه", "ە": "ه", "ۃ": "ه", "ۀ": "ه",
        # Unicode takes it apart into a space and an accent, and "O´Brien" would be two words.
        "´": "'",
        # It only joins the letters beside it, and is there or not.
        "\u200d": None,
    }
)  # fmt: skip
# Letters that people without such a key write as two.
_AS_TWO = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
# Han, kana and Hangul (taken apart): names in these are written and looked for without a space.
_UNSPACED = re.compile("[\u1100-\u11ff\u2e80-\u9fff\U00020000-\U0003ffff]")
_WORD = re.compile(r"\w+")
_APOSTROPHES = re.compile("['’‘‛ʼʻʹʾʿ′`]")
_EXTENSION = re.compile(r"[\s,;]*(?:ext(?:ension|n)?|poste|anexo|x|#)[.:\s]*\d{1,6}\s*$", re.IGNORECASE)
_NO_DIGITS = re.compile(r"[^0-9]+")
_PHONE_GROUPS = re.compile(r"[\s()./-]+")
SHORTEST_PHONE_PART = 3
NUMERIC_DATE = re.compile(r"^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})$")


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """Lower case without accents: "Nguyễn" and "NGUYEN" are the same."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    # Every mark, also the vowel signs of Hindi or Thai: they are no letters to a search, and would part words.
    return "".join(letter for letter in parts if unicodedata.category(letter)[0] != "M").translate(_LETTERS)


def words(text: str) -> list[str]:
    """The folded words of a text; "O'Brien" is one word, "Marie-Claire" two."""
    return _WORD.findall(_APOSTROPHES.sub("", fold(text)))


def respelt(text: str) -> str:
    """A text as people write it who have no key for its letters, "Mueller" for "Müller"."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).casefold().translate(_AS_TWO)


def unspaced(parts: list[str]) -> bool:
    """Whether words are of a script in which a name's parts are written together."""
    return len(parts) > 1 and any(_UNSPACED.search(part) for part in parts)


def digits(text: str) -> str:
    """Only the digits (those of other scripts as ASCII)."""
    if text.isascii():
        return _NO_DIGITS.sub("", text)
    return "".join(str(unicodedata.digit(letter)) for letter in text if letter.isdigit())


def phone_digits(phone: str) -> str:
    """The digits of a phone number, without an extension."""
    return digits(_EXTENSION.sub("", phone))


def phone_words(phone: str) -> list[str]:
    """The ways people type a phone number: its groups, all its digits, and those without prefixes."""
    whole = phone_digits(phone)
    if not whole:
        return []
    found = [digits(group) for group in _PHONE_GROUPS.split(phone)]
    tails = [whole[-length:] for length in (10, 9, 8, 7, 6) if len(whole) > length]
    return [group for group in [*found, whole, *tails] if len(group) >= SHORTEST_PHONE_PART]


def birth_words(born_on: dt.date | None) -> list[str]:
    """A birth date as words: day, month's name, year, and the whole date as one."""
    if born_on is None:
        return []
    return [str(born_on.day), MONTHS[born_on.month - 1], f"{born_on.year:04}", date_word(born_on)]


def date_word(day: dt.date) -> str:
    """The one word for a whole date."""
    return f"d{day:%Y%m%d}"


def patient_text(
    family_name: str,
    given_name: str,
    born_on: str | None,
    phone: str,
    phone_other: str,
    file_no: str | None,
    provisional_no: str | None,
    identifiers: str | None,
) -> str:
    """The words by which a patient is found, parted by spaces. Identifiers are parted by line ends."""
    names = words(family_name) + words(given_name)
    found = names + words(respelt(family_name)) + words(respelt(given_name))
    if unspaced(names):
        found.append("".join(names))
    if born_on:
        found += birth_words(dt.date.fromisoformat(born_on))
    found += phone_words(phone) + phone_words(phone_other)
    for number in (file_no, provisional_no, *(identifiers.split("\n") if identifiers else ())):
        if number:
            parts = words(number)
            found += parts
            if len(parts) > 1:
                found.append("".join(parts))
    return " ".join(dict.fromkeys(found))


def query_alternatives(text: str, date: dt.date | None = None) -> list[list[str]]:
    """What was typed, as words that must all be there; each with its alternatives.

    Args:
        text: what was typed.
        date: the date it is, if it is one.
    """
    if date is not None:
        return [[date_word(date)]]
    compact = re.sub(r"[\s()./+-]", "", text)
    if compact.isdigit() and len(compact) > SHORTEST_PHONE_PART:
        whole = digits(compact)
        alternatives = [whole]
        # "0612…" is "+34 612…" as it is dialled at home, and "0034…" is "+34…".
        if whole.lstrip("0") != whole and whole.strip("0"):
            alternatives.append(whole.lstrip("0"))
        groups = words(text)
        return [alternatives] if len(groups) < 2 else [[*alternatives, " ".join(groups)]]
    return [[word] for word in words(text)]


def match_expression(text: str, date: dt.date | None = None) -> str | None:
    """The FTS5 expression for what was typed; None where it holds no word at all."""
    clauses = []
    for alternatives in query_alternatives(text, date):
        either = [" AND ".join(f'"{word}" *' for word in alternative.split()) for alternative in alternatives]
        clauses.append(
            either[0] if len(either) == 1 else "(" + " OR ".join(f"({one})" for one in either) + ")"
        )
    typed = words(text)
    if date is None and unspaced(typed):
        return f'({" AND ".join(clauses)}) OR "{"".join(typed)}" *'
    return " AND ".join(clauses) or None
