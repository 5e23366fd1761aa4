"""Claiming several bills at once: asked once, submitted one by one, and told how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from medidesk.errors import MediDeskError
from medidesk.repositories import claims
from medidesk.ui import billing_words as words
from medidesk.ui.answers import waits
from medidesk.ui.claims.entries import Entry
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.form import FormFoot
from medidesk.ui.kit.label import Label
from medidesk.ui.notice import Notice
from medidesk.ui.page import Desk
from medidesk.ui.sums import ToPay
from medidesk.words import counted, tr


class ClaimAllPanel(SidePanel):
    """The panel. Closed while it works, it stops after the one that is being submitted.

    Attributes:
        made, kept: how many were submitted; how many of them wait on this PC.

    Signals:
        ended(): all were gone through, or it was stopped.
    """

    ended = Signal()

    def __init__(self, desk: Desk, found: Sequence[Entry], parent: QWidget | None = None) -> None:
        title = counted(len(found), "Claim {count} bill", "Claim {count} bills")
        super().__init__(title, tr("Each is submitted to its insurer."), parent)
        self._desk, self._left, self._count = desk, list(found), len(found)
        self._works = self._stops = False
        self.made = self.kept = 0
        self.problems: list[str] = []
        self.sum = ToPay()
        self._show_sum(found)
        self._bar = QProgressBar()
        self._bar.setRange(0, self._count)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(title)
        self._progress = Label("", "body", "regular", "text.secondary", figures=True)
        self._refused = Notice("danger", "circle-alert")
        for widget in (self.sum, self._bar, self._progress, self._refused):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        for widget in (self._bar, self._progress, self._refused):
            widget.hide()
        primary = Button(tr("Submit all"), kind="primary", icon="send", key="Ctrl+Return")
        self.foot = FormFoot(primary, padding=16)
        self.foot.submitted.connect(self.submit)
        self.foot.closed.connect(self.close_asked)
        self.set_foot(self.foot)

    def arrive(self) -> None:
        """Its keys work from here."""
        self.foot.primary.setFocus()

    def submit(self) -> None:
        """Begin, once."""
        if not self._works and self._left:
            self._works = True
            self.foot.primary.setEnabled(False)
            self._bar.show()
            self._progress.show()
            self._go_on()

    def stop(self) -> None:
        """Submit no more."""
        self._stops = True

    def words(self) -> tuple[str, str]:
        """What was done, as a title and a line."""
        title = counted(self.made, "{count} claim submitted", "{count} claims submitted")
        said = []
        if self.kept:
            said.append(
                tr("{count} are saved on this PC; they are sent when the server is back.", count=self.kept)
            )
        if self.problems:
            said.append(counted(len(self.problems), "{count} was refused.", "{count} were refused."))
        if self._left:
            said.append(tr("{count} were left.", count=len(self._left)))
        return title, " ".join(said)

    def is_calm(self) -> bool:
        """Whether the server has them all."""
        return not (self.kept or self.problems or self._left)

    def _go_on(self) -> None:
        if self._stops or not self._left:
            self._end()
            return
        entry = self._left.pop(0)
        self._bar.setValue(self._count - len(self._left) - 1)
        said = tr(
            "{done} of {count}: {name}", done=self._bar.value() + 1, count=self._count, name=entry.bill.name
        )
        self._progress.setText(said)
        self._desk.bridge.run(
            claims.file_claim, entry.bill.id,
            done=partial(self._done, entry), failed=partial(self._failed, entry),
        )  # fmt: skip

    def _done(self, entry: Entry, outcome: Any) -> None:
        reason = getattr(outcome, "reason", None)
        if reason is not None:
            self.problems.append(f"{entry.bill.numbered}: {reason}")
        else:
            self.made += 1
            self.kept += waits(outcome)
        self._go_on()

    def _failed(self, entry: Entry, problem: MediDeskError) -> None:
        self.problems.append(f"{entry.bill.numbered}: {problem}")
        self._go_on()

    def _end(self) -> None:
        self._works = False
        self._bar.setValue(self._count - len(self._left))
        self._progress.setText(self.words()[0])
        if self.problems:
            self._refused.say(tr("Not claimed"), " ".join(self.problems))
        self.ended.emit()

    def _show_sum(self, found: Sequence[Entry]) -> None:
        currency = found[0].bill.currency if found else "EUR"
        many = Counter(entry.insurer for entry in found)
        rows = []
        for insurer in sorted(many, key=str.casefold):
            amount = sum((one.claimed for one in found if one.insurer == insurer), Decimal(0))
            text = f"{insurer or tr('Insurer')} · {counted(many[insurer], '{count} bill', '{count} bills')}"
            rows.append((text, words.figure(amount, currency)))
        whole = sum((one.claimed for one in found), Decimal(0))
        self.sum.show_sum(rows, tr("To claim"), words.figure(whole, currency), currency)
