"""What a branch has earned, is owed and has done: the sums that people print and hand on. `reports.made`."""

from medidesk.repositories.reports.claim_lines import claim_lines
from medidesk.repositories.reports.csv_file import csv_of, csv_of_table
from medidesk.repositories.reports.kinds import KINDS, Kind, kind_named, made
from medidesk.repositories.reports.rows import Cell, Column, Figure, Period, Report, Table
from medidesk.repositories.reports.xlsx_file import xlsx_of

__all__ = [
    "KINDS", "Cell", "Column", "Figure", "Kind", "Period", "Report", "Table", "claim_lines", "csv_of",
    "csv_of_table", "kind_named", "made", "xlsx_of",
]  # fmt: skip
