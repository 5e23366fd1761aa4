"""An administrator at the page of the server: how it is, what needs somebody, which stations work with it."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from medidesk.ui.server.health_page import HealthPage
from tests.support.database import Clinic
from tests.ui.screens.conftest import Hands
from tests.ui.screens.line import Line


def page_of(desk: Hands) -> HealthPage:
    page = desk.shell.open("server", lambda: HealthPage(desk.shell))
    assert isinstance(page, HealthPage)
    return page


@pytest.fixture
def page(qtbot: QtBot, open_shell: Callable[..., Hands]) -> HealthPage:
    """Ingrid's, once the server has answered."""
    made = page_of(open_shell("ingrid"))
    qtbot.waitUntil(lambda: bool(made.findings.sentences), timeout=20_000)
    return made


def test_what_needs_somebody_stands_first_and_is_gone_once_it_is_seen_to(
    qtbot: QtBot, page: HealthPage, clinic: Clinic
) -> None:
    assert page.findings.sentences[0].startswith("Somebody must see to it: There is no backup.")
    assert "medidesk backup setup" in page.findings.sentences[0]
    with clinic.admin() as admin:
        admin.execute("insert into backup_run (began_at, made_at, bytes) values (now(), now(), 4200000)")
        admin.execute(
            "insert into station (id, name, code, last_seen_at, last_login, client_version, waiting, attention) "
            "values (gen_random_uuid(), 'Old laptop', 'AAA', now() - interval '40 days', 'rui', '0.0.9', 2, 1)"
        )
    QTest.keyClick(page, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: "Worth a look" in page.findings.sentences[0], timeout=20_000)
    assert "3 changes wait at Old laptop" in page.findings.sentences[0]
    assert not any("no backup" in one for one in page.findings.sentences)
    names = [page.table.rows.row_at(at).name for at in range(page.table.rows.rowCount())]
    assert names[-1] == "Old laptop"
    rows = page.table.rows
    waits = [rows.data(rows.index(at, 2), Qt.ItemDataRole.DisplayRole) for at in range(rows.rowCount())]
    assert waits[-1] == "3 changes"
    assert not waits[0]
    assert len(names) == 2


def test_without_the_server_it_says_so_and_asks_when_it_is_back(
    qtbot: QtBot, open_shell: Callable[..., Hands], cut_line: Callable[[], Line]
) -> None:
    line = cut_line()
    desk = open_shell("ingrid", server=line.address)
    page = page_of(desk)
    qtbot.waitUntil(lambda: bool(page.findings.sentences), timeout=20_000)
    line.cut()
    qtbot.waitUntil(lambda: page.desk.station.sync.state == "offline", timeout=20_000)
    QTest.keyClick(page, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: page._parts.currentWidget() is page._instead, timeout=20_000)
    assert "This needs the server, which is away." in page._instead.accessibleName()
    line.mend()
    page.desk.station.retry_now()
    qtbot.waitUntil(lambda: page._parts.currentWidget() is not page._instead, timeout=20_000)
    assert page.findings.sentences


def test_nobody_else_has_the_page(open_shell: Callable[..., Hands]) -> None:
    shell = open_shell("sofia").shell
    assert "server" not in {module.name for module in shell._modules}
