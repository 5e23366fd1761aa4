"""What is typed into a form over a row, kept with what stood there before: others' changes are seen later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from medidesk.ui.kit.form import Form

if TYPE_CHECKING:
    from medidesk.sync.drafts import Draft, Drafts


class FormDraft:
    """The draft of one form.

    Args:
        drafts: the person's.
        key: under which name it is kept.
        form: whose fields.

    Attributes:
        resolves: the refused operation that is typed anew here, if one is.
    """

    def __init__(self, drafts: Drafts, key: str, form: Form) -> None:
        self._drafts, self._key, self._form = drafts, key, form
        self.resolves: UUID | None = None

    def keep(self) -> bool:
        """Keep what differs from the base; nothing is kept of a form that holds what it was opened with.

        Returns:
            Whether there is a draft now.
        """
        dirty = self._form.dirty_fields()
        if not dirty and self.resolves is None:
            self.drop()
            return False
        typed, before = self._form.draft(), self._form.base_texts()
        kept = {
            "typed": {name: typed[name] for name in dirty},
            "before": {name: before[name] for name in dirty},
            "resolves": None if self.resolves is None else str(self.resolves),
        }
        self._drafts.keep(self._key, kept)
        return True

    def drop(self) -> None:
        """What was typed has been saved, or taken back."""
        self.resolves = None
        self._drafts.drop(self._key)

    def take_up(self, now: Mapping[str, Any]) -> tuple[Draft, list[str]] | None:
        """Put back what was typed, over the row as it is `now`.

        Returns:
            The draft, and the fields that somebody else has changed since; None without a draft.
        """
        draft = self._drafts.get(self._key)
        if draft is None:
            return None
        if resolves := draft.values.get("resolves"):
            self.resolves = UUID(resolves)
        self._form.restore_draft(draft.values.get("before", {}))
        self._form.set_base(self._form.values())
        self._form.restore_draft(draft.values.get("typed", {}))
        return draft, self._form.apply_remote(now)
