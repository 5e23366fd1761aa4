"""How a branch is doing: the figures of its first page. Callers write `overview.figures`."""

from medidesk.repositories.overview.queries import DAYS, by_hour, day, figures, no_show_weeks, revenue
from medidesk.repositories.overview.rows import DayRow, Figures, HourRow, RevenueRow, WeekRow

__all__ = [
    "DAYS", "DayRow", "Figures", "HourRow", "RevenueRow", "WeekRow", "by_hour", "day", "figures", "no_show_weeks",
    "revenue",
]  # fmt: skip
