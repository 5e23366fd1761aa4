"""How an open station does, in a small file that others may read: no patient's data, and no secret."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from medidesk.server.private_files import write_private

NAME = "status.json"


def write(home: Path, figures: dict[str, Any]) -> None:
    """Put the figures in their place, whole or not at all.

    Raises:
        DiskFull: there is no room.
        ServerProblem: no right to write there.
    """
    write_private(home / NAME, json.dumps(figures, indent=1) + "\n")


def read(home: Path) -> dict[str, Any]:
    """The figures, with ages in seconds as of now; empty where there are none, or none that can be read."""
    try:
        found = json.loads((home / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    now = dt.datetime.now(dt.UTC)
    for name in ("cursor", "oldest_waiting"):
        moment = found.get(f"{name}_at")
        age = None if moment is None else (now - dt.datetime.fromisoformat(moment)).total_seconds()
        found[f"{name}_age_seconds"] = age if age is None else max(0.0, round(age, 1))
    return found
