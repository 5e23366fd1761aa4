"""A panel whose fields are what one verb is run with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.kit.form import Field, FormSpec, Section
from medidesk.ui.kit.label import Label
from medidesk.ui.page import Desk

if TYPE_CHECKING:
    from medidesk.errors import MediDeskError
    from medidesk.repositories.verbs import Verb

type Run = Callable[[Mapping[str, str]], tuple[Verb, tuple[Any, ...]]]
"""The verb for what the form holds, and what it is run with."""


def verb_panel(
    desk: Desk,
    title: str,
    line: str,
    fields: Sequence[Field | Section],
    values: Mapping[str, str],
    key: str,
    run: Run,
    *,
    saves: str = "",
) -> EntryPanel:
    """The panel.

    Args:
        desk: where the verb is run.
        title: what is being done.
        line: about it, above the fields.
        fields: what is asked.
        values: what they hold at first.
        key: under which name what is typed is kept.
        run: see `Run`.
        saves: the word of the button; "Save" unless told.
    """

    def store(
        typed: dict[str, Any],
        _changed: frozenset[str],
        resolves: UUID | None,
        done: Callable[[Any], None],
        failed: Callable[[MediDeskError], None],
    ) -> None:
        verb, arguments = run({name: str(value) for name, value in typed.items()})
        desk.bridge.run(verb, *arguments, done=done, failed=failed, resolves=resolves)

    spec = FormSpec(tuple(fields))
    panel = EntryPanel(title, spec, values, store, desk.station.drafts, key, is_new=True, saves=saves)
    if line:
        panel.body.insertWidget(0, Label(line, "body", "regular", "text.secondary", wrap=True))
    return panel
