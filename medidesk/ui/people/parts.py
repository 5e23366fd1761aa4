"""Pieces of the panel beside the list of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.repositories.people import AccountRow
from medidesk.ui.kit.avatar import Avatar
from medidesk.ui.kit.chip import Chip
from medidesk.ui.kit.label import Label, breakable
from medidesk.ui.people.words import state_chip

if TYPE_CHECKING:
    from medidesk.sync.accounts import AccountSeen


def head(row: AccountRow, seen: AccountSeen | None) -> QWidget:
    """Who it is, and where the account stands."""
    whole = QWidget()
    line = QHBoxLayout(whole)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(12)
    line.addWidget(Avatar(row.name, 40), 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(2)
    words.addWidget(Label(breakable(row.name), "section", "semibold", wrap=True))
    words.addWidget(Label(row.login, "body", "regular", "text.secondary"))
    words.addWidget(Chip.from_look(state_chip(row, seen)), 0, Qt.AlignmentFlag.AlignLeading)
    line.addLayout(words, 1)
    return whole


def quiet(words: str) -> Label:
    """A sentence under a heading."""
    return Label(words, "body", "regular", "text.secondary", wrap=True)


def part_of(title: str) -> tuple[QWidget, QVBoxLayout]:
    """A part of the panel under a small heading, and what goes into it."""
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    column.addWidget(Label(title, "caption", "semibold", "text.tertiary"))
    return part, column
