"""The units that have systemd start the clinic's server with the machine, and take its backups."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from medidesk.server.cluster import Cluster
from medidesk.server.private_files import write_private

SERVER = "medidesk-server.service"
WATCH = ("medidesk-watch.service", "medidesk-watch.timer")
BACKUP = ("medidesk-backup.service", "medidesk-backup.timer")
_TEMPLATES = Path(__file__).resolve().parents[2] / "installer"


def write_server_unit(cluster: Cluster, home: Path, user: str) -> Path:
    """The unit that starts the server, written beside it; returns where.

    Args:
        cluster: the server.
        home: the folder that it lies in.
        user: as whom MediDesk runs there.
    """
    return _write(SERVER, home, {"user": user, "pid": cluster.data / "postmaster.pid"})


def write_watch_units(home: Path, user: str) -> list[Path]:
    """The units that look for guessed passwords each minute, the timer last; returns where they are."""
    return [_write(name, home, {"user": user}) for name in WATCH]


def write_backup_units(home: Path, user: str) -> list[Path]:
    """The units that take a backup every night, the timer last; returns where they are."""
    return [_write(name, home, {"user": user}) for name in BACKUP]


def _write(name: str, home: Path, values: Mapping[str, object]) -> Path:
    text = (_TEMPLATES / name).read_text(encoding="utf-8")
    for word, value in {**values, "home": home, "program": " ".join(program())}.items():
        text = text.replace(f"@{word}@", str(value))
    write_private(home / name, text)
    return home / name


def program() -> list[str]:
    """The words that start this very MediDesk."""
    found = shutil.which("medidesk", path=str(Path(sys.executable).parent)) or shutil.which("medidesk")
    return [found] if found else [sys.executable, "-m", "medidesk"]
