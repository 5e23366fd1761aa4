"""Administrators decide at the page of changes: facts that the server holds, and a colleague's waiting work."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from medidesk.repositories import patients
from medidesk.station import HeldFact, Station
from medidesk.ui.changes.held import HeldCard, HeldSection
from medidesk.ui.changes.panel import ChangesPanel
from medidesk.ui.changes.waiting import WaitingCard
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.pill import SyncPill
from tests.support.database import Clinic
from tests.support.operations import added, operation, send
from tests.support.stations import server_rows
from tests.ui.screens.conftest import Hands, cut_line, open_shell
from tests.ui.screens.line import Line

__all__ = ["cut_line", "open_shell"]

type OpenShell = Callable[..., Hands]
CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
VERDICTS = "select verdict, reason from decision order by created_at"


@pytest.fixture(autouse=True)
def no_double_clicks(qapp: QApplication) -> Iterator[None]:
    """Cards take a press as soon as they are there."""
    usual = qapp.doubleClickInterval()
    qapp.setDoubleClickInterval(0)
    yield
    qapp.setDoubleClickInterval(usual)


def held(clinic: Clinic, family_name: str = "", **more: Any) -> UUID:
    """Sofia was told that a registration is saved. Without a name it can never be entered."""
    payload = operation(
        "sofia", added("patient", clinic.org_id, family_name=family_name, **more), kind="fact"
    )
    payload |= {"title": f"{family_name or 'Nobody'} registered", "line": "Provisional file P-7QF-001"}
    assert send(clinic.connect("sofia"), payload, told=True)["status"] == "held"
    return UUID(payload["id"])


def held_for_her_rights(clinic: Clinic, family_name: str) -> UUID:
    """It could be entered: the branch it was for was not hers for a moment."""
    with clinic.admin() as admin:
        admin.execute("update user_role set org_id = %s where role = 'receptionist'", (elsewhere(clinic),))
    op_id = held(clinic, family_name, phone="555 0100")
    with clinic.admin() as admin:
        admin.execute("update user_role set org_id = %s where role = 'receptionist'", (clinic.org_id,))
    return op_id


def elsewhere(clinic: Clinic) -> UUID:
    """A branch beside the clinic."""
    branch = uuid4()
    with clinic.admin() as admin:
        admin.execute(
            "insert into organisation (id, org_id, parent_id, kind, name, timezone, currency, country) "
            "select %s, %s, o.parent_id, 'branch', 'Hill', o.timezone, o.currency, o.country "
            "from organisation o where o.id = %s",
            (branch, branch, clinic.org_id),
        )
    return branch


def panel(desk: Hands) -> ChangesPanel:
    """The page of changes, opened by its key."""
    if desk.shell.sheet.panel() is None:
        desk.sit_down()
        desk.press(Qt.Key.Key_S, CONTROL_SHIFT)
    found = desk.shell.sheet.panel()
    assert isinstance(found, ChangesPanel)
    return found


def cards(desk: Hands) -> list[HeldCard]:
    return [card for card in panel(desk).findChildren(HeldCard) if card.isVisible()]


def pill(desk: Hands) -> str:
    found = desk.shell.findChild(SyncPill)
    assert found is not None
    return found.accessibleName()


def told(section: HeldSection) -> list[str]:
    """What stands over the cards, where there are none."""
    labels = section.findChildren(Label, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [label.text() for label in labels if label.isVisible()]


def words(card: HeldCard) -> str:
    return "\n".join(label.text() for label in card.findChildren(Label) if label.isVisible())


def test_a_held_fact_is_entered_with_one_key(clinic: Clinic, open_shell: OpenShell) -> None:
    held_for_her_rights(clinic, "Sow")
    desk = open_shell("ingrid", size=(1280, 720))
    desk.see(lambda: len(desk.station.sync.held) == 1)
    desk.see(lambda: "1 needs attention" in pill(desk))
    desk.see(lambda: len(cards(desk)) == 1)
    (card,) = cards(desk)
    told = words(card)
    assert "Sow registered" in told
    assert "Entered by Sofia Marchetti at Reception 2".replace(" ", "\N{NO-BREAK SPACE}") in told.replace(
        " ", "\N{NO-BREAK SPACE}"
    )
    assert "did not include this" in told
    assert "555 0100" in told
    assert "42501" not in told
    desk.see(card.enter.hasFocus)
    for _ in range(3):
        desk.press(Qt.Key.Key_Space, at=card.enter)
    desk.see(lambda: not cards(desk))
    assert server_rows(clinic, "select family_name from patient") == [("Sow",)]
    assert server_rows(clinic, VERDICTS) == [("mine", "")]
    desk.see(lambda: "Entered for Sofia Marchetti Sow registered" in desk.toasts())
    desk.see(lambda: "Live" in pill(desk))


def test_what_still_cannot_be_entered_says_so_and_is_discarded_with_a_reason(
    clinic: Clinic, open_shell: OpenShell
) -> None:
    held(clinic)
    desk = open_shell("ingrid")
    desk.see(lambda: len(cards(desk)) == 1)
    (card,) = cards(desk)
    desk.press(Qt.Key.Key_Space, at=card.enter)
    desk.see(lambda: "A patient needs a name. It stays held." in words(card))
    desk.press(Qt.Key.Key_Space, at=card.discard)
    assert card.reason.why.hasFocus()
    desk.press(Qt.Key.Key_Escape)
    assert card.discard.hasFocus()
    desk.press(Qt.Key.Key_Space)
    desk.type("an empty form")
    for _ in range(2):
        desk.press(Qt.Key.Key_Return, at=card.reason.why)
    desk.see(lambda: not cards(desk))
    assert server_rows(clinic, VERDICTS) == [("discarded", "an empty form")]


def test_the_second_of_two_quick_presses_does_not_meet_the_next_fact(
    clinic: Clinic, open_shell: OpenShell, qapp: QApplication
) -> None:
    for name in ("First", "Second"):
        held_for_her_rights(clinic, name)
    desk = open_shell("ingrid")
    desk.see(lambda: len(cards(desk)) == 2)
    desk.press(Qt.Key.Key_Space, at=cards(desk)[0].enter)
    qapp.setDoubleClickInterval(60_000)
    desk.see(lambda: len(cards(desk)) == 1)
    (second,) = cards(desk)
    assert second.enter.hasFocus()
    desk.press(Qt.Key.Key_Space)
    qapp.setDoubleClickInterval(0)
    assert server_rows(clinic, "select family_name from patient") == [("First",)]
    desk.press(Qt.Key.Key_Space, at=second.enter)
    desk.see(lambda: not cards(desk))
    assert server_rows(clinic, "select count(*) from patient") == [(2,)]


def test_of_two_administrators_the_slower_is_told(clinic: Clinic, open_shell: OpenShell) -> None:
    op_id = held_for_her_rights(clinic, "Sow")
    desk = open_shell("ingrid")
    desk.see(lambda: len(cards(desk)) == 1)
    with clinic.admin() as admin:  # too quick for the feed: nobody is notified before the press
        admin.execute(
            "update held_fact set decided_at = now(), decided_by = 'olive', decision = '{\"verdict\": \"enter\"}' "
            "where op_id = %s",
            (op_id,),
        )
    desk.press(Qt.Key.Key_Space, at=cards(desk)[0].enter)
    desk.see(lambda: any("“olive” has entered this already." in toast for toast in desk.toasts()))
    desk.see(lambda: not cards(desk))


def test_without_the_server_nothing_is_decided_and_the_page_says_so(
    clinic: Clinic, open_shell: OpenShell, cut_line: Callable[[], Line]
) -> None:
    held(clinic)
    line = cut_line()
    desk = open_shell("ingrid", server=line.address)
    desk.station.wait_current(timeout=20)
    desk.see(lambda: len(cards(desk)) == 1)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    said = "The server is away. What it holds can be decided once it is back."
    desk.see(
        lambda: any(label.text() == said for label in panel(desk).findChildren(Label) if label.isVisible())
    )
    (card,) = cards(desk)
    desk.press(Qt.Key.Key_Space, at=card.enter)
    desk.see(lambda: "This needs the server, which is away. Try again once it is back." in words(card))
    # A short break of the network takes nobody's place in a reason.
    desk.press(Qt.Key.Key_Space, at=card.discard)
    desk.type("an empty")
    line.mend()
    desk.see(lambda: desk.station.sync.state == "live")
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    assert card.reason.why.hasFocus()
    desk.type(" form")
    line.mend()
    desk.see(lambda: desk.station.sync.state == "live")
    desk.press(Qt.Key.Key_Return, at=card.reason.why)
    desk.see(lambda: not cards(desk))
    assert server_rows(clinic, VERDICTS) == [("discarded", "an empty form")]


def test_what_its_author_does_about_it_meanwhile_is_told_on_its_card(
    clinic: Clinic, open_shell: OpenShell
) -> None:
    op_id = held_for_her_rights(clinic, "Sow")
    desk = open_shell("ingrid", size=(1280, 720))
    desk.see(lambda: len(cards(desk)) == 1)
    decision = added(
        "decision", clinic.org_id, op_id=op_id, author="sofia", title="x", verdict="edited", reason=""
    )
    again = added("patient", clinic.org_id, family_name="Sow", phone="555 0100")
    payload = operation("sofia", again, decision, kind="fact") | {"supersedes": str(op_id)}
    assert send(clinic.connect("sofia"), payload, told=True)["status"] == "applied"
    desk.see(
        lambda: any("Entered anew at the station by Sofia Marchetti" in words(card) for card in cards(desk))
    )
    desk.press(Qt.Key.Key_Space, at=cards(desk)[0].enter)
    desk.see(
        lambda: any(
            "sofia has entered this anew: discard it here, and say so." in words(card) for card in cards(desk)
        )
    )
    assert server_rows(clinic, "select count(*) from patient") == [(1,)]


def test_a_list_that_does_not_come_is_not_asked_for_without_a_pause(
    clinic: Clinic, open_shell: OpenShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(clinic)
    with clinic.admin() as admin:
        admin.execute("revoke execute on function held_facts() from medidesk_administrator")
    desk = open_shell("ingrid")
    desk.see(lambda: len(desk.station.sync.held) == 1)
    asked: list[int] = []
    ask = desk.station.administration.held

    def counted() -> Future[list[HeldFact]]:
        asked.append(1)
        return ask()

    monkeypatch.setattr(desk.station.administration, "held", counted)
    (section,) = panel(desk).findChildren(HeldSection)
    desk.see(lambda: any("It stays" in one or "role" in one for one in told(section)))
    before, said = len(asked), told(section)
    for _ in range(3):
        section.refresh()
        desk.see(lambda: told(section) == said)
    assert len(asked) == before
    with clinic.admin() as admin:
        admin.execute("grant execute on function held_facts() to medidesk_administrator")
    held(clinic)
    desk.station.administration.look()
    desk.see(lambda: len(cards(desk)) == 2)
    assert told(section) == []


def test_others_see_nothing_of_it(clinic: Clinic, open_shell: OpenShell) -> None:
    held(clinic)
    desk = open_shell("sofia")
    assert panel(desk).findChildren(HeldCard) == []
    assert "Live" in pill(desk)


@pytest.fixture
def left_waiting(
    clinic: Clinic, open_station: Callable[..., Station], cut_line: Callable[[], Line], tmp_path: Path
) -> tuple[Path, Line]:
    """The doctor registers somebody without the server, goes home, and is suspended. Returns the PC."""
    line, home = cut_line(), tmp_path / "shared"
    with open_station("anjali", server=line.address, home=home) as station:
        station.wait_current(timeout=20)
        line.cut()
        station.run(patients.register, {"family_name": "Waits"}, patience=0.1)
    with clinic.admin() as admin:
        admin.execute("select suspend_account('anjali')")
    line.mend()
    return home, line


def test_a_colleagues_waiting_work_is_released(
    clinic: Clinic, open_shell: OpenShell, left_waiting: tuple[Path, Line]
) -> None:
    home, line = left_waiting
    desk = open_shell("ingrid", server=line.address, home=home)
    desk.see(lambda: desk.station.sync.state == "live")
    (card,) = panel(desk).findChildren(WaitingCard)
    foot = card.foot
    assert foot is not None
    desk.press(Qt.Key.Key_Space, at=foot.release)
    assert foot.confirm.isVisible()
    desk.press(Qt.Key.Key_Escape)
    assert foot.release.hasFocus()
    desk.press(Qt.Key.Key_Space)
    for _ in range(3):
        desk.press(Qt.Key.Key_Space, at=foot.confirm)
    desk.see(lambda: "Released 1 taken, 0 need attention" in desk.toasts())
    assert len(desk.toasts()) == 1
    desk.see(lambda: desk.station.sync.waiting == 0)
    assert server_rows(clinic, "select family_name from patient") == [("Waits",)]


def test_work_that_can_still_be_sent_is_not_released(
    clinic: Clinic, open_shell: OpenShell, left_waiting: tuple[Path, Line]
) -> None:
    home, line = left_waiting
    with clinic.admin() as admin:
        admin.execute("update user_account set state = 'approved' where login = 'anjali'")
        admin.execute("alter role anjali login password null")  # or her own sender would be faster
    desk = open_shell("ingrid", server=line.address, home=home)
    desk.see(lambda: desk.station.sync.state == "live")
    (card,) = panel(desk).findChildren(WaitingCard)
    assert card.foot is not None
    desk.press(Qt.Key.Key_Space, at=card.foot.release)
    desk.press(Qt.Key.Key_Space, at=card.foot.confirm)
    desk.see(lambda: any("can still sign in" in toast for toast in desk.toasts()))
    assert card.foot.release.isVisible()
    assert desk.station.sync.waiting == 1


def test_own_waiting_work_has_nothing_to_release(open_shell: OpenShell, cut_line: Callable[[], Line]) -> None:
    line = cut_line()
    desk = open_shell("ingrid", server=line.address)
    desk.station.wait_current(timeout=20)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    desk.station.run(patients.register, {"family_name": "Own"}, patience=0.1)
    (card,) = panel(desk).findChildren(WaitingCard)
    assert card.foot is None
