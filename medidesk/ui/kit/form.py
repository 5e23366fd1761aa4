"""A declared form: shows fields, checks them beside the field, and takes in what others changed."""

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from medidesk.ui.kit.form_field import FieldBox
from medidesk.ui.kit.form_foot import FormFoot
from medidesk.ui.kit.form_spec import Field, FormSpec, ParseDate, Section, ShowDate, plain_date
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.theme import tokens

__all__ = ["Field", "Form", "FormFoot", "FormSpec", "Section", "plain_date"]

_FOLDS_BELOW = 440
_ABOVE_SECTION = int(tokens["form"]["above_section"])


class Form(QWidget):
    """The fields of a `FormSpec` in two columns, or one where there is little room.

    Args:
        spec: the fields.
        parse_date: reads what was typed into a date field; needed when there is one.
        show_date: how a date is written.

    Signals:
        changed(str): the person changed the field of this name.
    """

    changed = Signal(str)

    def __init__(
        self,
        spec: FormSpec,
        *,
        parse_date: ParseDate | None = None,
        show_date: ShowDate = plain_date,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.spec = spec
        if parse_date is None and any(field.kind == "date" for field in spec.inputs()):
            raise TypeError("a form with a date field needs parse_date")
        self._boxes = {field.name: FieldBox(field, parse_date, show_date, self) for field in spec.inputs()}
        self._heads = {part: _Head(part, self) for part in spec.fields if isinstance(part, Section)}
        for box in self._boxes.values():
            box.edited.connect(self._edited)
            box.left.connect(self._left)
        self._base: dict[str, object] = {name: box.value() for name, box in self._boxes.items()}
        self._base_texts = {name: box.text() for name, box in self._boxes.items()}
        self._touched: set[str] = set()
        self.setMaximumWidth(int(tokens["shell"]["form_max"]))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(int(tokens["form"]["column_gap"]))
        self._grid.setVerticalSpacing(
            int(tokens["form"]["row_pitch"] - tokens["form"]["label_to_field"] - tokens["control"]["default"])
        )
        self._columns = 0
        self._folds_below = _FOLDS_BELOW
        self._arrange(2)
        self._chain()

    # Values

    def values(self) -> dict[str, object]:
        """Every field's value; see `FieldBox.value`."""
        return {name: box.value() for name, box in self._boxes.items()}

    def set_values(self, values: Mapping[str, object]) -> None:
        """Show these values; names the form has no field for are left aside."""
        for name, value in values.items():
            if name in self._boxes:
                self._boxes[name].set_value(value)

    def draft(self) -> dict[str, str]:
        """What stands in each field as typed, readable or not; for a draft."""
        return {name: box.text() for name, box in self._boxes.items()}

    def restore_draft(self, draft: Mapping[str, str]) -> None:
        """Put back every character a draft kept; what differs from the base counts as touched."""
        for name, text in draft.items():
            if name in self._boxes:
                self._boxes[name].set_text(text)

    def editor(self, name: str) -> QWidget:
        """The input widget of a field."""
        return self._boxes[name].editor

    def set_choices(self, name: str, choices: tuple[tuple[object, str], ...]) -> None:
        """Offer other choices in a choice field, keeping the value if it is still offered."""
        from medidesk.ui.kit.inputs import Choice

        box = self._boxes[name]
        editor = box.editor
        if not isinstance(editor, Choice):
            raise TypeError(f"{name} is no choice")
        value = editor.value()
        editor.blockSignals(True)
        editor.set_choices(choices)
        editor.set_value(value)
        editor.blockSignals(False)

    def fold_below(self, width: int) -> None:
        """Keep two columns down to another width in px than the usual one."""
        self._folds_below = width
        self._arrange(1 if self.width() < width else 2)

    def focus(self, name: str | None = None) -> None:
        """Put the cursor into a field, the first one by default."""
        wanted = name or next(iter(self._boxes))
        self._boxes[wanted].editor.setFocus()

    # What the person changed, and what others did

    def set_base(self, values: Mapping[str, object]) -> None:
        """Show `values` and take them as what the form was opened with."""
        self.set_values(values)
        self._base |= {name: self._boxes[name].value() for name in self._boxes}
        self._base_texts = {name: box.text() for name, box in self._boxes.items()}
        self._touched.clear()
        self.clear_problems()

    def move_base(self, values: Mapping[str, object]) -> None:
        """Take `values` as what these fields were opened with; what stands in the form stays as it is."""
        for name, value in values.items():
            box = self._boxes[name]
            typed = box.text()
            box.set_value(value)
            self._base[name], self._base_texts[name] = box.value(), box.text()
            box.set_text(typed)

    def base_values(self) -> dict[str, object]:
        """What the form was opened with, moved on by what others changed meanwhile."""
        return dict(self._base)

    def base_texts(self) -> dict[str, str]:
        """The same as the fields show it; for a draft."""
        return dict(self._base_texts)

    def dirty_fields(self) -> set[str]:
        """The fields that hold something else than the base."""
        return {name for name, box in self._boxes.items() if self._is_dirty(name, box)}

    def apply_remote(self, values: Mapping[str, object]) -> list[str]:
        """Take in what another station changed.

        Fields the person has not touched show the new value in place and glow once. A field both
        changed, to different values, is left as it is.

        Returns:
            The names of the fields that both touched, in the form's order; for each, `base_values`
            still holds what the form was opened with.
        """
        both: list[str] = []
        for name, box in self._boxes.items():
            if name not in values or values[name] == self._base[name]:
                continue
            theirs = values[name]
            dirty = self._is_dirty(name, box)
            if dirty and box.value() != theirs:
                both.append(name)
                continue
            if not dirty:
                box.set_value(theirs)
                box.show_problem("")
                box.glow()
            self._base[name] = theirs
            self._base_texts[name] = box.text()
        return both

    # Refusals

    def check(self) -> bool:
        """Check every field, show refusals beside them, and go to the first; True if there is none."""
        first = ""
        for name, box in self._boxes.items():
            sentence = box.check()
            box.show_problem(sentence)
            first = first or (name if sentence else "")
        if first:
            self.focus(first)
        return not first

    def set_problem(self, name: str, sentence: str) -> None:
        """Show a refusal beside a field."""
        self._boxes[name].show_problem(sentence)

    def problems(self) -> dict[str, str]:
        """The refusals on show, by field."""
        return {name: box.problem() for name, box in self._boxes.items() if box.problem()}

    def clear_problems(self) -> None:
        """Take every refusal away."""
        for box in self._boxes.values():
            box.show_problem("")

    def sizeHint(self) -> QSize:
        return QSize(int(tokens["shell"]["form_max"]), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(1 if self.width() < self._folds_below else 2)

    def _is_dirty(self, name: str, box: FieldBox) -> bool:
        if box.value() != self._base[name]:
            return True
        # A date typed so that it cannot be read has no value, but is something the person wrote.
        return box.field.kind == "date" and box.value() is None and box.text() != self._base_texts[name]

    def _edited(self, name: str) -> None:
        box = self._boxes[name]
        if box.problem() and not box.check():
            box.show_problem("")
        self._touched.add(name)
        self.changed.emit(name)

    def _left(self, name: str) -> None:
        box = self._boxes[name]
        if name in self._touched:
            box.show_problem(box.check())
            box.tidy()

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        while self._grid.count():
            self._grid.takeAt(0)
        row = column = 0
        beside: dict[int, list[FieldBox]] = {}
        for part in self.spec.fields:
            span = columns if isinstance(part, Section) else min(part.span, columns)
            if column + span > columns:
                row, column = row + 1, 0
            if isinstance(part, Section):
                self._heads[part].setContentsMargins(0, _ABOVE_SECTION if row else 0, 0, 0)
                self._grid.addWidget(self._heads[part], row, column, 1, span)
            else:
                self._grid.addWidget(self._boxes[part.name], row, column, 1, span)
                beside.setdefault(row, []).append(self._boxes[part.name])
            column += span
        for boxes in beside.values():
            labelled = any(box.field.kind != "check" for box in boxes)
            for box in boxes:
                box.leave_room_for_label(labelled)
        for at in range(2):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)
        self._grid.setRowStretch(row + 1, 1)

    def _chain(self) -> None:
        boxes = list(self._boxes.values())
        for before, after in pairwise(boxes):
            QWidget.setTabOrder(before.editor, after.editor)


class _Head(QWidget):
    def __init__(self, section: Section, parent: QWidget) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(Label(section.title, "body", "semibold"))
        for line in section.lines:
            column.addWidget(Label(line, "body", "regular", "text.secondary", wrap=True, figures=True))
