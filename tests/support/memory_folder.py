"""Temporary files of the tests in memory, where there is room: each test's database is a thousand small files."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 (Linux's folder for files in memory; what lies there is made by `tempfile`)
LEAST_FREE = 4 << 30


def roomy_folder() -> str:
    """Where temporary files are made: in memory, or where the system says."""
    if os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free >= LEAST_FREE:
        return str(MEMORY)
    return tempfile.gettempdir()
