"""One field of a form on the screen: label, editor, help or refusal."""

from datetime import date

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from medidesk.errors import DomainError
from medidesk.ui.kit.form_spec import Field, ParseDate, ShowDate
from medidesk.ui.kit.icons import icon_pixmap
from medidesk.ui.kit.inputs import Choice, LineEdit, NumberBox, Paragraph, PhoneEdit, set_state
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.theme import theme, theme_signals, tokens
from medidesk.words import tr

_NARROWEST = 120
_LABEL = int(tokens["form"]["label_to_field"])
_TICK_DROP = 4
"""From the top of a field 32 px high to that of a tick's 24."""


class FieldBox(QWidget):
    """Label, editor and the line below it.

    Signals:
        edited(str): the person changed this field; carries its name.
        left(str): the focus went elsewhere.
    """

    edited = Signal(str)
    left = Signal(str)

    def __init__(
        self, field: Field, parse_date: ParseDate | None, show_date: ShowDate, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.field = field
        self._parse_date, self._show_date = parse_date, show_date
        self._problem = ""
        self._shown: tuple[str, date | None] = ("", None)
        self._quiet = False
        self.setMinimumWidth(_NARROWEST)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.editor = self._make_editor()
        self._label = self._make_label()
        self._column.addWidget(self.editor)
        self._line = _LineBelow(self)
        self._column.addWidget(self._line)
        self._column.addStretch(1)
        self.editor.setAccessibleName(field.label)
        self.editor.installEventFilter(self)
        self._fresh_for = QTimer(self)
        self._fresh_for.setSingleShot(True)
        self._fresh_for.timeout.connect(self._settle)
        self.show_problem("")

    # Values

    def value(self) -> object:
        """The field's value: str, date or None, bool, int or None, or a choice's value.

        Text is stripped. A date that cannot be read is None; `check` says why.
        """
        editor = self.editor
        if isinstance(editor, QCheckBox):
            return editor.isChecked()
        if isinstance(editor, Choice):
            return editor.value()
        if isinstance(editor, NumberBox):
            return editor.number()
        words = self.text().strip()
        if self.field.kind != "date":
            return words
        try:
            return self._read_date(words) if words else None
        except DomainError:
            return None

    def set_value(self, value: object) -> None:
        """Show a value without saying `edited`."""
        self._quiet = True
        try:
            self._set(value)
        finally:
            self._quiet = False

    def text(self) -> str:
        """What stands there as typed, for a draft."""
        editor = self.editor
        if isinstance(editor, QLineEdit):
            return editor.text()
        if isinstance(editor, Paragraph):
            return editor.toPlainText()
        if isinstance(editor, Choice):
            return editor.currentText()
        if isinstance(editor, NumberBox):
            number = editor.number()
            return "" if number is None else str(number)
        return "1" if isinstance(editor, QCheckBox) and editor.isChecked() else ""

    def set_text(self, text: str) -> None:
        """Put back what a draft kept, without saying `edited`."""
        editor = self.editor
        self._quiet = True
        try:
            if isinstance(editor, QLineEdit):
                editor.setText(text)
            elif isinstance(editor, Choice):
                editor.setCurrentIndex(editor.findText(text))
            elif isinstance(editor, NumberBox):
                editor.set_number(int(text) if text.isdecimal() else None)
            else:
                self._set(bool(text) if isinstance(editor, QCheckBox) else text)
        finally:
            self._quiet = False

    def leave_room_for_label(self, wanted: bool) -> None:
        """A tick has no label above it; beside fields that have one it stands level with the fields."""
        if self.field.kind == "check":
            self._column.setContentsMargins(0, _LABEL + _TICK_DROP if wanted else 0, 0, 0)

    def glow(self) -> None:
        """Show for a moment that this field now holds something new from elsewhere."""
        length = theme().duration("row_flash")
        if length:
            set_state(self.editor, "fresh")
            self._fresh_for.start(length)

    # Refusals

    def check(self) -> str:
        """The sentence that says what is wrong, or ""."""
        words = self.text().strip()
        if self.field.required and not words and self.field.kind != "check":
            return tr("{label} is needed.", label=self.field.label)
        if self.field.kind == "date" and words:
            try:
                self._read_date(words)
            except DomainError as refusal:
                return refusal.sentence
        longest = self.field.max_length
        if longest is not None and len(words) > longest:
            return tr("At most {count} letters; these are {now}.", count=longest, now=len(words))
        return ""

    def problem(self) -> str:
        """The refusal on show, or ""."""
        return self._problem

    def show_problem(self, sentence: str) -> None:
        """Show a refusal below the field; "" takes it away."""
        self._problem = sentence
        set_state(self.editor, "refused" if sentence else "")
        self._line.show_line(sentence or self.field.help, refused=bool(sentence))
        self.editor.setAccessibleDescription(sentence or self.field.help)

    def tidy(self) -> None:
        """Write a date that was understood the way dates are shown."""
        if self.field.kind == "date":
            understood = self.value()
            if isinstance(understood, date):
                self.set_value(understood)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.editor and event.type() == QEvent.Type.FocusOut:
            self.left.emit(self.field.name)
        return super().eventFilter(watched, event)

    def _make_editor(self) -> QWidget:
        field = self.field
        if field.kind == "check":
            tick = QCheckBox(field.label, self)
            tick.clicked.connect(self._edited)
            return tick
        if field.kind == "choice":
            choice = Choice(field.choices, self)
            choice.setCurrentIndex(-1)
            choice.currentIndexChanged.connect(self._edited)
            return choice
        if field.kind == "number":
            number = NumberBox(field.least, field.most, field.unit, self)
            number.valueChanged.connect(self._edited)
            return number
        if field.kind == "multiline":
            paragraph = Paragraph(self)
            paragraph.textChanged.connect(self._edited)
            return paragraph
        line = PhoneEdit(self) if field.kind == "phone" else LineEdit("", self)
        if field.kind == "date":
            line.setFont(theme().font("body", figures=True))
        if field.max_length is not None:
            line.setMaxLength(field.max_length)
        line.textChanged.connect(self._edited)
        return line

    def _make_label(self) -> QLabel | None:
        if self.field.kind == "check":
            return None
        head = QGridLayout()
        head.setContentsMargins(0, 0, 0, 0)
        label = Label(self.field.label, "meta", "medium", "text.secondary")
        label.setBuddy(self.editor)
        label.setFixedHeight(_LABEL)
        head.addWidget(label, 0, 0)
        head.setColumnStretch(0, 1)
        if self.field.optional_word:
            head.addWidget(Label(self.field.optional_word, "meta", "regular", "text.tertiary"), 0, 1)
        self._column.addLayout(head)
        return label

    def _set(self, value: object) -> None:
        editor = self.editor
        if isinstance(editor, QCheckBox):
            editor.setChecked(bool(value))
        elif isinstance(editor, Choice):
            editor.set_value(value)
        elif isinstance(editor, NumberBox):
            editor.set_number(value if isinstance(value, int) else None)
        else:
            words = str(value or "")
            if isinstance(value, date):
                words = self._show_date(value)
                self._shown = (words, value)
            if isinstance(editor, QLineEdit):
                editor.setText(words)
            elif isinstance(editor, Paragraph):
                editor.setPlainText(words)

    def _read_date(self, words: str) -> date:
        if self._parse_date is None:
            raise TypeError(f"{self.field.name} is a date, so the form needs parse_date")
        shown, day = self._shown
        if words == shown and day is not None:
            return day
        try:
            understood = self._parse_date(words)
        except ValueError:
            understood = None
        if understood is None:
            raise DomainError(tr("This is not a date. Day, month, year."), field=self.field.name)
        return understood

    def _edited(self) -> None:
        if not self._quiet:
            self.edited.emit(self.field.name)

    def _settle(self) -> None:
        set_state(self.editor, "refused" if self._problem else "")


class _LineBelow(QWidget):
    """Help in grey or a refusal in red with its icon, 12 px below a field."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._refused = False
        row = QGridLayout(self)
        row.setContentsMargins(0, 2, 0, 0)
        row.setHorizontalSpacing(4)
        self._icon = QLabel(self)
        self._words = Label("", "meta", "regular", "text.tertiary", wrap=True)
        row.addWidget(self._icon, 0, 0)
        row.addWidget(self._words, 0, 1)
        row.setColumnStretch(1, 1)
        theme_signals().theme_changed.connect(self._dress)

    def show_line(self, text: str, *, refused: bool) -> None:
        """Show words, or nothing."""
        self._refused = refused
        self._words.setText(text)
        self._words.set_colour("danger.text" if refused else "text.tertiary")
        self._icon.setVisible(refused)
        self._dress()
        self.setVisible(bool(text))

    def _dress(self) -> None:
        if self._refused:
            self._icon.setPixmap(icon_pixmap("circle-alert", 12, "danger.text"))
