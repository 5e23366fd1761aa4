"""Why a server's certificate is not trusted.

libpq says no more than "certificate verify failed". After such a failure the handshake is done once more
here, to tell an expired certificate from a stranger's: each needs another next step.
"""

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medidesk.errors import CertificateProblem
from medidesk.words import tr

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # "Message Formats: SSLRequest" in PostgreSQL's manual
_NOT_YET_VALID, _EXPIRED = 9, 10  # X509_V_ERR_… of OpenSSL
_OTHER_NAME, _OTHER_ADDRESS = 62, 64


def certificate_problem(
    host: str, port: int, authority: Path, *, timeout: float = 5
) -> CertificateProblem | None:
    """What is wrong with the certificate of the server at `host`, or None when it is trusted.

    Args:
        host: the name or address stations call it by.
        port: its port.
        authority: the clinic's authority (PEM), pinned at pairing.
        timeout: seconds for each step.

    Raises:
        OSError: there is no answer at all.
    """
    if not authority.is_file():
        return CertificateProblem(
            tr("The certificate of the clinic ({path}) is missing.", path=authority),
            tr("Pair this station with the server again."),
        )
    try:
        trust = ssl.create_default_context(cafile=str(authority))
    except ssl.SSLError:
        return CertificateProblem(
            tr("The certificate of the clinic ({path}) is damaged.", path=authority),
            tr("Pair this station with the server again."),
        )
    with asked_for_tls(host, port, timeout) as plain:
        if plain is None:
            return not_encrypted(host)
        try:
            trust.wrap_socket(plain, server_hostname=host).close()
        except ssl.SSLCertVerificationError as error:
            return _told(host, error.verify_code)
    return None


@contextmanager
def asked_for_tls(host: str, port: int, timeout: float) -> Iterator[socket.socket | None]:
    """A connection to a PostgreSQL server that waits for TLS to begin; None where it does not encrypt.

    Raises:
        OSError: there is no answer.
    """
    with socket.create_connection((host, port), timeout) as plain:
        plain.sendall(_SSL_REQUEST)
        yield plain if plain.recv(1) == b"S" else None


def not_encrypted(host: str) -> CertificateProblem:
    """What is said of a server that does not encrypt."""
    return CertificateProblem(
        tr("The server at {host} does not encrypt its connections.", host=host),
        tr("Do not connect. Tell your administrator."),
    )


def _told(host: str, code: int) -> CertificateProblem:
    if code == _EXPIRED:
        return CertificateProblem(
            tr("The certificate of the server at {host} has expired.", host=host),
            tr("Ask your administrator to restart the server, which renews it, and check this clock."),
        )
    if code == _NOT_YET_VALID:
        return CertificateProblem(
            tr("The certificate of the server at {host} is not valid yet.", host=host),
            tr("Check the date and time of this computer."),
        )
    if code in {_OTHER_NAME, _OTHER_ADDRESS}:
        return CertificateProblem(
            tr("The server's certificate is not for the address {host}.", host=host),
            tr("Use the address your administrator gave you."),
        )
    return CertificateProblem(
        tr("The server at {host} is not the one this station was paired with.", host=host),
        tr("Do not sign in there. Tell your administrator."),
    )
