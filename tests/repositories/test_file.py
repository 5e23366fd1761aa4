import datetime as dt
from typing import Any

import pytest

from medidesk.errors import DomainError
from medidesk.models.patients import (
    PHOTO_BYTES_MOST,
    Allergy,
    ClinicalState,
    Condition,
    NextOfKin,
    Patient,
    PatientAlert,
    PatientIdentifier,
    PatientPhoto,
)
from medidesk.repositories import patients
from medidesk.repositories.dates import today
from medidesk.repositories.verbs import VERBS, Kind, Verb
from tests.support.replica_clinic import ReplicaClinic

JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
ADDED: list[tuple[Verb, tuple[Any, ...], type]] = [
    (patients.add_identifier, ({"kind": "passport", "value": "x1"},), PatientIdentifier),
    (patients.add_next_of_kin, ({"name": "Luis", "phone": "555 1234"},), NextOfKin),
    (patients.add_alert, ("Falls risk",), PatientAlert),
    (patients.add_allergy, ({"substance": "Latex"},), Allergy),
    (patients.add_condition, ({"text": "Asthma"},), Condition),
    (patients.set_photo, (JPEG, "image/jpeg"), PatientPhoto),
]


@pytest.mark.parametrize(("verb", "values", "model"), ADDED, ids=lambda one: getattr(one, "name", ""))
def test_what_is_added_relies_on_the_file(
    desk: ReplicaClinic, verb: Verb, values: tuple[Any, ...], model: type
) -> None:
    ada = desk.patient("Okafor", "Ada")
    captured = desk.capture(verb, ada, *values)
    assert [(row.model, row.inserts, row.values["patient_id"]) for row in captured.rows] == [
        (model, True, ada)
    ]
    assert captured.relied == ((Patient, ada, 1),)
    assert captured.title.startswith("Ada Okafor: ")


@pytest.mark.parametrize(("verb", "values", "model"), ADDED, ids=lambda one: getattr(one, "name", ""))
def test_what_is_added_to_a_merged_file_goes_to_the_one_that_was_kept(
    desk: ReplicaClinic, verb: Verb, values: tuple[Any, ...], model: type
) -> None:
    ada = desk.patient("Okafor", "Ada")
    middle = desk.patient("Okafor", "Ade", merged_into_id=ada)
    merged = desk.patient("Okafor", "A.", merged_into_id=middle)
    captured = desk.capture(verb, merged, *values)
    assert captured.rows[0].values["patient_id"] == ada
    assert {row_id for _, row_id, _ in captured.relied} == {ada, middle, merged}


@pytest.mark.parametrize(
    ("model", "held", "edit", "changes"),
    [
        (NextOfKin, {"name": "Luis"}, "edit_next_of_kin", {"phone": "555 1234"}),
        (Allergy, {"substance": "Latex"}, "edit_allergy", {"state": "refuted"}),
        (Condition, {"text": "Asthma"}, "edit_condition", {"ended_on": dt.date(2020, 1, 1)}),
    ],
)
def test_a_changed_row_carries_all_its_fields_as_they_were(
    desk: ReplicaClinic, model: type, held: dict[str, Any], edit: str, changes: dict[str, Any]
) -> None:
    ada = desk.patient("Okafor", "Ada")
    (row_id,) = desk.put(model, {"patient_id": ada} | held)
    captured = desk.capture(VERBS[f"patients.{edit}"], row_id, changes)
    (row,) = captured.rows
    assert (row.id, row.inserts) == (row_id, False)
    assert row.values == changes
    # Its fields are one statement: whoever changed another of them meanwhile is asked.
    assert held.items() <= row.base.items()
    assert "deleted_at" in row.base
    assert captured.relied == ()  # the patient is read for the sentence alone


