"""Pairing a station with a clinic's server: a code that names the clinic's certificate authority.

The code is typed, or scanned with the address from a QR code. It holds 120 bits of the authority's SHA-256, so that
nobody in between can show another: a station takes the authority from the server itself, and believes it only when
its digest is that of the code. From then on it is pinned.
"""

import hashlib
import re
import select
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL, crypto

from medidesk.errors import CertificateProblem, DomainError
from medidesk.server.handshake import asked_for_tls, not_encrypted
from medidesk.words import tr

DIGEST_BITS = 120
SCHEME = "medidesk"
TIMEOUT_SECONDS = 5.0
# Crockford's base 32: no letter looks like a digit, and what is typed as one is read as it.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_LENGTH = DIGEST_BITS // 5
_GROUP = 5


@dataclass(frozen=True)
class Invitation:
    """What a QR code holds: where the server is, and the code.

    Attributes:
        address: hosts with ports and the database, as people type them.
        code: in groups.
    """

    address: str
    code: str

    def __str__(self) -> str:
        return f"{SCHEME}://{self.address}?code={quote(self.code)}"


def read_invitation(text: str) -> Invitation | None:
    """The invitation that was scanned; None for any other text, and while its code is not whole."""
    text = text.strip()
    if not text.lower().startswith(f"{SCHEME}://"):
        return None
    try:
        parts = urlsplit(text)
        code = parse_qs(parts.query).get("code", [""])[0]
        read_code(code)
    except (ValueError, DomainError):
        return None
    return Invitation(f"{parts.netloc}{parts.path}".rstrip("/"), code)


def code_of(authority: bytes) -> str:
    """The code of an authority (PEM): 24 letters and digits and one that checks them, in groups of five.

    Raises:
        ValueError: it is no certificate.
    """
    try:
        letters = _digest(x509.load_pem_x509_certificate(authority))
    except x509.InvalidVersion as error:
        raise ValueError("no certificate") from error
    letters += _check(letters)
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def read_code(text: str) -> str:
    """The 24 letters of a code as somebody typed it: in any case, with or without signs between the groups.

    Raises:
        DomainError: with `field` "code": it is none, or a letter of it is wrong.
    """
    letters = re.sub(r"[\s\-–—.]", "", text).upper().translate(_READ_AS)
    if len(letters) != _LENGTH + 1 or not set(letters) <= set(_LETTERS):
        raise DomainError(
            tr("A pairing code has 25 letters and digits in groups of five."),
            tr("It is on the sheet from whoever set up the server: medidesk server pairing"),
            field="code",
        )
    if _check(letters[:-1]) != letters[-1]:
        raise DomainError(
            tr("A letter of the pairing code is wrong."), tr("Compare it with the sheet."), field="code"
        )
    return letters[:-1]


def authority_at(host: str, port: int, code: str, *, timeout: float = TIMEOUT_SECONDS) -> bytes:
    """The clinic's authority (PEM), as the server shows it and the code confirms it.

    Args:
        host, port: the server.
        code: as `read_code` returns it.
        timeout: seconds, for the connection and again for the handshake.

    Raises:
        CertificateProblem: the server shows no authority of this code, or does not encrypt.
        OSError: there is no answer.
    """
    for certificate in _shown(host, port, timeout):
        if _digest(certificate) == code and _is_authority(certificate):
            return certificate.public_bytes(Encoding.PEM)
    raise CertificateProblem(
        tr("The server at {host} is not the one that this code is of.", host=host),
        tr("Check the address and the code. If both are right, do not connect, and tell your administrator."),
    )


def _shown(host: str, port: int, timeout: float) -> list[x509.Certificate]:
    with asked_for_tls(host, port, timeout) as plain:
        if plain is None:
            raise not_encrypted(host)
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        connection = SSL.Connection(context, plain)
        connection.set_connect_state()
        deadline = time.monotonic() + timeout
        while not _shaken_hands(connection):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([plain], [], [], left)[0]:
                raise TimeoutError("the handshake takes too long")
        return _readable(connection.get_peer_cert_chain() or ())


def _readable(chain: Iterable[crypto.X509]) -> list[x509.Certificate]:
    """Those of a chain that are certificates: a server may show anything, and OpenSSL takes more of it."""
    found = []
    for one in chain:
        with suppress(ValueError, TypeError, x509.InvalidVersion):
            found.append(one.to_cryptography())
    return found


def _shaken_hands(connection: SSL.Connection) -> bool:
    """Whether all of the handshake is there; else more of it must be waited for."""
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        return False
    except SSL.Error as error:
        raise ConnectionError("the handshake failed") from error
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return False
    return found.value.ca


def _digest(certificate: x509.Certificate) -> str:
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    return _base32(int.from_bytes(digest) >> 256 - DIGEST_BITS, _LENGTH)


def _check(letters: str) -> str:
    return _base32(hashlib.sha256(letters.encode()).digest()[0] & 31, 1)


def _base32(number: int, length: int) -> str:
    return "".join(_LETTERS[number >> 5 * at & 31] for at in reversed(range(length)))
