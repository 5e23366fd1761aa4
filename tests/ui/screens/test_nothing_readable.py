"""After a day of work no file of a PC holds anything of a record that can be read: not while it is open either."""

import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from medidesk import log
from medidesk.errors import DomainError
from medidesk.models.search import fold
from medidesk.repositories import patients
from medidesk.station import Queued, Saved
from tests.support.stations import go_offline, go_online, quiet
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.line import Line

FAMILY, GIVEN, KIN = "Szczebrzeszynska", "Nkechinyerem", "Oluwaseunfunmi"
PHONE, STREET, SUBSTANCE, DRAFT = "5550173994421", "Kurfürstenplatz", "Zyloprimexil", "Tschiaturaschwili"
SECRETS = (FAMILY, GIVEN, KIN, PHONE, STREET, SUBSTANCE, DRAFT)


@pytest.fixture
def kept_log(tmp_path: Path) -> Iterator[None]:
    """The log goes where that of the program goes, and so do temporary files."""
    before = list(logging.getLogger().handlers)
    log.log_to(tmp_path / "stations" / "log")
    logging.getLogger().setLevel(logging.DEBUG)
    tempfile.tempdir = str(tmp_path / "temporary")
    Path(tempfile.tempdir).mkdir()
    yield
    tempfile.tempdir = None
    for handler in set(logging.getLogger().handlers) - set(before):
        logging.getLogger().removeHandler(handler)
        handler.close()
    logging.getLogger().setLevel(logging.WARNING)


def readable(folder: Path) -> list[tuple[str, str]]:
    """Files that hold one of the secrets, in any of the forms in which a program writes text."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        held = path.read_bytes()
        for secret in SECRETS:
            forms = {
                secret,
                secret.lower(),
                secret.upper(),
                fold(secret),
                secret.encode("unicode_escape").decode(),
            }
            if any(form.encode(code) in held for form in forms for code in ("utf-8", "utf-16-le")):
                found.append((path.name, secret))
    return found


@pytest.mark.usefixtures("kept_log")
def test_a_day_of_work_leaves_nothing_to_read_in_any_file(
    open_shell: Callable[..., Hands],
    open_station: Callable[..., object],
    cut_line: Callable[[], Line],
    tmp_path: Path,
) -> None:
    line = cut_line()
    desk = open_shell("anjali", server=line.address)
    station = desk.station
    quiet(station)
    # Registered by its form, and by its verb; searched for; opened; changed by two.
    desk.patients().arrive()
    desk.press(Qt.Key.Key_N, ALT)
    form = desk.registration().form
    for name, text in (("family_name", FAMILY), ("given_name", GIVEN), ("phone", PHONE), ("kin_name", KIN)):
        desk.fill(form.editor(name), text)
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: station.read(patients.search, FAMILY))
    (row,) = station.read(patients.search, f"{GIVEN} {FAMILY}")
    assert isinstance(station.run(patients.add_allergy, row.id, {"substance": SUBSTANCE}, patience=20), Saved)
    desk.patients().arrive()
    desk.type(FAMILY)
    # Refused, with what was typed in the sentence.
    with pytest.raises(DomainError):
        station.run(patients.edit, row.id, {"born_on": f"{STREET} 7"})
    # Without the server; and refused when it is back: somebody else was quicker.
    other = open_shell("sofia", name="Other").station
    quiet(other)
    go_offline(station, line)  # type: ignore[arg-type]
    assert isinstance(station.run(patients.edit, row.id, {"address": f"{STREET} 12"}), Queued)
    assert isinstance(other.run(patients.edit, row.id, {"address": f"{STREET} 13"}, patience=20), Saved)
    assert readable(tmp_path) == [], "while both are open, and one waits"
    go_online(station, line)  # type: ignore[arg-type]
    desk.see(lambda: station.sync.attention == 1)
    # A bug with something of the record in its words; a draft that nobody has saved.
    try:
        int(f"{FAMILY}, {GIVEN}")
    except ValueError:
        logging.getLogger("medidesk.test").exception("a bug of ours")
    desk.patients().arrive()
    desk.press(Qt.Key.Key_N, ALT)
    desk.fill(desk.registration().form.editor("family_name"), DRAFT)
    desk.see(lambda: len(station.drafts.all()) == 1)
    desk.shell.wind_up()
    station.close()
    other.close()
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "medidesk.log" and b"a bug of ours" in path.read_bytes() for path in written)
    assert sum(path.stat().st_size for path in written) > 500_000, "the replicas and the outboxes are there"
    assert readable(tmp_path) == []


def test_the_search_for_what_can_be_read_finds_it(tmp_path: Path) -> None:
    for number, text in enumerate(
        (FAMILY, GIVEN.upper(), fold(STREET), STREET.encode("unicode_escape").decode())
    ):
        (tmp_path / f"{number}.txt").write_text(
            f"… {text} …", encoding="utf-16-le" if number % 2 else "utf-8"
        )
    (tmp_path / "well.txt").write_text("nothing")
    assert len({name for name, _ in readable(tmp_path)}) == 4
