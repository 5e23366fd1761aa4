"""Patients, and what must be known about them before anything else."""

import datetime as dt
import enum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from medidesk.models.base import ATOMIC, Merge, Row, Rules, Scope, Visibility
from medidesk.models.types import Bytes, Day, Flag, Id, Text, Word

NOT_DELETED = sa.text("deleted_at is null")
PHOTO_BYTES_MOST = 512 * 1024


class Sex(enum.StrEnum):
    """Administrative sex, as in FHIR's `administrative-gender`."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class BloodGroup(enum.StrEnum):
    """ABO and Rhesus group."""

    UNKNOWN = ""
    A_POS = "A+"
    A_NEG = "A-"
    B_POS = "B+"
    B_NEG = "B-"
    AB_POS = "AB+"
    AB_NEG = "AB-"
    O_POS = "O+"
    O_NEG = "O-"


class IdentifierKind(enum.StrEnum):
    """What a patient can be known by, beside the file number."""

    NATIONAL_ID = "national_id"
    PASSPORT = "passport"
    DRIVING_LICENCE = "driving_licence"
    INSURANCE = "insurance"
    PROVISIONAL = "provisional"  # a file number given while the server was away
    FOREIGN = "foreign"  # a number in another program or clinic, told apart by `system`


class Severity(enum.StrEnum):
    """How bad an allergic reaction was or may become."""

    UNKNOWN = "unknown"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class ClinicalState(enum.StrEnum):
    """Whether an allergy or condition still holds."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    RESOLVED = "resolved"
    REFUTED = "refuted"


class MergeState(enum.StrEnum):
    """A proposal to merge two files, and what became of it."""

    PROPOSED = "proposed"
    MERGED = "merged"
    UNDONE = "undone"
    DISMISSED = "dismissed"


# What was written about one patient is never made another's: it is removed there and written anew.
OF_ONE_PATIENT = frozenset({"patient_id"})


def _patient_id() -> Mapped[UUID]:
    return mapped_column(Id, sa.ForeignKey("patient.id"), index=True)


def _demographic(
    merge: Merge = ATOMIC,
    first: int = 21,
    scope: Scope = Scope.ALL,
    computed: frozenset[str] = frozenset(),
    fixed: frozenset[str] = frozenset(),
    unaudited: frozenset[str] = frozenset(),
) -> Rules:
    return Rules(
        area="demographics",
        visibility=Visibility.NETWORK,
        changed_within=Visibility.NETWORK,
        merge=merge,
        first=first,
        scope=scope,
        computed=computed,
        fixed=fixed,
        unaudited=unaudited,
    )


class Patient(Row):
    """A patient's file: who they are and how to reach them.

    The file number is given by the server. One that was given offline (`provisional_no`) stays valid for
    ever and is also kept as an identifier.
    """

    __rules__ = _demographic(
        merge=Merge(
            independent=True,
            groups=(
                ("family_name", "given_name"),
                ("born_on", "born_estimated"),
                ("address", "postal_code", "city", "country"),
            ),
        ),
        first=20,
        computed=frozenset({"file_no", "has_allergy"}),
    )

    file_no: Mapped[str | None] = mapped_column(Text(20), unique=True)
    provisional_no: Mapped[str | None] = mapped_column(Text(20))
    family_name: Mapped[str] = mapped_column(Text(100))
    given_name: Mapped[str] = mapped_column(Text(100), server_default="", default="")
    sex: Mapped[Sex] = mapped_column(Word(Sex), server_default="unknown", default=Sex.UNKNOWN)
    born_on: Mapped[dt.date | None] = mapped_column(Day)
    born_estimated: Mapped[bool] = mapped_column(Flag, server_default=sa.false(), default=False)
    died_on: Mapped[dt.date | None] = mapped_column(Day)
    phone: Mapped[str] = mapped_column(Text(40), server_default="", default="")
    phone_other: Mapped[str] = mapped_column(Text(40), server_default="", default="")
    email: Mapped[str] = mapped_column(Text(254), server_default="", default="")
    address: Mapped[str] = mapped_column(Text(200), server_default="", default="")
    postal_code: Mapped[str] = mapped_column(Text(20), server_default="", default="")
    city: Mapped[str] = mapped_column(Text(100), server_default="", default="")
    country: Mapped[str] = mapped_column(Text(2), server_default="", default="")
    blood_group: Mapped[BloodGroup] = mapped_column(
        Word(BloodGroup), server_default="", default=BloodGroup.UNKNOWN
    )
    language: Mapped[str] = mapped_column(Text(35), server_default="", default="")
    desk_note: Mapped[str] = mapped_column(Text(500), server_default="", default="")
    has_allergy: Mapped[bool] = mapped_column(Flag, server_default=sa.false(), default=False)
    merged_into_id: Mapped[UUID | None] = mapped_column(Id, sa.ForeignKey("patient.id"), index=True)
    restricted: Mapped[bool] = mapped_column(Flag, server_default=sa.false(), default=False)

    __table_args__ = (
        sa.CheckConstraint("family_name <> '' or given_name <> ''", name="name_given"),
        sa.CheckConstraint("born_on <= died_on", name="born_before_death"),
        sa.CheckConstraint("born_on >= '1850-01-01'", name="born_in_living_memory"),
        sa.CheckConstraint("merged_into_id is distinct from id", name="not_merged_into_itself"),
        # As people look for it: accents and case folded (`fold` is ours on both engines).
        sa.Index("patient_by_name", sa.text("fold(family_name)"), sa.text("fold(given_name)"), "id"),
        sa.Index("patient_by_birth", "born_on"),
        sa.Index("patient_by_phone", "phone"),
        # Asked with every read of clinical content; few files are.
        sa.Index("patient_restricted", "id", postgresql_where=sa.text("restricted")),
    )


