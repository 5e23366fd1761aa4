"""Which papers a station has printed already."""

import datetime as dt
from pathlib import Path
from uuid import UUID

from medidesk.ui.printing.given_out import FILE, KEPT_DAYS, GivenOut


def test_what_was_printed_here_is_a_copy_from_then_on(tmp_path: Path) -> None:
    one, other, today = UUID(int=1), UUID(int=2), dt.date(2026, 3, 2)
    given = GivenOut(tmp_path, today)
    assert not given.is_copy("invoice", one, today)
    given.note("invoice", one)
    given.note("receipt", other)
    again = GivenOut(tmp_path, today + dt.timedelta(days=KEPT_DAYS))
    assert again.is_copy("invoice", one, today)
    assert again.is_copy("receipt", other, today)
    assert not again.is_copy("invoice", other, today)
    much_later = GivenOut(tmp_path, today + dt.timedelta(days=KEPT_DAYS + 1))
    assert much_later.is_copy("invoice", other, today), "nobody knows any more"
    much_later.note("invoice", other)
    assert str(one) not in (tmp_path / FILE).read_text(encoding="utf-8")
    (tmp_path / FILE).write_text('{"invoice": 7}', encoding="utf-8")
    assert not given.is_copy("invoice", one, today)
