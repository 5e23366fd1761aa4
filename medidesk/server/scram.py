"""SCRAM-SHA-256 (RFC 5802, 7677): a password turned, on this PC, into what a server keeps of it."""

import base64
import hashlib
import hmac
import secrets
import stringprep
import unicodedata
from collections.abc import Callable

DEFAULT_ITERATIONS = 4096
SALT_BYTES = 16

# RFC 4013, section 2.3, and characters that Unicode 3.2 had not assigned (section 2.5).
_PROHIBITED: tuple[Callable[[str], bool], ...] = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,
)


def scram_verifier(password: str, *, salt: bytes | None = None, iterations: int = DEFAULT_ITERATIONS) -> str:
    """The verifier that `create role … password` takes in a password's place.

    Args:
        password: as the person types it.
        salt: a random one unless told; a new password for a known login keeps the old one's.
        iterations: rounds of PBKDF2.
    """
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", saslprep(password).encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${iterations}:{_base64(salt)}${_base64(stored)}:{_base64(server)}"


def saslprep(password: str) -> str:
    """The one form of a password that can be typed in several (RFC 4013), as libpq makes it.

    A password that the profile prohibits is used as it is, because libpq does so when it signs in.
    """
    if password.isascii():
        return password
    mapped = "".join(
        " " if stringprep.in_table_c12(letter) else letter
        for letter in password
        if not stringprep.in_table_b1(letter)
    )
    prepared = unicodedata.normalize("NFKC", mapped)
    if not prepared or any(prohibits(letter) for letter in prepared for prohibits in _PROHIBITED):
        return password
    return prepared if _directions_agree(prepared) else password


def _directions_agree(text: str) -> bool:
    """RFC 3454, section 6: right-to-left text begins and ends so, and holds nothing left-to-right."""
    if not any(stringprep.in_table_d1(letter) for letter in text):
        return True
    if any(stringprep.in_table_d2(letter) for letter in text):
        return False
    return stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
