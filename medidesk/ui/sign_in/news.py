"""Below the password: what goes on, what was refused, and what is to be known."""

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from medidesk.errors import CertificateProblem, MediDeskError, ServerUnreachable, SignInRefused
from medidesk.ui.kit.label import Label
from medidesk.ui.notice import Notice
from medidesk.words import tr

_ICONS = {
    SignInRefused: "lock",
    ServerUnreachable: "cloud-off",
    CertificateProblem: "shield-alert",
}


class News(QWidget):
    """A line with its progress bar, and two boxes; each hidden until it has something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._doing = Label("", "meta", "regular", "text.secondary")
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(tr("Opening"))
        self.problem = Notice("danger", "circle-alert")
        self.notice = Notice("neutral", "info")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self._doing, self._progress, self.problem, self.notice):
            widget.hide()
            column.addWidget(widget)

    def greet(self, notice: tuple[str, str] | None) -> None:
        """Begin anew, with this title and sentence to be known."""
        self.problem.hide()
        self.notice.hide()
        if notice:
            self.notice.say(*notice)

    def say_busy(self, words: str | None, share: float | None) -> None:
        """Say what goes on, with how much of it is done if that is known; None ends it."""
        self._progress.setVisible(words is not None)
        self._doing.setText(words or "")
        self._doing.setVisible(words is not None)
        self._progress.setRange(0, 0 if share is None else 1000)
        if share is not None:
            self._progress.setValue(round(share * 1000))

    def say_problem(self, problem: MediDeskError) -> None:
        """Say why nobody came in."""
        icon = _ICONS.get(type(problem), "circle-alert")
        tone = "warning" if isinstance(problem, ServerUnreachable) else "danger"
        self.problem.say_problem(problem, tone=tone, icon=icon)
        self.notice.hide()

    def say_server_away(self) -> None:
        """Say that work goes on without the server."""
        self.notice.say(
            tr("The server does not answer. You can work without it"),
            tr("Everything on this station can be read and entered. It is sent when the server is back."),
            tone="warning",
            icon="cloud-off",
        )

    def problem_words(self) -> str:
        """The refusal, or nothing."""
        return "" if self.problem.isHidden() else self.problem.words()
