"""What was found about the server: a line each, what needs somebody first."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from medidesk.server.health import Finding, Level
from medidesk.ui.kit.card import Card
from medidesk.ui.kit.chip import ChipLook
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.label import Label, breakable
from medidesk.ui.kit.theme import Weight, theme
from medidesk.words import tr

_SIGNS: dict[Level, tuple[str, str]] = {
    "bad": ("octagon-alert", "danger"),
    "look": ("triangle-alert", "warning"),
    "good": ("circle-check", "success"),
}
_COLUMNS = 2


def whole_chip(level: Level) -> ChipLook:
    """The state of the whole as a chip."""
    words = {
        "bad": tr("Somebody must see to it"),
        "look": tr("Worth a look"),
        "good": tr("All is well"),
    }
    icon, tone = _SIGNS[level]
    return ChipLook(words[level], tone, icon, large=True)


class _Sign(QWidget):
    """How it is, as an icon in its colour."""

    def __init__(self, level: Level) -> None:
        super().__init__()
        self._icon, self._tone = _SIGNS[level]
        self.setFixedSize(16, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        draw_icon(QPainter(self), 0, 1, self._icon, 16, theme().tone(self._tone, "text"))


class _Line(QWidget):
    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.setAccessibleName(
            f"{whole_chip(finding.level).text}: {finding.sentence} {finding.next_step}".strip()
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(_Sign(finding.level), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        weight: Weight = "regular" if finding.level == "good" else "semibold"
        words.addWidget(Label(breakable(finding.sentence), "body", weight, wrap=True))
        if finding.next_step:
            step = Label(breakable(finding.next_step), "body", "regular", "text.secondary", wrap=True)
            step.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(step)
        row.addLayout(words, 1)


class FindingsCard(Card):
    """All of them: what needs somebody across the whole width, then the rest in two columns."""

    def __init__(self) -> None:
        super().__init__(tr("How it is"))
        self._lines: list[_Line] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(8)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self.body.addLayout(self._grid)

    def show_findings(self, found: Sequence[Finding]) -> None:
        """Show these in place of the last ones."""
        for line in self._lines:
            self._grid.removeWidget(line)
            line.hide()
            line.deleteLater()
        order: tuple[Level, ...] = ("bad", "look", "good")
        self._lines = [_Line(one) for level in order for one in found if one.level == level]
        wide = sum(one.level != "good" for one in found)
        for at, line in enumerate(self._lines):
            if at < wide:
                self._grid.addWidget(line, at, 0, 1, _COLUMNS, Qt.AlignmentFlag.AlignTop)
            else:
                row, column = divmod(at - wide, _COLUMNS)
                self._grid.addWidget(line, wide + row, column, Qt.AlignmentFlag.AlignTop)

    @property
    def sentences(self) -> list[str]:
        """What is shown, in order."""
        return [line.accessibleName() for line in self._lines]