@pytest.mark.parametrize(
    ("model", "held", "remove"),
    [
        (PatientIdentifier, {"kind": "passport", "value": "X1"}, "remove_identifier"),
        (NextOfKin, {"name": "Luis"}, "remove_next_of_kin"),
        (Allergy, {"substance": "Latex"}, "remove_allergy"),
        (Condition, {"text": "Asthma"}, "remove_condition"),
    ],
)
def test_what_is_removed_stays_in_the_database(
    desk: ReplicaClinic, model: type, held: dict[str, Any], remove: str
) -> None:
    ada = desk.patient("Okafor", "Ada")
    (row_id,) = desk.put(model, {"patient_id": ada} | held)
    verb = VERBS[f"patients.{remove}"]
    captured = desk.capture(verb, row_id)
    assert captured.rows[0].values.keys() == {"deleted_at"}
    desk.keep(captured)
    file = desk.read(patients.file, ada)
    assert file is not None
    assert file.identifiers + file.next_of_kin + file.allergies + file.conditions == ()
    with pytest.raises(DomainError, match="no longer there"):
        desk.capture(verb, row_id)


def test_a_number_stands_in_a_file_once(desk: ReplicaClinic) -> None:
    ada, other = desk.patient("Okafor", "Ada"), desk.patient("Mensah", "Efua")
    desk.run(patients.add_identifier, ada, {"kind": "insurance", "system": "AXA", "value": "a1"})
    with pytest.raises(DomainError, match="already in this file"):
        desk.capture(patients.add_identifier, ada, {"kind": "insurance", "system": "AXA", "value": "A1"})
    with pytest.raises(DomainError, match="Ada Okafor") as refused:
        desk.capture(patients.add_identifier, other, {"kind": "insurance", "system": "AXA", "value": "A1"})
    assert refused.value.field == "value"


def test_an_alert_holds_until_its_last_day_or_until_it_is_taken_down(desk: ReplicaClinic) -> None:
    ada = desk.patient("Okafor", "Ada")
    desk.run(patients.add_alert, ada, "Falls risk")
    desk.run(patients.add_alert, ada, "Isolation", today())
    assert desk.read(patients.with_alerts, [ada]) == {ada: ("Falls risk", "Isolation")}
    assert desk.read(patients.with_alerts, [ada], today() + dt.timedelta(days=1)) == {ada: ("Falls risk",)}
    file = desk.read(patients.file, ada)
    assert file is not None
    desk.run(patients.end_alert, file.alerts[0].id)
    assert desk.read(patients.with_alerts, [ada]) == {ada: ("Isolation",)}
    after = desk.read(patients.file, ada)
    assert after is not None
    assert len(after.alerts) == 2
    with pytest.raises(DomainError) as refused:
        desk.capture(patients.add_alert, ada, "Late", today() - dt.timedelta(days=1))
    assert refused.value.field == "ends_on"


def test_a_condition_does_not_end_before_it_began(desk: ReplicaClinic) -> None:
    ada = desk.patient("Okafor", "Ada")
    span = {"onset_on": dt.date(2020, 1, 2), "ended_on": dt.date(2020, 1, 1)}
    with pytest.raises(DomainError) as refused:
        desk.capture(patients.add_condition, ada, {"text": "Flu"} | span)
    assert refused.value.field == "ended_on"
    (row_id,) = desk.put(Condition, {"patient_id": ada, "text": "Flu", "onset_on": span["onset_on"]})
    with pytest.raises(DomainError):
        desk.capture(patients.edit_condition, row_id, {"ended_on": span["ended_on"]})


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"GIF89a", "image/gif"), (b"<svg/>", "image/svg+xml"), (b"", "image/png"), (JPEG, "image/png"),
        (JPEG + bytes(PHOTO_BYTES_MOST), "image/jpeg"),
    ],
)  # fmt: skip
def test_a_photo_is_a_jpeg_or_png_of_a_size_that_can_be_kept(
    desk: ReplicaClinic, content: bytes, media_type: str
) -> None:
    with pytest.raises(DomainError) as refused:
        desk.capture(patients.set_photo, desk.patient("Okafor"), content, media_type)
    assert refused.value.field == "content"


