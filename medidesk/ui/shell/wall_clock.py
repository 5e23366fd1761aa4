"""By which clock times are shown: that on the wall of the branch that somebody has signed in to."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from medidesk.errors import MediDeskError
from medidesk.repositories import branch_clock
from medidesk.ui import moments

if TYPE_CHECKING:
    from medidesk.station import Changed, Station


def follow(station: Station) -> bool:
    """Show times by the branch's clock from now on; says whether it is another one than before."""
    with suppress(MediDeskError):  # a damaged copy of the data is told elsewhere: what was known holds on
        return moments.keep_time(station.read(branch_clock.zone_of, station.user.org_id))
    return False


def concerns(news: Changed) -> bool:
    """Whether the branch may have another zone now."""
    return news.everything or "organisation" in news.tables
