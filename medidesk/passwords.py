"""What a password must be, and passwords that an administrator hands over.

The rules are those of NIST SP 800-63B-4, section 3.1.1.2: a least length, no list of kinds of letters, nothing that
is among the first guesses, nothing made of what everybody knows about the person.
"""

import secrets
from collections.abc import Iterable

from medidesk.errors import DomainError
from medidesk.words import tr

LEAST, MOST = 10, 200
# zxcvbn's "safely unguessable" (fewer than 10^10 guesses): what a stolen disk must withstand, behind Argon2id.
STRENGTH_LEAST = 3
# What must be left of a password without names that everybody knows. zxcvbn takes "josearana1" for a good one of
# Jose Arana's: it counts how many words follow each other, and hardly which.
OWN_LEAST = 6
_NAME_LEAST = 3
# The time that zxcvbn takes grows with the length; this much of a long one decides as well.
_LOOKED_AT = 72
# Not mistaken for one another on a slip of paper.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def check(password: str, about: Iterable[str] = ()) -> None:
    """Return if somebody may have this password. Takes some hundredths of a second: not for the painting thread.

    Args:
        password: as it is typed.
        about: what everybody knows: the user name, the person's and the clinic's.

    Raises:
        DomainError: with `field` "new" and what to do.
    """
    if len(password) < LEAST:
        raise _refusal(
            tr("A password has at least {count} characters.", count=LEAST),
            tr("Four words that do not belong together are good, and easy to remember."),
        )
    if len(password) > MOST:
        raise _refusal(tr("A password has at most {count} characters.", count=MOST))
    if "\0" in password:
        raise _refusal(tr("A password has no control characters."))
    from zxcvbn import zxcvbn

    known = [part for one in about for part in (one, *one.split()) if part]
    if _left_without(password, known) < OWN_LEAST:
        raise _refusal(
            tr("This password is easy to guess: it is made of names that everybody here knows."),
            tr("Add another word or two. Words that do not belong together are good."),
        )
    found = zxcvbn(password[:_LOOKED_AT], user_inputs=known)
    if found["score"] < STRENGTH_LEAST:
        why = str(found["feedback"]["warning"]).rstrip(".")
        raise _refusal(
            tr("This password is easy to guess: {why}.", why=tr(why))
            if why
            else tr("This password is easy to guess."),
            tr("Add another word or two. Words that do not belong together are good."),
        )


def _left_without(password: str, known: Iterable[str]) -> int:
    """How many characters are left without those names, the longest first."""
    left = password.casefold()
    for name in sorted({one.casefold() for one in known if len(one) >= _NAME_LEAST}, key=len, reverse=True):
        left = left.replace(name, "")
    return len(left)


def temporary() -> str:
    """A password to hand over on paper, good for choosing another: 16 letters and digits in fours (79 bits)."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _refusal(sentence: str, next_step: str = "") -> DomainError:
    return DomainError(sentence, next_step, field="new")
