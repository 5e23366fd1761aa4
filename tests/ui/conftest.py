"""Windows are tested off-screen, in the light theme, and leave nothing behind."""

import os
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from medidesk.sync import keys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def _light(qapp: object) -> Iterator[None]:
    """Every test starts in the light theme, left to right, by the PC's clock."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    from medidesk.ui import moments
    from medidesk.ui.kit.theme import apply_theme, theme

    moments.keep_time(None)
    assert isinstance(qapp, QApplication)
    if theme().mode != "light" or theme().reduced_motion or not qapp.styleSheet():
        apply_theme(qapp, "light")
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.fixture(autouse=True)
def _quick_envelopes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are stretched by the same function with its least cost: what it costs is no matter of windows."""
    monkeypatch.setattr(keys, "ARGON2_MEMORY_KIB", 32)
    monkeypatch.setattr(keys, "ARGON2_PASSES", 1)


__all__ = ["QtBot"]
