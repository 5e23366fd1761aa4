"""The countries, for a field."""

from collections.abc import Iterable

from PySide6.QtCore import QLocale

from medidesk.words import tr


def country_choices() -> tuple[tuple[object, str], ...]:
    """Every country by name, with its two letters (ISO 3166-1); first that it is not known."""
    return (("", tr("Not known")), *sorted(_countries(), key=lambda pair: pair[1]))


def _countries() -> Iterable[tuple[str, str]]:
    for territory in QLocale.Country:
        code = QLocale.territoryToCode(territory)
        if len(code) == 2 and code.isalpha() and code != "ZZ":
            yield code, QLocale.territoryToString(territory)
