"""What a file says when it is not whole here, or not here any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.ui.kit.banner import Banner
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.empty import EmptyState
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Station


def show_missing(banner: Banner, station: Station, patient_id: UUID) -> None:
    """Say what of the file is not here: a station holds the last days of some tables."""
    if station.holds_whole(patient_id):
        banner.hide()
    elif station.sync.state == "live":
        banner.show_message(tr("Older entries of this file are on their way."))
    else:
        banner.show_message(
            tr("Older entries of this file are not on this PC."), tr("They come when the server is back.")
        )


def gone(close: Callable[[], None]) -> EmptyState:
    """Stands in the place of a file that is not here any more."""
    button = Button(tr("Close the tab"), kind="primary", key="Ctrl+W")
    button.clicked.connect(lambda _on=False: close())
    return EmptyState(
        "file-text",
        tr("This file is not here any more"),
        tr("It was removed, or it is not yours to see."),
        button,
        tone="warning",
    )
