"""The first-run page: three ways to begin, each a card; the one chosen opens in place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from medidesk.errors import DomainError, MediDeskError
from medidesk.ui.first_run.actions import Proof
from medidesk.ui.first_run.founding import FoundingForm
from medidesk.ui.first_run.joining import JoiningForm
from medidesk.ui.first_run.way_card import WayCard
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.ui.notice import Notice
from medidesk.ui.sign_in.brand_panel import BrandPanel
from medidesk.ui.sign_in.greeting import Greeting
from medidesk.words import tr

_FORM_WIDTH, _GUTTER = 560, 24


class FirstRunPage(QWidget):
    """The page. It asks; `Desktop` carries it out and comes back with the result.

    Signals:
        demo_asked(): the demo is wanted.
        found_asked(Founder): a clinic on this PC alone.
        test_asked(Address, Proof): does the server answer, and is it the clinic's?
        join_asked(): the server that has proved itself.
    """

    demo_asked = Signal()
    found_asked = Signal(object)
    test_asked = Signal(object, object)
    join_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.brand = BrandPanel(Greeting())
        self._founding = FoundingForm()
        self._founding.founded.connect(self.found_asked)
        self._founding.unlike.connect(self._say_unlike)
        self.joining = JoiningForm()
        self.joining.test_asked.connect(self.test_asked)
        self.joining.join_asked.connect(self.join_asked)
        self.joining.no_address.connect(self._say_no_address)
        self.joining.no_proof.connect(self._say_no_proof)
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
        if isinstance(problem, DomainError) and self._founding.take_problem(problem):
            return
        self._problem.say_problem(problem)
        if isinstance(problem, DomainError) and problem.field == "code":
            self.joining.mend_code()

    def show_proved(self, silent: Sequence[MediDeskError] = ()) -> None:
        """The server answered and is the clinic's; so are the others of its address that answered.

        Args:
            silent: why others could not be asked.
        """
        self.set_busy(None)
        others = [tr("{problem} It is asked again later.", problem=one.sentence) for one in silent]
        self._problem.say(
            tr("The server answers, and it is the clinic's"),
            " ".join([*others, tr("Go on to sign in.")]),
            tone="success",
            icon="circle-check",
        )
        self.joining.show_proved()

    def join_with(self, address: str, proof: Proof) -> None:
        """Fill in an address and its proof, as if they had been typed and chosen."""
        self._open_way(self._joining)
        self.joining.fill_in(address, proof)

    def problem_words(self) -> str:
        """What the page says about the last try."""
        return "" if self._problem.isHidden() else self._problem.words()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.brand.take_share(self.width())
        self._inner.setFixedWidth(min(_FORM_WIDTH, self.width() - self.brand.width() - 2 * _GUTTER - 8))

    def minimumSizeHint(self) -> QSize:
        return QSize(960, 640)

    def _form(self) -> QWidget:
        inner = self._inner = QWidget()
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
            self._founding,
        )
        self._joining = WayCard(
            "server",
            tr("Join a clinic's server"),
            tr("The clinic has a server. You need its address and the pairing code, from the administrator."),
            Button(tr("Join"), key="Alt+3"),
            self.joining,
        )
        self._cards = (self._demo, self._alone, self._joining)
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
        self.joining.changed.connect(self._problem.hide)
        for widget in (self._doing, self._progress, self._problem):
            widget.hide()
            column.addWidget(widget)
        ground = QWidget()
        outer = QVBoxLayout(ground)
        outer.setContentsMargins(_GUTTER, _GUTTER, _GUTTER, _GUTTER)
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

    def _open_way(self, way: WayCard) -> None:
        for card in self._cards:
            card.open(opened=card is way)
        self._problem.hide()
        if way is self._alone:
            self._founding.arrive()
        elif way is self._joining:
            self.joining.arrive()

    def _say_unlike(self) -> None:
        self._problem.say(
            tr("The two passwords are not the same"), tr("Type the same one in both fields."), tone="warning"
        )

    def _say_no_address(self, problem: DomainError) -> None:
        self._problem.say_problem(problem, tone="warning")

    def _say_no_proof(self) -> None:
        self._problem.say(
            tr("The pairing code is missing"),
            tr("Without it this PC cannot know that it talks to the clinic. The administrator has it."),
            tone="warning",
            icon="shield-alert",
        )
