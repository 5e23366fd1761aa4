"""Every sentence a person reads goes through `tr`, with or without Qt.

The English text is its own key, as in gettext; a catalogue in `resources/translations/<language>.json`
maps it to another language. A missing entry falls back to English.
"""

import datetime as dt
import json
from functools import lru_cache
from pathlib import Path

TRANSLATIONS = Path(__file__).resolve().parent.parent / "resources" / "translations"

_state = {"language": "en"}


@lru_cache(maxsize=8)
def _catalogue(language: str) -> dict[str, str]:
    path = TRANSLATIONS / f"{language}.json"
    if not path.is_file():
        return {}
    entries: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return entries


def set_language(language: str) -> None:
    """Choose the language of all later `tr` calls (a BCP 47 tag such as "en" or "ar")."""
    _state["language"] = language


def language() -> str:
    """The language in force."""
    return _state["language"]


def tr(text: str, /, **values: object) -> str:
    """`text` in the language in force, its `{names}` filled from `values`."""
    translated = _catalogue(_state["language"]).get(text, text)
    return translated.format(**values) if values else translated


def counted(count: int, one: str, many: str) -> str:
    """`one` or `many` by `count`; the chosen text may hold `{count}`."""
    return tr(one if count == 1 else many, count=f"{count:,}")


def in_utc(moment: dt.datetime) -> str:
    """A moment as the commands tell it, whose readers may be anywhere."""
    return f"{moment.astimezone(dt.UTC):%d.%m.%Y %H:%M} UTC"
