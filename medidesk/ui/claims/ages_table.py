"""What each insurer still has to settle, by how long ago it was claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medidesk.repositories import ages
from medidesk.repositories.claims import AgeRow
from medidesk.ui import billing_words as words
from medidesk.ui.kit.found_rows import FoundRows
from medidesk.ui.kit.table import Column, Table
from medidesk.words import tr

_TOTAL = UUID(int=0)


@dataclass(frozen=True, slots=True)
class ShownAge:
    """A row: an insurer, or what all of them come to.

    Attributes:
        amounts: not sent, the buckets, the whole.
    """

    id: UUID
    insurer: str
    claims: int
    amounts: tuple[Decimal, ...]
    currency: str

    @property
    def is_total(self) -> bool:
        """Whether it adds up the others."""
        return self.id == _TOTAL


class AgesTable(QWidget):
    """The table.

    Signals:
        opened(UUID): what this insurer owes is wanted.
    """

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: FoundRows[ShownAge] = FoundRows()
        self.table = Table(_columns(), name=tr("Claims by age"), gutter=16)
        self.table.set_source(self._rows)
        self.table.opened.connect(self._open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)

    def show_ages(self, found: Sequence[AgeRow]) -> None:
        """Show them, and what they add up to; who is chosen stays."""
        rows = [
            ShownAge(
                row.insurer_id, row.insurer, row.claims, (row.unsent, *row.aged, row.whole), row.currency
            )
            for row in found
        ]
        if len(rows) > 1:
            sums = tuple(sum(some, Decimal(0)) for some in zip(*(row.amounts for row in rows), strict=True))
            rows.append(
                ShownAge(_TOTAL, tr("Total"), sum(row.claims for row in rows), sums, rows[0].currency)
            )
        self.table.show_found(self._rows, rows)

    def rows(self) -> list[ShownAge]:
        """What is shown."""
        return self._rows.rows(0, self._rows.count())

    def _open(self, row: ShownAge) -> None:
        if not row.is_total:
            self.opened.emit(row.id)


def _columns() -> tuple[Column, ...]:
    heads = (tr("Not sent"), *ages.words(), tr("Due"))
    last = len(heads) - 1
    return (
        Column(
            tr("Insurer"), lambda row: row.insurer, 160, weight="medium", strong=lambda row: row.is_total, grow=1,
        ),
        Column(tr("Claims"), lambda row: str(row.claims), 70, kind="figures", align="end", leaves=1),
        *(
            Column(
                head, partial(_amount, at), 112, kind="figures", align="end",
                weight="semibold" if at == last else "regular", strong=lambda row: row.is_total,
            )
            for at, head in enumerate(heads)
        ),
    )  # fmt: skip


def _amount(at: int, row: ShownAge) -> str:
    return words.figure(row.amounts[at], row.currency) if row.amounts[at] else ""
