"""Steps that one desk takes faster than the server answers: none of them is in the way of the next."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from medidesk.repositories import patients, visits
from medidesk.station import Saved, Station
from tests.support.database import Clinic
from tests.support.stations import assert_replica_equals_server, quiet, server_rows


def test_called_into_the_room_and_done_at_once(open_station: Callable[..., Station], clinic: Clinic) -> None:
    """The server gives each step its own time, which the next one, made before the answer, does not know."""
    station = open_station("sofia")
    station.wait_current(timeout=20)
    patient: Any = station.run(patients.register, {"family_name": "Okafor"}, patience=20)
    visit: Any = station.run(visits.check_in, {"patient_id": patient.row.id}, patience=20)
    outcomes: dict[int, Any] = {}
    every = threading.Event()

    def came(at: int, outcome: Any) -> None:
        outcomes[at] = outcome
        if len(outcomes) == len(steps):
            every.set()

    steps = (visits.call, visits.enter_room, visits.take_back, visits.enter_room, visits.complete)
    for at, step in enumerate(steps):
        station.submit(step, visit.row.id, done=partial(came, at), patience=20)
    assert every.wait(20)
    assert [type(outcomes[at]) for at in range(len(steps))] == [Saved] * len(steps), outcomes
    done = "select state, called_at <= in_room_at, in_room_at <= ended_at from visit"
    assert server_rows(clinic, done) == [("completed", True, True)]
    quiet(station)
    assert_replica_equals_server(station, clinic)


def test_what_another_desk_did_since_is_still_in_the_way(
    open_station: Callable[..., Station], clinic: Clinic
) -> None:
    one, other = open_station("sofia", name="Reception 1"), open_station("joseph", name="Room 2")
    patient: Any = one.run(patients.register, {"family_name": "Okafor"}, patience=20)
    visit: Any = one.run(visits.check_in, {"patient_id": patient.row.id}, patience=20)
    quiet(one, other)
    whose = (
        "select o.author, changed_here('visit', v.id, 'called_at', o.station_id) from visit v, applied_operation o "
        "where o.verb = 'visits.call' order by o.author"
    )
    one.run(visits.call, visit.row.id, patience=20)
    assert server_rows(clinic, whose) == [("sofia", True)]
    quiet(one, other)
    other.run(visits.call, visit.row.id, patience=20)
    assert server_rows(clinic, whose) == [("joseph", True), ("sofia", False)]