def test_a_file_without_clinical_rights_says_only_that_there_are_allergies(desk: ReplicaClinic) -> None:
    ada = desk.patient("Okafor", "Ada", has_allergy=True)
    desk.put(Allergy, {"patient_id": ada, "substance": "Latex"})
    file = desk.read(patients.file, ada, clinical=False)
    assert file is not None
    assert (file.allergies, file.conditions, file.clinical_visible) == ((), (), False)
    assert file.patient.has_allergy


def test_an_allergy_shows_at_the_head_before_the_server_has_heard_of_it(desk: ReplicaClinic) -> None:
    ada = desk.patient("Okafor", "Ada")
    desk.put(Allergy, {"patient_id": ada, "substance": "Latex", "state": ClinicalState.REFUTED})
    file = desk.read(patients.file, ada)
    assert file is not None
    assert not file.patient.has_allergy
    desk.run(patients.add_allergy, ada, {"substance": "Nuts"})
    file = desk.read(patients.file, ada)
    assert file is not None
    assert file.patient.has_allergy


def test_a_file_that_is_not_there_is_none(desk: ReplicaClinic) -> None:
    ada = desk.patient("Okafor")
    assert desk.read(patients.file, desk.org_id) is None
    assert desk.read(patients.kept, desk.org_id) is None
    assert desk.read(patients.rows, [ada, desk.org_id]).keys() == {ada}
    assert desk.read(patients.rows, []) == {}
    assert desk.read(patients.with_alerts, []) == {}


def test_pages_are_by_name_and_leave_out_merged_and_removed_files(desk: ReplicaClinic) -> None:
    removed = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    b2, a = desk.patient("B", "2"), desk.patient("A", "9")
    b1 = desk.patient("B", "1")
    desk.patient("A", "1", merged_into_id=b1)
    desk.patient("A", "2", deleted_at=removed)
    assert desk.read(patients.count) == 3
    assert [row.id for row in desk.read(patients.page, 0, 2)] == [a, b1]
    assert [row.id for row in desk.read(patients.page, 2, 2)] == [b2]
    assert desk.read(patients.page, 3, 2) == []


def test_pages_are_in_the_order_people_look_names_up(desk: ReplicaClinic) -> None:
    for family_name in ("Zorn", "de Vries", "Ávila", "Adeyemi", "Øster", "Olsen", "davis"):
        desk.patient(family_name)
    assert [row.family_name for row in desk.read(patients.page, 0, 9)] == [
        "Adeyemi", "Ávila", "davis", "de Vries", "Olsen", "Øster", "Zorn",
    ]  # fmt: skip


def test_a_page_is_read_from_the_index_of_names_and_the_count_from_the_narrow_one(
    desk: ReplicaClinic,
) -> None:
    from medidesk.repositories.patients import queries

    with desk.replica.sessions() as session:
        for statement, index in ((queries._PAGE, "patient_by_name"), (queries._COUNT, "patient_counted")):
            text = str(statement.compile(session.connection(), compile_kwargs={"render_postcompile": True}))
            plan = session.connection().exec_driver_sql(
                f"explain query plan {text}", (50, 5_000)[: text.count("?")]
            )
            steps = [row[3] for row in plan]
            assert any(
                f"USING INDEX {index}" in step or f"USING COVERING INDEX {index}" in step for step in steps
            ), steps
            assert not any("TEMP B-TREE" in step for step in steps)


def test_every_verb_says_what_it_is_and_shows_what_it_wrote() -> None:
    for verb in (one for name, one in VERBS.items() if name.startswith("patients.")):
        assert verb.area in {"demographics", "clinical"}
        assert verb.__doc__
        assert verb.shows is not None
        assert getattr(patients, verb.name.partition(".")[2]) is verb
        assert verb.kind is (Kind.FACT if verb.needs == "add" or verb is patients.set_photo else Kind.CLAIM)
