"""Over the grid: which day, ways to another, and what is done most."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from medidesk.errors import DomainError
from medidesk.repositories import dates
from medidesk.ui.kit.button import Button, IconButton
from medidesk.ui.kit.icons import mirrored
from medidesk.ui.kit.inputs import LineEdit
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.pill import Segments
from medidesk.words import tr

_DAY_WIDTH = 112
_STEPS = (
    (0, True, True, True),
    (0, False, True, True),
    (1, False, True, True),
    (1, False, False, True),
    (1, False, False, False),
)
"""Which title, and whether figures, the field for a day, and the finder: the first that fits."""


class View(StrEnum):
    """How much of the calendar is shown, in the order in which it is offered."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Heading(QWidget):
    """The row.

    Signals:
        step_asked(int): the next day or week (1), or the one before (-1).
        today_asked(): the day that it is.
        day_asked(date): this day.
        whole_day_asked(), week_asked(), month_asked(): everybody's day, one person's week, a month at a glance.
        book_asked(), find_asked(): an appointment; a free time.
    """

    step_asked = Signal(int)
    today_asked = Signal()
    day_asked = Signal(object)
    whole_day_asked = Signal()
    week_asked = Signal()
    month_asked = Signal()
    book_asked = Signal()
    find_asked = Signal()

    def __init__(self, *, may_book: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles = ("", "")
        self._title = Label("", "title", "semibold")
        self._figures = Label("", "body", "regular", "text.tertiary", figures=True)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(24, 12, 16, 12)
        row.setSpacing(8)
        row.addWidget(self._title)
        rtl = self.isRightToLeft()
        back = IconButton(mirrored("chevron-left", rtl), tr("Back"))
        on = IconButton(mirrored("chevron-right", rtl), tr("On"))
        back.clicked.connect(lambda: self.step_asked.emit(-1))
        on.clicked.connect(lambda: self.step_asked.emit(1))
        today = Button(tr("Today"), kind="secondary", key="T")
        today.clicked.connect(self.today_asked)
        self.day_field = LineEdit("")
        self.day_field.setPlaceholderText(tr("Go to a day"))
        self.day_field.setAccessibleName(tr("Go to a day"))
        self.day_field.setFixedWidth(_DAY_WIDTH)
        self.day_field.returnPressed.connect(self._typed)
        self._views = self._make_views()
        for widget in (back, on, today, self.day_field, self._views):
            row.addWidget(widget)
        row.addWidget(self._figures)
        row.addStretch(1)
        self._find = Button(tr("Free time"), kind="secondary", icon="search", key="Alt+F")
        self._find.setAccessibleName(tr("Free time"))
        self._find.clicked.connect(self.find_asked)
        row.addWidget(self._find)
        book = Button(tr("Book"), kind="primary", icon="calendar-plus", key="Alt+B")
        book.clicked.connect(self.book_asked)
        row.addWidget(book)
        book.setVisible(may_book)

    def show_day(self, titles: tuple[str, str], figures: str, view: View) -> None:
        """Say which day, week or month it is, in full and where there is little room, and what there is."""
        self._titles = titles
        self._figures.setText(figures)
        self._views.set_current(list(View).index(view))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """What is least needed gives way first."""
        for title, figures, day, find in _STEPS:
            self._title.setText(self._titles[title])
            self._figures.setVisible(figures)
            self.day_field.setVisible(day)
            self._find.setVisible(find)  # without it Alt+F still looks for a time
            if self._row.sizeHint().width() <= self.width():
                break

    def _make_views(self) -> Segments:
        views = Segments([tr("Day"), tr("Week"), tr("Month")])
        asked = (self.whole_day_asked, self.week_asked, self.month_asked)
        views.chosen.connect(lambda at: asked[at].emit())
        return views

    def _typed(self) -> None:
        try:
            day = dates.parse_day(self.day_field.text())
        except DomainError as problem:
            self.day_field.setToolTip(str(problem))
            self.day_field.selectAll()
            return
        self.day_field.clear()
        self.day_field.setToolTip("")
        self.day_asked.emit(day)
