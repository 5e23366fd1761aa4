"""The change feed: with a snapshot for a cursor nothing is missed and nothing comes twice."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest

from medidesk.server.cluster import Cluster
from medidesk.sync.cursor import Snapshot
from tests.support.database import Clinic
from tests.support.raw_rows import insert


class Follower:
    """Pulls as a station does: head, list and cursor in one repeatable-read transaction."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.cursor = self.head()[0]
        self.seen: Counter[UUID] = Counter()

    def head(self) -> tuple[Snapshot, int]:
        row = self.connection.execute(
            "select snapshot, coalesce(greatest_xid, '0') from pull_head()"
        ).fetchone()
        assert row is not None
        return Snapshot.parse(row[0]), int(row[1])

    def pull(self) -> list[tuple[str, UUID]]:
        with self.connection.transaction():
            self.connection.execute("set transaction isolation level repeatable read, read only")
            snapshot, greatest = self.head()
            rows = self.connection.execute(
                "select tbl, row_id from feed_since(%s::pg_snapshot)", (str(self.cursor),)
            ).fetchall()
        if rows:
            self.cursor = snapshot.clamped(greatest)
            self.seen.update(row_id for _, row_id in rows)
        return [(tbl, row_id) for tbl, row_id in rows]


@pytest.fixture
def patient(clinic: Clinic) -> UUID:
    return insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Followed"})


@pytest.fixture
def follower(clinic: Clinic, patient: UUID) -> Follower:
    return Follower(clinic.connect("sofia"))


@pytest.fixture
def alert(clinic: Clinic, patient: UUID) -> Callable[[psycopg.Connection], UUID]:
    """Writes one row, over the given connection."""

    def write(connection: psycopg.Connection) -> UUID:
        return insert(
            connection, "patient_alert", {"org_id": clinic.org_id, "patient_id": patient, "text": "x"}
        )

    return write


def test_a_change_comes_once(
    clinic: Clinic, follower: Follower, alert: Callable[[psycopg.Connection], UUID]
) -> None:
    assert follower.pull() == []
    made = alert(clinic.connect("anjali"))
    assert follower.pull() == [("patient_alert", made)]
    assert follower.pull() == []


def test_a_row_changed_often_is_listed_once(clinic: Clinic, follower: Follower, patient: UUID) -> None:
    anjali = clinic.connect("anjali")
    for number in range(5):
        anjali.execute("update patient set phone = %s", (str(number),))
    assert follower.pull() == [("patient", patient)]


def test_what_commits_late_still_comes(
    clinic: Clinic, follower: Follower, alert: Callable[[psycopg.Connection], UUID]
) -> None:
    late, soon = clinic.connect("anjali", autocommit=False), clinic.connect("joseph")
    first = alert(late)
    second = alert(soon)
    assert follower.pull() == [("patient_alert", second)]
    third = alert(soon)
    assert follower.pull() == [("patient_alert", third)]
    late.commit()
    assert follower.pull() == [("patient_alert", first)]
    assert follower.pull() == []


def test_savepoints_and_rollbacks(
    clinic: Clinic, follower: Follower, alert: Callable[[psycopg.Connection], UUID]
) -> None:
    anjali = clinic.connect("anjali", autocommit=False)
    kept = [alert(anjali)]
    with anjali.transaction():
        kept.append(alert(anjali))
    with anjali.transaction(force_rollback=True):
        alert(anjali)
    anjali.commit()
    alert(anjali)
    anjali.rollback()
    assert sorted(row_id for _, row_id in follower.pull()) == sorted(kept)


