"""Backups of a clinic's server: taken, checked, sealed for one key, kept twice, brought back."""

from collections.abc import Callable

type Tell = Callable[[str], None]
"""Is told what is being done, in a few words."""
