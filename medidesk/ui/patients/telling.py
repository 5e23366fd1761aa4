"""What a colleague has changed in a file that is open is told."""

from __future__ import annotations

from medidesk.repositories import patients
from medidesk.repositories.patients import PatientRow
from medidesk.ui.colleagues import name_of
from medidesk.ui.page import Desk
from medidesk.words import tr


def tell_change(desk: Desk, before: PatientRow, now: PatientRow) -> None:
    """Say who changed which fields, where any that have a name did."""
    labels = [
        tr(label)
        for name, label in patients.FIELD_LABELS.items()
        if hasattr(now, name) and getattr(now, name) != getattr(before, name)
    ]
    if labels:
        who = name_of(desk, now.updated_by)
        desk.toast(
            tr("{who} changed {name}", who=who, name=now.name), ", ".join(labels), tone="info", icon="pencil"
        )
