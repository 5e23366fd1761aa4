"""Declared forms: values, refusals beside the field, and what others changed meanwhile."""

from datetime import date

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from medidesk.errors import DomainError
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.form import Field, Form, FormFoot, FormSpec, Section

SPEC = FormSpec(
    (
        Section("Who"),
        Field("family", "Family name", required=True, max_length=40),
        Field("given", "Given name"),
        Field("born", "Born", "date"),
        Field("sex", "Sex", "choice", choices=(("f", "Female"), ("m", "Male"))),
        Field("phone", "Phone", "phone", optional_word="optional", span=2),
        Field("estimated", "Estimated", "check"),
        Field("count", "Tablets", "number", unit="tablets"),
        Field("note", "Note", "multiline", span=2),
    )
)

BASE = {
    "family": "Okafor",
    "given": "Amara",
    "born": date(1989, 3, 14),
    "sex": "f",
    "phone": "+234 803 555 0142",
    "estimated": False,
    "count": 14,
    "note": "",
}


def _read_date(words: str) -> date:
    day, month, year = (int(part) for part in words.split("."))
    try:
        return date(year, month, day)
    except ValueError:
        raise DomainError("30 February does not exist. Day, month, year.") from None


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    made = Form(SPEC, parse_date=_read_date)
    qtbot.addWidget(made)
    made.resize(600, 500)
    with qtbot.waitExposed(made):
        made.show()
    made.set_base(BASE)
    return made


def _line(form: Form, name: str) -> QLineEdit:
    editor = form.editor(name)
    assert isinstance(editor, QLineEdit)
    return editor


def _type(qtbot: QtBot, form: Form, name: str, words: str) -> None:
    editor = _line(form, name)
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, words)


def test_it_gives_back_what_it_was_opened_with(form: Form) -> None:
    assert form.values() == BASE
    assert form.dirty_fields() == set()


def test_typing_is_said_with_the_name_and_makes_the_field_dirty(qtbot: QtBot, form: Form) -> None:
    said: list[str] = []
    form.changed.connect(said.append)
    _type(qtbot, form, "given", "Ada")
    assert set(said) == {"given"}
    assert form.dirty_fields() == {"given"}
    assert form.values()["given"] == "Ada"


def test_setting_values_is_not_said(form: Form) -> None:
    said: list[str] = []
    form.changed.connect(said.append)
    form.set_values({"given": "Ada", "sex": "m", "count": 3, "estimated": True, "note": "x", "unknown": 1})
    assert said == []
    assert form.values()["count"] == 3


def test_a_day_that_does_not_exist_is_refused_beside_the_field_on_leaving(qtbot: QtBot, form: Form) -> None:
    _type(qtbot, form, "born", "30.2.1989")
    assert form.problems() == {}
    qtbot.keyClick(_line(form, "born"), Qt.Key.Key_Tab)
    assert form.problems() == {"born": "30 February does not exist. Day, month, year."}
    assert form.values()["born"] is None
    assert "born" in form.dirty_fields()
    assert _line(form, "born").accessibleDescription().startswith("30 February")


def test_mending_a_refused_value_takes_the_refusal_away_while_typing(qtbot: QtBot, form: Form) -> None:
    _type(qtbot, form, "born", "30.2.1989")
    qtbot.keyClick(_line(form, "born"), Qt.Key.Key_Tab)
    _type(qtbot, form, "born", "28.2.1989")
    assert form.problems() == {}
    assert form.values()["born"] == date(1989, 2, 28)
    qtbot.keyClick(_line(form, "born"), Qt.Key.Key_Tab)
    assert _line(form, "born").text() == "28 Feb 1989"


def test_checking_goes_to_the_first_field_that_is_refused(qtbot: QtBot, form: Form) -> None:
    form.set_values({"family": ""})
    form.focus("note")
    assert not form.check()
    assert form.problems() == {"family": "Family name is needed."}
    assert _line(form, "family").hasFocus()
    form.clear_problems()
    assert form.problems() == {}


def test_tab_follows_the_order_of_the_declaration(qtbot: QtBot, form: Form) -> None:
    form.focus()
    order = [field.name for field in SPEC.inputs()]
    for name in order:
        assert form.editor(name).hasFocus(), name
        qtbot.keyClick(form.editor(name), Qt.Key.Key_Tab)


