"""Two people at one PC: what one entered during an outage, the next one sees, and it is sent all the same."""

from pathlib import Path
from uuid import UUID

from medidesk.errors import NotAllowed
from medidesk.repositories import patients
from medidesk.station import Queued, Saved, Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_online,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until


def sender_keys(station: Station) -> list[str]:
    rows = station._engine.outbox._reader.execute("select author from sender order by author").fetchall()
    return [row[0] for row in rows]


def register(station: Station, family_name: str, **more: object) -> UUID:
    outcome = station.run(patients.register, {"family_name": family_name, **more})
    assert isinstance(outcome, (Saved, Queued))
    found: UUID = outcome.row.id
    return found


def test_the_next_person_sees_what_waits_and_it_is_sent_while_they_work(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, tmp_path: Path
) -> None:
    here = {"home": tmp_path / "home", "server": proxy.through(clinic.server)}
    for login in ("joseph", "sofia"):  # both have worked here before
        station = open_station(login, **here)
        quiet(station)
        known = station.run(patients.register, {"family_name": f"Known to {login}"})
        assert isinstance(known, Saved)
        wait_until(lambda: station.sync.waiting == 0)  # noqa: B023 (called before the next one is opened)
        assert sender_keys(station) == [], "keys are kept only beside work that waits"
        station.close()
    proxy.cut()
    joseph = open_station("joseph", **here)
    mine = joseph.run(
        patients.register, {"family_name": "Sow", "allergies": [{"substance": "Latex"}], "alerts": ["Falls"]}
    )
    assert isinstance(mine, Queued)
    assert isinstance(joseph.run(patients.edit, mine.row.id, {"phone": "555 0100"}), Queued)
    joseph.close()

    sofia = open_station("sofia", **here)
    assert [entry.author for entry in sofia.waiting()] == ["joseph", "joseph"]
    file = sofia.read(patients.file, mine.row.id)
    assert file is not None
    assert (file.patient.family_name, file.patient.phone) == ("Sow", "555 0100")
    assert [alert.text for alert in file.alerts] == ["Falls"]
    assert [row.id for row in sofia.read(patients.search, "sow")] == [mine.row.id]
    assert not file.allergies, "reception sees no allergies, a colleague's waiting ones no more than others"
    assert isinstance(sofia.run(patients.edit, mine.row.id, {"email": "sow@example.org"}), Queued)
    assert sender_keys(sofia) == ["joseph", "sofia"]

    go_online(sofia, proxy)
    quiet(sofia)
    assert sofia.attention() == []
    assert server_rows(clinic, "select author from applied_operation order by applied_at") == [
        ("joseph",), ("sofia",), ("joseph",), ("joseph",), ("sofia",)
    ]  # fmt: skip
    assert server_rows(clinic, "select phone, email, has_allergy from patient where family_name = 'Sow'") == [
        ("555 0100", "sow@example.org", True)
    ]
    wait_until(lambda: not sofia.pending("patient"))
    quiet(sofia)
    assert_replica_equals_server(sofia, clinic)
    assert sender_keys(sofia) == []


def test_a_merge_of_files_that_a_colleague_registered_in_the_same_outage_is_no_conflict(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, tmp_path: Path
) -> None:
    here = {"home": tmp_path / "home", "server": proxy.through(clinic.server)}
    for login in ("joseph", "sofia"):
        station = open_station(login, **here)
        quiet(station)
        station.close()
    proxy.cut()
    joseph = open_station("joseph", **here)
    kept, merged = register(joseph, "Sow"), register(joseph, "Saw")
    joseph.close()
    sofia = open_station("sofia", **here)
    assert isinstance(sofia.run(patients.merge, kept, merged, "misheard"), Queued)
    go_online(sofia, proxy)
    quiet(sofia)
    assert sofia.attention() == []
    assert server_rows(clinic, "select merged_into_id from patient where id = %s", merged) == [(kept,)]
    wait_until(lambda: not sofia.pending("patient"))
    quiet(sofia)
    assert_replica_equals_server(sofia, clinic)


