"""At the foot of the sign-in page: the look, and the way to another server."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from medidesk.ui.kit.button import Button
from medidesk.words import tr

_PADDING = 8


class Foot(QWidget):
    """Two quiet buttons.

    Signals:
        look_asked(): the next look is wanted.
        server_asked(): another server is wanted.
    """

    look_asked = Signal()
    server_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.look = Button(tr("Light"), kind="ghost", icon="sun", size="small")
        self.look.setToolTip(tr("Light, dark, or as the desktop has it"))
        self.look.clicked.connect(self.look_asked)
        self.server = Button(tr("Another server"), kind="ghost", icon="server", size="small")
        self.server.clicked.connect(self.server_asked)
        row.addWidget(self.look)
        row.addStretch(1)
        row.addWidget(self.server)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def take_width(self, form: int) -> None:
        """Stand below a form so many px wide, the words of the buttons on its edges."""
        self.setFixedWidth(form + 2 * _PADDING)
