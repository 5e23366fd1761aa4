"""The keys of a station's files.

Each person's replica key and the station's outbox key lie in an envelope that only their password opens
(Argon2id, AES-256-GCM). Offline sign-in is the unwrapping itself.

The outbox key belongs to the PC. It is made once, and its only other copy lies at the server, sealed with a secret
that never leaves this PC: whoever has the disk lacks the server's half, whoever has the server lacks the PC's,
and a colleague who signs in here for the first time, or after a password reset, gets it back by signing in. What
somebody else has given the server for it opens with no secret of this PC's, and is passed over.
The PC's secret is kept in the OS keyring where there is a good one, else in a file that only this account reads.
"""

import base64
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from medidesk.errors import StationFilesProblem
from medidesk.server.private_files import write_private
from medidesk.words import tr

KEY_BYTES = 32
NONCE_BYTES = 12
# RFC 9106, second recommended option: 64 MiB, three passes, four lanes.
ARGON2_MEMORY_KIB = 64 * 1024
ARGON2_PASSES = 3
ARGON2_LANES = 4

KEYRING_SERVICE = "medidesk"
# Backends that encrypt and do not prompt on a terminal.
GOOD_KEYRINGS = frozenset(
    {"keyring.backends.SecretService", "keyring.backends.kwallet", "keyring.backends.Windows",
     "keyring.backends.macOS"}
)  # fmt: skip


@dataclass(frozen=True)
class StationKeys:
    """What opens a person's replica and the station's outbox; 32 bytes each."""

    replica: bytes
    outbox: bytes


def new_key() -> bytes:
    """A random key."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, content: bytes, purpose: str) -> bytes:
    """Encrypt so that a change, or a use for another purpose, is noticed."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, purpose.encode())


def unseal(key: bytes, sealed: bytes, purpose: str) -> bytes | None:
    """The content, or None when the key does not fit or something was changed."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
    except (InvalidTag, ValueError):
        return None


class Keys:
    """The envelopes and the PC's secret, in a station's home."""

    def __init__(self, home: Path, station: UUID) -> None:
        self.folder = home / "keys"
        self.station = station

    # Envelopes

    def has_envelope(self, login: str) -> bool:
        """Whether this person has signed in here before."""
        return self._envelope(login).exists()

    def open_envelope(self, login: str, password: str) -> StationKeys | None:
        """The keys, or None when there is no envelope or the password does not open it.

        Raises:
            StationFilesProblem: the envelope cannot be read.
        """
        path = self._envelope(login)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            salt, sealed = base64.b64decode(data["salt"]), base64.b64decode(data["sealed"])
            memory, passes, lanes = int(data["memory_kib"]), int(data["passes"]), int(data["lanes"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StationFilesProblem(
                tr("The key file “{name}” of this station cannot be read.", name=path.name),
                tr("Sign in while the server is there: the file is then made anew."),
            ) from error
        content = unseal(_stretch(password, salt, memory, passes, lanes), sealed, self._purpose(login))
        if content is None:
            return None
        return StationKeys(content[:KEY_BYTES], content[KEY_BYTES:])

    def write_envelope(self, login: str, password: str, keys: StationKeys) -> None:
        """Wrap a person's keys by their password."""
        salt = secrets.token_bytes(16)
        wrapping = _stretch(password, salt, ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES)
        data = {
            "salt": base64.b64encode(salt).decode(),
            "memory_kib": ARGON2_MEMORY_KIB,
            "passes": ARGON2_PASSES,
            "lanes": ARGON2_LANES,
            "sealed": base64.b64encode(
                seal(wrapping, keys.replica + keys.outbox, self._purpose(login))
            ).decode(),
        }
        self._write(self._envelope(login), json.dumps(data))

    def remove_envelope(self, login: str) -> None:
        """Offline sign-in ends here for this person (a suspended account)."""
        self._envelope(login).unlink(missing_ok=True)

    def _write(self, path: Path, content: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, content)

    def _envelope(self, login: str) -> Path:
        return self.folder / f"{login}.json"

    def _purpose(self, login: str) -> str:
        return f"medidesk envelope {self.station} {login}"

    # The PC's half of the outbox key

    def seal_outbox_key(self, outbox_key: bytes) -> bytes:
        """The outbox key as the server keeps it."""
        return seal(self._secret(), outbox_key, f"medidesk outbox {self.station}")

    def unseal_outbox_key(self, kept: Iterable[bytes]) -> bytes | None:
        """The outbox key from what the server keeps for this PC; None where this PC has sealed nothing of it."""
        secret, purpose = self._secret(), f"medidesk outbox {self.station}"
        opened = (unseal(secret, sealed, purpose) for sealed in kept)
        return next((key for key in opened if key is not None and len(key) == KEY_BYTES), None)

    def _secret(self) -> bytes:
        """This PC's secret; made when it is first needed."""
        path = self.folder / "station.secret"
        if path.exists():
            try:
                secret = base64.b64decode(path.read_bytes(), validate=True)
            except (OSError, ValueError):
                secret = b""
            if len(secret) == KEY_BYTES:
                return secret
            raise StationFilesProblem(
                tr("The key file “{name}” of this station cannot be read.", name=path.name),
                tr("Put back a copy of it, or let someone sign in here who has done so before."),
            )
        kept = _keyring_get(str(self.station))
        if kept is not None:
            return base64.b64decode(kept)
        secret = new_key()
        text = base64.b64encode(secret).decode()
        if not _keyring_set(str(self.station), text):
            self._write(path, text)
        return secret


def _stretch(password: str, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    return hash_secret_raw(
        password.encode(), salt, time_cost=passes, memory_cost=memory_kib, parallelism=lanes,
        hash_len=KEY_BYTES, type=Type.ID,
    )  # fmt: skip


def _good_keyring() -> bool:
    # Asking for Secret Service without a session bus would only wait for an answer that never comes.
    if (
        os.name == "posix"
        and not os.environ.get("DBUS_SESSION_BUS_ADDRESS")
        and os.uname().sysname == "Linux"
    ):
        return False
    import keyring

    return type(keyring.get_keyring()).__module__ in GOOD_KEYRINGS


def _keyring_get(name: str) -> str | None:
    if not _good_keyring():
        return None
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(KEYRING_SERVICE, name)
    except KeyringError:
        return None


def _keyring_set(name: str, text: str) -> bool:
    if not _good_keyring():
        return False
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(KEYRING_SERVICE, name, text)
    except KeyringError:
        return False
    return keyring.get_password(KEYRING_SERVICE, name) == text
