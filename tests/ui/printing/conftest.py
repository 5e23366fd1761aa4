"""Papers are made of the rows of a replica."""

from tests.repositories.conftest import desk

__all__ = ["desk"]
