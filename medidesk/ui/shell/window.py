"""The shell: puts rail, top bar, tabs, sheet and keys around the pages of the open modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from medidesk.errors import MediDeskError
from medidesk.ui import lock_time
from medidesk.ui.account_request import ask_for_account
from medidesk.ui.bridge import Bridge
from medidesk.ui.changes.panel import ChangesPanel
from medidesk.ui.kit.hint_bar import HintBar
from medidesk.ui.kit.keys import KeyRegistry
from medidesk.ui.kit.keys_panel import KeysPanel
from medidesk.ui.kit.palette import CommandPalette, PaletteItem
from medidesk.ui.kit.theme import theme, tokens
from medidesk.ui.kit.toast import Toaster
from medidesk.ui.page import Module, Page, Tone
from medidesk.ui.preferences import Look, Preferences
from medidesk.ui.shell import commands, drafts, wall_clock, ways
from medidesk.ui.shell.badges import Badges
from medidesk.ui.shell.frame import lay_out
from medidesk.ui.shell.menu import LOCK_KEY, PersonMenu
from medidesk.ui.shell.rail import Rail, RailItem
from medidesk.ui.shell.sheet import Sheet
from medidesk.ui.shell.sync_display import SyncDisplay
from medidesk.ui.shell.tabs import TabStrip
from medidesk.ui.shell.top_bar import TopBar
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Changed, Station

CHANGES_KEY = "Ctrl+Shift+S"


class Shell(QWidget, ways.Ways):
    """The frame of one signed-in person; the `Desk` of every page.

    Args:
        bridge: the open Station.
        modules: all modules; those the person may not read are left out.
        preferences: the person's look.

    Signals:
        look_chosen(str): another look is wanted.
        lock_time_changed(int): the station is to lock after so many minutes; 0 never.
        lock_asked(): the station is to be locked for the same person.
        switch_asked(): somebody else is to sign in.
        sign_out_asked(): the person leaves.
        new_password_asked(): the person wants another password.
        roles_asked(): the windows are to be opened anew, as the person's roles are now.
    """

    look_chosen = Signal(str)
    lock_time_changed = Signal(int)
    lock_asked = Signal()
    switch_asked = Signal()
    sign_out_asked = Signal()
    new_password_asked = Signal()
    roles_asked = Signal()

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
        self._lock_limit: int | None = None
        wall_clock.follow(bridge.station)
        self._modules = [module for module in modules if ways.has(bridge.station, module)]
        self._pages: list[Page] = []
        user = bridge.station.user
        self.top_bar = TopBar(bridge.station.name, user.display_name, user.role_label)
        self.rail = Rail()
        self.tabs = TabStrip()
        self.sheet = Sheet()
        self.hints = HintBar()
        lay_out(self, self.top_bar, self.rail, self.tabs, self.sheet, self.hints)
        self.toaster = Toaster(self.sheet, keep_clear=int(tokens["form"]["foot"]))
        self.palette_box = CommandPalette(self)
        self._commands = commands.Commands(
            self.show_changes,
            partial(commands.check, self),
            self.lock_asked.emit,
            self._show_keys,
            partial(ask_for_account, self),
        )
        self.palette_box.set_provider(self._find)
        self.keys_panel = KeysPanel(self)
        self.keys = KeyRegistry(self, "Shell", window_wide=True)
        self._items = self._fill_rail()
        self._badges = Badges(bridge, self._modules, self._items)
        self._bind_keys()
        self._connect()
        for at, module in enumerate(self._modules):
            self.open(module.name, partial(module.home, self), front=at == 0)
        self._sync = SyncDisplay(self, self.top_bar.pill, self._changes_item, self.sheet.banner, self)
        self._sync.roles_asked.connect(self.roles_asked)
        drafts.bring_back(self, self._modules)

    # What pages may ask of their desk

    @property
    def station(self) -> Station:
        """The open Station."""
        return self.bridge.station

    def open(self, key: str, make: Callable[[], Page], *, front: bool = True) -> Page:
        """The tab of this key, made by `make` if it is not open yet; brought to the front unless told not to."""
        page = next((one for one in self._pages if one.key == key), None)
        if page is None:
            before = self.front() if self._pages else None
            page = make()
            page.came_from = before
            self._pages.append(page)
            self.sheet.pages.addWidget(page)
            self.tabs.show_page(page)
        if front:
            self.tabs.setCurrentIndex(self._pages.index(page))
            self._come_to_front()
        return page

    def close_page(self, page: Page) -> None:
        """Take a page's tab away; its draft stays kept. What stood in front before it was opened comes back."""
        at = self._pages.index(page)
        back = page.came_from if page is self.front() else None
        page.wind_up()
        self._pages.pop(at)
        self.tabs.take_page(at)
        self.sheet.pages.removeWidget(page)
        page.hide()
        page.deleteLater()
        if back in self._pages:
            self.tabs.setCurrentIndex(self._pages.index(back))
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
        panel = ChangesPanel(self, self._modules)
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
        self._sync.rest()
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
        for at, module in enumerate(self._modules[:9], start=1):
            bind(f"Ctrl+Shift+{at}", module.label, partial(self._go_home, module))

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(lambda _at: self._come_to_front())
        self.tabs.close_asked.connect(self._close_at)
        self.top_bar.search_asked.connect(self.palette_box.open)
        self.top_bar.changes_asked.connect(self.show_changes)
        self.top_bar.menu_asked.connect(self._open_menu)
        self.hints.asked.connect(self._show_keys)
        self.bridge.changed.connect(self._heard)

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
        self.close_page(page)
        if page.has_draft:
            drafts.say_kept(self, page, self._reopen)

    def _reopen(self, key: str) -> None:
        if drafts.restore(self, self._modules, key):
            at = next((at for at, page in enumerate(self._pages) if page.key == key), -1)
            if at >= 0:
                self.tabs.setCurrentIndex(at)

    def _find(self, text: str) -> Sequence[PaletteItem]:
        return commands.find(self, self._modules, self._commands, text)

    def _show_keys(self) -> None:
        page = self.front()
        groups: list[tuple[str, KeyRegistry]] = [(tr("Everywhere"), self.keys)]
        if page is not None:
            groups.insert(0, (page.title, page.keys))
        panel = self.sheet.panel()
        if isinstance(panel, ChangesPanel):
            groups.insert(0, (tr("Changes of this station"), panel.keys))
        self.keys_panel.open(groups)

    def menu(self) -> PersonMenu:
        """The menu of the person, to be shown once."""
        return PersonMenu(
            self._preferences,
            self._lock_most(),
            self.choose_look,
            self.choose_lock_time,
            self.lock_asked.emit,
            self.switch_asked.emit,
            self.sign_out_asked.emit,
            self.new_password_asked.emit,
            self._commands.ask_for_account,
            partial(commands.about, self),
            self,
        )

    def _open_menu(self) -> None:
        menu = self.menu()
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
        self.lock_time_changed.emit(self.lock_after())

    def lock_after(self) -> int:
        """The minutes until the station locks by itself: the person's choice, within what the clinic allows."""
        return lock_time.within(self._preferences.lock_after, self._lock_most())

    def _lock_most(self) -> int | None:
        with suppress(MediDeskError):  # a damaged copy of the data is told elsewhere: what was known holds on
            self._lock_limit = lock_time.most(self.station)
        return self._lock_limit

    def _heard(self, news: Changed) -> None:
        if wall_clock.concerns(news) and wall_clock.follow(self.station) and (page := self.front()):
            page.refresh(None)  # the others read anew when they are shown
        if lock_time.concerns(news):
            self.lock_time_changed.emit(self.lock_after())
