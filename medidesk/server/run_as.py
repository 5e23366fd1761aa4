"""Running PostgreSQL as an ordinary user when MediDesk itself runs as root.

PostgreSQL refuses to run as root. MediDesk then drops to a system user for the server's processes, and
puts what they must reach where that user can reach it. It never changes the mode of a folder that it did
not make: nobody's home is opened up.
"""

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from medidesk.errors import ServerProblem
from medidesk.words import tr

SYSTEM_FOLDER = Path("/var/lib/medidesk")
"""Where root keeps what the server's user must reach and cannot reach in a closed home."""

_OWN_USER = "medidesk"


@dataclass(frozen=True)
class ServerUser:
    """The system user the server's processes run as, instead of root."""

    name: str
    uid: int
    gid: int


if sys.platform == "win32":

    def is_root() -> bool:
        """Whether this process is root; never on Windows, where `pg_ctl` drops its rights itself."""
        return False

    def server_user(owned: Path | None = None) -> ServerUser | None:
        """The user to drop to, or None to run as oneself."""
        del owned
        return None

else:
    import pwd

    def is_root() -> bool:
        """Whether this process is root."""
        return os.geteuid() == 0

    def server_user(owned: Path | None = None) -> ServerUser | None:
        """The user to drop to, or None when not root and the server runs as oneself.

        Args:
            owned: a data folder made earlier; its owner is then the user.

        Raises:
            ServerProblem: there is no user to drop to and none could be made.
        """
        if not is_root():
            return None
        if owned is not None and (uid := owned.stat().st_uid) != 0:
            try:
                return _entry(pwd.getpwuid(uid))
            except KeyError:
                return ServerUser(str(uid), uid, owned.stat().st_gid)
        for name in (_OWN_USER, "postgres"):
            if user := _named(name):
                return user
        if (user := _created()) or (user := _named("nobody")):
            return user
        raise ServerProblem(
            tr("PostgreSQL does not run as root, and this computer has no other user for it."),
            tr("Add a system user named {name}, or start MediDesk as an ordinary user.", name=_OWN_USER),
        )

    def _entry(entry: pwd.struct_passwd) -> ServerUser:
        return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def _named(name: str) -> ServerUser | None:
        try:
            return _entry(pwd.getpwnam(name))
        except KeyError:
            return None

    def _created() -> ServerUser | None:
        tool = shutil.which("useradd")
        if tool is None:
            return None
        command = [tool, "--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_FOLDER)]
        command += ["--shell", shutil.which("nologin") or "/bin/false", _OWN_USER]
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - our own arguments
        return _named(_OWN_USER)


def run(
    command: Sequence[str | Path],
    user: ServerUser | None,
    *,
    cwd: Path,
    output: IO[bytes] | int = subprocess.DEVNULL,
    keep_open: Sequence[int] = (),
) -> int:
    """Run one of PostgreSQL's programs as `user` and return its exit code.

    Its environment is ours without PG… variables and with untranslated messages. Output goes to a file,
    never to a pipe: a server started this way inherits it and would hold the pipe open.

    Args:
        command: the program and its arguments.
        user: whom to run as; None runs as oneself.
        cwd: a folder that user can be in.
        output: where standard output and error go.
        keep_open: descriptors the child inherits.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    environment |= {"LC_ALL": "C", "LANG": "C"}
    environment.pop("LANGUAGE", None)
    if user is not None:
        environment |= {"HOME": "/", "USER": user.name, "LOGNAME": user.name}
    own_libraries = Path(command[0]).parent.parent / "lib"
    if sys.platform == "linux" and (own_libraries / "libpq.so.5").exists():
        # The wheel's module that follows a primary looks for libpq where it was built, then takes any other's.
        environment["LD_LIBRARY_PATH"] = str(own_libraries)
    finished = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, found by `binaries`
        [str(part) for part in command],
        check=False,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=() if sys.platform == "win32" else tuple(keep_open),
        user=None if user is None else user.uid,
        group=None if user is None else user.gid,
        extra_groups=None if user is None else [],
    )
    return finished.returncode


def misread(folder: Path) -> bool:
    """Whether PostgreSQL cannot work in a folder of this name.

    `initdb` and `pg_ctl` start the server through a shell, with its path between double quotes; and a
    database in UTF-8 refuses names in another code.
    """
    name = str(folder)
    return sys.platform != "win32" and (
        any(sign in name for sign in '"$`\\') or name.encode(errors="replace") != os.fsencode(name)
    )


def can_reach(user: ServerUser | None, folder: Path) -> bool:
    """Whether `user` may enter `folder`, by asking as that user (so access lists count too)."""
    if user is None:
        return os.access(folder, os.X_OK)
    return run([shutil.which("test") or "/bin/test", "-x", folder], user, cwd=Path("/")) == 0


def reachable_place(user: ServerUser | None, folder: Path) -> Path:
    """Where the server's data for `folder` can lie: in it, or below `SYSTEM_FOLDER` when it is closed.

    A place below `SYSTEM_FOLDER` is new: the data of a folder that was removed by hand is left alone.
    """
    if can_reach(user, folder):
        return folder
    key = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    place = SYSTEM_FOLDER / key
    if place.exists():
        place = SYSTEM_FOLDER / f"{key}-{secrets.token_hex(4)}"
    open_folder(place)
    return place


def leave_place(place: Path) -> None:
    """Remove a place `reachable_place` made below `SYSTEM_FOLDER`, once its data is gone."""
    if place.parent == SYSTEM_FOLDER:
        shutil.rmtree(place, ignore_errors=True)


def open_folder(folder: Path) -> None:
    """Make `folder` below `SYSTEM_FOLDER`: others can pass through it and cannot list it."""
    for missing in (SYSTEM_FOLDER, folder):
        make_passable(missing)


def make_passable(folder: Path) -> None:
    """Make `folder`, for others to pass through only; one that exists keeps its mode."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    folder.chmod(0o711)  # mkdir's own mode is cut by the umask
