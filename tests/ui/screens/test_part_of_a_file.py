"""A file of which only the last days are on this PC says so, and fills by itself when the server is back."""

from collections.abc import Callable

import pytest

from medidesk.ui.kit.banner import Banner
from tests.support.database import Clinic
from tests.support.scoped import DAYS, condition, held, only_recent_conditions, patient
from tests.ui.screens.conftest import Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]


def says(banner: Banner) -> str:
    return banner.accessibleName() if banner.isVisible() else ""


def test_a_file_tells_what_of_it_is_not_here(
    clinic: Clinic,
    open_shell: OpenShell,
    cut_line: Callable[[], Line],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only_recent_conditions(monkeypatch)
    one = patient(clinic, "Sow")
    condition(clinic, one, "long ago", 2 * DAYS)
    line = cut_line()
    desk = open_shell("anjali", server=line.address)
    desk.station.wait_current(timeout=20)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    page = desk.open_file(one)
    desk.see(lambda: "not on this PC" in says(page.missing))
    line.mend()
    desk.see(lambda: says(page.missing) == "" and held(desk.station) == {"long ago"})


def test_a_file_that_is_here_whole_says_nothing(clinic: Clinic, open_shell: OpenShell) -> None:
    desk = open_shell("anjali")
    desk.station.wait_current(timeout=20)
    page = desk.open_file(patient(clinic, "Sow"))
    assert says(page.missing) == ""
