"""What people are typing, kept with each keystroke: a stray close or a power cut brings back every character."""

import datetime as dt
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from medidesk.sync.engine import Engine
from medidesk.sync.sqlcipher import FILE_ERRORS


@dataclass(frozen=True)
class Draft:
    """A form that has not been saved.

    Attributes:
        key: which form, such as "patients.register".
        values: its fields, as JSON.
        kept_at: when it was last kept.
    """

    key: str
    values: Mapping[str, Any]
    kept_at: dt.datetime


class Drafts:
    """One person's drafts at this station, in the outbox's encrypted file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._author = engine.author.login
        # What the disk may not have yet: a form that is opened again at once gets its last letter too.
        self._latest: dict[str, Draft | None] = {}

    def keep(self, key: str, values: Mapping[str, Any]) -> Future[None]:
        """Keep a form's fields. Returns at once: they are on the disk when the future is done.

        The future fails with `DiskFull` or `StationFilesProblem` where they could not be written.
        """
        fields = dict(values)
        self._latest[key] = Draft(key, fields, dt.datetime.now(dt.UTC))
        return self._engine.call(partial(self._keep, key, fields))

    def _keep(self, key: str, fields: dict[str, Any]) -> None:
        try:
            self._engine.outbox.drafts.keep(self._author, key, fields)
        except FILE_ERRORS as error:
            # Nobody waits for it: whoever types must see that a stray close would cost them what they typed.
            raise self._engine.outbox_trouble(error) from error
        self._engine.files_well()

    def drop(self, key: str) -> None:
        """The form has been saved, or its author threw it away."""
        self._latest[key] = None
        self._engine.call(lambda: self._engine.outbox.drafts.drop(self._author, key))

    def get(self, key: str) -> Draft | None:
        """A form's draft, if one was kept."""
        return next((draft for draft in self.all() if draft.key == key), None)

    def all(self) -> list[Draft]:
        """All of this person's drafts, the newest first."""
        kept = {one[0]: Draft(*one) for one in self._engine.outbox.drafts.of(self._author)}
        found = [draft for draft in (kept | self._latest).values() if draft is not None]
        return sorted(found, key=lambda draft: draft.kept_at, reverse=True)
