"""Joining a clinic's server at the window: by a code that is typed or scanned, or by a certificate file."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from medidesk.errors import DomainError
from medidesk.server import pairing, tls
from medidesk.sync.profiles import StationProfile
from medidesk.ui.desktop import Desktop
from medidesk.ui.first_run.actions import read_address
from medidesk.ui.first_run.page import FirstRunPage
from tests.support.database import Clinic
from tests.ui.screens.conftest import ALT
from tests.ui.screens.desktop import OpenDesktop, shell_is_up, sign_in


def where(clinic: Clinic) -> str:
    """The server's address as people type it."""
    return clinic.server.split("?")[0].removeprefix("postgresql://")


def code(clinic: Clinic) -> str:
    return pairing.code_of(clinic.cluster.folder.authority.read_bytes())


def first_run(window: Desktop) -> FirstRunPage:
    page = window.first_run_page()
    assert page is not None
    return page


def fields(qtbot: QtBot, page: FirstRunPage) -> tuple[QLineEdit, QLineEdit]:
    """Address and code, once the way of joining is open."""
    QTest.keyClick(page, Qt.Key.Key_3, ALT)
    # The button of a shortcut is pressed for a moment before it does what it is for.
    qtbot.waitUntil(page.joining._address.hasFocus, timeout=20_000)
    return page.joining._address, page.joining._code


def says(qtbot: QtBot, page: FirstRunPage, words: str) -> None:
    qtbot.waitUntil(lambda: words in page.problem_words(), timeout=20_000)


def test_a_code_that_is_typed_leads_in(qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic) -> None:
    window = open_desktop(server="")
    page = first_run(window)
    address, typed = fields(qtbot, page)
    QTest.keyClicks(address, where(clinic))
    QTest.keyClicks(typed, code(clinic).lower().replace("-", " "))
    QTest.keyClick(typed, Qt.Key.Key_Return)
    says(qtbot, page, "it is the clinic's")
    qtbot.waitUntil(page.joining.join.hasFocus)
    QTest.keyClick(page.joining.join, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.sign_in_page() is not None, timeout=20_000)
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    pinned = next(window._home.glob("clinic-*.crt"))
    assert pinned.name in StationProfile.load(window._home).server
    assert tls.fingerprint(pinned) == tls.fingerprint(clinic.cluster.folder.authority)


