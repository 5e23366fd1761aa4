"""A cashier's desk whose first patient has been checked in, and is to pay 45.00."""

from collections.abc import Callable
from uuid import UUID

import pytest

from medidesk.ui.billing.page import CashierPage
from tests.support.database import Clinic
from tests.ui.screens.billing_desk import (
    add_doctor,
    add_service,
    arrived,
    cashier,
    opened_drawer,
    shows,
)
from tests.ui.screens.conftest import Hands

OpenShell = Callable[..., Hands]


@pytest.fixture
def visit(clinic: Clinic) -> UUID:
    """What a visit is charged as: 45.00."""
    return add_service(clinic, "C01", "Consultation", "45.00")


@pytest.fixture
def doctor(clinic: Clinic, visit: UUID) -> UUID:
    """A doctor whose visits are charged."""
    return add_doctor(clinic, visit)


@pytest.fixture
def desk(open_shell: OpenShell, doctor: UUID) -> Hands:
    """Sofia's window, with an open drawer, and Okafor who has been checked in."""
    hands = open_shell("sofia", name="Reception 2")
    opened_drawer(hands)
    arrived(hands, "Okafor", doctor)
    return hands


@pytest.fixture
def page(desk: Hands) -> CashierPage:
    """The cashier's page, with the bill of Okafor shown."""
    found = cashier(desk)
    desk.see(lambda: shows(found, "Okafor", "45.00"))
    return found
