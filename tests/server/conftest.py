from collections.abc import Iterator
from pathlib import Path

import pytest

from medidesk.server.cluster import Cluster
from medidesk.server.settings import ServerSettings
from tests.support.cluster import WITHOUT_DURABILITY, chosen_binaries, folder_for_cluster

OPTIONS = ServerSettings(
    shared_buffers_mb=32, max_connections=20, refusal_delay_ms=0, extra=WITHOUT_DURABILITY
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where a cluster may be made; whatever was made there is gone after the test."""
    with folder_for_cluster() as path:
        yield path
        Cluster(path, chosen_binaries()).destroy()


@pytest.fixture
def made(folder: Path) -> Cluster:
    """A cluster of this test's own, made and not started."""
    cluster = Cluster(folder, chosen_binaries(), options=OPTIONS)
    cluster.create()
    return cluster
