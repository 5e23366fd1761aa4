"""The settings among the kinds of the clinic's page: what holds in a branch, and where that comes from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from medidesk.models.settings import BOUNDS, SettingName
from medidesk.repositories import labels, settings
from medidesk.repositories.settings import SettingRow
from medidesk.ui.directory.forms import Places, branch_field
from medidesk.ui.directory.kind import Kind, Run
from medidesk.ui.kit.form import Field, FormSpec, Section
from medidesk.ui.kit.table import Column
from medidesk.words import tr


class SettingKind(Kind):
    """A setting is named by what it is and by its branch, whether it is set there or not."""

    def adding(self, values: dict[str, Any]) -> Run:
        return self.add, (values["name"], values["value"], values.get("org_id"))

    def changing(self, row: SettingRow, changes: dict[str, Any]) -> Run:
        return self.edit, (row.setting, changes.get("value", row.value), row.org_id)

    def removing(self, row: SettingRow) -> Run | None:
        return None if row.row_id is None else (settings.reset, (row.setting, row.org_id))

    def row_of(self, row: SettingRow) -> UUID | None:
        return row.row_id


def setting_kind(own: UUID) -> Kind:
    """The kind, for somebody who belongs to the branch `own`."""
    return SettingKind(
        "setting",
        "setting",
        tr("Settings"),
        "settings",
        tr("Set for a branch"),
        partial(settings.overview, own=own),
        settings.place,
        _columns(),
        lambda row: f"{row.name} {row.org_name} {row.source_name}",
        _form,
        {"name": SettingName.LOCK_MINUTES_MOST, "value": None},
        settings.change,
        settings.change,
        settings.reset,
        tr("No longer set there"),
        tr("Do not set it here"),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column(tr("Setting"), lambda row: row.name, 260, weight="semibold", grow=3),
        Column(tr("Holds now"), _value, 120, kind="figures", grow=1),
        Column(tr("Comes from"), _source, 180, leaves=2, grow=1),
        Column(tr("Branch"), lambda row: row.org_name, 180, leaves=1, grow=1),
    )


def _value(row: SettingRow) -> str:
    return labels.setting_value(row.setting, row.value, row.currency)


def _source(row: SettingRow) -> str:
    if row.row_id is not None:
        return tr("set here")
    return row.source_name or tr("as MediDesk comes")


def _form(places: Places, row: Mapping[str, Any] | None, _branch: UUID) -> FormSpec:
    """One number; which setting and which branch are asked where that is not known yet."""
    if row is None:
        names = tuple((name, f"{labels.setting(name)} ({_unit(name)})") for name in SettingName)
        which = Field("name", tr("Setting"), "choice", required=True, choices=names, span=2)
        return FormSpec(
            (which, *branch_field(places, row), Field("value", tr("How much"), "number", required=True))
        )
    name: SettingName = row["setting"]
    return FormSpec(
        (
            Section(tr("{branch} and what belongs to it", branch=row["org_name"])),
            Field(
                "value",
                _label(name),
                "number",
                required=True,
                unit=_unit(name, row["currency"]),
                span=2,
                help=_range(name),
            ),
        )
    )


def _unit(name: SettingName, currency: str = "") -> str:
    """What is counted; of an amount the branch's currency, where it is known which."""
    if name is SettingName.REFUND_LIMIT:
        return currency or tr("in the branch's currency")
    return tr("days") if name is SettingName.OFFLINE_DAYS else tr("minutes")


def _label(name: SettingName) -> str:
    return tr("Amount") if name is SettingName.REFUND_LIMIT else tr("How long")


def _range(name: SettingName) -> str:
    bounds = BOUNDS[name]
    words = tr("{least} to {most}", least=bounds.least, most=bounds.most)
    usual = "" if bounds.default is None else tr("; MediDesk comes with {value}", value=bounds.default)
    return words + usual
