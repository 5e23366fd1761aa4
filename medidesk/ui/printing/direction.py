"""A paper in a language that runs from right to left: Qt's documents turn its lines round, and not its tables."""

from __future__ import annotations

import re

_ROW = re.compile(r"<tr\b[^>]*>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[dh])\b[^>]*>.*?</\1>", re.DOTALL)


def directed(html: str, *, from_right: bool) -> str:
    """The HTML with what it says of sides.

    `align="start"` is where a line begins, and `align="end"` where it ends. Cells of a row stand in the order of
    reading; figures stay aligned to the right, so that their decimals stand below each other.
    """
    starts, ends = ("right", "left") if from_right else ("left", "right")
    html = html.replace('align="start"', f'align="{starts}"').replace('align="end"', f'align="{ends}"')
    return _ROW.sub(_turned, html) if from_right else html


def _turned(row: re.Match[str]) -> str:
    cells = list(_CELL.finditer(row[0]))
    if not cells:
        return row[0]
    first, last = cells[0].start(), cells[-1].end()
    return row[0][:first] + "\n".join(cell[0] for cell in reversed(cells)) + row[0][last:]
