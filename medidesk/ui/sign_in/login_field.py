"""The user name, for whoever is not among the cards."""

from PySide6.QtWidgets import QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from medidesk.ui.kit.label import Label
from medidesk.words import tr


class LoginField(QWidget):
    """A label, the field below it, and the gap to what follows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label = Label(tr("User name"), "body", "medium")
        self.line = QLineEdit()
        self.line.setAccessibleName(tr("User name"))
        label.setBuddy(self.line)
        # The style sheet sets a least height of its own; a row of 40 px stretches the field to it.
        row = QWidget()
        row.setFixedHeight(40)
        self.line.setMaximumHeight(40)
        self.line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        inner = QVBoxLayout(row)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(0)
        column.addWidget(label)
        column.addWidget(row)