def test_a_code_that_is_scanned_fills_both_fields_and_asks(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    page = first_run(open_desktop(server=""))
    address, typed = fields(qtbot, page)
    QTest.keyClicks(address, str(pairing.Invitation(where(clinic), code(clinic))))
    assert (address.text(), typed.text()) == (where(clinic), code(clinic))
    QTest.keyClick(address, Qt.Key.Key_Return)
    says(qtbot, page, "it is the clinic's")


def test_a_wrong_letter_is_told_and_the_code_is_ready_to_be_mended(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    page = first_run(open_desktop(server=""))
    address, typed = fields(qtbot, page)
    QTest.keyClicks(address, where(clinic))
    for text, words in (
        ("K7FM2", "25 letters and digits"),
        ("0" * 24 + "Z", "letter of the pairing code is wrong"),
    ):
        QTest.keyClicks(typed, text)
        QTest.keyClick(typed, Qt.Key.Key_Return)
        says(qtbot, page, words)
        qtbot.waitUntil(typed.hasFocus)
        assert typed.selectedText() == text
    assert not list(page.window()._home.glob("*.crt"))  # type: ignore[attr-defined]


def test_another_clinic_s_code_is_no_way_in(qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic) -> None:
    page = first_run(open_desktop(server=""))
    page.join_with(where(clinic), pairing.code_of(tls.new_authority().certificate))
    page.joining.test()
    says(qtbot, page, "not the one that this code is of")
    assert not page.joining.join.isEnabled()


def test_without_a_code_or_a_file_nothing_is_asked(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    page = first_run(open_desktop(server=""))
    address, typed = fields(qtbot, page)
    QTest.keyClicks(address, where(clinic))
    QTest.keyClick(address, Qt.Key.Key_Return)
    assert page.problem_words().startswith("The pairing code is missing")
    assert typed.hasFocus()


def test_a_file_that_is_no_certificate_is_told(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic, tmp_path: Path
) -> None:
    page = first_run(open_desktop(server=""))
    wrong = tmp_path / "letter.crt"
    wrong.write_text("Dear colleague")
    for path, words in ((wrong, "no certificate file"), (tmp_path / "none.crt", "cannot be read")):
        page.join_with(where(clinic), path)
        page.joining.test()
        says(qtbot, page, words)


def test_a_new_pc_begins_with_the_first_run(qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic) -> None:
    window = open_desktop(server="")
    page = window.first_run_page()
    assert page is not None
    authority = clinic.cluster.authority
    assert authority is not None
    page.join_with(clinic.server.split("?")[0].removeprefix("postgresql://"), authority)
    page.joining.test()
    qtbot.waitUntil(lambda: page.problem_words() != "", timeout=20_000)
    assert page.problem_words().startswith("The server answers, and it is the clinic's")
    page.joining.join.click()
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    assert StationProfile.load(window._home).server


def test_a_stranger_s_certificate_is_no_way_in(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic, tmp_path: Path
) -> None:
    from medidesk.server.tls import new_authority

    strange = tmp_path / "strange.crt"
    strange.write_bytes(new_authority("Somebody else").certificate)
    page = open_desktop(server="").first_run_page()
    assert page is not None
    where = clinic.server.removeprefix("postgresql://")
    page.join_with(f"127.0.0.1:1, {where}", strange)
    page.joining.test()
    qtbot.waitUntil(lambda: page.problem_words() != "", timeout=20_000)
    assert "not the one this station was paired with" in page.problem_words()
    assert not page.joining.join.isEnabled()


def test_nothing_at_an_address_is_said_with_the_address(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    page = open_desktop(server="").first_run_page()
    assert page is not None
    assert clinic.cluster.authority is not None
    page.join_with("127.0.0.1:1", clinic.cluster.authority)
    page.joining.test()
    qtbot.waitUntil(lambda: page.problem_words() != "", timeout=20_000)
    assert "Nothing answers at 127.0.0.1, port 1." in page.problem_words()


def test_of_several_servers_those_that_answer_prove_themselves(
    qtbot: QtBot, open_desktop: OpenDesktop, clinic: Clinic
) -> None:
    window = open_desktop(server="")
    page = window.first_run_page()
    assert page is not None
    where = clinic.server.split("?")[0].removeprefix("postgresql://")
    assert clinic.cluster.authority is not None
    page.join_with(f"127.0.0.1:1, {where}", clinic.cluster.authority)
    page.joining.test()
    qtbot.waitUntil(lambda: page.problem_words() != "", timeout=20_000)
    assert "it is the clinic's" in page.problem_words()
    assert "Nothing answers at 127.0.0.1, port 1. It is asked again later." in page.problem_words()
    page.joining.join.click()
    qtbot.waitUntil(lambda: window.sign_in_page() is not None, timeout=20_000)
    sign_in(qtbot, window, "sofia", clinic.password("sofia"))
    qtbot.waitUntil(lambda: shell_is_up(window), timeout=20_000)
    assert StationProfile.load(window._home).server.startswith(f"postgresql://127.0.0.1:1,{where}?")


@pytest.mark.parametrize(
    ("typed", "hosts", "database"),
    [
        ("clinic.lan", [("clinic.lan", 5432)], "medidesk"),
        (" 192.168.1.5:5433 ", [("192.168.1.5", 5433)], "medidesk"),
        ("postgresql://clinic.lan:5433/branch", [("clinic.lan", 5433)], "branch"),
        ("[fe80::1]:5433", [("[fe80::1]", 5433)], "medidesk"),
        ("[fe80::1]", [("[fe80::1]", 5432)], "medidesk"),
        ("server-a, server-b", [("server-a", 5432), ("server-b", 5432)], "medidesk"),
        ("server-a:5433,[fe80::2]/branch", [("server-a", 5433), ("[fe80::2]", 5432)], "branch"),
        ("postgresql://a:5432,b:5433/medidesk?sslmode=disable", [("a", 5432), ("b", 5433)], "medidesk"),
    ],
)
def test_addresses_as_people_type_them(typed: str, hosts: list[tuple[str, int]], database: str) -> None:
    address = read_address(typed)
    assert (list(address.hosts), address.database) == (hosts, database)
    url = address.url(Path("ca.crt"))
    assert url.endswith(f"/{database}?sslmode=verify-full&sslrootcert=ca.crt")
    assert read_address(url) == address


@pytest.mark.parametrize(
    "typed",
    ["", "two words", "clinic.lan:99999", "clinic.lan:0", "user@clinic.lan", "a,", ",b", "a, b:0", "a b, c"],
)
def test_no_addresses(typed: str) -> None:
    with pytest.raises(DomainError):
        read_address(typed)
