import datetime as dt
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from medidesk import demo
from medidesk.demo import patients
from medidesk.demo.load import bulk_patients, load_patients
from medidesk.errors import MediDeskError, ServerProblem, StationInUse
from medidesk.server.cluster import Cluster
from medidesk.server.local import FirstPerson, ensure
from tests.support.cluster import folder_for_cluster
from tests.support.database import Clinic

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def home() -> Iterator[Path]:
    with folder_for_cluster() as folder:
        yield folder
        Cluster(folder / "server").destroy()


def patient_count(made: demo.Demo) -> int:
    with made.server.connect() as connection:
        row = connection.execute("select count(*) from patient").fetchone()
    assert row is not None
    count: int = row[0]
    return count


@pytest.mark.long
def test_the_demo_keeps_its_data_until_it_is_reset(home: Path) -> None:
    made = demo.start(home)
    assert made.new
    assert patient_count(made) == patients.HOW_MANY
    with made.server.connect() as connection:
        connection.execute("update patient set desk_note = 'kept' where family_name = 'Okafor'")
    passwords = made.passwords_file.read_bytes()
    assert stat.S_IMODE(made.passwords_file.stat().st_mode) == 0o600
    assert demo.stop(home)

    again = demo.start(home)
    assert not again.new
    assert again.passwords_file.read_bytes() == passwords
    with again.server.connect() as connection:
        kept = connection.execute("select count(*) from patient where desk_note = 'kept'").fetchone()
    assert kept is not None
    assert kept[0] >= 1

    with again.stations() as one, again.stations() as another:
        assert one != another
        assert not demo.stop(home, unless_open=True)
        with pytest.raises(StationInUse, match="another window"):
            demo.start(home, reset=True)
    fresh = demo.start(home, reset=True)
    assert fresh.new
    assert fresh.passwords_file.read_bytes() != passwords
    assert not list(one.parent.glob("*")) or not one.exists()
    assert demo.stop(home, unless_open=True)


def test_everybody_of_the_demo_can_sign_in_and_nobody_without_the_password(home: Path) -> None:
    made = demo.start(home)
    opened = demo.open_demo(home)
    assert opened.people == made.people
    assert [person.role_label for person in made.people][:3] == ["Reception", "Cardiology", "Pharmacist"]
    for person in opened.people:
        assert person.password not in repr(person)
        url = made.server.cluster.url(made.server.database, person.login, person.password)
        with psycopg.connect(url) as connection:
            assert connection.info.user == person.login
        wrong = made.server.cluster.url(made.server.database, person.login, "guess")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(wrong)


@pytest.mark.long
def test_a_demo_that_lost_its_passwords_says_how_to_go_on(home: Path) -> None:
    with pytest.raises(ServerProblem, match="medidesk demo"):
        demo.open_demo(home)
    demo.start(home).passwords_file.unlink()
    with pytest.raises(ServerProblem, match="--reset"):
        demo.start(home)
    assert demo.start(home, reset=True).new


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"sofia": "a"}', "\xff"])
def test_damaged_passwords_are_named(home: Path, damage: str) -> None:
    home.mkdir()
    (home / "demo.lock").touch()
    (home / "passwords.json").write_text(damage, encoding="latin-1")
    for begin in (demo.start, demo.open_demo):
        with pytest.raises(ServerProblem, match=r"damaged.*--reset"):
            begin(home)


def test_a_folder_with_other_things_is_left_alone(home: Path) -> None:
    theirs = home / "server" / "website"
    theirs.mkdir(parents=True)
    for reset in (False, True):
        with pytest.raises(ServerProblem, match="other things"):
            demo.start(home, reset=reset)
    assert demo.stop(home)
    assert [path.name for path in home.iterdir()] == ["server"]
    assert theirs.exists()


