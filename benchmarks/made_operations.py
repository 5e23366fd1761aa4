"""Operations as the verbs make them, thousands of them in seconds: for what comes after a verb has run."""

import datetime as dt
import json
import time
from itertools import count
from uuid import UUID, uuid4

from medidesk.models.types import new_id
from medidesk.repositories.verbs import Kind
from medidesk.sync.capture import Author
from medidesk.sync.operation import Operation, Write

_NUMBERS = count(time.time_ns() // 1000 % 10**9)  # other numbers in each run: an edit to the same is none


def phone() -> str:
    """A telephone number that nobody had."""
    return f"+34 6{next(_NUMBERS):09}"


def registration(author: Author, org: UUID) -> Operation:
    """A new patient with a national number, as `patients.register` makes them."""
    patient, number = new_id(), next(_NUMBERS)
    values = {
        "family_name": f"Drained{number}",
        "given_name": "Ada",
        "born_on": "1980-05-17",
        "phone": phone(),
        "provisional_no": f"P-{number}",
    }
    identifier = new_id()
    known = {"kind": "insurance", "system": "bench", "value": f"D-{number}"}
    writes = (
        _insert("patient", patient, org, values),
        _insert("patient_identifier", identifier, org, {"patient_id": str(patient), **known}),
    )
    return _operation(author, "patients.register", Kind.FACT, writes, (("patient", patient),))


def edit(author: Author, patient: UUID, before: str, after: str, version: int) -> Operation:
    """Another telephone number, as `patients.edit` makes it."""
    write = Write("patient", patient, False, {"phone": after}, {"phone": before}, version)
    return _operation(author, "patients.edit", Kind.CLAIM, (write,))


def applied(answer: str) -> None:
    """That the server took it.

    Raises:
        RuntimeError: it holds it, or said something else.
    """
    if (status := json.loads(answer)["status"]) != "applied":
        raise RuntimeError(f"the server did not apply it: {status}")


def _insert(table: str, row_id: UUID, org: UUID, values: dict[str, str]) -> Write:
    return Write(table, row_id, True, {"id": str(row_id), "org_id": str(org), **values}, {}, 0)


def _operation(
    author: Author,
    verb: str,
    kind: Kind,
    writes: tuple[Write, ...],
    references: tuple[tuple[str, UUID], ...] = (),
) -> Operation:
    now = dt.datetime.now(dt.UTC)
    return Operation(
        id=uuid4(),
        verb=verb,
        kind=kind,
        author=author.login,
        station=author.station,
        station_name=author.station_name,
        made_at=now,
        clock=now,
        title="Measured",
        line="",
        writes=writes,
        references=references,
    )
