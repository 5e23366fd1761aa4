"""Two files of one person become one, and can be parted again.

Nothing is moved: the kept file shows what the merged one holds, so undoing a merge just gives both back.
"""

from uuid import UUID

import sqlalchemy as sa

from medidesk.errors import DomainError
from medidesk.models.patients import MergeState, Patient, PatientMerge
from medidesk.permissions import Need
from medidesk.repositories.patients import queries
from medidesk.repositories.patients.checks import checked_text
from medidesk.repositories.patients.registering import name_of
from medidesk.repositories.unit_of_work import Work
from medidesk.repositories.verbs import Kind, verb
from medidesk.words import tr


@verb("demographics", Need.CHANGE, Kind.CLAIM, shows=queries.merge_by_id)
def merge(work: Work, kept_id: UUID, merged_id: UUID, reason: str = "") -> UUID:
    """Merge one file into another; returns the id of the merge, for undoing it.

    Raises:
        DomainError: it is the same file, or one of the two was merged before.
    """
    if kept_id == merged_id:
        raise DomainError(tr("A file cannot be merged into itself."), tr("Choose the other file."))
    kept, merged = work.get(Patient, kept_id), work.get(Patient, merged_id)
    _refuse_merged(work, kept)
    _refuse_merged(work, merged)
    merged.merged_into_id = kept.id
    why = checked_text(PatientMerge, "reason", reason)
    made = _proposal(work, kept_id, merged_id)
    if made is None:
        made = work.add(
            PatientMerge(kept_id=kept.id, merged_id=merged.id, state=MergeState.MERGED, reason=why)
        )
    else:
        made.kept_id, made.merged_id, made.state = kept.id, merged.id, MergeState.MERGED
        made.reason = why or made.reason
    work.describe(
        tr("{merged} merged into {kept}", merged=_title(merged), kept=_title(kept)), why or made.reason
    )
    return made.id


@verb("demographics", Need.CHANGE, Kind.CLAIM, shows=queries.merge_by_id)
def unmerge(work: Work, merge_id: UUID) -> UUID:
    """Undo a merge: both files are there again, each with its own.

    Raises:
        DomainError: the two are not merged.
    """
    made = work.get(PatientMerge, merge_id)
    merged = work.get(Patient, made.merged_id)
    if made.state is not MergeState.MERGED or merged.merged_into_id != made.kept_id:
        raise DomainError(
            tr("These two files are not merged."), tr("Someone may have parted them already; look at both.")
        )
    merged.merged_into_id = None
    made.state = MergeState.UNDONE
    work.describe(tr("Merge of {merged} undone", merged=_title(merged)))
    return made.id


@verb("demographics", Need.CHANGE, Kind.CLAIM, shows=queries.merge_by_id)
def dismiss_merge(work: Work, merge_id: UUID) -> UUID:
    """Say that two files proposed to be merged are two people.

    Raises:
        DomainError: it was decided already.
    """
    made = work.get(PatientMerge, merge_id)
    if made.state is not MergeState.PROPOSED:
        raise DomainError(tr("This proposal was decided already."), tr("Look at the file again."))
    made.state = MergeState.DISMISSED
    kept, merged = work.see(Patient, made.kept_id), work.see(Patient, made.merged_id)
    work.describe(tr("{one} and {other} are two people", one=_title(kept), other=_title(merged)))
    return made.id


def _proposal(work: Work, one: UUID, other: UUID) -> PatientMerge | None:
    """The open proposal about these two files or files merged into them, whichever it would keep."""
    ours, theirs = (sorted(queries.with_parts(work.session, file)) for file in (one, other))
    between = sa.or_(
        sa.and_(PatientMerge.kept_id.in_(ours), PatientMerge.merged_id.in_(theirs)),
        sa.and_(PatientMerge.kept_id.in_(theirs), PatientMerge.merged_id.in_(ours)),
    )
    found = work.session.scalars(
        sa.select(PatientMerge.id)
        .where(between, PatientMerge.state == MergeState.PROPOSED, PatientMerge.deleted_at.is_(None))
        .order_by(PatientMerge.id)
        .limit(1)
    ).first()
    return None if found is None else work.get(PatientMerge, found)


def _refuse_merged(work: Work, patient: Patient) -> None:
    if patient.merged_into_id is None:
        return
    target = queries.kept(work.session, patient.id)
    raise DomainError(
        tr(
            "The file of {name} was already merged into the file of {other} ({number}).",
            name=name_of(patient),
            other="?" if target is None else target.name,
            number="?" if target is None else target.number,
        ),
        tr("Go on from that file."),
    )


def _title(patient: Patient) -> str:
    number = patient.file_no or patient.provisional_no or "—"
    return tr("{name} ({number})", name=name_of(patient), number=number)
