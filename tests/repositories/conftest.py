from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.replica_clinic import ReplicaClinic


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReplicaClinic]:
    """A replica without patients yet."""
    made = ReplicaClinic.at(tmp_path / "replica.db")
    yield made
    made.close()
