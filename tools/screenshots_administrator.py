"""Pictures of an administrator's pages: held facts, people, roles, the clinic, the audit trail, the server."""

from functools import partial

from PySide6.QtWidgets import QApplication

from medidesk import demo
from medidesk.models.settings import SettingName
from medidesk.permissions import ROLES, Need
from medidesk.repositories import directory as repositories
from medidesk.repositories import duty, patients, settings
from medidesk.station import Saved
from medidesk.sync.trail import OPENINGS, Wanted
from medidesk.ui.audit.audit_page import AuditPage
from medidesk.ui.changes.held import HeldCard
from medidesk.ui.desktop import Desktop
from medidesk.ui.directory.list_page import ListPage as DirectoryPage
from medidesk.ui.page import Page
from medidesk.ui.people.ask_first import AskFirst
from medidesk.ui.people.first_password import FirstPassword
from medidesk.ui.people.list_page import ListPage
from medidesk.ui.people.roles_page import open_roles
from medidesk.ui.server.health_page import HealthPage
from tools import screenshots_held
from tools.screenshots_frame import SIZE, SMALL, Seat, settle, take_both, wait


def held(made: demo.Demo, app: QApplication) -> list[str]:
    """An administrator's page of changes: facts held at the server, and a colleague's work to release."""
    home = made.home / "stations" / "ingrid"
    screenshots_held.hold(made)
    screenshots_held.leave_waiting(made, home)
    window = Desktop(app, home, server=made.address, name=screenshots_held.STATION)
    window.resize(*SIZE)
    window.begin()
    window.show()
    seat = Seat(window, made)
    seat.sign_in("ingrid")
    seat.shell.show_changes()
    wait(lambda: len(seat.shell.findChildren(HeldCard)) == len(seat.station.sync.held) > 0)
    cut: list[str] = []
    for size, name in ((SIZE, "held"), (SMALL, "held-asked")):
        window.resize(*size)
        if name == "held-asked":
            screenshots_held.ask(seat.shell)
        cut += take_both(app, window, f"ingrid-{name}")
    window.close()
    return cut


def administrator(made: demo.Demo, app: QApplication) -> Seat:
    """Ingrid, signed in at a PC of her own."""
    home = made.home / "stations" / "ingrid"
    window = Desktop(app, home, server=made.address, name=screenshots_held.STATION)
    window.begin()
    window.show()
    seat = Seat(window, made)
    seat.sign_in("ingrid")
    return seat


def page_of[P: Page](seat: Seat, key: str, kind: type[P]) -> P:
    """The page of this key, in front; an administrator's pages are open from the start."""
    page = next(one for one in seat.shell.pages() if one.key == key)
    if not isinstance(page, kind):
        raise TypeError(key)
    seat.shell.tabs.setCurrentIndex(seat.shell.pages().index(page))
    return page


def server(made: demo.Demo, app: QApplication) -> list[str]:
    """An administrator's page of the server: without a backup, and with one."""
    seat = administrator(made, app)
    page = page_of(seat, "server", HealthPage)
    wait(lambda: bool(page.findings.sentences))
    cut: list[str] = []
    for name, size in (("server", SIZE), ("server-well", SMALL)):
        seat.window.resize(*size)
        if name == "server-well":
            before = page.findings.sentences
            with made.server.connect() as admin:
                admin.execute(
                    "insert into backup_run (began_at, made_at, bytes) values (now(), now(), 4200000)"
                )
            page.ask()
            wait(lambda before=before: page.findings.sentences != before)  # type: ignore[misc]
            settle()
        cut += take_both(app, seat.window, f"ingrid-{name}")
    seat.window.close()
    return cut


def audit(made: demo.Demo, app: QApplication) -> list[str]:
    """An administrator's page of the audit trail: all of it, one file's, and who opened files."""
    seat = administrator(made, app)
    page = page_of(seat, "audit", AuditPage)
    page.filters.when.set_value(None)
    page.filters.when.setCurrentIndex(0)
    wait(lambda: bool(page.entries))
    settle()
    cut: list[str] = []
    for name, size in (("audit", SIZE), ("audit-file", SMALL), ("audit-openings", SMALL)):
        seat.window.resize(*size)
        before = page.entries
        if name == "audit-file":
            page.filters.only_file(next(one.patient for one in page.entries if one.patient and one.shown))
            wait(lambda before=before: page.entries != before)  # type: ignore[misc]
        elif name == "audit-openings":
            for one in seat.station.read(patients.search, "mar", limit=4):
                seat.station.opened(one.id)
            told = partial(seat.station.administration.trail, Wanted(table=OPENINGS), None)
            wait(lambda told=told: bool(told().result().entries))  # type: ignore[misc]
            page.filters.only_file(None)
            page.filters.what.set_value(OPENINGS)
            wait(lambda: {one.table for one in page.entries} == {OPENINGS})
        cut += take_both(app, seat.window, f"ingrid-{name}")
    seat.window.close()
    return cut


