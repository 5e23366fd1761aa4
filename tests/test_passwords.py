"""What a password must be."""

import pytest

from medidesk import passwords
from medidesk.errors import DomainError

ABOUT = ("sofia", "Harbour Street Clinic", "Sofia Marchetti")


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "at least 10"),
        ("short7!x", "at least 10"),
        ("password123", "easy to guess"),
        ("aaaaaaaaaaaaaaaa", "easy to guess"),
        ("1234567890", "easy to guess"),
        ("qwertyuiop", "easy to guess"),
        ("Harbour Street Clinic", "easy to guess"),
        ("Sofia Marchetti", "easy to guess"),
        ("marchetti1985", "easy to guess"),
        ("sofiamarchetti1", "names that everybody here knows"),
        ("Marchetti!2024", "names that everybody here knows"),
        ("HarbourStreet42!", "names that everybody here knows"),
        ("nul\0nul\0nul\0nul", "control characters"),
        ("x" * 201, "at most 200"),
    ],
)
def test_what_is_no_password(password: str, sentence: str) -> None:
    with pytest.raises(DomainError, match=sentence) as refused:
        passwords.check(password, ABOUT)
    assert refused.value.field == "new"


@pytest.mark.parametrize(
    "password",
    [
        "lantern oxide bramble fig",
        "Grüße von der Küste 42",
        "کلمه عبور بلند و خوب",
        "h7$kQ!zz0pLw",
        "sofia and the bramble",
        "ab" * 5 + "Q9!xT2#m" * 20,
    ],
)
def test_what_is_one(password: str) -> None:
    passwords.check(password, ABOUT)


def test_what_an_administrator_hands_over_is_one_and_never_the_same() -> None:
    given = {passwords.temporary() for _ in range(200)}
    assert len(given) == 200
    for one in list(given)[:5]:
        passwords.check(one)
        assert len(one.replace("-", "")) == 16
        assert not set(one) & set("01ilo")
