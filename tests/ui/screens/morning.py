"""A reception desk before the doors open, and how many keys each task of its morning takes."""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from medidesk.models.types import new_id
from medidesk.repositories import branch_clock
from tests.support.database import Clinic
from tests.ui.screens.billing_desk import add_doctor, add_service
from tests.ui.screens.conftest import CONTROL, Hands
from tests.ui.screens.desktop import OpenDesktop, page_of, shell_is_up, type_into
from tests.ui.screens.line import Line

GUIDE = Path(__file__).parents[3] / "docs" / "desks" / "reception.md"
ZONE = branch_clock.zone_named("Europe/Lisbon")
TODAY = branch_clock.today(ZONE)
TOMORROW = TODAY + dt.timedelta(days=1)
RAIL = ("patients", "appointments", "visits", "billing", "claims", "overview", "reports")
"""The pages in the order of the rail, which is that of `Ctrl+Shift+1` and those after it."""
_EARLY = 5


def open_clinic(clinic: Clinic) -> UUID:
    """A doctor on duty all day whose visits cost 45.00, and four people; Okafor has an appointment today."""
    doctor = add_doctor(clinic, add_service(clinic, "C01", "Consultation", "45.00"))
    add_service(clinic, "P01", "Electrocardiogram", "30.00")
    with clinic.admin() as admin:
        admin.execute(
            "insert into duty_schedule "
            "(id, org_id, staff_id, weekday, from_minute, to_minute, slot_minutes, starts_on) "
            "select gen_random_uuid(), %s, %s, weekday, 0, 1440, 30, '2026-01-01' "
            "from generate_series(1, 7) weekday",
            (clinic.org_id, doctor),
        )
        people = {name: new_id() for name in ("Okafor", "Haddad", "Silva", "Moreau")}
        for name, patient in people.items():
            admin.execute(
                "insert into patient (id, org_id, family_name) values (%s, %s, %s)",
                (patient, clinic.org_id, name),
            )
        starts, ends = (branch_clock.instant(TODAY, minute, ZONE) for minute in (_EARLY, 2 * _EARLY))
        admin.execute(
            "insert into appointment (id, org_id, patient_id, staff_id, starts_at, ends_at) "
            "values (gen_random_uuid(), %s, %s, %s, %s, %s)",
            (clinic.org_id, people["Okafor"], doctor, starts, ends),
        )
    return doctor


class Morning:
    """One person's, by keys alone: each task counts what it takes.

    Attributes:
        counts: of each task the presses, and the characters typed.
    """

    def __init__(self, desk: Hands) -> None:
        self.desk = desk
        self.counts: dict[str, tuple[int, int]] = {}
        self._within: list[tuple[int, int]] = []

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Count what is pressed and typed meanwhile, but for tasks within it; done again, it takes as much."""
        presses, typed = self.desk.presses, self.desk.typed
        self._within.append((0, 0))
        yield
        whole = (self.desk.presses - presses, self.desk.typed - typed)
        taken = _without(whole, self._within.pop())
        assert self.counts.setdefault(name, taken) == taken, name
        if self._within:
            self._within[-1] = _without(self._within[-1], _without((0, 0), whole))

    def go_to(self, name: str) -> None:
        """To a page of the rail."""
        held = CONTROL | Qt.KeyboardModifier.ShiftModifier
        with self.task("go to another page"):
            self.desk.press(Qt.Key(Qt.Key.Key_1 + RAIL.index(name)), held)
        front = self.desk.shell.front()
        assert front is not None
        assert front.key == name

    def enter(self, *, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press Enter."""
        self.desk.press(Qt.Key.Key_Return, held)


def sign_in(bot: QtBot, open_desktop: OpenDesktop, line: Line, clinic: Clinic) -> Morning:
    """She types her name and password, and Enter after each."""
    window = open_desktop(server=line.address)
    bot.waitUntil(page_of(window)._login.hasFocus)
    password = clinic.password("sofia")
    for text in ("sofia", password):
        focus = QApplication.focusWidget()
        assert isinstance(focus, QLineEdit)
        type_into(focus, text)
        QTest.keyClick(focus, Qt.Key.Key_Return)
    bot.waitUntil(lambda: shell_is_up(window), timeout=40_000)
    assert window.shell is not None
    morning = Morning(Hands(window.shell, bot))
    morning.counts["sign in"] = (2, len("sofia" + password))
    morning.desk.station.wait_current(timeout=40)
    return morning


def _without(whole: tuple[int, int], part: tuple[int, int]) -> tuple[int, int]:
    return whole[0] - part[0], whole[1] - part[1]


def guide() -> dict[str, tuple[int, int]]:
    """What the guide for the desk says that each task takes: its presses, and the characters in its example."""
    section = GUIDE.read_text(encoding="utf-8").split("## Key presses per task")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| (\d+) \| (\d+) \|$", section, re.MULTILINE)
    assert len(rows) == len({name for name, *_ in rows})
    return {name: (int(presses), int(typed)) for name, presses, typed in rows}
