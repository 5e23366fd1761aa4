"""Comparing by digest finds what comparing every row would, and looks at few of them."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from medidesk.sync import reconcile
from medidesk.sync.codec import codecs
from medidesk.sync.connection import leave
from medidesk.sync.feed import Pulled
from medidesk.sync.operation import Operation
from medidesk.sync.reconcile import Compared
from medidesk.sync.replica import Replica, replicated
from tests.support.bare_replica import TODAY, connected, filled
from tests.support.database import Clinic
from tests.support.operations import added, changed, operation
from tests.support.stations import read_by

ROWS = 150
DAMAGES = ("lost", "older", "newer", "of nobody", "overlaid", "overlaid and older", "entered here", "none")

type Found = tuple[dict[str, set[UUID]], dict[str, set[UUID]]]


@pytest.fixture
def doctors(clinic: Clinic, tmp_path: Path) -> Iterator[Replica]:
    """A doctor's replica of a clinic with patients, allergies and a branch that she does not see."""
    elsewhere = uuid4()
    with clinic.admin() as admin:
        admin.execute(
            "insert into organisation (id, org_id, kind, name, timezone, currency) "
            "values (%s, %s, 'network', 'Others', 'UTC', 'EUR')",
            (elsewhere, elsewhere),
        )
        admin.execute(
            "insert into patient (id, org_id, family_name) select gen_random_uuid(), "
            "case when n %% 10 = 0 then %s::uuid else %s end, 'Family ' || n from generate_series(1, %s) n",
            (elsewhere, clinic.org_id, ROWS),
        )
        admin.execute(
            "insert into allergy (id, org_id, patient_id, substance) "
            "select gen_random_uuid(), org_id, id, 'Latex' from patient"
        )
    replica = asyncio.run(filled(clinic, "anjali", tmp_path / "replica.db"))
    yield replica
    replica.close()


def compared(clinic: Clinic, replica: Replica) -> tuple[Pulled, Compared]:
    async def run() -> tuple[Pulled, Compared]:
        connection = await connected(clinic, "anjali")
        try:
            return await reconcile.reconcile(connection, replica, TODAY)
        finally:
            await leave(connection)

    return asyncio.run(run())


def mend(replica: Replica, pulled: Pulled) -> None:
    replica.apply(pulled.rows, pulled.gone, lambda: None, force=True)


def found(pulled: Pulled) -> Found:
    rows = {
        table: {UUID(bytes=row[0]) for row in some if isinstance(row[0], bytes)}
        for table, some in pulled.rows.items()
    }
    return rows, dict(pulled.gone)


def by_comparing_every_row(clinic: Clinic, replica: Replica) -> Found:
    """What differs, found the plain way: every id and version of either side."""
    rows: dict[str, set[UUID]] = {}
    gone: dict[str, set[UUID]] = {}
    with clinic.connect("anjali") as connection:
        for codec in read_by("doctor"):
            shown = connection.execute(f"select id, version from {codec.name}".encode()).fetchall()
            theirs: dict[UUID, int] = dict(shown)
            ours = {
                UUID(bytes=key): version
                for key, version in replica.writer.execute(f"select id, version from {codec.name}").fetchall()
                if version > 0
            } | {
                UUID(bytes=key): version
                for key, version in replica.writer.execute(
                    f"select id, version from {codec.name}__server"
                ).fetchall()
            }
            if differing := {key for key, version in theirs.items() if ours.get(key) != version}:
                rows[codec.name] = differing
            if missing := set(ours) - set(theirs):
                gone[codec.name] = missing
    return rows, gone


def spoil(replica: Replica, org: UUID, damages: list[tuple[int, str]]) -> None:
    """Damage rows of a replica, as no correct program would leave them."""
    execute = replica.writer.execute
    every = [UUID(bytes=row[0]) for row in execute("select id from patient order by id").fetchall()]
    with replica.transaction():
        for place, damage in damages:
            row_id = every[place % len(every)]
            held = execute("select version from patient where id = ?", (row_id.bytes,)).fetchone()
            if damage == "lost":
                execute("delete from patient where id = ?", (row_id.bytes,))
            elif damage in {"older", "newer"}:
                step = 1 if damage == "newer" else -1
                execute("update patient set version = version + ? where id = ?", (step, row_id.bytes))
            elif damage == "of nobody" and held is not None:
                execute(
                    "insert into patient (id, org_id, version, family_name, given_name) values (?, ?, 3, 'X', '')",
                    (uuid4().bytes, org.bytes),
                )
            elif damage == "entered here":
                entered = operation("anjali", added("patient", org, family_name="Entered"), kind="fact")
                replica.overlay.add(Operation.from_payload(json.dumps(entered)))
            elif damage.startswith("overlaid") and held is not None:
                waiting = operation(
                    "anjali", changed("patient", row_id, held[0], base={"phone": ""}, phone="5")
                )
                replica.overlay.add(Operation.from_payload(json.dumps(waiting)))
                if damage == "overlaid and older":
                    execute("update patient__server set version = version - 1 where id = ?", (row_id.bytes,))