def test_many_writers_at_once_none_missed_none_repeated(
    clinic: Clinic, follower: Follower, alert: Callable[[psycopg.Connection], UUID]
) -> None:
    committed: list[UUID] = []
    lists = threading.Lock()
    writers, failures = 6, list[BaseException]()

    def work(seed: int, connection: psycopg.Connection) -> None:
        chance = random.Random(seed)  # noqa: S311 - a test's dice
        try:
            for _ in range(40):
                made = [alert(connection)]
                for _ in range(chance.randrange(3)):
                    undone = chance.random() < 0.3
                    with connection.transaction(force_rollback=undone):
                        row = alert(connection)
                    made += [] if undone else [row]
                if chance.random() < 0.2:
                    connection.rollback()
                    continue
                connection.commit()
                with lists:
                    committed.extend(made)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [
        threading.Thread(target=work, args=(seed, clinic.connect("anjali", autocommit=False)))
        for seed in range(writers)
    ]
    for thread in threads:
        thread.start()
    pulls = 0
    while any(thread.is_alive() for thread in threads):
        pulls += bool(follower.pull())
    for thread in threads:
        thread.join()
    follower.pull()
    assert not failures
    assert pulls > 10
    assert set(follower.seen) == set(committed)
    assert set(follower.seen.values()) == {1}


def test_an_empty_pull_leaves_the_cursor_alone(clinic: Clinic, follower: Follower) -> None:
    before = follower.cursor
    for _ in range(3):
        clinic.admin().execute("select pg_current_xact_id()")
        assert follower.pull() == []
    assert follower.cursor == before


def test_transaction_ids_that_a_crash_gives_out_again_are_not_skipped(
    clinic: Clinic, cluster: Cluster, alert: Callable[[psycopg.Connection], UUID]
) -> None:
    for _ in range(4):  # the server brings its log to the disk by itself now and then
        admin, joseph = clinic.admin(), clinic.connect("joseph", autocommit=False)
        # Nothing but a commit shall bring the log to the disk meanwhile.
        admin.execute("alter system set wal_writer_delay = '10s'")
        admin.execute("select pg_reload_conf()")
        admin.execute("checkpoint")
        follower = Follower(clinic.connect("sofia"))
        alert(clinic.connect("anjali"))
        for _ in range(20):
            joseph.execute("select pg_current_xact_id()")
            joseph.rollback()
        beyond = follower.head()[0].xmax
        assert len(follower.pull()) == 1
        cluster.stop("immediate")
        cluster.start()
        clinic.close()
        after = Follower(clinic.connect("sofia"))
        after.cursor = follower.cursor
        made = alert(clinic.connect("anjali"))
        admin = clinic.admin()
        admin.execute("alter system reset wal_writer_delay")
        given_again = admin.execute(
            "select xid::text::bigint from audit_log where row_id = %s", (made,)
        ).fetchone()
        assert given_again is not None
        assert after.pull() == [("patient_alert", made)]
        if given_again[0] < beyond:
            return
    pytest.fail("no transaction id was given out again")


def test_tables_that_a_person_may_not_read_are_left_out(
    clinic: Clinic, follower: Follower, patient: UUID
) -> None:
    doctor = Follower(clinic.connect("anjali"))
    allergy = insert(
        clinic.admin(), "allergy", {"org_id": clinic.org_id, "patient_id": patient, "substance": "Latex"}
    )
    assert ("allergy", allergy) in doctor.pull()
    # The flag on the patient is what reception sees of it.
    assert follower.pull() == [("patient", patient)]


def test_another_epoch_is_not_fed(
    clinic: Clinic, follower: Follower, alert: Callable[[psycopg.Connection], UUID]
) -> None:
    alert(clinic.connect("anjali"))
    clinic.admin().execute("update server_identity set epoch = 2")
    assert follower.pull() == []
    made = alert(clinic.connect("anjali"))
    assert follower.pull() == [("patient_alert", made)]