def test_another_stations_change_comes_in_place_where_nothing_was_typed(qtbot: QtBot, form: Form) -> None:
    _type(qtbot, form, "given", "Ada")
    both = form.apply_remote(BASE | {"phone": "+234 1", "sex": "m"})
    assert both == []
    assert form.values()["phone"] == "+234 1"
    assert form.values()["given"] == "Ada"
    assert form.dirty_fields() == {"given"}
    box = form.editor("sex")
    assert isinstance(box, QComboBox)
    assert box.currentText() == "Male"


def test_a_field_both_touched_is_left_and_named(qtbot: QtBot, form: Form) -> None:
    _type(qtbot, form, "phone", "+234 2")
    assert form.apply_remote({"phone": "+234 1"}) == ["phone"]
    assert form.values()["phone"] == "+234 2"
    assert form.base_values()["phone"] == BASE["phone"]


def test_both_typing_the_same_is_no_conflict(qtbot: QtBot, form: Form) -> None:
    _type(qtbot, form, "phone", "+234 1")
    assert form.apply_remote({"phone": "+234 1"}) == []
    assert form.dirty_fields() == set()


def test_a_draft_brings_back_every_character(qtbot: QtBot, form: Form) -> None:
    _type(qtbot, form, "born", "30.2.19")
    form.set_values({"count": 7, "sex": "m", "estimated": True, "note": "half a sen"})
    kept = form.draft()
    form.set_base(BASE)
    form.restore_draft(kept)
    assert form.draft() == kept
    assert form.dirty_fields() == {"born", "count", "sex", "estimated", "note"}


def test_two_columns_fold_into_one_when_narrow(form: Form) -> None:
    def side_by_side() -> bool:
        family, given = form.editor("family"), form.editor("given")
        return (
            family.mapTo(form, family.rect().topLeft()).y() == given.mapTo(form, given.rect().topLeft()).y()
        )

    assert side_by_side()
    form.resize(320, 700)
    form.layout().activate()  # type: ignore[union-attr]
    assert not side_by_side()


def test_a_form_with_a_date_needs_someone_who_reads_dates() -> None:
    with pytest.raises(TypeError, match="parse_date"):
        Form(SPEC)


def test_the_foot_says_how_the_draft_stands_and_what_came_from_elsewhere(qtbot: QtBot) -> None:
    foot = FormFoot(Button("Register", kind="primary", key="Ctrl+Return"))
    qtbot.addWidget(foot)
    foot.show_draft("Kept as a draft, 10:41:52")
    before = foot.sizeHint().height()
    foot.show_remote("Address is new: changed by Reception 1")
    assert foot.draft_text() == "Kept as a draft, 10:41:52"
    assert foot.sizeHint().height() > before
    with qtbot.waitSignal(foot.submitted):
        qtbot.mouseClick(foot.primary, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(foot.closed):
        qtbot.mouseClick(foot.close_button, Qt.MouseButton.LeftButton)


def test_the_base_moves_on_and_what_was_typed_stays(qtbot: QtBot, form: Form) -> None:
    _type(qtbot, form, "given", "Ada")
    _type(qtbot, form, "born", "3.4.1990")
    form.move_base({"given": "Amarachi"})
    assert form.values()["given"] == "Ada"
    assert form.base_values()["given"] == "Amarachi"
    assert form.dirty_fields() == {"given", "born"}, "a field it does not name is as dirty as before"


def test_a_tick_stands_level_with_fields_and_close_below_them(qtbot: QtBot) -> None:
    tick = Field("estimated", "Estimated", "check", span=2)
    made = Form(FormSpec((Field("given", "Given name"), Field("family", "Family name"), tick)))
    beside = Form(FormSpec((Field("given", "Given name"), Field("estimated", "Estimated", "check"))))
    for one in (made, beside):
        qtbot.addWidget(one)
        one.resize(600, one.sizeHint().height())
        one.show()
    gap = made.editor("estimated").mapTo(made, QPoint()).y() - made.editor("given").geometry().height()
    assert gap - made.editor("given").mapTo(made, QPoint()).y() <= 10, "no empty line of a label between them"
    middles = {
        beside.editor(name).mapTo(beside, beside.editor(name).rect().center()).y()
        for name in ("given", "estimated")
    }
    assert max(middles) - min(middles) <= 1