class PatientIdentifier(Row):
    """A number that names a patient: unique for its kind and issuing system, unless disputed.

    When a registration made during an outage names an identifier that another file already has, the server
    keeps it as `disputed` and proposes to merge the two files.
    """

    __rules__ = _demographic(computed=frozenset({"disputed"}), fixed=OF_ONE_PATIENT)

    patient_id: Mapped[UUID] = _patient_id()
    kind: Mapped[IdentifierKind] = mapped_column(Word(IdentifierKind))
    system: Mapped[str] = mapped_column(Text(200), server_default="", default="")
    value: Mapped[str] = mapped_column(Text(100))
    disputed: Mapped[bool] = mapped_column(Flag, server_default=sa.false(), default=False)

    __table_args__ = (
        sa.CheckConstraint("value <> ''", name="value_given"),
        sa.Index(
            "patient_identifier_names_one",
            "kind",
            "system",
            "value",
            unique=True,
            postgresql_where=sa.text("deleted_at is null and not disputed"),
        ),
    )


class NextOfKin(Row):
    """Whom to call."""

    __rules__ = _demographic(fixed=OF_ONE_PATIENT)

    patient_id: Mapped[UUID] = _patient_id()
    name: Mapped[str] = mapped_column(Text(200))
    relation: Mapped[str] = mapped_column(Text(60), server_default="", default="")
    phone: Mapped[str] = mapped_column(Text(40), server_default="", default="")

    __table_args__ = (sa.CheckConstraint("name <> ''", name="name_given"),)


class PatientAlert(Row):
    """Something everyone who meets the patient must see at once, such as a falls risk."""

    __rules__ = _demographic(fixed=OF_ONE_PATIENT)

    patient_id: Mapped[UUID] = _patient_id()
    text: Mapped[str] = mapped_column(Text(200))
    ends_on: Mapped[dt.date | None] = mapped_column(Day)

    __table_args__ = (sa.CheckConstraint("text <> ''", name="text_given"),)


class PatientPhoto(Row):
    """The patient's photo. Bytes are not audited and not replicated: a station asks for them."""

    __rules__ = _demographic(scope=Scope.NONE, unaudited=frozenset({"content"}), fixed=OF_ONE_PATIENT)

    patient_id: Mapped[UUID] = _patient_id()
    media_type: Mapped[str] = mapped_column(Text(40))
    content: Mapped[bytes] = mapped_column(Bytes)

    __table_args__ = (
        sa.CheckConstraint("media_type in ('image/jpeg', 'image/png')", name="media_type_known"),
        sa.CheckConstraint(f"octet_length(content) <= {PHOTO_BYTES_MOST}", name="content_size"),
        sa.Index("patient_photo_one_each", "patient_id", unique=True, postgresql_where=NOT_DELETED),
    )


class PatientMerge(Row):
    """Two files of one person, merged, or proposed to be. Undoing it gives both files back."""

    __rules__ = _demographic()

    kept_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("patient.id"), index=True)
    merged_id: Mapped[UUID] = mapped_column(Id, sa.ForeignKey("patient.id"), index=True)
    state: Mapped[MergeState] = mapped_column(Word(MergeState))
    reason: Mapped[str] = mapped_column(Text(200), server_default="", default="")

    __table_args__ = (
        sa.CheckConstraint("kept_id <> merged_id", name="two_files"),
        sa.Index(
            "patient_merge_once", "merged_id", unique=True, postgresql_where=sa.text("state = 'merged'")
        ),
    )


class Allergy(Row):
    """A substance the patient must not get. Its fields are one clinical statement: never merged apart."""

    __rules__ = Rules(area="clinical", merge=ATOMIC, first=22, fixed=OF_ONE_PATIENT, closed_with="patient_id")

    patient_id: Mapped[UUID] = _patient_id()
    substance: Mapped[str] = mapped_column(Text(200))
    reaction: Mapped[str] = mapped_column(Text(200), server_default="", default="")
    severity: Mapped[Severity] = mapped_column(
        Word(Severity), server_default="unknown", default=Severity.UNKNOWN
    )
    state: Mapped[ClinicalState] = mapped_column(
        Word(ClinicalState), server_default="active", default=ClinicalState.ACTIVE
    )
    noted_on: Mapped[dt.date | None] = mapped_column(Day)
    code: Mapped[str] = mapped_column(Text(40), server_default="", default="")
    code_system: Mapped[str] = mapped_column(Text(200), server_default="", default="")

    __table_args__ = (sa.CheckConstraint("substance <> ''", name="substance_given"),)


class Condition(Row):
    """A problem on the patient's list."""

    __rules__ = Rules(area="clinical", merge=ATOMIC, first=23, fixed=OF_ONE_PATIENT, closed_with="patient_id")

    patient_id: Mapped[UUID] = _patient_id()
    text: Mapped[str] = mapped_column(Text(300))
    state: Mapped[ClinicalState] = mapped_column(
        Word(ClinicalState), server_default="active", default=ClinicalState.ACTIVE
    )
    onset_on: Mapped[dt.date | None] = mapped_column(Day)
    ended_on: Mapped[dt.date | None] = mapped_column(Day)
    code: Mapped[str] = mapped_column(Text(40), server_default="", default="")
    code_system: Mapped[str] = mapped_column(Text(200), server_default="", default="")

    __table_args__ = (sa.CheckConstraint("text <> ''", name="text_given"),)
