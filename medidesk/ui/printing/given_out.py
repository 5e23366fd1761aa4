"""Which papers this station has printed already: what is printed of them again says that it is a copy.

Only ids are kept. A station knows its own prints: what another one has printed is known there.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from uuid import UUID

from medidesk.ui import choices_file

FILE = "given-out.json"
KEPT_DAYS = 31
"""What is older than this counts as printed, so that the file does not grow for ever."""


class GivenOut:
    """Of one station's folder.

    Args:
        home: the folder.
        today: by the branch's clock.
    """

    def __init__(self, home: Path, today: dt.date) -> None:
        self._path, self._today = home / FILE, today

    def is_copy(self, kind: str, row_id: UUID, made_on: dt.date) -> bool:
        """Whether a paper that was made on a day would be printed again."""
        if (self._today - made_on).days > KEPT_DAYS:
            return True
        return str(row_id) in choices_file.read(self._path).get(kind, {})

    def note(self, kind: str, row_id: UUID) -> None:
        """It was printed now."""
        kept = choices_file.read(self._path)
        oldest = (self._today - dt.timedelta(days=KEPT_DAYS)).isoformat()
        of_kind = {one: day for one, day in kept.get(kind, {}).items() if str(day) >= oldest}
        of_kind.setdefault(str(row_id), self._today.isoformat())
        choices_file.write(self._path, kept | {kind: of_kind})
