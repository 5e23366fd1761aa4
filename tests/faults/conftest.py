"""Stations here may stand behind a network that fails."""

from tests.support.proxy import proxy

__all__ = ["proxy"]
