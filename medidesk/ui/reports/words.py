"""What stands in a report, in words: on the screen and on paper alike."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from medidesk.models.money import Money
from medidesk.repositories.reports import Cell, Column, Figure, Report, Table
from medidesk.ui import moments
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.ui.printing.templates import Values

_LESS = "\N{MINUS SIGN}"


def cell_words(column: Column, cell: Cell, currency: str) -> str:
    """A cell as people read it; "" for nothing."""
    match cell:
        case None:
            return ""
        case Decimal():
            amount = Money(cell, currency).rounded().amount if column.figure is Figure.MONEY else cell
            shown = f"{amount:,f}".replace("-", _LESS)
            return tr("{number} %", number=shown) if column.figure is Figure.PERCENT else shown
        case dt.datetime():
            return f"{moments.day(cell.date())} {cell:%H:%M}"
        case dt.date():
            return moments.day(cell)
        case int():
            return f"{cell:,}"
        case _:
            return cell


def on_paper(report: Report) -> Values:
    """A report by the names that its template has."""
    return {
        "clinic": report.branch,
        "title": report.title,
        "period": report.period.words,
        "dated": f"{moments.day(report.made_at.date())} {report.made_at:%H:%M}",
        "tables": [_table(report, one) for one in report.tables],
    }


def heading(table: Table, currency: str) -> str:
    """What stands over a table, with the currency of its amounts."""
    has_money = any(column.figure is Figure.MONEY for column in table.columns)
    return f"{table.title}, {currency}" if has_money else table.title


def _table(report: Report, table: Table) -> Values:
    sides = ["right" if column.figure.is_number else "start" for column in table.columns]

    def cells(row: tuple[Cell, ...]) -> Values:
        words = (cell_words(*one, report.currency) for one in zip(table.columns, row, strict=True))
        return {"cells": [{"side": side, "text": text} for side, text in zip(sides, words, strict=True)]}

    heads = [{"side": side, "text": one.title} for side, one in zip(sides, table.columns, strict=True)]
    rows = [cells(row) for row in table.rows]
    totals = [] if table.totals is None else [cells(table.totals)]
    return {
        "heading": heading(table, report.currency),
        "nothing": [] if rows else [{}],
        "filled": [{"columns": heads, "rows": rows, "totals": totals}] if rows else [],
    }
