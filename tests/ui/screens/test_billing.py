"""The cashier's windows: charges that gathered are paid, by keys, at real windows of a real clinic."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from medidesk.models.billing import Way
from medidesk.repositories import billing
from medidesk.ui.billing.entries import View
from medidesk.ui.billing.finder import ServiceFinder
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.billing_desk import (
    add_doctor,
    add_service,
    arrived,
    cashier,
    charged,
    count_keys,
    invoiced,
    opened_drawer,
)
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]
PAID = "select way, amount, tendered from payment order by taken_at, way"
F9, ENTER = Qt.Key.Key_F9, Qt.Key.Key_Return


@pytest.fixture
def visit(clinic: Clinic) -> UUID:
    """What a visit is charged as: 45.00."""
    return add_service(clinic, "C01", "Consultation", "45.00")


@pytest.fixture
def doctor(clinic: Clinic, visit: UUID) -> UUID:
    """A doctor whose visits are charged."""
    return add_doctor(clinic, visit)


def test_what_gathered_at_check_in_is_paid_with_two_keys(
    open_shell: OpenShell, clinic: Clinic, doctor: UUID
) -> None:
    desk = open_shell("sofia", name="Reception 2")
    opened_drawer(desk)
    arrived(desk, "Okafor", doctor)
    page = cashier(desk)
    desk.see(lambda: page.list.current() is not None)
    assert page.pay.to_pay.figure.text() == "45.00"
    assert count_keys(desk, F9, ENTER) == 2
    desk.see(page.pay.is_done)
    assert server_rows(clinic, PAID) == [("cash", Decimal("45.0000"), Decimal("45.0000"))]
    assert page.pay.done.title.text() == "45.00 EUR taken"
    assert "R26-00001" in page.pay.done.line.text()
    desk.see(lambda: page.list.found[View.TO_BILL] == [])
    assert [entry.amount for entry in page.list.found[View.TAKEN]] == ["45.00"]
