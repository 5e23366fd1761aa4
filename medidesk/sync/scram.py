"""SCRAM keys (RFC 5802): what signs an author in without the password, to send their waiting work later."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from medidesk.server.scram import saslprep

ITERATIONS_MOST = 1_000_000  # a second; a server could keep a PC busy for days
KEY_NAMES = ("Client Key", "Server Key")


@dataclass(frozen=True)
class ScramKeys:
    """`scram_client_key` and `scram_server_key` as libpq takes them, base64.

    Attributes:
        client, server: the keys.
        salt, iterations: what they were derived under.
    """

    client: str
    server: str
    salt: str
    iterations: int

    def as_pair(self) -> tuple[str, str]:
        """For `Login.keys`."""
        return self.client, self.server


def derive(password: str, salt: str, iterations: int) -> ScramKeys:
    """The keys for a password under a verifier's salt (base64) and iterations.

    Raises:
        ValueError: it is none that MediDesk's servers use.
    """
    if not 0 < iterations <= ITERATIONS_MOST:
        raise ValueError("no server asks for so many iterations")
    salted = hashlib.pbkdf2_hmac("sha256", saslprep(password).encode(), base64.b64decode(salt), iterations)
    client, server = (
        base64.b64encode(hmac.digest(salted, name.encode(), "sha256")).decode() for name in KEY_NAMES
    )
    return ScramKeys(client, server, salt, iterations)
