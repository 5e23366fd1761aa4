"""What the pictures of an administrator's page of changes need: held facts, and a colleague's waiting work."""

import datetime as dt
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from PySide6.QtWidgets import QWidget

from medidesk import demo
from medidesk.repositories import patients
from medidesk.repositories.verbs import Kind
from medidesk.station import Station
from medidesk.sync.operation import Operation, Write
from medidesk.ui.changes.held import HeldCard
from medidesk.ui.changes.waiting import WaitingCard

STATION = "Reception 1"


def _connect(made: demo.Demo, login: str) -> psycopg.Connection:
    person = made.person(login)
    return psycopg.connect(
        made.address,
        user=login,
        password=person.password,
        autocommit=True,
        options="-c default_transaction_read_only=off -c search_path=medidesk,public",
    )


def hold(made: demo.Demo) -> None:
    """Three facts that the server can only hold: for want of a right, of a name, and of what it belongs to."""
    with _connect(made, "sofia") as sofia:
        row = sofia.execute(
            "select id, org_id, given_name || ' ' || family_name from patient "
            "where family_name = 'Okafor' and given_name = 'Amara'"
        ).fetchone()
    if row is None:
        raise RuntimeError("the demo has no Amara Okafor")
    patient, org, name = row
    allergy = {
        "patient_id": str(patient),
        "substance": "Penicillin",
        "severity": "severe",
        "reaction": "Rash",
    }
    _held(made, "rui", "patients.add_allergy", f"{name}: allergy added", org, ("allergy", allergy))
    person = {"family_name": "", "phone": "+34 600 555 018", "city": "Barcelona"}
    _held(made, "sofia", "patients.register", "Walk-in registered", org, ("patient", person))
    kin = {
        "patient_id": str(uuid4()),
        "name": "Javier Ortega",
        "relation": "husband",
        "phone": "+34 612 555 077",
    }
    _held(
        made,
        "sofia",
        "patients.add_next_of_kin",
        "Maria Ortega: next of kin added",
        org,
        ("next_of_kin", kin),
    )


def _held(
    made: demo.Demo, login: str, verb: str, title: str, org: UUID, row: tuple[str, dict[str, str]]
) -> None:
    table, values = row
    one, now = uuid4(), dt.datetime.now(dt.UTC)
    write = Write(table, one, True, {"id": str(one), "org_id": str(org), **values}, {}, 0)
    operation = Operation(
        id=uuid4(),
        verb=verb,
        kind=Kind.FACT,
        author=login,
        station=uuid4(),
        station_name=STATION,
        made_at=now,
        clock=now,
        title=title,
        line="",
        writes=(write,),
    )
    with _connect(made, login) as connection:
        connection.execute("select apply_operation(%s::jsonb, true)", (operation.payload,))


def ask(shell: QWidget) -> None:
    """One fact cannot be entered, another is about to be discarded, and the waiting work about to be released."""
    _first, second, third = sorted(shell.findChildren(HeldCard), key=lambda card: card.y())
    second.show_problem("A patient needs a name. It stays held.")
    third.discard.click()
    for card in shell.findChildren(WaitingCard):
        if card.foot is not None:
            card.foot.release.click()
            card.foot.confirm.setFocus()


def leave_waiting(made: demo.Demo, home: Path) -> None:
    """Sofia registers somebody without the server at a PC and is suspended before she is back."""
    with Station.open(
        made.address, "sofia", made.person("sofia").password, home=home, name=STATION
    ) as station:
        station.wait_current(60)
        demo.stop(made.home)
        station.run(
            patients.register, {"given_name": "Kamari Wanjiru", "family_name": "Mwangi"}, patience=0.1
        )
    demo.start(made.home)
    with _connect(made, "ingrid") as ingrid:
        ingrid.execute("select suspend_account('sofia')")
