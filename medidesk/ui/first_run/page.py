"""The first-run page: three ways to begin, each a card; the one chosen opens in place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from medidesk.errors import DomainError, MediDeskError
from medidesk.ui.first_run.actions import Address, Founder, read_address
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.form import Field, Form, FormSpec
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import dot
from medidesk.ui.kit.theme import theme
from medidesk.ui.notice import Notice
from medidesk.ui.sign_in.brand_panel import BrandPanel
from medidesk.ui.sign_in.greeting import Greeting
from medidesk.words import tr

_FORM_WIDTH = 560


class _Disc(QWidget):
    """An icon on a soft disc."""

    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self.setFixedSize(40, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        dot(painter, 20, 20, 20, theme().colour("accent.soft"))
        draw_icon(painter, 10, 10, self._icon, 20, "accent.text")


class WayCard(Panel):
    """One way to begin: what it is, a button, and what opens below.

    Signals:
        chosen(): its button was pressed.
    """

    chosen = Signal()

    def __init__(self, icon: str, title: str, line: str, button: Button) -> None:
        super().__init__("bg.surface", "border.default")
        self.setAccessibleName(f"{title}. {line}")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 14, 16, 14)
        outer.setSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(_Disc(icon), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(title, "strong", "semibold", wrap=True))
        words.addWidget(Label(line, "meta", "regular", "text.secondary", wrap=True))
        row.addLayout(words, 1)
        self.button = button
        button.clicked.connect(self.chosen)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        outer.addLayout(row)
        self.body = QWidget()
        self.body.hide()
        outer.addWidget(self.body)

    def open(self, *, opened: bool) -> None:
        """Show or fold away what belongs to this way."""
        self.body.setVisible(opened)
        self.button.setVisible(not opened)


class FirstRunPage(QWidget):
    """The page. It asks; `Desktop` carries it out and comes back with the result.

    Signals:
        demo_asked(): the demo is wanted.
        found_asked(Founder): a clinic on this PC alone.
        test_asked(Address, Path): does the server answer, and is it the clinic's?
        join_asked(Address, Path): this server, whose certificate was proved.
    """

    demo_asked = Signal()
    found_asked = Signal(object)
    test_asked = Signal(object, object)
    join_asked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.brand = BrandPanel(Greeting())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.brand)
        row.addWidget(self._form(), 1)

    def set_busy(self, words: str | None) -> None:
        """Say what goes on; None ends it."""
        busy = words is not None
        for card in self._cards:
            card.setEnabled(not busy)
        self._doing.setText(words or "")
        self._doing.setVisible(busy)
        self._progress.setVisible(busy)
        if busy:
            self._problem.hide()

    def show_problem(self, problem: MediDeskError) -> None:
        """Say what stands against it, and the next step."""
        self.set_busy(None)
        field = problem.field if isinstance(problem, DomainError) else None
        if field is not None and field in self._founding.values():
            self._founding.set_problem(field, problem.sentence)
            self._founding.focus(field)
        else:
            self._problem.say_problem(problem)

    def show_proved(self) -> None:
        """The server answered and is the clinic's."""
        self.set_busy(None)
        self._problem.say(
            tr("The server answers, and it is the clinic's"),
            tr("Go on to sign in."),
            tone="success",
            icon="circle-check",
        )
        self._join.setEnabled(True)
        self._join.setFocus()

    def join_with(self, address: str, authority: Path | None) -> None:
        """Fill in an address and a certificate, as if they had been typed and chosen."""
        self._open_way(self._joining)
        self._address.setText(address)
        self._take_authority(str(authority) if authority else "")

    def problem_words(self) -> str:
        """What the page says about the last try."""
        return "" if self._problem.isHidden() else self._problem.words()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.brand.setFixedWidth(max(380, round(self.width() * 0.389)))

    def minimumSizeHint(self) -> QSize:
        return QSize(1000, 640)

    def _form(self) -> QWidget:
        inner = QWidget()
        inner.setFixedWidth(_FORM_WIDTH)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(Label(tr("Welcome to MediDesk"), "display", "semibold"))
        column.addWidget(
            Label(
                tr("How will this PC be used? It can be changed later."),
                "strong",
                "regular",
                "text.secondary",
            )
        )
        column.addSpacing(8)
        self._demo = WayCard(
            "sparkles",
            tr("Try the demo"),
            tr(
                "A clinic with invented patients, on this PC. Nothing in it is real, and it can be thrown away."
            ),
            Button(tr("Start the demo"), kind="primary", key="Alt+1"),
        )
        self._alone = WayCard(
            "monitor",
            tr("This PC only"),
            tr(
                "A practice with one PC. The server runs here, behind the scenes; other PCs can join it later."
            ),
            Button(tr("Set up"), key="Alt+2"),
        )
        self._joining = WayCard(
            "server",
            tr("Join a clinic's server"),
            tr(
                "The clinic has a server. You need its address and its certificate file, from the administrator."
            ),
            Button(tr("Join"), key="Alt+3"),
        )
        self._cards = (self._demo, self._alone, self._joining)
        self._fill_alone()
        self._fill_joining()
        self._demo.chosen.connect(self.demo_asked)
        self._alone.chosen.connect(lambda: self._open_way(self._alone))
        self._joining.chosen.connect(lambda: self._open_way(self._joining))
        for at, card in enumerate(self._cards, start=1):
            card.button.setShortcut(f"Alt+{at}")
            column.addWidget(card)
        self._doing = Label("", "meta", "regular", "text.secondary")
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(tr("Working"))
        self._problem = Notice("danger", "circle-alert")
        for widget in (self._doing, self._progress, self._problem):
            widget.hide()
            column.addWidget(widget)
        ground = QWidget()
        outer = QVBoxLayout(ground)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.addStretch(2)
        # Between stretches and not aligned: an aligned widget gets no height for its width.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(inner)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(3)
        scroll = QScrollArea()
        scroll.setWidget(ground)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return scroll

    def _fill_alone(self) -> None:
        self._founding = Form(
            FormSpec(
                (
                    Field("clinic", tr("Name of the practice"), required=True, max_length=200, span=2),
                    Field("family_name", tr("Your family name"), required=True, max_length=100),
                    Field("given_name", tr("Your given name"), max_length=100),
                    Field("login", tr("User name"), required=True, max_length=63, help=tr("Small letters")),
                )
            )
        )
        self._password = QLineEdit()
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._password.setAccessibleName(tr("Password"))
        self._again = QLineEdit()
        self._again.setEchoMode(QLineEdit.EchoMode.Password)
        self._again.setAccessibleName(tr("Password again"))
        self._again.returnPressed.connect(self._found)
        column = QVBoxLayout(self._alone.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self._founding)
        row = QHBoxLayout()
        row.setSpacing(16)
        for label, field in ((tr("Password"), self._password), (tr("Password again"), self._again)):
            pair = QVBoxLayout()
            pair.setSpacing(2)
            words = Label(label, "meta", "medium")
            words.setBuddy(field)
            pair.addWidget(words)
            pair.addWidget(field)
            row.addLayout(pair, 1)
        column.addLayout(row)
        verbs = QHBoxLayout()
        verbs.addStretch(1)
        go = Button(tr("Set up and sign in"), kind="primary")
        go.clicked.connect(self._found)
        verbs.addWidget(go)
        column.addLayout(verbs)

    def _fill_joining(self) -> None:
        self._authority: Path | None = None
        self._address = QLineEdit()
        self._address.setPlaceholderText(tr("clinic.lan or 192.168.1.5:5432"))
        self._address.setAccessibleName(tr("Address of the server"))
        self._address.textEdited.connect(self._changed)
        self._address.returnPressed.connect(self._test)
        choose = Button(tr("Certificate file…"), icon="shield-check")
        choose.clicked.connect(self._choose_authority)
        self._file = Label(tr("No file chosen"), "meta", "regular", "text.tertiary", elide=True)
        test = Button(tr("Test connection"), icon="refresh-cw")
        test.clicked.connect(self._test)
        self._join = Button(tr("Sign in there"), kind="primary")
        self._join.setEnabled(False)
        self._join.clicked.connect(self._go_join)
        label = Label(tr("Address"), "meta", "medium")
        label.setBuddy(self._address)
        column = QVBoxLayout(self._joining.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label)
        column.addWidget(self._address)
        file_row = QHBoxLayout()
        file_row.addWidget(choose)
        file_row.addWidget(self._file, 1)
        column.addLayout(file_row)
        verbs = QHBoxLayout()
        verbs.addStretch(1)
        verbs.addWidget(test)
        verbs.addWidget(self._join)
        column.addLayout(verbs)

    def _open_way(self, way: WayCard) -> None:
        for card in self._cards:
            card.open(opened=card is way)
        self._problem.hide()
        if way is self._alone:
            self._founding.focus()
        elif way is self._joining:
            self._address.setFocus()

    def _found(self) -> None:
        if not self._founding.check():
            return
        if not self._password.text() or self._password.text() != self._again.text():
            self._problem.say(
                tr("The two passwords are not the same"),
                tr("Type the same one in both fields."),
                tone="warning",
            )
            self._password.setFocus()
            return
        values = {name: str(value or "") for name, value in self._founding.values().items()}
        self.found_asked.emit(Founder(password=self._password.text(), **values))

    def _changed(self) -> None:
        self._join.setEnabled(False)
        self._problem.hide()

    def _choose_authority(self) -> None:
        dialog = QFileDialog(self, tr("The clinic's certificate"))
        dialog.setNameFilter(tr("Certificates (*.crt *.pem)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._take_authority)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take_authority(self, path: str) -> None:
        self._authority = Path(path) if path else None
        self._file.setText(path or tr("No file chosen"))
        self._changed()

    def _given(self) -> tuple[Address, Path] | None:
        try:
            address = read_address(self._address.text())
        except DomainError as problem:
            self._problem.say_problem(problem, tone="warning")
            self._address.setFocus()
            return None
        if self._authority is None:
            self._problem.say(
                tr("The certificate file is missing"),
                tr("Without it this PC cannot know that it talks to the clinic. The administrator has it."),
                tone="warning",
                icon="shield-alert",
            )
            return None
        return address, self._authority

    def _test(self) -> None:
        given = self._given()
        if given is not None:
            self.test_asked.emit(*given)

    def _go_join(self) -> None:
        given = self._given()
        if given is not None:
            self.join_asked.emit(*given)
