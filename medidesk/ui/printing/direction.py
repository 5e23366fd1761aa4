"""A paper in a language that runs from right to left: Qt's documents turn its lines round, and not its tables."""

from __future__ import annotations

import re

_ROW = re.compile(r"<tr\b[^>]*>.*?</tr>", re.DOTALL)
_UNSAID = re.compile(r"<(p|td|th)\b(?![^>]*\bdir=)")
_FIGURES = 'align="right"'
_CELL = re.compile(r"<(t[dh])\b[^>]*>.*?</\1>", re.DOTALL)


def directed(html: str, *, from_right: bool) -> str:
    """The HTML with what it says of sides.

    `align="start"` is where a line begins, and `align="end"` where it ends. Cells of a row stand in the order of
    reading; figures (`align="right"`) stay aligned to the right, so that their decimals stand below each other, and
    run from left to right, so that a sign stays before its number and a currency behind it.
    """
    starts, ends = ("right", "left") if from_right else ("left", "right")
    html = html.replace('align="start"', f'align="{starts}"').replace('align="end"', f'align="{ends}"')
    if not from_right:
        return html
    # What says nothing of its own goes on in the direction of what stood before it.
    return _UNSAID.sub(r'<\1 dir="rtl"', _ROW.sub(_turned, html))


def _turned(row: re.Match[str]) -> str:
    cells = list(_CELL.finditer(row[0]))
    if not cells:
        return row[0]
    first, last = cells[0].start(), cells[-1].end()
    turned = "\n".join(cell[0] for cell in reversed(cells)).replace(_FIGURES, f'{_FIGURES} dir="ltr"')
    return row[0][:first] + turned + row[0][last:]
