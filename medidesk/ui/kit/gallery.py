"""Every piece of the kit in its states, on one sheet of 1440×900; compare it with `kit-light.png`."""

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from medidesk.errors import DomainError
from medidesk.ui.kit.avatar import Avatar
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Card, Panel
from medidesk.ui.kit.chip import Chip, chips_for_state
from medidesk.ui.kit.empty import EmptyState, LoadingRows
from medidesk.ui.kit.form import Field, Form, FormFoot, FormSpec
from medidesk.ui.kit.form_foot import NoteLine
from medidesk.ui.kit.gallery_controls import Controls, RuleLine, caption, line_of
from medidesk.ui.kit.gallery_swatches import ColourSwatches, TypeSpecimens
from medidesk.ui.kit.halo import put_halo
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.palette import PaletteItem, PaletteList
from medidesk.ui.kit.pill import SyncPill
from medidesk.ui.kit.search_box import SearchBox
from medidesk.ui.kit.theme import theme, tokens
from medidesk.ui.kit.toast import MARGIN, Toast

SIZE = (1440, 900)

_STATES = (
    ("Appointment", "appointment", ("booked", "arrived", "in_room", "completed", "cancelled", "no_show")),
    ("Bed", "bed", ("occupied", "free", "cleaning", "reserved")),
    ("Task", "task", ("scheduled", "due", "late", "given", "refused", "withheld")),
    ("Stock", "stock", ("in_stock", "low", "out", "expiring", "expired", "recalled")),
    ("Prescription", "prescription", ("waiting", "part_dispensed", "dispensed", "returned")),
)


def _read_date(words: str) -> date:
    day, month, year = (int(part) for part in words.split("."))
    try:
        return date(year, month, day)
    except ValueError:
        raise DomainError("30 February does not exist. Day, month, year.") from None