@contextmanager
def buckets(coarse: int, fine: int, parted_over: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconcile, "COARSE_BITS", coarse)
        patch.setattr(reconcile, "FINE_BITS", fine)
        patch.setattr(reconcile, "PARTED_OVER", parted_over)
        yield


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    damages=st.lists(st.tuples(st.integers(0, ROWS), st.sampled_from(DAMAGES)), max_size=12),
    written=st.lists(st.integers(1, ROWS), max_size=6),
    deleted=st.lists(st.integers(1, ROWS), max_size=2),
    sizes=st.sampled_from([(8, 12, 2_000), (2, 5, 10), (0, 3, 0), (12, 16, 0)]),
)
@example(damages=[(1, "overlaid and older")] * 2, written=[], deleted=[], sizes=(8, 12, 2_000))
def test_it_finds_what_comparing_every_row_finds(
    clinic: Clinic,
    doctors: Replica,
    damages: list[tuple[int, str]],
    written: list[int],
    deleted: list[int],
    sizes: tuple[int, int, int],
) -> None:
    spoil(doctors, clinic.org_id, damages)
    with clinic.admin() as admin:
        names = [f"Family {number}" for number in written]
        admin.execute("update patient set phone = phone || '1' where family_name = any(%s)", (names,))
        names = [f"Family {number}" for number in deleted]
        admin.execute(
            "delete from allergy a using patient p where p.id = a.patient_id and p.family_name = any(%s)",
            (names,),
        )
    wanted = by_comparing_every_row(clinic, doctors)
    with buckets(*sizes):
        pulled, how = compared(clinic, doctors)
    assert found(pulled) == wanted
    assert how.singly <= how.rows
    mend(doctors, pulled)
    assert by_comparing_every_row(clinic, doctors) == ({}, {})
    with doctors.transaction():
        doctors.overlay.reset([])


def test_where_nothing_differs_no_row_is_looked_at(clinic: Clinic, doctors: Replica) -> None:
    pulled, how = compared(clinic, doctors)
    assert (pulled.rows, pulled.gone, how.singly) == ({}, {}, 0)
    assert how.rows > ROWS


def test_one_difference_costs_one_bucket(clinic: Clinic, doctors: Replica) -> None:
    doctors.writer.execute("update patient set version = 7 where family_name = 'Family 11'")
    pulled, how = compared(clinic, doctors)
    assert [len(rows) for rows in pulled.rows.values()] == [1]
    assert how.singly <= 10  # 135 patients lie in 256 buckets


def test_a_table_that_may_no_longer_be_read_is_emptied(clinic: Clinic, doctors: Replica) -> None:
    held = doctors.writer.execute("select count(*) from allergy").fetchone()[0]
    with clinic.admin() as admin:
        admin.execute("revoke select on allergy from medidesk_doctor")
    pulled, _ = compared(clinic, doctors)
    assert len(pulled.gone.pop("allergy")) == held > 0
    assert (pulled.rows, pulled.gone) == ({}, {})


def test_both_engines_put_a_row_into_the_same_bucket(clinic: Clinic) -> None:
    ids = [uuid4() for _ in range(50)]
    with clinic.admin() as admin:
        for bits in (reconcile.COARSE_BITS, reconcile.FINE_BITS):
            query = f"select id, {reconcile._bucket(bits)} from unnest(%s::uuid[]) id"
            for row_id, bucket in admin.execute(query.encode(), (ids,)).fetchall():
                assert reconcile._bucket_of(row_id.bytes, bits) == bucket
    assert set(codecs()) >= {codec.name for codec in replicated()}
