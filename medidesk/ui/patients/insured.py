"""Who insures one patient: what their file shows of it, and what its forms choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.repositories import branch_clock, insurance
from medidesk.repositories.insurance import InsurerRow, PolicyRow
from medidesk.ui.insurance_words import checked_words, validity_words
from medidesk.ui.kit.form import Form
from medidesk.ui.patients.entries import Entry
from medidesk.ui.patients.words import Choices, joined
from medidesk.words import tr

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from medidesk.station import Station

TABLES = frozenset({"insurance_policy", "insurer"})
"""What it is read from."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A policy as the form sees it in which an answer of the insurer is noted: it asks for a new one."""

    id: UUID
    updated_by: UUID | None
    about: str
    eligibility_note: str = ""


class Insured:
    """The policies of a patient.

    Attributes:
        policies: all of them, the latest first, as they were read last.
    """

    def __init__(self, station: Station, patient_id: UUID) -> None:
        self._station, self.patient_id = station, patient_id
        self.policies: tuple[PolicyRow, ...] = ()

    def renew(self) -> bool:
        """Read them anew; says whether something has changed."""
        before = self.policies
        self.policies = tuple(self._station.read(insurance.policies, self.patient_id))
        return self.policies != before

    @property
    def asked(self) -> tuple[Asked, ...]:
        """The same, to note what the insurer says."""
        return tuple(
            Asked(one.id, one.updated_by, joined(one.insurer, one.policy_no, checked_words(one)))
            for one in self.policies
        )

    def pays(self) -> PolicyRow | None:
        """The one that pays today, by the clock of the branch."""
        return insurance.paying(self.policies, self._today())

    def to_check(self) -> UUID | None:
        """About which the insurer is asked: the one that pays, else the latest that is not over."""
        coming = (one for one in self.policies if not one.is_over(self._today()))
        found = self.pays() or next(coming, None)
        return None if found is None else found.id

    # The card

    def entries(self, change: Callable[[UUID], Callable[[], None] | None]) -> list[Entry]:
        """A row for each.

        Args:
            change: what opens a policy for changing; None where it is only read.
        """
        today, pays = self._today(), self.pays()
        return [
            Entry(
                one.insurer,
                joined(one.policy_no, validity_words(one), _copay_words(one)),
                _standing(one, today, pays),
                tone="success" if one == pays else "neutral",
                icon="shield-check",
                past=one.is_over(today),
                change=change(one.id),
                more=checked_words(one),
            )
            for one in self.policies
        ]

    # The form

    def insurers(self) -> Choices:
        """For a field: those that pay, and those that policies of this patient name."""
        named = {one.insurer_id for one in self.policies}
        rows = [row for row in self._every() if row.active or row.id in named]
        twice = {row.name for row in rows if sum(other.name == row.name for other in rows) > 1}
        return tuple(
            (
                row.id,
                tr("{name} ({branch})", name=row.name, branch=row.org_name)
                if row.name in twice
                else row.name,
            )
            for row in rows
        )

    def empty(self) -> dict[str, object]:
        """What a new policy holds at first: the insurer where there is no choice, and its usual co-pay."""
        active = [row for row in self._every() if row.active]
        only = active[0] if len(active) == 1 else None
        return (
            {"insurer_id": None, "copay": ""}
            if only is None
            else {"insurer_id": only.id, "copay": only.copay}
        )

    def follow(self, form: Form, name: str) -> None:
        """With another insurer comes its usual co-pay, unless one was typed that is none of these."""
        if name != "insurer_id":
            return
        now = form.values()
        usual: dict[object, str] = {row.id: row.copay for row in self._every()}
        copay = usual.get(now["insurer_id"], "")
        if now["copay"] in {"", *usual.values()} and now["copay"] != copay:
            form.set_values({"copay": copay})
            form.changed.emit("copay")

    def today_words(self) -> str:
        """Who pays today."""
        pays = self.pays()
        if pays is None:
            return tr("Nobody pays for them today")
        return tr("Today {insurer} pays, {number}", insurer=pays.insurer, number=pays.policy_no)

    def rule_lines(self) -> tuple[str, ...]:
        """What decides it."""
        return (tr("Of policies that hold on one day the one that began last pays."),)

    def _today(self) -> dt.date:
        read = self._station.read
        return branch_clock.today(read(branch_clock.zone_of, self._station.user.org_id))

    def _every(self) -> list[InsurerRow]:
        return self._station.read(insurance.insurers)


def _copay_words(policy: PolicyRow) -> str:
    return tr("co-pay {percent} %", percent=policy.copay) if policy.copay else ""


def _standing(policy: PolicyRow, today: dt.date, pays: PolicyRow | None) -> str:
    """How it stands today, in a word or two."""
    if policy == pays:
        return tr("Pays today")
    if not policy.insurer_active:
        return tr("Insurer not active")
    if policy.is_over(today):
        return tr("Over")
    return tr("To come") if policy.valid_from is not None and policy.valid_from > today else ""
