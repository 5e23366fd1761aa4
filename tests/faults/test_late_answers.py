"""An answer that comes late, when the feed has long shown what became of the row since."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from medidesk.repositories import patients
from medidesk.station import Saved, Station
from medidesk.sync import follower, reconcile
from medidesk.sync.codec import TableCodec
from medidesk.sync.replica import Replica
from tests.support.database import Clinic
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until


class Held:
    """The answers that a station's sender gets are held back until they are let go."""

    def __init__(self, station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
        self._go = threading.Event()
        channel = station._engine.senders._running[station.user.login].channel
        receive = channel.receive

        async def late(*args: Any, **kwargs: Any) -> Any:
            answer = await receive(*args, **kwargs)
            await asyncio.to_thread(self._go.wait)
            return answer

        monkeypatch.setattr(channel, "receive", late)

    def let_go(self) -> None:
        self._go.set()


def a_doctor_with_an_allergy(open_station: OpenStation) -> tuple[Station, UUID, UUID]:
    doctor = open_station("anjali")
    quiet(doctor)
    saved = doctor.run(patients.register, {"family_name": "Sow", "allergies": [{"substance": "Latex"}]})
    assert isinstance(saved, Saved)
    file = doctor.read(patients.file, saved.row.id)
    assert file is not None
    return doctor, saved.row.id, file.allergies[0].id


def edited(clinic: Clinic, allergy: UUID) -> bool:
    return server_rows(clinic, "select version from allergy where id = %s", allergy) == [(2,)]


def test_brings_back_no_row_that_left_the_sight_of_its_author_meanwhile(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor, _, allergy = a_doctor_with_an_allergy(open_station)
    held = Held(doctor, monkeypatch)
    told: list[Any] = []
    doctor.submit(patients.edit_allergy, allergy, {"reaction": "Hives"}, done=told.append)
    wait_until(lambda: edited(clinic, allergy))
    elsewhere = uuid4()
    with clinic.admin() as admin:
        admin.execute(
            "insert into organisation (id, org_id, kind, name, timezone, currency) "
            "values (%s, %s, 'network', 'Others', 'UTC', 'EUR')",
            (elsewhere, elsewhere),
        )
        admin.execute("update allergy set org_id = %s where id = %s", (elsewhere, allergy))
    wait_until(lambda: not _allergies(doctor))
    held.let_go()
    quiet(doctor)
    assert isinstance(told[0], Saved)
    assert_replica_equals_server(doctor, clinic)


def test_hides_nothing_of_what_a_comparison_has_found_meanwhile(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor, _, allergy = a_doctor_with_an_allergy(open_station)
    held = Held(doctor, monkeypatch)
    told: list[Any] = []
    comparing = at_the_comparison(monkeypatch)
    with clinic.connect("joseph") as nurse:

        def before() -> None:
            # After the last pull, so that the comparison alone sees the two of them.
            doctor.submit(patients.edit_allergy, allergy, {"reaction": "Hives"}, done=told.append)
            wait_until(lambda: edited(clinic, allergy))
            nurse.execute("update allergy set severity = 'severe' where id = %s", (allergy,))

        comparing.before, comparing.within = before, held.let_go
        doctor.check()
        wait_until(lambda: told)
    quiet(doctor)
    assert_replica_equals_server(doctor, clinic)


def _allergies(doctor: Station) -> int:
    def count(session: Session) -> int:
        return int(session.connection().exec_driver_sql("select count(*) from allergy").scalar_one())

    return doctor.read(count)


class Comparing:
    """What happens just before a comparison begins, and while it goes on."""

    before: Callable[[], object]
    within: Callable[[], object]


def at_the_comparison(monkeypatch: pytest.MonkeyPatch) -> Comparing:
    wanted = Comparing()
    compare, held = reconcile.reconcile, reconcile._held

    async def compared(*args: Any) -> Any:
        await asyncio.to_thread(wanted.before)
        return await compare(*args)

    async def looked_at(replica: Replica, codec: TableCodec) -> Any:
        if codec.name == "allergy":
            wanted.within()
        return await held(replica, codec)

    monkeypatch.setattr(follower, "reconcile", compared)
    monkeypatch.setattr(reconcile, "_held", looked_at)
    return wanted
