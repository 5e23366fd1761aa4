"""A report as a CSV file, which a spreadsheet opens as it is."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal

from medidesk.models.money import decimals
from medidesk.repositories.reports.rows import Cell, Column, Figure, Report, Table

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a cell for a formula by."""


def csv_of(report: Report) -> bytes:
    """UTF-8 with its mark, as RFC 4180 says. Words that would be a formula get an apostrophe before them."""
    text = io.StringIO()
    write = csv.writer(text).writerow
    write([safe(one) for one in (report.title, report.branch, report.period.words)])
    for table in report.tables:
        write([])
        write([safe(table.title)])
        for row in _rows(table, report.currency):
            write(row)
    return text.getvalue().encode("utf-8-sig")


def csv_of_table(table: Table, currency: str) -> bytes:
    """A table alone, to be read by another program: one line of heads, then its rows."""
    text = io.StringIO()
    csv.writer(text).writerows(_rows(table, currency))
    return text.getvalue().encode("utf-8-sig")


def _rows(table: Table, currency: str) -> Iterator[list[str]]:
    yield [safe(column.title) for column in table.columns]
    for row in (*table.rows, *((table.totals,) if table.totals else ())):
        yield [_cell(*one, currency) for one in zip(table.columns, row, strict=True)]


def safe(words: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    return f"'{words}" if words.startswith(_FORMULA) else words


def _cell(column: Column, cell: Cell, currency: str) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            places = decimals(currency) if column.figure is Figure.MONEY else 1
            return f"{cell:.{places}f}"
        case dt.datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case dt.date():
            return cell.isoformat()
        case int():
            return str(cell)
        case _:
            return safe(cell)
