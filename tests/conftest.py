"""What every test has: Qt without a screen, and a real PostgreSQL."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.support.cluster import cluster

__all__ = ["cluster"]