@pytest.mark.parametrize("below", ["", "demo"])
def test_a_file_is_no_folder_for_a_demo(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ServerProblem, match="cannot use"):
        demo.start(file / below)
    assert demo.stop(file / below)


def test_the_same_seed_invents_the_same_people() -> None:
    first, again = patients.invent(TODAY), patients.invent(TODAY)
    assert first == again
    assert patients.invent(TODAY, seed=2) != first
    names = {str(one.patient["family_name"]) for one in first}
    assert {"Okafor", "Fernández Ortega", "Li", "Ng", "Nguyễn"} <= names
    assert any("\u0600" <= name[0] <= "\u06ff" for name in names)
    assert all(one.patient["born_on"] <= TODAY and one.since <= TODAY for one in first)


def test_loading_many_leaves_what_one_by_one_would(clinic: Clinic) -> None:
    admin = clinic.admin()
    load_patients(admin, patients.invent(TODAY), clinic.org_id)
    bulk_patients(admin, 2_000, clinic.org_id)

    def value(query: str) -> object:
        row = admin.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    assert value("select count(*) from patient") == patients.HOW_MANY + 2_000
    assert value("select count(distinct file_no) from patient") == patients.HOW_MANY + 2_000
    assert value("select count(*) from patient_identifier where system = 'PT-1'") == 500
    for table in ("patient", "patient_identifier", "allergy", "condition", "next_of_kin", "patient_alert"):
        assert (
            value(
                f"select count(*) from {table} t full join (select row_id from audit_log where tbl = '{table}' "
                "and action = 'insert') a on a.row_id = t.id where t.id is null or a.row_id is null"
            )
            == 0
        ), table
        if table != "patient":
            orphans = f"select count(*) from {table} where patient_id not in (select id from patient)"
            assert value(orphans) == 0, table
    assert (
        value(
            "select count(*) from patient p "
            "where has_allergy <> exists (select from allergy where patient_id = p.id)"
        )
        == 0
    )
    # What each row says of itself is what the trigger would have written: compare with one made the usual way.
    clinic.connect("sofia").execute(
        "insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, 'Usual')",
        (clinic.org_id,),
    )
    usual = value(
        "select changes - '{id,file_no,family_name}'::text[] from audit_log where tbl = 'patient' "
        "order by seq desc limit 1"
    )
    loaded = value("select changes from audit_log where tbl = 'patient' order by seq limit 1")
    assert isinstance(usual, dict)
    assert isinstance(loaded, dict)
    assert usual.keys() <= loaded.keys()
    number = value("select file_no from patient where family_name = 'Usual'")
    assert value(f"select count(*) from patient where file_no = '{number}'") == 1
    assert value(f"select version from patient where file_no = '{number}'") == value(
        "select max(version) from patient"
    )


def test_one_clinic_on_this_pc_only(home: Path) -> None:
    with pytest.raises(MediDeskError, match="No clinic has been set up"):
        ensure(home)
    with pytest.raises(MediDeskError, match="cannot be a user name"):
        ensure(home, "Practice", FirstPerson("Not Plain", "long enough", "Ek"))
    person = FirstPerson("asa", "long enough", "Ek", "Åsa", "Dr")
    made = ensure(home, "Practice", person, timezone="Europe/Stockholm", currency="SEK", country="SE")
    url = made.cluster.url(made.database, "asa", "long enough")
    assert "asa" not in made.address
    assert "long" not in made.address
    with psycopg.connect(url) as connection:
        roles = connection.execute("select role from user_role order by 1").fetchall()
        places = connection.execute("select kind, name, currency from organisation order by kind").fetchall()
        assert connection.execute("select count(*) from patient").fetchone() == (0,)
    assert roles == [("administrator",), ("doctor",)]
    assert places == [("clinic", "Practice", "SEK"), ("network", "Practice", "SEK")]
    made.cluster.stop()
    assert ensure(home).address == made.address
    assert json.loads((home / "server" / "cluster.json").read_text())["made"]
