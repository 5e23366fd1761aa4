"""The shell: puts rail, top bar, tabs, sheet and keys around the pages of the open modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk import __version__
from medidesk.ui import moments
from medidesk.ui.bridge import Bridge
from medidesk.ui.changes.panel import ChangesPanel
from medidesk.ui.kit.hint_bar import HintBar
from medidesk.ui.kit.keys import KeyRegistry
from medidesk.ui.kit.keys_panel import KeysPanel
from medidesk.ui.kit.paint import rule
from medidesk.ui.kit.palette import CommandPalette, PaletteItem
from medidesk.ui.kit.theme import theme
from medidesk.ui.kit.toast import Toaster
from medidesk.ui.page import Module, Page, Tone
from medidesk.ui.preferences import Look, Preferences
from medidesk.ui.shell.menu import LOCK_KEY, PersonMenu
from medidesk.ui.shell.rail import WIDTH, Rail, RailItem
from medidesk.ui.shell.sheet import Sheet
from medidesk.ui.shell.sync_words import banner_words, pill_words
from medidesk.ui.shell.tabs import TabStrip
from medidesk.ui.shell.top_bar import TopBar
from medidesk.words import counted, tr

if TYPE_CHECKING:
    from medidesk.station import Station, SyncState

CHANGES_KEY = "Ctrl+Shift+S"


class _Foot(QWidget):
    """Carries the hairline of the hint bar on below the rail, so that its keys begin where the sheet does."""

    def __init__(self, hints: HintBar) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addSpacing(WIDTH - 12)
        row.addWidget(hints)

    def paintEvent(self, event: QPaintEvent) -> None:
        rule(QPainter(self), 0, self.width(), 1, theme().colour("border.default"))


class Shell(QWidget):
    """The frame of one signed-in person; the `Desk` of every page.

    Args:
        bridge: the open Station.
        modules: all modules; those the person may not read are left out.
        preferences: the person's look.

    Signals:
        look_chosen(str): another look is wanted.
        lock_time_chosen(int): the station is to lock after so many minutes; 0 never.
        lock_asked(): the station is to be locked for the same person.
        switch_asked(): somebody else is to sign in.
        sign_out_asked(): the person leaves.
    """

    look_chosen = Signal(str)
    lock_time_chosen = Signal(int)
    lock_asked = Signal()
    switch_asked = Signal()
    sign_out_asked = Signal()

    def __init__(
        self,
        bridge: Bridge,
        modules: Sequence[Module],
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self._preferences = preferences
        self._modules = [module for module in modules if bridge.station.can(module.area, "read")]
        self._pages: list[Page] = []
        self._was_offline = False
        user = bridge.station.user
        self.top_bar = TopBar(bridge.station.name, user.display_name, user.role_label)
        self.rail = Rail()
        self.tabs = TabStrip()
        self.sheet = Sheet()
        self.hints = HintBar()
        self._lay_out()
        self.toaster = Toaster(self.sheet)
        self.palette_box = CommandPalette(self)
        self.palette_box.set_provider(self._find)
        self.keys_panel = KeysPanel(self)
        self.keys = KeyRegistry(self, "Shell", window_wide=True)
        self._items = self._fill_rail()
        self._bind_keys()
        self._countdown = QTimer(self)
        self._countdown.setInterval(1000)
        self._countdown.timeout.connect(self._show_banner)
        self._connect()
        for module in self._modules:
            self.open(module.name, partial(module.home, self))
        self._show_sync(bridge.station.sync)
        self._bring_drafts_back()

    # What pages may ask of their desk

    @property
    def station(self) -> Station:
        """The open Station."""
        return self.bridge.station

    def open(self, key: str, make: Callable[[], Page], *, front: bool = True) -> Page:
        """The tab of this key, made by `make` if it is not open yet; brought to the front unless told not to."""
        page = next((one for one in self._pages if one.key == key), None)
        if page is None:
            page = make()
            self._pages.append(page)
            self.sheet.pages.addWidget(page)
            self.tabs.show_page(page)
        if front:
            self.tabs.setCurrentIndex(self._pages.index(page))
            self._come_to_front()
        return page

    def close_page(self, page: Page) -> None:
        """Take a page's tab away; its draft stays kept."""
        at = self._pages.index(page)
        page.wind_up()
        self._pages.pop(at)
        self.tabs.take_page(at)
        self.sheet.pages.removeWidget(page)
        page.hide()
        page.deleteLater()
        self._come_to_front()

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
        self.toaster.show(title, line, tone, icon, verb or None, act)

    def show_changes(self) -> None:
        """Open the page of what waits and what needs attention, or close it again."""
        if self.sheet.panel() is not None:
            self.close_changes()
            return
        panel = ChangesPanel(self)
        panel.close_asked.connect(self.close_changes)
        self.sheet.show_panel(panel)
        self.hints.show_keys(panel.keys)
        panel.arrive()
        self._mark_rail()

    def close_changes(self) -> None:
        """Close the page of changes."""
        self.sheet.close_panel()
        self._come_to_front()

    # The frame

    def pages(self) -> tuple[Page, ...]:
        """The open pages in the order of their tabs."""
        return tuple(self._pages)

    def front(self) -> Page | None:
        """The page in front."""
        at = self.tabs.currentIndex()
        return self._pages[at] if 0 <= at < len(self._pages) else None

    def wind_up(self) -> None:
        """Let every page go, as when the person signs out; drafts stay kept."""
        self._countdown.stop()
        self.toaster.clear()
        self.sheet.close_panel()
        for page in self._pages:
            page.wind_up()
        self.bridge.close()

    def arrive(self) -> None:
        """Put the focus where work goes on."""
        page = self.front()
        if page is not None:
            page.arrive()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("bg.canvas"))

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        strip = QHBoxLayout()
        strip.setContentsMargins(12, 0, 12, 0)
        strip.addWidget(self.tabs)
        strip.addStretch(1)
        right.addLayout(strip)
        right.addWidget(self.sheet, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        column.addLayout(middle, 1)
        column.addWidget(_Foot(self.hints))

    def _fill_rail(self) -> dict[str, RailItem]:
        items: dict[str, RailItem] = {}
        for module in self._modules:
            item = self.rail.add(module.icon, module.label)
            item.clicked.connect(lambda _on=False, module=module: self._go_home(module))
            items[module.name] = item
        self._changes_item = self.rail.add("cloud-upload", tr("Changes"), at_foot=True)
        self._changes_item.clicked.connect(self.show_changes)
        return items

    def _bind_keys(self) -> None:
        bind = self.keys.bind
        bind("Ctrl+K", tr("Search patients and actions"), self.palette_box.open)
        bind("Ctrl+Tab", tr("Next tab"), lambda: self._step(1))
        bind("Ctrl+Shift+Tab", tr("Previous tab"), lambda: self._step(-1))
        bind("Ctrl+W", tr("Close the tab"), lambda: self._close_at(self.tabs.currentIndex()))
        bind(CHANGES_KEY, tr("Changes of this station"), self.show_changes)
        bind(LOCK_KEY, tr("Lock"), self.lock_asked.emit)
        bind("F1", tr("Keys of this screen"), self._show_keys)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(lambda _at: self._come_to_front())
        self.tabs.close_asked.connect(self._close_at)
        self.top_bar.search_asked.connect(self.palette_box.open)
        self.top_bar.changes_asked.connect(self.show_changes)
        self.top_bar.menu_asked.connect(self._open_menu)
        self.hints.asked.connect(self._show_keys)
        self.bridge.sync_changed.connect(self._show_sync)

    def _come_to_front(self) -> None:
        page = self.front()
        if page is None:
            return
        self.sheet.pages.setCurrentWidget(page)
        if self.sheet.panel() is None:
            self.hints.show_keys(page.keys)
        self._mark_rail()
        if self.isVisible():
            page.arrive()

    def _mark_rail(self) -> None:
        page = self.front()
        if self.sheet.panel() is not None:
            self.rail.choose(self._changes_item)
        else:
            self.rail.choose(self._items.get(page.key.split("/")[0]) if page else None)

    def _go_home(self, module: Module) -> None:
        self.sheet.close_panel()
        self.open(module.name, lambda: module.home(self))

    def _step(self, by: int) -> None:
        count = self.tabs.count()
        if count:
            self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % count)

    def _close_at(self, at: int) -> None:
        if not 0 < at < len(self._pages):
            return
        page = self._pages[at]
        key, title, kept = page.key, page.title, page.has_draft
        self.close_page(page)
        if kept:
            self.toast(
                tr("Draft kept: {title}", title=title),
                tr("Every character is there when you come back."),
                tone="info",
                icon="file-text",
                verb=tr("Open"),
                act=partial(self._reopen, key),
            )

    def _reopen(self, key: str) -> None:
        self._restore(key, front=True)

    def _restore(self, key: str, *, front: bool) -> bool:
        known = any(module.restore(self, key) for module in self._modules)
        if known and front:
            at = next((at for at, page in enumerate(self._pages) if page.key == key), -1)
            if at >= 0:
                self.tabs.setCurrentIndex(at)
        return known

    def _bring_drafts_back(self) -> None:
        kept = [draft for draft in self.station.drafts.all() if self._restore(draft.key, front=False)]
        if kept:
            latest = max(draft.kept_at for draft in kept)
            self.toast(
                counted(len(kept), "{count} unfinished form is back", "{count} unfinished forms are back"),
                tr("Kept at {time}. Look for the amber dot.", time=moments.when(latest)),
                tone="info",
                icon="file-text",
            )

    def _find(self, text: str) -> Sequence[PaletteItem]:
        found = [item for module in self._modules for item in module.find(self, text)]
        words = text.casefold().split()
        actions = [item for item in self._actions() if all(word in item.title.casefold() for word in words)]
        return [*found, *actions]

    def _actions(self) -> list[PaletteItem]:
        kind = tr("Action")
        return [
            PaletteItem(
                "cloud-upload", tr("Changes of this station"), "Ctrl Shift S", kind, self.show_changes
            ),
            PaletteItem(
                "refresh-cw", tr("Check this station"), tr("compare with the server"), kind, self._check
            ),
            PaletteItem("lock", tr("Lock"), "Ctrl L", kind, self.lock_asked.emit),
            PaletteItem("keyboard", tr("Keys of this screen"), "F1", kind, self._show_keys),
        ]

    def _check(self) -> None:
        self.station.check()
        self.toast(tr("Checking this station"), tr("Its rows are compared with the server's."), tone="info")

    def _show_keys(self) -> None:
        page = self.front()
        groups: list[tuple[str, KeyRegistry]] = [(tr("Everywhere"), self.keys)]
        if page is not None:
            groups.insert(0, (page.title, page.keys))
        self.keys_panel.open(groups)

    def _open_menu(self) -> None:
        menu = PersonMenu(
            self._preferences,
            self.choose_look,
            self.choose_lock_time,
            self.lock_asked.emit,
            self.switch_asked.emit,
            self.sign_out_asked.emit,
            self._about,
            self,
        )
        person = self.top_bar.person
        corner = person.mapToGlobal(QPoint(person.width() - menu.sizeHint().width(), person.height() + 2))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(corner)

    def choose_look(self, look: Look) -> None:
        """Take a look and keep it for this person."""
        self._preferences.look = look
        self._preferences.save()
        self.look_chosen.emit(look)

    def choose_lock_time(self, minutes: int) -> None:
        """Lock after so many minutes without a key or a click, and keep that for this person."""
        self._preferences.lock_after = minutes
        self._preferences.save()
        self.lock_time_chosen.emit(minutes)

    def _about(self) -> None:
        sync = self.station.sync
        self.toast(
            tr("MediDesk {version}", version=__version__),
            tr("{station} at {server}", station=self.station.name, server=sync.server_name),
            tone="info",
        )

    def _show_sync(self, state: SyncState | Any) -> None:
        self.top_bar.pill.show_state(*pill_words(state))
        self._changes_item.set_badge(state.waiting + state.attention)
        offline = state.state == "offline"
        if offline:
            self._was_offline = True
        elif self._was_offline and state.state == "live" and not state.waiting:
            self._was_offline = False
            self.toast(tr("The server is back"), tr("Everything was sent."), icon="circle-check")
        if offline:
            self._countdown.start()
        else:
            self._countdown.stop()
        self._show_banner()

    def _show_banner(self) -> None:
        state = self.station.sync
        words = banner_words(state, moments.now())
        banner = self.sheet.banner
        if words is None:
            banner.hide()
            return
        first = state.state == "first_sync"
        banner.set_tone("info" if first else "warning", "refresh-cw" if first else "cloud-off")
        link = None if first else tr("Try now")
        banner.show_message(words.title, words.line, link, self.station.retry_now, words.quiet)
