"""A password that an administrator hands over: shown once, large enough to be written down."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.label import Label
from medidesk.words import tr


class FirstPassword(Panel):
    """The password and what to do with it. Not to be copied: other programs read the clipboard."""

    def __init__(self, name: str, login: str, password: str, parent: QWidget | None = None) -> None:
        super().__init__("bg.subtle", "accent.border", parent=parent)
        self.password = password
        self.setAccessibleName(tr("First password for {name}: {password}", name=name, password=password))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(6)
        column.addWidget(Label(tr("First password for {name}", name=name), "body", "semibold", wrap=True))
        column.addWidget(Label(password, "title", "semibold", figures=True))
        column.addWidget(
            Label(
                tr(
                    "Write it down and hand it over, with the user name {login}. It is good for seven days, and "
                    "for choosing another at the first sign-in. It is not shown again.",
                    login=login,
                ),
                "meta",
                "regular",
                "text.secondary",
                wrap=True,
            )
        )