def test_a_colleague_decides_in_their_own_name(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, tmp_path: Path
) -> None:
    here = {"home": tmp_path / "home", "server": proxy.through(clinic.server)}
    doctor = open_station("anjali")
    one = register(doctor, "Sow", phone="555 0100")
    for login in ("joseph", "sofia"):
        station = open_station(login, **here)
        quiet(station)
        station.close()
    proxy.cut()
    joseph = open_station("joseph", **here)
    joseph.run(patients.edit, one, {"phone": "555 0101"})
    joseph.close()
    doctor.run(patients.edit, one, {"phone": "555 0102"})
    proxy.mend()
    sofia = open_station("sofia", **here)
    quiet(sofia)
    (entry,) = sofia.attention()
    assert entry.author == "joseph"
    told: list[object] = []
    sofia.decide(entry.op_id, {"phone": "mine"}, done=told.append)
    wait_until(lambda: told)
    quiet(sofia, doctor)
    assert server_rows(clinic, "select phone from patient") == [("555 0101",)]
    assert server_rows(clinic, "select author from applied_operation where supersedes is not null") == [
        ("sofia",)
    ]
    assert_replica_equals_server(sofia, clinic)


def test_someone_whose_password_was_changed_finds_their_work_sent_once_they_sign_in(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, tmp_path: Path
) -> None:
    from medidesk.server.accounts import scram_verifier

    here = {"home": tmp_path / "home", "server": proxy.through(clinic.server)}
    for login in ("joseph", "sofia"):
        station = open_station(login, **here)
        quiet(station)
        station.close()
    proxy.cut()
    joseph = open_station("joseph", **here)
    joseph.run(patients.register, {"family_name": "Sow"})
    joseph.close()
    with clinic.admin() as admin:
        admin.execute(f"alter role joseph password '{scram_verifier('an entirely new one')}'".encode())
    proxy.mend()
    sofia = open_station("sofia", **here)
    wait_until(lambda: sofia.sync.state == "live")
    assert isinstance(sofia.run(patients.register, {"family_name": "Free"}), Saved)
    wait_until(lambda: [entry.author for entry in sofia.waiting()] == ["joseph"])
    sofia.close()
    joseph = open_station("joseph", password="an entirely new one", **here)
    quiet(joseph)
    assert server_rows(clinic, "select count(*) from patient") == [(2,)]
    assert_replica_equals_server(joseph, clinic, "an entirely new one")


def test_what_a_colleague_left_is_told_no_further_than_the_reader_may_see(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, tmp_path: Path
) -> None:
    here = {"home": tmp_path / "home", "server": proxy.through(clinic.server)}
    one = register(open_station("anjali"), "Sow", allergies=[{"substance": "Latex"}])
    for login in ("joseph", "sofia"):
        station = open_station(login, **here)
        quiet(station)
        station.close()
    proxy.cut()
    joseph = open_station("joseph", **here)
    file = joseph.read(patients.file, one)
    assert file is not None
    joseph.run(patients.edit_allergy, file.allergies[0].id, {"reaction": "Hives"})
    joseph.run(patients.add_allergy, one, {"substance": "Penicillin"})
    assert any("Penicillin" in entry.line for entry in joseph.waiting())
    joseph.close()

    sofia = open_station("sofia", **here)
    waiting = sofia.waiting()
    assert [entry.author for entry in waiting] == ["joseph", "joseph"]
    assert "Penicillin" not in str(waiting)
    assert "Hives" not in str(waiting)
    with clinic.admin() as admin:
        admin.execute("update allergy set reaction = 'Oedema'")
    go_online(sofia, proxy)
    wait_until(lambda: sofia.sync.attention)
    (entry,) = sofia.attention()
    assert entry.author == "joseph"
    assert entry.fields == ()
    assert "Hives" not in str(entry)
    heard: list[object] = []
    sofia.discard(entry.op_id, "tidying up", done=heard.append)
    sofia.decide(entry.op_id, {"reaction": "theirs"}, done=heard.append)
    wait_until(lambda: len(heard) == 2)
    assert all(isinstance(one, NotAllowed) for one in heard)
    sofia.close()

    joseph = open_station("joseph", **here)
    (entry,) = joseph.attention()
    assert [(field.theirs, field.mine) for field in entry.fields] == [("Oedema", "Hives")]
