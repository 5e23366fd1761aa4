"""Papers: filled from templates, laid out for their paper, and kept as PDF."""

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from medidesk.errors import MediDeskError
from medidesk.ui.kit.theme import RESOURCES
from medidesk.ui.printing.document import Document, Paper
from medidesk.ui.printing.papers import qr_code
from medidesk.ui.printing.printers import Choice, Printers
from medidesk.ui.printing.templates import FOLDER, filled

VALUES = {
    "ticket": {
        "clinic": "Quay", "ticket": "W-03", "whom": "Dr Kumar", "room": "Room 3", "booked": "",
        "arrived": "1 Jan 2026 09:00",
    },
    "slip": {
        "clinic": "Quay", "name": "Amara Okafor", "number": "26-00001", "whom": "Dr Kumar", "room": "",
        "day": "Monday", "time": "10:15", "minutes": "15",
    },
    "card": {"clinic": "Quay", "name": "سارة الخطيب", "born": "12 Mar 1984", "number": "26-00001"},
}  # fmt: skip


def ink(image: QImage) -> list[tuple[int, int]]:
    """The places that are not white."""
    white = QColor("white").rgb()
    return [
        (x, y)
        for y in range(0, image.height(), 2)
        for x in range(0, image.width(), 2)
        if image.pixel(x, y) != white
    ]


@pytest.mark.parametrize("name", sorted(path.stem for path in (RESOURCES / FOLDER).glob("*.html")))
def test_every_template_takes_the_values_that_there_are(name: str, tmp_path: Path) -> None:
    text = filled(name, VALUES[name], tmp_path)
    assert "$" not in text
    assert "[[" not in text
    for value in VALUES[name].values():
        assert value in text or name == "slip"


def test_what_was_typed_is_text_and_no_markup(tmp_path: Path) -> None:
    text = filled("card", VALUES["card"] | {"name": "<img src='x'> & $number [[x]]"}, tmp_path)
    assert "&lt;img src=&#x27;x&#x27;&gt; &amp; $number [[x]]" in text


def test_a_clinics_own_template_takes_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    own = tmp_path / FOLDER / "ticket.html"
    own.write_text("<b>$ticket</b> [[Please]]", encoding="utf-8")
    assert filled("ticket", VALUES["ticket"], tmp_path) == "<b>W-03</b> Please"
    for content, said in (
        (b"$nothing", "asks for “nothing”"), (b"$", r"a lone \$"), (b"\xff\xfe", "cannot be read"),
        (b"x" * 300_000, "cannot be read"),
    ):  # fmt: skip
        own.write_bytes(content)
        with pytest.raises(MediDeskError, match=said) as told:
            filled("ticket", VALUES["ticket"], tmp_path)
        assert told.value.next_step


@pytest.mark.parametrize("paper", Paper)
def test_what_is_on_a_sheet_lies_between_its_margins(qapp: QApplication, paper: Paper) -> None:
    document = Document("sample", "Sample", "<p>" + "word " * 80 + "</p>", paper)
    image = document.picture()
    places = ink(image)
    assert places
    margin = paper.margin - 2
    assert min(x for x, _ in places) >= margin
    assert max(x for x, _ in places) <= image.width() - margin


def test_a_roll_is_as_long_as_what_stands_on_it(qapp: QApplication) -> None:
    short, long = (
        Document("sample", "Sample", f"<p>{'word ' * count}</p>", Paper.ROLL_80) for count in (3, 300)
    )
    assert short.size_mm.width() == long.size_mm.width() == 80
    assert short.size_mm.height() * 4 < long.size_mm.height()
    assert long.pages == 1


def test_what_does_not_fit_on_a_sheet_goes_on_to_the_next(qapp: QApplication) -> None:
    document = Document("sample", "Sample", "".join(f"<p>Line {at}</p>" for at in range(120)), Paper.A4)
    assert document.pages > 2
    first, last = document.picture(0), document.picture(document.pages - 1)
    assert ink(first)
    assert ink(last)
    assert first != last
    assert len(re.findall(rb"/Type /Page\n", document.pdf())) == document.pages


def test_paper_is_white_with_black_letters_also_in_the_dark(qapp: QApplication) -> None:
    light = Document("sample", "Sample", "<p>word</p>", Paper.ROLL_80).picture()
    palette = qapp.palette()
    try:
        dark = qapp.palette()
        dark.setColor(dark.ColorRole.Text, QColor("white"))
        dark.setColor(dark.ColorRole.WindowText, QColor("white"))
        qapp.setPalette(dark)
        assert Document("sample", "Sample", "<p>word</p>", Paper.ROLL_80).picture() == light
    finally:
        qapp.setPalette(palette)


def test_a_pdf_is_one_and_goes_where_it_can(qapp: QApplication, tmp_path: Path) -> None:
    document = Document("sample", "Sample", "<p>word</p>", Paper.CARD)
    document.save(tmp_path / "card.pdf")
    content = (tmp_path / "card.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    for path in (tmp_path / "nowhere" / "card.pdf", tmp_path):
        with pytest.raises(MediDeskError) as told:
            document.save(path)
        assert told.value.next_step


def test_a_code_is_black_on_white_with_its_quiet_zone(qapp: QApplication) -> None:
    image = qr_code("01234567-89ab-7def-8123-456789abcdef")
    assert image.width() == image.height()
    module = 8
    assert {image.pixelColor(at, at).name() for at in range(4 * module)} == {"#ffffff"}
    assert image.pixelColor(4 * module + 1, 4 * module + 1).name() == "#000000", "the finder's corner"


def test_what_was_chosen_for_a_kind_is_kept_at_this_station(tmp_path: Path) -> None:
    Printers(tmp_path).choose("ticket", Choice("Counter", at_once=True))
    Printers(tmp_path).choose("slip", Choice("Office"))
    again = Printers(tmp_path)
    assert (again.chosen("ticket"), again.chosen("slip")) == (
        Choice("Counter", at_once=True),
        Choice("Office"),
    )
    assert again.chosen("card") == Choice()
    (tmp_path / "printers.json").write_text('{"ticket": 7}', encoding="utf-8")
    assert again.chosen("ticket") == Choice()


@pytest.mark.parametrize("name", ["", "A printer that is gone"])
def test_a_printer_that_is_not_there_is_told(qapp: QApplication, tmp_path: Path, name: str) -> None:
    with pytest.raises(MediDeskError) as told:
        Printers(tmp_path).send(Document("sample", "Sample", "<p>x</p>", Paper.A4), name)
    assert told.value.next_step
