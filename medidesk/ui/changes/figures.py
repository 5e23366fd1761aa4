"""How this station does, in a quiet line or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medidesk.ui import moments
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Checked, Figures

_KIBIBYTE = 1024


def checked_words(checked: Checked | None) -> str:
    """The last comparison with the server: "Checked 02:14: 412 rows, nothing differed"."""
    if checked is None:
        return tr("Not checked against the server yet")
    time, rows = moments.when(checked.at), counted(checked.rows, "{count} row", "{count} rows")
    if not checked.mended:
        return tr("Checked {time}: {rows}, nothing differed", time=time, rows=rows)
    mended = counted(checked.mended, "{count} mended", "{count} mended")
    return tr("Checked {time}: {rows}, {mended}", time=time, rows=rows, mended=mended)


def figures_words(figures: Figures) -> str:
    """How current this station is, how soon it hears of changes, and what its outbox holds."""
    parts = []
    if figures.cursor_at is not None:
        time = moments.clock(figures.cursor_at, seconds=True)
        parts.append(tr("holds everything up to {time}", time=time))
    if figures.arrives_after_ms is not None:
        parts.append(tr("changes arrive after {ms} ms", ms=f"{figures.arrives_after_ms:,.0f}"))
    size = f"{-(-figures.outbox_bytes // _KIBIBYTE):,}"
    if figures.oldest_waiting_at is None:
        parts.append(tr("outbox {size} KiB", size=size))
    else:
        oldest = moments.when(figures.oldest_waiting_at)
        parts.append(tr("outbox {size} KiB, oldest {time}", size=size, time=oldest))
    words = " · ".join(parts)
    return words[:1].upper() + words[1:]
