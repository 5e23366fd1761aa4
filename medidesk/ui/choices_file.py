"""A small file of what was chosen at a station. It holds nobody's data: losing it costs a choice, never work."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def read(path: Path) -> dict[str, dict[str, Any]]:
    """What was chosen, by name; a file that is missing or damaged counts as nothing."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {str(name): chosen for name, chosen in kept.items() if isinstance(chosen, dict)}


def write(path: Path, kept: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep it in one step; a disk that refuses leaves what there was."""
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