def people(made: demo.Demo, app: QApplication) -> list[str]:
    """An administrator's page of people: somebody chosen, a question, a first password, somebody new."""
    seat = administrator(made, app)
    window = seat.window
    page = page_of(seat, "people", ListPage)
    wait(lambda: page.panel.findChild(AskFirst) is not None)
    cut: list[str] = []
    for name, size in (("people", SIZE), ("people-asked", SMALL), ("people-adding", SMALL)):
        window.resize(*size)
        if name == "people-asked":
            page.panel.show_above(FirstPassword("Rui Tavares", "rui", "k7fm-2xqt-9wpz-h4cd"))
            settle()
            page.panel.findChildren(AskFirst)[-1].button.click()
        elif name == "people-adding":
            page.start_adding()
        cut += take_both(app, window, f"ingrid-{name}")
    window.close()
    return cut


def roles(made: demo.Demo, app: QApplication) -> list[str]:
    """An administrator's page of roles: those there are, and a clinic's own that is being changed."""
    seat = administrator(made, app)
    define, org = seat.station.administration.roles.define, seat.station.user.org_id
    for label, levels in (
        ("Front desk trainee", {"demographics": Need.READ}),
        ("Ward clerk", {"demographics": Need.ADD, "clinical": Need.READ}),
        ("Secretary", {"directory": Need.CHANGE}),
    ):
        define(None, label, levels, org).result(20)
    page = open_roles(seat.shell)
    wait(lambda: page.table.rows.rowCount() == len(ROLES) + 3)
    cut: list[str] = []
    for name, size in (("roles", SIZE), ("role", SMALL), ("role-new", SMALL)):
        seat.window.resize(*size)
        if name == "role":
            page.table.choose_row(len(ROLES) + 2)
            page.table.opened.emit(page.table.current_row())
        elif name == "role-new":
            page.add()
        cut += take_both(app, seat.window, f"ingrid-{name}")
    seat.window.close()
    return cut


def directory(made: demo.Demo, app: QApplication) -> list[str]:
    """An administrator's page of the clinic: each kind, an entry, and a new one."""
    seat = administrator(made, app)
    page = page_of(seat, "directory", DirectoryPage)
    who = next(one.id for one in seat.station.read(repositories.staff) if one.login == "joseph")
    days = dict.fromkeys(("monday", "wednesday", "friday"), True)
    hours = {"staff_id": who, "starts": "9", "ends": "13", "slot_minutes": 15, "starts_on": "2.11.2026"}
    seat.station.run(duty.add_schedule, hours | days)
    closed = {"kind": "away", "starts_on": "25.12.2026", "ends_on": "26.12.2026", "reason": "Christmas"}
    seat.station.run(duty.add_exception, closed)
    seat.station.run(duty.add_exception, {"staff_id": who, "kind": "away", "starts_on": "7.12.2026"})
    seat.station.run(settings.change, SettingName.LOCK_MINUTES_MOST, 20)
    ward = {"name": "North Quay", "kind": "branch", "parent_id": seat.station.user.org_id}
    north = seat.station.run(repositories.add_organisation, ward)
    if isinstance(north, Saved):
        seat.station.run(settings.change, SettingName.LOCK_MINUTES_MOST, 5, north.row.id)
    settle()
    cut: list[str] = []
    for name, size in (
        ("staff", SIZE),
        ("entry", SMALL),
        ("department", SMALL),
        ("branch", SIZE),
        ("new", SMALL),
        ("duty", SIZE),
        ("duty-new", SMALL),
        ("days", SMALL),
        ("setting", SIZE),
        ("setting-change", SMALL),
        ("setting-new", SMALL),
        ("service", SIZE),
        ("service-change", SMALL),
        ("service-new", SMALL),
        ("price-list", SMALL),
        ("room", SIZE),
        ("room-change", SMALL),
        ("insurer", SIZE),
        ("insurer-change", SMALL),
        ("insurer-new", SMALL),
    ):
        seat.window.resize(*size)
        if name == "entry":
            page.table.choose_row(1)
            page.table.opened.emit(page.table.current_row())
        elif name == "new":
            page.show_kind("staff")
            page.add()
        elif name in {"duty-new", "setting-new", "service-new", "insurer-new"}:
            page.add()
        elif name in {"setting-change", "service-change", "room-change", "insurer-change"}:
            page.table.choose_row(0)
            page.table.opened.emit(page.table.current_row())
        else:
            page.close_panel()
            page.show_kind(name)
        cut += take_both(app, seat.window, f"ingrid-clinic-{name}")
    seat.window.close()
    return cut


PAGES = {
    "held": held,
    "people": people,
    "roles": roles,
    "directory": directory,
    "audit": audit,
    "server": server,
}
"""Every page, by the name that it is asked for with, in the order in which they are taken."""
