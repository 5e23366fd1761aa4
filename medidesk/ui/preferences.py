"""What a person chose for the windows of this station: the look, and when it locks."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Look = Literal["light", "dark", "system"]
LOOKS: tuple[Look, ...] = ("light", "dark", "system")
FILE = "windows.json"


@dataclass
class Preferences:
    """One person's choices; `save` keeps them in the station's folder.

    Attributes:
        look: light, dark, or as the desktop has it.
        lock_after: minutes without a key or a click until the station locks; 0 never.
    """

    home: Path = field(repr=False)
    login: str
    look: Look = "system"
    lock_after: int = 10

    @classmethod
    def load(cls, home: Path, login: str) -> "Preferences":
        """The choices of `login`, or of whoever chose last when `login` is empty; a damaged file counts as none."""
        kept = _read(home)
        chosen = kept.get(login or str(kept.get("", {}).get("last", "")), {})
        look = chosen.get("look")
        minutes = chosen.get("lock_after")
        return cls(
            home,
            login,
            look=look if look in LOOKS else "system",
            lock_after=minutes if isinstance(minutes, int) and minutes >= 0 else 10,
        )

    def save(self) -> None:
        """Keep them; a disk that refuses costs the choice, never the work."""
        kept = _read(self.home)
        values = asdict(self)
        kept[self.login] = {"look": values["look"], "lock_after": values["lock_after"]}
        kept[""] = {"last": self.login}
        fresh = self.home / f"{FILE}.new"
        try:
            fresh.write_text(json.dumps(kept, indent=1), encoding="utf-8")
            fresh.replace(self.home / FILE)
        except OSError:
            fresh.unlink(missing_ok=True)


def _read(home: Path) -> dict[str, dict[str, Any]]:
    try:
        kept = json.loads((home / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {str(login): chosen for login, chosen in kept.items() if isinstance(chosen, dict)}
