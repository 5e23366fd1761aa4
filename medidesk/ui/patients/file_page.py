"""A patient's file in its tab: a header that stays, sections, and a panel for small changes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from medidesk.repositories import patients
from medidesk.repositories.patients import PatientFile
from medidesk.ui.colleagues import name_of
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.entry.panel_place import PanelPlace
from medidesk.ui.entry.side_panel import SidePanel
from medidesk.ui.kit.banner import Banner
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.page import Desk, Page
from medidesk.ui.patients.appointments import AppointmentsSection
from medidesk.ui.patients.bills import BillsSection
from medidesk.ui.patients.details import Details
from medidesk.ui.patients.entry_editing import EntryEditing
from medidesk.ui.patients.file_photo import FilePhoto
from medidesk.ui.patients.header import FileHeader
from medidesk.ui.patients.insured import TABLES, Insured
from medidesk.ui.patients.merges import MergePanel
from medidesk.ui.patients.merging import Merging
from medidesk.ui.patients.missing import gone, show_missing
from medidesk.ui.patients.opening import print_card
from medidesk.ui.patients.overview import Overview
from medidesk.ui.patients.restricted import RestrictedBox
from medidesk.ui.patients.section_bar import SectionBar
from medidesk.ui.patients.telling import tell_change
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Attention, Changed

SECTIONS = {"overview": "Overview", "details": "Details", "appointments": "Appointments", "billing": "Bills"}
"""In their order; the English words, to be shown through `tr`."""
_EVERYBODY = ("overview", "details")
_TABLES = frozenset(
    {"patient", "patient_identifier", "next_of_kin", "patient_alert", "patient_merge"}
    | {"allergy", "condition"}
    | TABLES
)


class FilePage(Page):
    """The page of one patient."""

    def __init__(self, desk: Desk, patient_id: UUID, parent: QWidget | None = None) -> None:
        super().__init__(desk, f"patients/file/{patient_id}", tr("Patient"), "user", parent)
        self.patient_id = patient_id
        station = desk.station
        self._may_change = station.can("demographics", "change")
        self._may_treat = station.can("clinical", "add")
        self._reads_clinical = station.can("clinical", "read")
        self.insured = Insured(station, patient_id)
        self._entries = EntryEditing(desk, self.insured, self)
        self._merging = Merging(desk, patient_id, self)
        self.photo = FilePhoto(desk, patient_id, self)
        self._place = PanelPlace[SidePanel](self, lambda: self._row)
        self._file: PatientFile | None = None
        self.header = FileHeader(may_change=self._may_change, may_restrict=station.can("clinical", "change"))
        self.restricted = RestrictedBox(desk, patient_id)
        self.missing = Banner("info")
        self._names = [name for name in SECTIONS if name in _EVERYBODY or station.can(name, "read")]
        self.sections = SectionBar([tr(SECTIONS[name]) for name in self._names])
        self.overview = Overview(
            self._change,
            may_change=self._may_change,
            may_treat=self._may_treat,
            may_read=self._reads_clinical,
        )
        self.details: Details | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self.overview)
        self.appointments: AppointmentsSection | None = None
        self.bills: BillsSection | None = None
        self._make_sections()
        self._lay_out()
        self._connect()
        self._bind_keys()
        station.opened(patient_id)
        self.refresh(None)
        self._take_drafts_up()
        self.photo.ask()

    def arrive(self) -> None:
        """The panel or the form takes what is typed; else the section's first card."""
        if self._place.now is not None:
            self._place.now.arrive()
        elif self._stack.currentWidget() is self.details and self.details is not None:
            self.details.arrive()
        elif isinstance(shown := self._stack.currentWidget(), AppointmentsSection | BillsSection):
            shown.arrive()
        else:
            self.overview.setFocus()

    def show_section(self, name: str) -> None:
        """Open one of `SECTIONS`."""
        if name == "details":
            self._make_details()
        sections = {
            "overview": self.overview, "details": self.details, "appointments": self.appointments,
            "billing": self.bills,
        }  # fmt: skip
        wanted = sections[name]
        if wanted is None:
            return
        self._stack.setCurrentWidget(wanted)
        self.sections.show_chosen(self._names.index(name))
        self.keys.look_again()
        if self.isVisible():
            self.arrive()

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now, and tell what another station changed."""
        for section in (self.appointments, self.bills):
            if section is not None:
                section.refresh(news)
        if news is not None and not news.everything and not _TABLES & set(news.tables):
            return
        clinical = self._reads_clinical and not self.restricted.closed()
        file = self.desk.station.read(patients.file, self.patient_id, clinical=clinical)
        if file is None:
            self._show_gone()
            return
        before, self._file = self._file, file
        if not self.insured.renew() and file == before:
            self._show_waiting(file)
            return
        self.set_title(file.patient.name or file.patient.number)
        self._show_waiting(file)
        self.restricted.show_row(file.patient)
        self._show_photo()
        self.overview.show_file(file)
        self.overview.show_insured(self.insured)
        self.overview.merges.show_merges(self._merging.lines(file))
        chain_tabs(self)
        # One piece of news may hold this station's changes and others' alike; the row says whose it is.
        mine = file.patient.updated_by in {None, self.desk.station.user.account_id}
        own = news is not None and news.own and mine
        if isinstance(self._place.now, EntryPanel):
            self._entries.renew(
                self._place.now, file, partial(name_of, self.desk), own=news is not None and news.own
            )
        if self.details is not None:
            self.details.show_row(file.patient, own=own, by=name_of(self.desk, file.patient.updated_by))
        edits = self.isVisible() and self._stack.currentWidget() is self.details
        if before is not None and news is not None and not own and not edits:
            tell_change(self.desk, before.patient, file.patient)

    def panel(self) -> SidePanel | None:
        """The panel that is open."""
        return self._place.now

    def merge_with(self, other: UUID | None = None) -> None:
        """Open the panel that merges another file into this one."""
        if self._file is None:
            return
        panel = MergePanel(self.desk, self._file.patient, other)
        panel.merge_asked.connect(self._merging.merge)
        self._place.open(panel)

    def take_up(self, form: str, entry: Attention) -> None:
        """Type what was refused into a form, "details" or a kind of entry; saving it settles the refused work."""
        self.refresh(None)  # what is shown may be from before the refusal, and look as if it held already
        self._change(form, entry.row_id)
        if form == "details":
            if self.details is not None:
                self.details.take_up(entry.op_id, entry.wanted)
        elif isinstance(self._place.now, EntryPanel):
            self._place.now.take_up(entry.op_id, entry.wanted)

    # What the file shows

    def _show_waiting(self, file: PatientFile) -> None:
        waiting = self.patient_id in self.desk.station.pending("patient")
        self.header.show_file(file, waiting=waiting)
        show_missing(self.missing, self.desk.station, self.patient_id)

    def _show_photo(self) -> None:
        if self._file is not None:
            self.header.show_photo(self._file.patient.name, self.photo.content)

    def _show_gone(self) -> None:
        while (item := self._content.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
        self._content.addWidget(gone(lambda: self.desk.close_page(self)))

    # The panel

    def _change(self, name: str, entry: UUID | None) -> None:
        if name == "details":
            self.show_section("details")
            return
        panel = self._entries.panel(self._file, name, entry) if self._file is not None else None
        if panel is not None:
            self._place.open(panel)

    # The frame

    def _make_details(self) -> None:
        """The form, when it is wanted first: most files are opened to be read."""
        if self.details is not None or self._file is None or not self._may_change:
            return
        self.details = Details(self.desk, self._file.patient, self.key)
        self.details.draft_changed.connect(partial(self.note_draft, self.key))
        self.details.closed.connect(lambda: self.show_section("overview"))
        self._stack.addWidget(self.details)
        chain_tabs(self)

    def _make_sections(self) -> None:
        if "appointments" in self._names:
            book = self._book if self.desk.station.can("appointments", "add") else None
            self.appointments = AppointmentsSection(self.desk, self.patient_id, book)
            self._add_section("appointments", self.appointments, self.appointments.to_come)
        if "billing" in self._names:
            self.bills = BillsSection(self.desk, self.patient_id, self._open_bill)
            self._add_section("billing", self.bills, self.bills.open_count)

    def _add_section(self, name: str, section: AppointmentsSection | BillsSection, count: int) -> None:
        at = self._names.index(name)
        section.counted.connect(lambda now: self.sections.show_count(at, now or None))
        self._stack.addWidget(section)
        self.sections.show_count(at, count or None)

    def _book(self) -> None:
        self.desk.book_for(self.patient_id)

    def _open_bill(self) -> None:
        self.desk.open_bill(self.patient_id)

    def _take_drafts_up(self) -> None:
        """Show again what was typed into this file and not saved."""
        if self._file is None:
            return
        if self._may_change and self.desk.station.drafts.get(self.key) is not None:
            self.note_draft(self.key, True)
            self._make_details()
        for name, entry in self._entries.drafted()[:1]:
            self._change(name, entry)
            if isinstance(self._place.now, EntryPanel):
                self.note_draft(self._place.now.draft_key, True)

    def _connect(self) -> None:
        self.sections.chosen.connect(lambda at: self.show_section(self._names[at]))
        self.header.edit_asked.connect(lambda: self.show_section("details"))
        self.header.alert_asked.connect(lambda: self._change("alert", None))
        self.header.photo_asked.connect(self.photo.choose)
        self.header.card_asked.connect(lambda: print_card(self.desk, self.patient_id))
        self.header.merge_asked.connect(self.merge_with)
        self.header.restrict_asked.connect(self.restricted.restrict)
        self.restricted.changed.connect(self._open_or_closed)
        merges = self.overview.merges
        merges.undo_asked.connect(self._merging.undo)
        merges.dismiss_asked.connect(self._merging.dismiss)
        merges.look_asked.connect(self.merge_with)
        self._merging.finished.connect(self._place.close)
        self._entries.finished.connect(self._place.close)
        self._entries.asked.connect(self._change)
        self.photo.changed.connect(self._show_photo)
        self.photo.unknown.connect(self.header.avatar.setToolTip)
        self.desk.bridge.sync_changed.connect(self._sync_changed)

    def _sync_changed(self, _state: object) -> None:
        if self._file is not None:
            self._show_waiting(self._file)

    def _bind_keys(self) -> None:
        keys = self.keys
        for at, name in enumerate(self._names, start=1):
            keys.bind(f"Ctrl+{at}", tr(SECTIONS[name]), partial(self.show_section, name))
        if self.desk.station.can("appointments", "add"):
            keys.bind("Alt+B", tr("Book"), self._book)
        if self.bills is not None:
            keys.bind("F9", tr("Bill and payment"), self._open_bill)
        if self._may_change:
            keys.bind("Alt+E", tr("Edit details"), partial(self.show_section, "details"))
            keys.bind("Ctrl+Return", tr("Save"), self._submit, when=self._may_submit)
            keys.bind("Ctrl+Enter", tr("Save"), self._submit, when=self._may_submit, hint=False)
            keys.bind("Alt+L", tr("Alert"), lambda: self._change("alert", None))
            keys.bind("Alt+I", tr("Insurance"), lambda: self._change("policy", None))
            keys.bind("Alt+K", tr("Insurer asked"), self._note_eligibility, when=self._may_note)
            keys.bind("Alt+M", tr("Merge"), self.merge_with)
        if self._may_treat:
            keys.bind(
                "Alt+A", tr("Allergy"), lambda: self._change("allergy", None), when=self._shows_clinical
            )
            keys.bind(
                "Alt+P", tr("Problem"), lambda: self._change("condition", None), when=self._shows_clinical
            )
        keys.bind("Escape", tr("Back"), self._back)

    def _may_note(self) -> bool:
        return self.insured.to_check() is not None

    def _note_eligibility(self) -> None:
        """Of the policy whose panel is open, or of the one that pays."""
        opened = self._place.now
        of = self._entries.entry_of(opened, "policy") if isinstance(opened, EntryPanel) else None
        self._change("eligibility", of or self.insured.to_check())

    def _shows_clinical(self) -> bool:
        return self._file is not None and self._file.clinical_visible

    def _open_or_closed(self) -> None:
        """The restricted file was opened, or its while is over; what was typed into a panel is kept."""
        if self.restricted.closed():
            self._place.close()
        self.refresh(None)
        self.keys.look_again()

    def _may_submit(self) -> bool:
        return self._place.now is not None or self._stack.currentWidget() is self.details

    def _submit(self) -> None:
        if self._place.now is not None:
            self._place.now.submit()
        elif self.details is not None and self._stack.currentWidget() is self.details:
            self.details.save()

    def _back(self) -> None:
        if self._place.now is not None:
            self._place.close()
        elif self._stack.currentWidget() is not self.overview:
            self.show_section("overview")
        else:
            self.desk.close_page(self)

    def _lay_out(self) -> None:
        left = QWidget()
        self._content = QVBoxLayout(left)
        self._content.setContentsMargins(0, 0, 0, 0)
        self._content.setSpacing(0)
        self._content.addWidget(self.header)
        self._content.addWidget(self.restricted)
        self._content.addWidget(self.missing)
        self._content.addWidget(self.sections)
        self._content.addWidget(self._stack, 1)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(1, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(left, 1)
