"""What is done to a visit by one key or one click, and how it is told."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from medidesk.models.directory import StaffKind
from medidesk.models.visits import VisitState
from medidesk.repositories import directory, visits
from medidesk.repositories.verbs import Verb
from medidesk.repositories.visits import VisitRow
from medidesk.ui.answers import refuse, tell
from medidesk.ui.page import Desk
from medidesk.ui.printing import papers
from medidesk.ui.printing.page import show
from medidesk.ui.printing.printers import Printers
from medidesk.words import tr


class Steps:
    """Of one desk; whoever may not change visits does none of them.

    Attributes:
        person: the member of staff who is signed in, where that is a doctor: who comes to them is theirs.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        me = desk.station.user.staff_id
        found = (row for row in desk.station.read(directory.staff) if row.id == me)
        self.person = next((row.id for row in found if row.kind is StaffKind.DOCTOR), None)

    def arrive(self, appointment_id: UUID) -> None:
        """Check in whoever has this appointment."""
        self._desk.bridge.run(
            visits.check_in, {"appointment_id": appointment_id},
            done=partial(tell_arrival, self._desk), failed=partial(refuse, self._desk, tr("Not checked in")),
        )  # fmt: skip

    def step(self, row: VisitRow) -> None:
        """The next step: waiting → in the room → done."""
        if row.state is VisitState.WAITING:
            self._run(visits.enter_room, row, tr("{name}: in the room"), self.person)
        elif row.state is VisitState.IN_ROOM:
            self._run(visits.complete, row, tr("{name}: done"))

    def call(self, row: VisitRow) -> None:
        """Call somebody who waits; the board says to which room."""
        self._run(visits.call, row, tr("{name} is called"))

    def call_next(self) -> VisitRow | None:
        """Call who is next: for whoever is signed in, or in everybody's queue."""
        org_id = self._desk.station.user.org_id
        row = self._desk.station.read(visits.next_of, org_id, self.person)
        if row is None:
            self._desk.toast(tr("Nobody is to be called"), tone="info", icon="megaphone")
        else:
            self.call(row)
        return row

    def leave(self, row: VisitRow) -> None:
        """They left without having been seen."""
        self._run(visits.leave, row, tr("{name} left"))

    def take_back(self, row: VisitRow) -> None:
        """Take the last step back."""
        self._run(visits.take_back, row, "")

    def _run(self, verb: Verb, row: VisitRow, said: str, *arguments: Any) -> None:
        if self._desk.station.can("appointments", "change"):
            self._desk.bridge.run(
                verb, row.id, *arguments,
                done=partial(self._done, said.replace("{name}", f"{row.ticket_no} · {row.name}"), row.id),
                failed=partial(refuse, self._desk, tr("Not done")),
            )  # fmt: skip

    def _done(self, said: str, visit_id: UUID, outcome: Any) -> None:
        if getattr(outcome, "reason", None) is not None or not said:
            tell(self._desk, said, outcome)
            return
        self._desk.toast(said, icon="check", verb=tr("Undo"), act=partial(self._undo, visit_id))

    def _undo(self, visit_id: UUID) -> None:
        row = self._desk.station.read(visits.by_id, visit_id)
        if row is not None:
            self.take_back(row)


def print_ticket(desk: Desk, row: VisitRow) -> None:
    """Print the ticket of somebody who is here, once it has the number that it keeps."""
    now = desk.station.read(visits.by_id, row.id) or row
    if is_numbered(
        now, waits=row.id in desk.station.pending("visit"), live=desk.station.sync.state == "live"
    ):
        show(desk, lambda: papers.ticket(desk.station, now))
    else:
        desk.toast(
            tr("The number is being given"), tr("Press again in a moment."), tone="info", icon="ticket"
        )


def is_numbered(row: VisitRow, *, waits: bool, live: bool) -> bool:
    """Whether a ticket keeps its number: the server's, or without it the one of this PC.

    Args:
        row: the visit.
        waits: whether it is still to be sent.
        live: whether the server's answer is expected, which gives it another one.
    """
    return row.ticket is not None or not (waits and live)


def tell_arrival(desk: Desk, outcome: Any) -> None:
    """Say which ticket they have, or why they are not checked in."""
    row = getattr(outcome, "row", None)
    if isinstance(row, VisitRow):
        said = tr("{ticket} · {name} has arrived", ticket=row.ticket_no, name=row.name)
        desk.toast(
            said, row.staff_name, icon="user-check", verb=tr("Ticket"), act=partial(print_ticket, desk, row)
        )
        if Printers(desk.station.home).chosen("ticket").at_once:
            print_ticket(desk, row)
    else:
        tell(desk, "", outcome)
