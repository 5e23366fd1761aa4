"""A report as a workbook of Office Open XML: a sheet for each table, numbers as numbers."""

import datetime as dt
import io
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from medidesk.models.money import decimals
from medidesk.repositories.reports.rows import Cell, Figure, Report, Table

_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_NAME_MOST = 31
_WIDTHS = {Figure.TEXT: 24, Figure.MOMENT: 18}
_WIDTH = 14


def xlsx_of(report: Report) -> bytes:
    """The workbook. Words stay words: nothing of them becomes a formula or a link."""
    import xlsxwriter

    content = io.BytesIO()
    plain = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(content, plain) as book:
        looks = _looks(book, report.currency)
        for table in report.tables:
            sheet = book.add_worksheet(_FORBIDDEN.sub(" ", table.title)[:_NAME_MOST])
            _fill(sheet, report, table, looks)
    return content.getvalue()


def _fill(sheet: Any, report: Report, table: Table, looks: Mapping[tuple[Figure, bool], Any]) -> None:
    heading, words = looks[Figure.TEXT, True], looks[Figure.TEXT, False]
    sheet.write_string(0, 0, f"{report.title} · {report.branch} · {report.period.words}", heading)
    for at, column in enumerate(table.columns):
        sheet.write_string(2, at, column.title, heading)
        sheet.set_column(at, at, _WIDTHS.get(column.figure, _WIDTH))
    sheet.freeze_panes(3, 0)
    rows = [(row, False) for row in table.rows] + ([(table.totals, True)] if table.totals else [])
    for down, (row, bold) in enumerate(rows, start=3):
        for at, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _put(sheet, (down, at), cell, looks[column.figure, bold], heading if bold else words)


def _put(sheet: Any, place: tuple[int, int], cell: Cell, look: Any, words: Any) -> None:
    match cell:
        case None:
            pass
        case dt.datetime():
            sheet.write_datetime(*place, cell.replace(tzinfo=None), look)
        case dt.date():
            sheet.write_datetime(*place, dt.datetime.combine(cell, dt.time()), look)
        case Decimal() | int():
            sheet.write_number(*place, float(cell), look)
        case _:
            sheet.write_string(*place, cell, words)


def _looks(book: Any, currency: str) -> dict[tuple[Figure, bool], Any]:
    places = decimals(currency)
    formats = {
        Figure.TEXT: "@",
        Figure.MONEY: "#,##0" + (f".{'0' * places}" if places else ""),
        Figure.COUNT: "#,##0",
        Figure.PERCENT: "0.0",
        Figure.DAY: "yyyy-mm-dd",
        Figure.MOMENT: "yyyy-mm-dd hh:mm",
    }
    return {
        (figure, bold): book.add_format({"num_format": shape, "bold": bold})
        for figure, shape in formats.items()
        for bold in (False, True)
    }
