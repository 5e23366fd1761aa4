"""Names that stand once in a branch: of departments, specialities, rooms, price lists, insurers."""

from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.directory import Department, Room, Specialisation
from medidesk.models.insurance import Insurer
from medidesk.models.search import fold
from medidesk.models.services import PriceList
from medidesk.repositories import labels
from medidesk.repositories.unit_of_work import Work
from medidesk.words import tr


def refuse_taken_name(
    work: Work,
    model: type[Department | Specialisation | Room | PriceList | Insurer],
    org_id: UUID,
    name: str,
    own: UUID | None,
) -> None:
    """Names that differ in capitals or accents alone are one name to people.

    Args:
        work: the unit of work.
        model: of what it is the name.
        org_id: of the branch.
        name: which is wanted.
        own: the row that is to have it; None for one that is not there yet.

    Raises:
        DomainError: another one in the branch is called so.
    """
    known = sa.select(model.id, model.name).where(model.org_id == org_id, model.deleted_at.is_(None))
    for row_id, other in work.session.execute(known):
        if row_id != own and fold(other) == fold(name):
            raise DomainError(
                tr("“{name}” is there already.", name=labels.quoted(other)),
                tr("Choose another name."),
                field="name",
            )
