"""The overview at real windows: figures that follow the work, and each opens its list."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from medidesk.repositories import visits
from medidesk.ui.overview.module import open_overview
from medidesk.ui.overview.page import OverviewPage
from tests.support.billing import charged, priced, registered
from tests.support.database import Clinic
from tests.ui.screens.conftest import Hands

OpenShell = Callable[..., Hands]


def figures(page: OverviewPage) -> dict[str, str]:
    return {name: tile.figure for name, tile in page.tiles.items()}


def test_figures_follow_the_work(open_shell: OpenShell, clinic: Clinic) -> None:
    service = priced(clinic, "30")
    desk = open_shell("sofia")
    page = open_overview(desk.shell)
    desk.see(lambda: page.figures is not None)
    assert figures(page)["waiting"] == "0"
    assert figures(page)["attendance"] == "—"
    desk.station.wait_current(20)
    patient = registered(desk.station, "Okafor")
    desk.station.run(visits.check_in, {"patient_id": patient}, patience=20)
    charged(desk.station, patient, service)
    desk.see(lambda: figures(page)["waiting"] == "1" and figures(page)["unbilled"] == "30.00 EUR")
    assert page.tiles["waiting"].accessibleName() == "Waiting now: 1"


def test_each_figure_opens_its_list_by_keys(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    page = open_overview(desk.shell)
    desk.see(lambda: page.figures is not None)
    opened = {}
    for name, tile in page.tiles.items():
        open_overview(desk.shell)
        tile.setFocus()
        desk.press(Qt.Key.Key_Return)
        desk.see(lambda: desk.shell.front() is not page)
        front = desk.shell.front()
        assert front is not None
        opened[name] = front.key
    assert opened == {
        "today": "appointments",
        "waiting": "visits",
        "here": "visits",
        "attendance": "reports",
        "takings": "reports",
        "unbilled": "billing",
        "unpaid": "billing",
        "revenue": "reports",
    }


def test_tab_goes_from_figure_to_figure(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    page = open_overview(desk.shell)
    desk.see(lambda: page.figures is not None)
    tiles = list(page.tiles.values())
    assert tiles[0].hasFocus()
    desk.press(Qt.Key.Key_Tab)
    assert tiles[1].hasFocus()


def test_who_may_not_see_money_sees_the_day_alone(open_shell: OpenShell) -> None:
    desk = open_shell("joseph")
    page = open_overview(desk.shell)
    desk.see(lambda: page.figures is not None)
    assert set(page.tiles) == {"today", "waiting", "here", "attendance"}
    assert page.figures is not None
    assert page.figures.revenue is None
