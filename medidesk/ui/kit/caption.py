"""What stands above a password field: its name, and whether Caps Lock is on."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from medidesk.ui.kit.chip import Chip, ChipLook
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.password_field import PasswordField
from medidesk.words import tr


class Caption(QWidget):
    """The line above a field; as high with the warning as without.

    Args:
        field: whose name it is.
        words: the name.
        in_form: as the labels of a form's other fields, beside which the field stands.

    Attributes:
        caps: says that Caps Lock is on, and is hidden else.
    """

    def __init__(
        self, field: PasswordField, words: str, *, in_form: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setFixedHeight(20)
        self._field = field
        self._label = (
            Label("", "meta", "medium", "text.secondary") if in_form else Label("", "body", "medium")
        )
        self._label.setBuddy(field)
        self.caps = Chip.from_look(ChipLook(tr("Caps Lock is on"), "warning", "triangle-alert"))
        self.caps.hide()
        field.caps_lock.connect(self.caps.setVisible)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._label)
        row.addStretch(1)
        row.addWidget(self.caps)
        self.say(words)

    def say(self, words: str) -> None:
        """Name the field."""
        self._label.setText(words)
        self._field.setAccessibleName(words)
