"""What every test has: Qt without a screen, a real PostgreSQL, a clinic of its own, and stations of it."""

import gc
import os

from tests.support.memory_folder import roomy_folder

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TMPDIR", roomy_folder())

from hypothesis import settings

from tests.support.cluster import cluster
from tests.support.database import clinic, clinic_template, open_station
from tests.support.reachable import reachable, reachable_program

# How long an example takes says how busy the machine is, and nothing else.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

__all__ = ["clinic", "clinic_template", "cluster", "open_station", "reachable", "reachable_program"]


def pytest_collection_finish(session: object) -> None:
    """What the tests are made of never becomes garbage: nothing looks through it again."""
    gc.collect()
    gc.freeze()