def test_a_commit_wakes_who_listens_once(clinic: Clinic, alert: Callable[[psycopg.Connection], UUID]) -> None:
    listener, anjali = clinic.connect("sofia"), clinic.connect("anjali", autocommit=False)
    listener.execute("listen medidesk")
    for _ in range(5):
        alert(anjali)
    anjali.commit()
    heard: list[psycopg.Notify] = []
    heard += listener.notifies(timeout=20, stop_after=1)
    heard += listener.notifies(timeout=0.1)
    assert [(one.channel, one.payload) for one in heard] == [("medidesk", "")]


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        ("grant medidesk_nurse to sofia", True),
        ("revoke select on patient from medidesk_receptionist", True),
        ("update user_role set deleted_at = now()", True),
        ("update organisation set parent_id = null", True),
        ("update user_account set state = 'suspended'", True),
        ("update organisation set name = 'Other'", False),
        ("update staff set phone = '1'", False),
    ],
)
def test_what_changes_who_sees_what_changes_the_digest(clinic: Clinic, change: str, matters: bool) -> None:
    sofia = clinic.connect("sofia")

    def digest() -> object:
        return sofia.execute("select digest from pull_head()").fetchone()

    before = digest()
    assert before == digest()
    clinic.admin().execute(change.encode())
    assert (digest() != before) == matters


@pytest.mark.parametrize("rows", [20_000])
def test_a_pull_of_one_row_does_not_read_the_whole_trail(clinic: Clinic, patient: UUID, rows: int) -> None:
    admin = clinic.admin()
    admin.execute(
        "insert into audit_log (epoch, tbl, row_id, action, changes) "
        "select 1, 'patient', gen_random_uuid(), 'insert', '{}' from generate_series(1, %s)",
        (rows,),
    )
    admin.execute("analyze audit_log")
    follower = Follower(clinic.connect("sofia"))
    admin.execute("update patient set phone = '1'")
    plan = admin.execute(
        "explain (analyze, format json) select * from audit_log where epoch = 1 "
        "and xid >= pg_snapshot_xmin(%s::pg_snapshot) and not pg_visible_in_snapshot(xid, %s::pg_snapshot)",
        (str(follower.cursor), str(follower.cursor)),
    ).fetchone()
    assert plan is not None
    assert "audit_log_default_epoch_xid_seq" in str(plan[0])
    assert follower.pull() == [("patient", patient)]
    assert uuid4() not in follower.seen


def test_of_rows_that_are_closed_to_somebody_they_learn_that_there_is_something_and_not_what(
    clinic: Clinic, patient: UUID
) -> None:
    admin = clinic.admin()
    admin.execute("update patient set restricted = true")
    doctor, colleague = Follower(clinic.connect("anjali")), Follower(clinic.connect("tomasz"))
    colleague.connection.execute("select break_glass(%s, 'collapsed in the hall', 'Ward 2')", (patient,))
    assert colleague.pull() == []
    row = insert(admin, "condition", {"org_id": clinic.org_id, "patient_id": patient, "text": "Asthma"})
    for number in range(3):
        admin.execute("update condition set text = %s", (f"Asthma {number}",))
    assert doctor.pull() == [("", UUID(int=0))]
    assert doctor.pull() == [], "the cursor has passed it"
    assert colleague.pull() == [("condition", row)]
    admin.execute("update condition set text = 'Gout'")
    other = insert(admin, "patient", {"org_id": clinic.org_id, "family_name": "Other"})
    assert sorted(doctor.pull()) == [("", UUID(int=0)), ("patient", other)]


def test_a_row_that_has_left_somebodys_branch_is_listed_once_more_and_then_no_longer(
    clinic: Clinic, patient: UUID
) -> None:
    admin = clinic.admin()
    row = insert(admin, "condition", {"org_id": clinic.org_id, "patient_id": patient, "text": "Asthma"})
    doctor = Follower(clinic.connect("anjali"))
    admin.execute("update condition set org_id = %s", (clinic.network_id,))
    admin.execute("update condition set text = 'Gout'")
    assert doctor.pull() == [("condition", row)]
    admin.execute("update condition set text = 'Asthma'")
    assert doctor.pull() == [("", UUID(int=0))]
    admin.execute("update condition set org_id = %s", (clinic.org_id,))
    assert doctor.pull() == [("condition", row)]


def test_a_row_that_is_gone_is_listed(clinic: Clinic, patient: UUID) -> None:
    admin = clinic.admin()
    row = insert(admin, "condition", {"org_id": clinic.org_id, "patient_id": patient, "text": "Asthma"})
    doctor = Follower(clinic.connect("anjali"))
    admin.execute("delete from condition")
    assert doctor.pull() == [("condition", row)]
