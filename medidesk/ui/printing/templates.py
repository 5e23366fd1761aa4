"""Templates of what is printed: those that come with MediDesk, and a clinic's own in their place.

A template is a file of Qt's subset of HTML. `$name` is a value, as the table in docs/printing.md has them, and
`[[words]]` is shown in the language in force. What stands between `<!-- each name -->` and `<!-- end name -->` is
there once for each row of that name. A clinic puts its own into `templates` of a station's folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from medidesk.errors import MediDeskError
from medidesk.ui.kit.theme import RESOURCES
from medidesk.words import tr

type Values = Mapping[str, str | Sequence[Values]]
"""What stands on a paper, by name: words, or rows that have values of their own."""

FOLDER = "templates"
_WORDS = re.compile(r"\[\[([^\[\]]+)\]\]")
_ROWS = re.compile(r"<!-- each (\w+) -->\n?(.*?)<!-- end \1 -->\n?", re.DOTALL)
_LARGEST = 256 * 1024


def filled(name: str, values: Values, home: Path) -> str:
    """A template with its values in place, each as plain text.

    Args:
        name: of the template, such as "ticket".
        values: by the names that it has for them.
        home: the station's folder.

    Raises:
        MediDeskError: a clinic's own template cannot be read, or asks for a value that there is none of.
    """
    own = home / FOLDER / f"{name}.html"
    path = own if own.is_file() else RESOURCES / FOLDER / f"{name}.html"
    text = _WORDS.sub(lambda found: escape(tr(found[1])), _read(path))
    try:
        return _with(text, values)
    except (KeyError, ValueError) as error:
        what = error.args[0] if isinstance(error, KeyError) else tr("a lone $")
        raise MediDeskError(
            tr("The template {path} asks for “{what}”, and there is none.", path=path, what=what),
            tr("Correct the file, or move it away: then the one that comes with MediDesk is used."),
        ) from error


def _with(text: str, values: Values) -> str:
    """A piece of a template with its values; what was typed into one is never read as a template."""
    pieces, at = [], 0
    words = {key: escape(value) for key, value in values.items() if isinstance(value, str)}
    for found in _ROWS.finditer(text):
        pieces.append(Template(text[at : found.start()]).substitute(words))
        rows = values[found[1]]
        if isinstance(rows, str):
            raise KeyError(found[1])
        pieces += [_with(found[2], {**values, **row}) for row in rows]
        at = found.end()
    pieces.append(Template(text[at:]).substitute(words))
    return "".join(pieces)


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8") if path.stat().st_size <= _LARGEST else None
    except (OSError, ValueError):
        text = None
    if text is None:
        raise MediDeskError(
            tr("The template {path} cannot be read.", path=path),
            tr("It is a text file in UTF-8 of up to 256 KB. Correct it, or move it away."),
        )
    return text
