"""What stands in a tab: a page with its keys, and the desk it stands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import UUID

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from medidesk.ui.bridge import Bridge
from medidesk.ui.kit.keys import KeyRegistry
from medidesk.ui.kit.palette import PaletteItem

if TYPE_CHECKING:
    from medidesk.station import Attention, Changed, Station

Tone = Literal["success", "info", "warning", "danger"]


class Desk(Protocol):
    """What the shell offers to its pages."""

    bridge: Bridge

    @property
    def station(self) -> Station:
        """The open Station."""
        ...

    def open(self, key: str, make: Callable[[], Page], *, front: bool = True) -> Page:
        """The tab of this key, made by `make` if it is not open yet; brought to the front unless told not to."""
        ...

    def close_page(self, page: Page) -> None:
        """Take a page's tab away; its draft stays kept."""
        ...

    def toast(
        self,
        title: str,
        line: str = "",
        *,
        tone: Tone = "success",
        icon: str | None = None,
        verb: str = "",
        act: Callable[[], None] | None = None,
    ) -> None:
        """Say something that needs no answer; `verb` does `act`."""
        ...

    def open_file(self, patient_id: UUID) -> None:
        """Open a patient's file, whichever module that is."""
        ...

    def open_appointment(self, appointment_id: UUID) -> None:
        """Show an appointment on its day, whichever module that is."""
        ...

    def book_for(self, patient_id: UUID) -> None:
        """Begin to give a patient a time, whichever module does that."""
        ...

    def show_visit(self, visit_id: UUID) -> None:
        """Show a visit in the queue, whichever module that is."""
        ...

    def open_bill(self, patient_id: UUID) -> None:
        """Show what a patient is to pay, whichever module that is."""
        ...

    def open_invoice(self, invoice_id: UUID) -> None:
        """Show an invoice with what was paid for it, whichever module that is."""
        ...

    def open_claim(self, invoice_id: UUID) -> None:
        """Show the claim of an invoice, or that it is to be claimed, whichever module that is."""
        ...

    def show_list(self, name: str) -> None:
        """Open the list behind a figure, such as "waiting", whichever module has it."""
        ...

    def show_changes(self) -> None:
        """Open the page of what waits and what needs attention."""
        ...


class Page(QWidget):
    """A tab's content.

    Args:
        desk: where it stands.
        key: names the page: opening the same key again shows the same tab.
        title: the tab's words.
        icon: the tab's icon.

    Signals:
        retitled(): title, icon or draft are different now.
    """

    retitled = Signal()

    def __init__(self, desk: Desk, key: str, title: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk, self.key, self.title, self.icon = desk, key, title, icon
        self.has_draft = False
        self.came_from: Page | None = None  # what stood in front when this was opened
        self.keys = KeyRegistry(self, type(self).__name__)
        self._stale = False
        self._drafts: set[str] = set()
        desk.bridge.changed.connect(self._heard)

    def arrive(self) -> None:
        """Put the focus where work begins; called when the tab comes to the front."""
        self.setFocus()

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now.

        Args:
            news: what changed; None if much may have, as when the page was out of sight.
        """

    def wind_up(self) -> None:
        """Let go of what outlives a widget; called once, before the tab goes."""

    def set_title(self, title: str) -> None:
        """Give the tab other words."""
        if title != self.title:
            self.title = title
            self.retitled.emit()

    def set_draft(self, kept: bool) -> None:
        """Show or take away the amber dot of a draft."""
        if kept != self.has_draft:
            self.has_draft = kept
            self.retitled.emit()

    def note_draft(self, key: str, kept: bool) -> None:
        """One of the page's forms has a draft, or has none any more: the dot stands for all of them."""
        (self._drafts.add if kept else self._drafts.discard)(key)
        self.set_draft(bool(self._drafts))

    def minimumSizeHint(self) -> QSize:
        return QSize(420, 320)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._stale = False
            self.refresh(None)

    def _heard(self, news: Any) -> None:
        if self.isVisible():
            self.refresh(news)
        else:
            self._stale = True


@dataclass(frozen=True)
class Module:
    """A module as the shell sees it.

    Attributes:
        name: its stem in every layer, such as "patients".
        label: the rail's word.
        icon: a Lucide name.
        area: whoever may do `need` in this area has the module.
        home: makes its first page.
        find: lines of the Ctrl+K search for what was typed; for no text, the module's actions.
        restore: opens the page of a kept draft behind the others; says whether the draft is this module's.
        take_up: opens what refused work is about, with what was wanted typed in where it has a form; says whether
            it is this module's.
        can_edit: whether `take_up` has a form for it.
        open_file: opens the file of a patient, where these are the module's.
        open_appointment: shows an appointment on its day, where these are the module's.
        book_for: begins to give a patient a time, likewise.
        show_visit: shows a visit in the queue, where that is the module's.
        open_bill: shows what a patient is to pay, likewise.
        open_invoice: shows an invoice, likewise.
        open_claim: shows the claim of an invoice, likewise.
        show_list: opens the list of a name, where it is the module's; says whether it is.
        other_areas: whoever may do it in one of these has the module, too.
        need: what of the area; not everybody who may read it has the module.
        administers: only administrators have it.
        badge: how many wait there, beside the rail's word.
        badge_of: the tables that this number is counted from.
    """

    name: str
    label: str
    icon: str
    area: str
    home: Callable[[Desk], Page]
    find: Callable[[Desk, str], list[PaletteItem]]
    restore: Callable[[Desk, str], bool]
    take_up: Callable[[Desk, Attention], bool]
    can_edit: Callable[[Desk, Attention], bool]
    open_file: Callable[[Desk, UUID], object] | None = None
    open_appointment: Callable[[Desk, UUID], object] | None = None
    book_for: Callable[[Desk, UUID], object] | None = None
    show_visit: Callable[[Desk, UUID], object] | None = None
    open_bill: Callable[[Desk, UUID], object] | None = None
    open_invoice: Callable[[Desk, UUID], object] | None = None
    open_claim: Callable[[Desk, UUID], object] | None = None
    show_list: Callable[[Desk, str], bool] | None = None
    need: Literal["read", "add", "change"] = "read"
    other_areas: tuple[str, ...] = ()
    administers: bool = False
    badge: Callable[[Station], int] | None = None
    badge_of: frozenset[str] = frozenset()
