"""At the foot of the sign-in page: the look, and the way to another server."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from medidesk.ui.kit.button import Button
from medidesk.words import tr


class Foot(QWidget):
    """Two quiet buttons.

    Args:
        width: of the form above, in px.

    Signals:
        look_asked(): the next look is wanted.
        server_asked(): another server is wanted.
    """

    look_asked = Signal()
    server_asked = Signal()

    def __init__(self, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(width)
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
