"""What the list shows of each patient."""

from medidesk.ui import moments
from medidesk.ui.kit.table import Column
from medidesk.ui.patients.chips import flags
from medidesk.ui.patients.words import age_words
from medidesk.words import tr


def columns() -> tuple[Column, ...]:
    """The columns; who it is and the file always stay, and the phone for as long as it can."""
    return (
        Column(
            tr("Patient"),
            lambda row: row.patient.name,
            280,
            weight="semibold",
            kind="person",
            chips=flags,
            grow=3,
        ),
        Column(
            tr("Born"),
            lambda row: moments.born(row.patient.born_on, estimated=row.patient.born_estimated),
            124,
            kind="figures",
            grow=1,
        ),
        Column(tr("Age"), lambda row: age_words(row.patient), 80, leaves=3, grow=1),
        Column(tr("File no."), lambda row: row.patient.number, 120, grow=1),
        Column(tr("Phone"), lambda row: row.patient.phone, 160, kind="figures", leaves=4, grow=1),
        Column(tr("City"), lambda row: row.patient.city, 138, leaves=2, grow=1),
        Column(
            tr("Changed"),
            lambda row: moments.last_change(row.patient.updated_at),
            128,
            kind="figures",
            leaves=1,
        ),
    )
