"""What a person chose for the windows of this station: the look, and when it locks."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from medidesk.ui import choices_file

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
        kept = choices_file.read(home / FILE)
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
        kept = choices_file.read(self.home / FILE)
        values = asdict(self)
        kept[self.login] = {"look": values["look"], "lock_after": values["lock_after"]}
        kept[""] = {"last": self.login}
        choices_file.write(self.home / FILE, kept)
