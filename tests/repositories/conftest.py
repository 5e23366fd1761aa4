from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clinic import Clinic


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    """An empty clinic."""
    made = Clinic.at(tmp_path / "replica.db")
    yield made
    made.replica.close()
