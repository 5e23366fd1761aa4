"""What whoever changed something is called."""

from uuid import UUID

from medidesk.repositories import people
from medidesk.ui.page import Desk
from medidesk.words import tr


def name_of(desk: Desk, account: UUID | None) -> str:
    """The name of an account's person; "another station" where that is not known here."""
    otherwise = tr("another station")
    return otherwise if account is None else desk.station.read(people.names).get(account, otherwise)
