from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from medidesk import demo
from medidesk.demo.tour import drive
from medidesk.server.cluster import Cluster
from tests.support.cluster import folder_for_cluster


@pytest.fixture
def home() -> Iterator[Path]:
    with folder_for_cluster() as folder:
        yield folder
        Cluster(folder / "server").destroy()


@pytest.mark.long
def test_the_tour_goes_to_its_end_twice_and_leaves_pictures(qtbot: QtBot, home: Path, tmp_path: Path) -> None:
    made = demo.start(home)
    for _ in range(2):
        said: list[str] = []
        with made.stations() as place:
            drive(made, place, tmp_path / "tour", said.append)
        assert any("signs in at Reception 2" in line for line in said)
        assert any("once P-" in line for line in said)
        assert any("both stations have the same number" in line for line in said)
        pictures = sorted((tmp_path / "tour").glob("*.png"))
        assert len(pictures) == 11
        for path in pictures:
            image = QImage(str(path))
            colours = {
                image.pixel(x, y) for x in range(0, image.width(), 40) for y in range(0, image.height(), 40)
            }
            assert len(colours) > 10, path.name
    with made.server.connect() as connection:
        trail = connection.execute(
            "select count(distinct station) from audit_log where op_id is not null"
        ).fetchone()
        held = connection.execute("select count(*) from held_fact").fetchone()
    assert trail == (2,)
    assert held == (0,)
