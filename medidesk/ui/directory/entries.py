"""Adding, changing and removing an entry of the directory, each in its panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from medidesk.errors import MediDeskError
from medidesk.repositories import directory, labels, services
from medidesk.ui import moments
from medidesk.ui.answers import refuse, say_kept_here, tell
from medidesk.ui.directory.forms import Places
from medidesk.ui.directory.kind import Kind
from medidesk.ui.directory.kinds import kinds
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.page import Desk
from medidesk.words import tr

DRAFT = "directory/"
_NEW = "new"
_BESIDE_FROM = 320
"""Short fields stand beside each other in the panel: all of an entry is seen at once."""


class Entries(QObject):
    """Makes the panels, and carries out what they ask.

    Signals:
        finished(kind, id): the panel's entry was saved or removed; the id of one that is there now, or None.
    """

    finished = Signal(str, object)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.kinds: Mapping[str, Kind] = {kind.name: kind for kind in kinds(desk.station.user.org_id)}

    def administered(self) -> frozenset[UUID]:
        """The organisations whose entries whoever is signed in keeps."""
        return self._desk.station.read(directory.administered, self._desk.station.user.login)

    def panel(self, name: str, entry: UUID | None) -> EntryPanel | None:
        """The panel of an entry, or of a new one, with what was typed there and not saved.

        None when the entry is gone and nothing was typed over it.
        """
        kind, read = self.kinds[name], self._desk.station.read
        key = f"{DRAFT}{name}/{entry or _NEW}"
        row = self._find(kind, entry)
        if entry is not None and row is None:
            if self._desk.station.drafts.get(key) is None:
                return None
            entry = None  # what was typed over an entry that is gone may be added as a new one
        user, held = self._desk.station.user, self.administered()
        places = Places(
            tuple((one.id, one.name) for one in read(directory.organisations) if one.id in held),
            tuple(read(directory.departments)),
            tuple(read(directory.specialisations)),
            tuple((one.id, one.name) for one in read(directory.staff) if one.org_id in held),
            tuple((one.id, one.name) for one in read(services.price_lists)),
            tuple((one.id, f"{one.code} · {one.name}") for one in read(services.catalogue) if one.active),
            tuple(read(directory.rooms)),
        )
        own = user.org_id if row is None else row.org_id
        spec = kind.spec(places, None if row is None else _values(row), own)
        values = self._empty(kind, own) if row is None else self._shown(spec, row)
        panel = EntryPanel(
            kind.new_title if row is None else row.name,
            spec,
            values,
            partial(self._save, kind, row),
            self._desk.station.drafts,
            key,
            is_new=entry is None,
            remove=self._remover(kind, row, key),
        )
        panel.form.fold_below(_BESIDE_FROM)
        panel.saved.connect(partial(self._saved, kind, entry))
        if "org_id" in values and "department_id" in panel.form.values():
            panel.form.changed.connect(partial(self._follow_branch, panel, places))
        return panel

    def renew(self, panel: EntryPanel, name_of: Callable[[UUID | None], str], *, own: bool) -> None:
        """Let a panel that is open take in its entry as it is now.

        Args:
            panel: the panel.
            name_of: what a person is called.
            own: whether only this station changed it.
        """
        name, written = panel.draft_key.removeprefix(DRAFT).split("/")
        if written == _NEW:
            return
        row = self._find(self.kinds[name], UUID(written))
        by = None if row is None else row.updated_by
        mine = by in {None, self._desk.station.user.account_id}
        shown = None if row is None else self._shown(panel.form.spec, row)
        panel.show_values(shown, own=own and mine, by=name_of(by))

    def drafted(self) -> list[tuple[str, UUID | None]]:
        """The kind and entry of every panel in which something was typed and not saved, the latest first."""
        kept = [one.key for one in self._desk.station.drafts.all() if one.key.startswith(DRAFT)]
        parts = (key.removeprefix(DRAFT).split("/") for key in kept)
        return [(name, None if entry == _NEW else UUID(entry)) for name, entry in parts]

    def _find(self, kind: Kind, entry: UUID | None) -> Any:
        return None if entry is None else self._desk.station.read(kind.one, entry)

    @staticmethod
    def _shown(spec: Any, row: Any) -> dict[str, object]:
        return {field.name: getattr(row, field.name) for field in spec.inputs()}

    def _empty(self, kind: Kind, branch: UUID) -> dict[str, object]:
        """What a new entry holds at first: a branch is where its author's is."""
        values = dict(kind.empty) | {"org_id": branch, "parent_id": branch}
        if kind.name in {"duty", "days"}:
            values["starts_on"] = moments.today()
        if kind.name == "branch":
            above = self._desk.station.read(directory.organisation, branch)
            if above is not None:
                values |= {name: getattr(above, name) for name in ("country", "timezone", "currency")}
        return values

    @staticmethod
    def _follow_branch(panel: EntryPanel, places: Places, name: str) -> None:
        """Departments and rooms are those of the branch that is chosen."""
        if name == "org_id":
            branch = panel.form.values()["org_id"]
            panel.form.set_choices("department_id", places.departments_of(branch))
            panel.form.set_choices("room_id", places.rooms_of(branch))

    def _save(
        self,
        kind: Kind,
        row: Any,
        values: dict[str, Any],
        changed: frozenset[str],
        resolves: UUID | None,
        done: Callable[[Any], None],
        failed: Callable[[MediDeskError], None],
    ) -> None:
        if row is None:
            verb, arguments = kind.adding(values)
        else:
            verb, arguments = kind.changing(row, {name: values[name] for name in changed})
        self._desk.bridge.run(verb, *arguments, done=done, failed=failed, resolves=resolves)

    def _saved(self, kind: Kind, entry: UUID | None, outcome: Any) -> None:
        row = getattr(outcome, "row", None)
        self.finished.emit(kind.name, entry or getattr(row, "id", row))
        if getattr(outcome, "merged", None) is None:
            say_kept_here(self._desk)

    def _remover(self, kind: Kind, row: Any, draft_key: str) -> tuple[str, Callable[[], None]] | None:
        """Words and action of the button that removes an entry that is there."""
        run = None if row is None else kind.removing(row)
        if run is None:
            return None
        verb, arguments = run

        def done(outcome: Any) -> None:
            self._desk.station.drafts.drop(draft_key)
            self.finished.emit(kind.name, None)
            tell(self._desk, kind.removed, outcome)

        failed = partial(refuse, self._desk, tr("Not removed"))
        words = kind.remove_label or tr("Remove")
        return words, lambda: self._desk.bridge.run(verb, *arguments, done=done, failed=failed)


def as_typed(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What refused work wanted, by the names that the forms have for it."""
    typed = dict(wanted)
    for name, field, words in (
        ("from_minute", "starts", labels.clock),
        ("to_minute", "ends", labels.clock),
        ("tax_percent", "tax", labels.shown),
        ("copay_percent", "copay", labels.shown),
        ("amount", "price", labels.shown),
    ):
        if name in wanted:
            typed[field] = words(wanted[name])
    return typed


def _values(row: Any) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}
