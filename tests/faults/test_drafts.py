"""What somebody was typing when the power went."""

from pathlib import Path

import pytest

from tests.faults.harness.desk import Desk
from tests.faults.harness.patients import DRAFT
from tests.faults.harness.shift import Heard
from tests.support.database import Clinic
from tests.support.stations import OpenStation
from tests.support.waiting import wait_until


@pytest.mark.parametrize("letters", [1, 2, 6])
def test_a_draft_survives_a_kill_at_any_letter(
    clinic: Clinic, open_station: OpenStation, tmp_path: Path, letters: int
) -> None:
    told: list[Heard] = []
    desk = Desk(clinic, "sofia", "process", tmp_path / "home", lambda _, heard: told.append(heard))
    try:
        desk.die_at = ("once a letter was kept", letters - 1)
        desk.open()
        assert desk.opened()
        for number in range(letters + 3):
            desk.send("work", number=number, name="type_a_letter", chance=0)
        wait_until(lambda: not desk.manned)
    finally:
        desk.leave()
    assert max((heard.letters for heard in told), default=0) <= letters
    draft = open_station("sofia", home=desk.home).drafts.get(DRAFT)
    assert draft is not None
    assert draft.values == {"letters": letters}
