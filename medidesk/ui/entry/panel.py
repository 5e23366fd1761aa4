"""The panel of one row: its form, what keeps it, and the verbs behind its buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from medidesk.errors import DomainError, MediDeskError
from medidesk.repositories import dates
from medidesk.ui import moments
from medidesk.ui.entry.both_touched import BothTouched, Theirs, news_words
from medidesk.ui.entry.form_draft import FormDraft
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.form import Form, FormFoot, FormSpec
from medidesk.ui.notice import Notice
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.sync.drafts import Drafts

Save = Callable[
    [
        dict[str, Any],
        frozenset[str],
        UUID | None,
        Callable[[Any], None],
        Callable[[MediDeskError], None],
    ],
    None,
]
"""Saves values, told which of them differ from what the form was opened with and which refused operation they stand
for; then calls the first with the outcome, or the second with what must be mended."""


class EntryPanel(SidePanel):
    """The panel.

    Args:
        title: what is being added or changed.
        spec: its fields.
        values: what they hold at first.
        save: see `Save`.
        drafts: the person's, where what is typed is kept.
        draft_key: under which name.
        is_new: whether it is added; one that is there and was not changed is not saved again.
        remove: words and action of a button that ends or removes the entry.
        saves: the word of the button that saves; "Save" unless told.
        line: under the title.

    Signals:
        saved(outcome): it was saved.
        draft_changed(bool): there is a draft, or there is none any more.
    """

    saved = Signal(object)
    draft_changed = Signal(bool)

    def __init__(
        self,
        title: str,
        spec: FormSpec,
        values: Mapping[str, object],
        save: Save,
        drafts: Drafts,
        draft_key: str,
        *,
        is_new: bool,
        remove: tuple[str, Callable[[], None]] | None = None,
        saves: str = "",
        line: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, line, parent)
        self.draft_key = draft_key
        self._save, self._is_new, self._saving = save, is_new, False
        self._labels = {field.name: field.label for field in spec.inputs()}
        self.form = Form(spec, parse_date=dates.parse_day, show_date=moments.day)
        self.form.set_base(values)
        self._draft = FormDraft(drafts, draft_key, self.form)
        self._refusal = Notice("danger", "circle-alert")
        self._refusal.hide()
        self.body.addWidget(self.form)
        self.body.addWidget(self._refusal)
        self.body.addStretch(1)
        self._both = BothTouched(self.form, 16)
        self._both.settled.connect(self._keep)
        self._both.later.connect(self.close_asked)
        self._column.addWidget(self._both)
        self.foot = self._make_foot(saves or tr("Save"), remove)
        self.set_foot(self.foot)
        self._both.asking.connect(self.foot.primary.setDisabled)
        self.form.changed.connect(self._keep)
        self._take_draft_up(values)

    def arrive(self) -> None:
        """The first field takes what is typed."""
        card = self._both.card()
        if card is not None:
            card.keep.setFocus()
        else:
            self.form.focus()

    def submit(self) -> None:
        """Save, if every field can be read; with something to pick, take what is picked first."""
        if self._both.card() is not None:
            self._both.decide()
            return
        if self._saving or not self.foot.primary.isEnabled() or not self.form.check():
            return
        changed = frozenset(self.form.dirty_fields())
        if not changed and not self._is_new and self._draft.resolves is None:
            self.close_asked.emit()
            return
        self._saving = True
        self.foot.primary.setEnabled(False)
        self._refusal.hide()
        self._save(self.form.values(), changed, self._draft.resolves, self._done, self._failed)

    def show_values(self, values: Mapping[str, object] | None, *, own: bool, by: str) -> None:
        """Take in the entry as it is now.

        Args:
            values: its fields; None when somebody removed it.
            own: whether this station changed it.
            by: who did.
        """
        if self._saving or self._is_new:
            return
        if values is None:
            self._both.show_fields("", (), Theirs({}, by))
            self.foot.primary.setEnabled(False)
            words = tr("{by} removed it. What you typed stays here to be read.", by=by)
            self._refusal.say(tr("Not there any more"), words)
            return
        before = self.form.base_values()
        both = self.form.apply_remote(values)
        fresh = [
            self._labels[name] for name, value in values.items() if value != before[name] and name not in both
        ]
        if fresh and not own:
            self.foot.show_remote(news_words(fresh, by))
        if fresh or both:
            self._both.show_fields(tr("Changed at two stations"), both, Theirs(values, by))
            self._keep()

    def take_up(self, refused: UUID, wanted: Mapping[str, Any]) -> None:
        """Type in what a refused change of this entry wanted; saving it settles the refused change."""
        self._draft.resolves = refused
        fields = self.form.values()
        self.form.set_values({name: value for name, value in wanted.items() if name in fields})
        self._keep()

    def forget_draft(self) -> None:
        """What was typed is not wanted any more."""
        self._draft.drop()
        self.draft_changed.emit(False)

    def _make_foot(self, saves: str, remove: tuple[str, Callable[[], None]] | None) -> FormFoot:
        primary = Button(saves, kind="primary", icon="check", key="Ctrl+Return")
        others = []
        if remove is not None:
            words, act = remove
            button = Button(words, kind="danger")
            button.clicked.connect(lambda _on=False: act())
            others.append(button)
        foot = FormFoot(primary, *others, padding=16)
        foot.submitted.connect(self.submit)
        foot.closed.connect(self.close_asked)
        return foot

    def _keep(self, _name: str = "") -> None:
        kept = self._draft.keep()
        now = moments.clock(moments.now(), seconds=True)
        self.foot.show_draft(tr("Kept, {time}", time=now) if kept else "")
        self.draft_changed.emit(kept)

    def _take_draft_up(self, values: Mapping[str, object]) -> None:
        found = self._draft.take_up(values)
        if found is None:
            return
        draft, both = found
        self.foot.show_draft(tr("Draft of {time}", time=moments.when(draft.kept_at)))
        self._both.show_fields(tr("Changed at two stations"), both, Theirs(values, tr("another station")))

    def _done(self, outcome: Any) -> None:
        self._saving = False
        self.foot.primary.setEnabled(True)
        reason = getattr(outcome, "reason", None)
        if reason is not None:
            self._refusal.say(tr("Not saved yet"), str(reason))
        else:
            self.forget_draft()
            self.saved.emit(outcome)

    def _failed(self, problem: MediDeskError) -> None:
        self._saving = False
        self._draft.resolves = (
            None  # decided meanwhile, perhaps: what is typed stays, and is saved for itself
        )
        self.foot.primary.setEnabled(True)
        field = problem.field if isinstance(problem, DomainError) else None
        if field is not None and field in self.form.values():
            self.form.set_problem(field, problem.sentence)
            self.form.focus(field)
        else:
            self._refusal.say_problem(problem)
