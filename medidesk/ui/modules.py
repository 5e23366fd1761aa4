"""The modules of the desktop program, in the order of the rail."""

from medidesk.ui.appointments.module import module as appointments
from medidesk.ui.audit.module import module as audit
from medidesk.ui.billing.module import module as billing
from medidesk.ui.claims.module import module as claims
from medidesk.ui.directory.module import module as directory
from medidesk.ui.overview.module import module as overview
from medidesk.ui.page import Module
from medidesk.ui.patients.module import module as patients
from medidesk.ui.people.module import module as people
from medidesk.ui.reports.module import module as reports
from medidesk.ui.server.module import module as server
from medidesk.ui.visits.module import module as visits


def modules() -> tuple[Module, ...]:
    """All of them; the shell leaves out what a person may not use."""
    return (
        patients(),
        appointments(),
        visits(),
        billing(),
        claims(),
        overview(),
        reports(),
        directory(),
        people(),
        audit(),
        server(),
    )