class Gallery(QWidget):
    """The sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(*SIZE)
        self.setWindowTitle("MediDesk kit")
        self._controls = Controls()
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 24, 24, 24)
        row.setSpacing(16)
        for width, cards in (
            (320, ((self._type(), 248), (self._colours(), 588))),
            (344, ((self._controls, 852),)),
            (344, ((self._form(), 520), (self._empty(), 316))),
            (
                336,
                ((self._pills(), 152), (self._states(), 352), (self._toast(), 112), (self._palette(), 188)),
            ),
        ):
            column = QVBoxLayout()
            column.setSpacing(16)
            for card, height in cards:
                card.setFixedSize(width, height)
                card.set_tokens("bg.surface", "border.default", 12)
                column.addWidget(card)
            column.addStretch(1)
            row.addLayout(column)
        row.addStretch(1)

    def show_focus(self) -> None:
        """Put a halo around the two pieces that are shown with the focus; once the sheet is shown."""
        for piece in self._controls.focused:
            put_halo(piece)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("bg.canvas"))

    def _type(self) -> Card:
        card = Card("Type")
        card.set_padding(gap=4)
        card.body.addWidget(TypeSpecimens())
        card.body.addStretch(1)
        return card

    def _colours(self) -> Card:
        card = Card("Colour")
        card.set_padding(bottom=12, gap=4)
        card.body.addWidget(ColourSwatches())
        return card

    def _form(self) -> Card:
        spec = FormSpec(
            (
                Field("family", "Family name"),
                Field("given", "Given name"),
                Field("born", "Born", "date"),
                Field("sex", "Sex", "choice", choices=(("f", "Female"), ("m", "Male"))),
                Field("phone", "Phone", "phone", optional_word="optional", span=2),
            )
        )
        form = Form(spec, parse_date=_read_date)
        form.set_base(
            {
                "family": "Nguyễn",
                "given": "Minh Châu",
                "born": date(1991, 1, 2),
                "sex": "f",
                "phone": "+84 90 555 0171",
            }
        )
        form.setMinimumWidth(300)
        form.fold_below(0)
        card = Card("A form: label above, help below, keys at the foot")
        card.body.addWidget(form)
        card.body.addWidget(self._duplicates())
        draft = NoteLine(None, "check")
        draft.set_text("Kept as a draft, 10:41:52")
        remote = NoteLine("info", "refresh-cw")
        remote.set_text("Address is new: changed by Reception 1")
        card.body.addWidget(draft)
        card.body.addWidget(remote)
        card.body.addStretch(1)
        foot = FormFoot(Button("Register", kind="primary", icon="user-plus", key="Ctrl+Return"), padding=16)
        return _with_foot(card, foot)

    def _duplicates(self) -> QWidget:
        panel = Panel("warning.soft", "warning.border", 6)
        column = QVBoxLayout(panel)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        head = NoteLine("warning", "users", plain=True, strong=True)
        head.set_text("Could be the same person")
        head.setFixedHeight(18)
        column.addWidget(head)
        for name, why in (
            ("Nguyễn Minh Châu", "same phone · 25-07730"),
            ("Nguyễn Thị Minh Châu", "same birth date · 19-02214"),
        ):
            words = QVBoxLayout()
            words.setSpacing(0)
            words.addWidget(Label(name, "body", "semibold"))
            words.addWidget(Label(why, "meta", "regular", "text.secondary"))
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addWidget(Avatar(name))
            line.addLayout(words, 1)
            line.addWidget(Button("Open", kind="link"))
            column.addLayout(line)
        return panel

    def _empty(self) -> Card:
        card = Card("Nothing here yet: say what to do")
        empty = EmptyState(
            "calendar-days",
            "No appointments on Sunday",
            "Dr Kumar is on duty Monday to Friday.",
            Button("Next free slot", kind="primary", icon="search", key="Alt+F"),
            Button("Go to Monday"),
        )
        empty.layout().setContentsMargins(0, 4, 0, 4)  # type: ignore[union-attr]
        card.body.addWidget(empty, 1)
        card.body.addWidget(RuleLine())
        card.body.addWidget(caption("Loading is quiet: rows keep their place"))
        card.body.addWidget(LoadingRows())
        return card

    def _pills(self) -> Card:
        card = Card("Sync pill, 28 high")
        pills = []
        for state in ("live", "reconnecting", "offline", "attention"):
            spec = tokens["state"]["sync"][state]
            pill = SyncPill()
            pill.show_state(spec["tone"], spec["icon"], spec["label"])
            pills.append(pill)
        for line in (pills[:2], pills[2:3], pills[3:]):
            card.body.addLayout(line_of(*line))
        card.body.addStretch(1)
        return card

    def _states(self) -> Card:
        card = Card("A state is always colour, icon and word")
        card.set_padding(gap=4)
        card.body.setSpacing(2)
        for title, kind, states in _STATES:
            card.body.addWidget(caption(title))
            split = 3 if kind == "prescription" else 4
            for line in (states[:split], states[split:]):
                if line:
                    chips = [Chip.from_look(chips_for_state(kind, state)) for state in line]
                    card.body.addLayout(line_of(*chips, gap=5))
        card.body.addStretch(1)
        return card

    def _toast(self) -> Card:
        card = Card("Toast: confirms, never takes the focus")
        toast = Toast("Receipt 2026-11840", "€ 120.50 cash, printed", action="Undo", parent=card)
        toast.setFixedWidth(304 + 2 * MARGIN)
        toast.move(16 - MARGIN, 36 - MARGIN)
        card.body.addStretch(1)
        return card

    def _palette(self) -> Card:
        card = Card("Ctrl K: people, actions, medicines")
        card.set_padding(bottom=11, gap=4)
        card.body.setSpacing(0)
        panel = Panel("bg.raised", "border.default")
        column = QVBoxLayout(panel)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        field = SearchBox("")
        field.setProperty("bare", True)
        field.setText("amo")
        results = PaletteList()
        results.show_items(
            (
                PaletteItem("user", "Amodu Bello", "25-00871", "Patient", lambda: None),
                PaletteItem(
                    "pill", "Amoxicillin 500 mg", "out of stock", "Medicine", lambda: None, "danger.text"
                ),
                PaletteItem("zap", "Amount in drawer", "F11", "Action", lambda: None),
            )
        )
        results.setMinimumSize(0, 0)
        column.addWidget(field)
        column.addWidget(RuleLine())
        column.addWidget(results, 1)
        card.body.addWidget(panel, 1)
        return card


def _with_foot(card: Card, foot: QWidget) -> Card:
    """`card` with a foot that runs from edge to edge."""
    outer = card.layout()
    if outer is not None:
        outer.setContentsMargins(16, 12, 16, 56)
    foot.setParent(card)
    foot.setGeometry(1, 520 - 57, 342, 56)
    return card


def main() -> None:
    """Show the sheet in a window, light or dark by the first argument."""
    import sys

    from PySide6.QtWidgets import QApplication

    from medidesk.ui.kit.theme import apply_theme

    app = QApplication(sys.argv)
    apply_theme(app, "dark" if "dark" in sys.argv else "light")
    sheet = Gallery()
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sheet.show()
    sheet.show_focus()
    sys.exit(app.exec())


if __name__ == "__main__":
    main()
