"""The key that opens a clinic's backups: of age (age-encryption.org/v1), so that any age opens them too.

The server knows the public half alone: whoever takes the server, or a backup, reads no backup.
"""

import datetime as dt
import errno
import os
from pathlib import Path

import pyrage

from medidesk.errors import BackupProblem
from medidesk.server.private_files import create_private, disk_full, world_errors
from medidesk.words import tr

_SECRET = "AGE-SECRET-KEY-"  # noqa: S105 (how such a line begins)


def new_key(path: Path) -> str:
    """Make a key and write it to a file that is not there yet, in age's own form; returns its public half.

    Raises:
        BackupProblem: there is something already.
        DiskFull: there was no room.
        ServerProblem: no right to write there.
    """
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    text = f"# created: {dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}\n# public key: {public}\n{identity}\n"
    try:
        descriptor = create_private(path)
    except FileNotFoundError as error:
        raise _no_folder(path) from error
    except FileExistsError as error:
        raise BackupProblem(
            tr("{path} is there already.", path=path),
            tr("A key is never written over: name another file, or give its public half with --recipient."),
        ) from error
    with world_errors(path), os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return public


def _no_folder(path: Path) -> BackupProblem:
    return BackupProblem(
        tr("There is no folder {folder}.", folder=path.parent),
        tr("Is the stick plugged in? Name a folder that is there."),
    )


def check_public(text: str) -> str:
    """The public half of a key as somebody typed it.

    Raises:
        BackupProblem: it is none.
    """
    try:
        return str(pyrage.x25519.Recipient.from_str(text.strip()))
    except pyrage.RecipientError as error:
        raise BackupProblem(
            tr("“{text}” is no public key.", text=text.strip()[:80]),
            tr("It begins with age1 and stands in the file of the key."),
        ) from error


def read_key(path: Path) -> pyrage.x25519.Identity:
    """The key in a file.

    Raises:
        BackupProblem: there is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        (line,) = [one.strip() for one in lines if one.strip().startswith(_SECRET)]
        return pyrage.x25519.Identity.from_str(line)
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise BackupProblem(
            tr("{path} holds no key of a backup.", path=path),
            tr(
                "Name the file that was written when backups were set up; its last line begins with AGE-SECRET-KEY."
            ),
        ) from error


def seal(plain: Path, sealed: Path, public: str) -> None:
    """Encrypt a file for a key; it is on the disk when this returns.

    Raises:
        DiskFull: there was no room.
        BackupProblem: it could not be written otherwise.
    """
    try:
        pyrage.encrypt_file(str(plain), str(sealed), [pyrage.x25519.Recipient.from_str(public)])
        with sealed.open("rb+") as file:
            os.fsync(file.fileno())
    except (OSError, pyrage.EncryptError) as error:
        raise _not_written(sealed, error) from error


def sealed_bytes(plain: bytes, public: str) -> bytes:
    """Encrypt what fits into memory."""
    sealed: bytes = pyrage.encrypt(plain, [pyrage.x25519.Recipient.from_str(public)])
    return sealed


def opened_bytes(sealed: Path, key: pyrage.x25519.Identity) -> bytes:
    """Decrypt a file that fits into memory.

    Raises:
        BackupProblem: it is for another key, or not as it was written.
    """
    try:
        plain: bytes = pyrage.decrypt(sealed.read_bytes(), [key])
    except (OSError, pyrage.DecryptError) as error:
        raise _not_opened(sealed, error) from error
    return plain


def unseal(sealed: Path, plain: Path, key: pyrage.x25519.Identity) -> None:
    """Decrypt a file, readable by its owner alone.

    Raises:
        DiskFull: there was no room.
        BackupProblem: it is for another key, or not as it was written.
    """
    os.close(os.open(plain, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        pyrage.decrypt_file(str(sealed), str(plain), [key])
    except (OSError, pyrage.DecryptError) as error:
        if _no_room(error):
            raise disk_full(plain) from error
        raise _not_opened(sealed, error) from error


def _not_opened(sealed: Path, error: Exception) -> BackupProblem:
    if "No matching keys" in str(error):
        return BackupProblem(
            tr("This key does not open {path}.", path=sealed),
            tr("Name the file of the key that backups were set up with at that time."),
        )
    return damaged(sealed)


def damaged(path: Path) -> BackupProblem:
    """The error to raise for a part of a backup that is not as it was written."""
    return BackupProblem(
        tr("{path} is damaged.", path=path), tr("Take the copy in the second place, or an older backup.")
    )


def _not_written(path: Path, error: Exception) -> Exception:
    if _no_room(error):
        return disk_full(path)
    return BackupProblem(
        tr("{path} could not be written: {reason}.", path=path, reason=error),
        tr("Look at the disk, and whether MediDesk may write there."),
    )


def _no_room(error: Exception) -> bool:
    return getattr(error, "errno", None) == errno.ENOSPC or os.strerror(errno.ENOSPC) in str(error)
