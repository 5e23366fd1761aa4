"""A clinic's replica for tests: rows put in as the server would send them, verbs run as a station would."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Concatenate, Self
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from medidesk.errors import DomainError
from medidesk.models.base import Row, replica_type, table_of
from medidesk.models.patients import Patient
from medidesk.models.replica_type import Storage
from medidesk.models.types import new_id
from medidesk.repositories.unit_of_work import Captured, Work
from medidesk.repositories.verbs import Verb
from medidesk.sync.codec import SQLITE, codecs, defaults
from medidesk.sync.replica import Replica

MADE = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def refused(desk: "ReplicaClinic", verb: Verb, *arguments: Any) -> DomainError:
    """Run a verb that is refused in a sentence with a next step."""
    with pytest.raises(DomainError) as told:
        desk.run(verb, *arguments)
    assert told.value.next_step
    return told.value


@dataclass
class ReplicaClinic:
    """A replica with rows of one organisation, and verbs run on it."""

    replica: Replica
    org_id: UUID = field(default_factory=new_id)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    @classmethod
    def at(cls, path: Path) -> Self:
        """An empty one, in a file of its own."""
        replica = Replica(path, secrets.token_bytes(32))
        replica.make_indexes()
        return cls(replica)

    def close(self) -> None:
        """Close its file."""
        self.replica.close()

    def put(self, model: type[Row], *some: Mapping[str, Any], version: int = 1) -> list[UUID]:
        """Rows as the server has them; what is not given is as a new row has it."""
        stored = [self._stored(model, values, version) for values in some]
        self.replica.apply({model.__tablename__: stored}, {}, lambda: None)
        return [UUID(bytes=row[0]) for row in stored if isinstance(row[0], bytes)]

    def _stored(self, model: type[Row], values: Mapping[str, Any], version: int) -> tuple[Storage, ...]:
        whole = {
            "id": new_id(), "org_id": self.org_id, "version": version, "created_at": MADE, "updated_at": MADE,
        } | dict(values)  # fmt: skip
        fresh = dict(defaults()[model.__tablename__])
        for name, value in whole.items():
            kind = replica_type(table_of(model).columns[name])
            fresh[name] = kind.process_bind_param(value, SQLITE)
        return codecs()[model.__tablename__].whole(fresh)

    def patient(self, family_name: str, given_name: str = "", **more: Any) -> UUID:
        """A patient's file, as the server has it."""
        number = f"26-{next(self._numbers):05}"
        names = {"family_name": family_name, "given_name": given_name, "file_no": number}
        return self.put(Patient, names | more)[0]

    def read[**P, T](
        self, query: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A query, on a session of its own."""
        with self.replica.sessions() as session:
            return query(session, *args, **kwargs)

    def work(self) -> Work:
        """A unit of work, as a station makes it."""
        return Work(self.replica.writing_session(), self.org_id, lambda: f"R2-{next(self._numbers):04}")

    def capture(self, verb: Verb, *args: Any, **kwargs: Any) -> Captured:
        """What a verb does; the replica stays as it was."""
        with self.work() as work:
            verb(work, *args, **kwargs)
            return work.captured()

    def run(self, verb: Verb, *args: Any, **kwargs: Any) -> UUID | None:
        """Run a verb and keep what it did, as if the server had taken it."""
        with self.work() as work:
            result = verb(work, *args, **kwargs)
            captured = work.captured()
        self.keep(captured)
        return result

    def keep(self, captured: Captured) -> None:
        """Put what a verb did into the replica."""
        for row in captured.rows:
            if row.inserts:
                self.put(row.model, row.values)
            else:
                self.put(row.model, self._held(row.model, row.id) | row.values, version=row.version + 1)

    def _held(self, model: type[Row], row_id: UUID) -> dict[str, Any]:
        with self.replica.sessions() as session:
            row = session.get_one(model, row_id)
            return {
                column.name: getattr(row, column.name)
                for column in table_of(model).columns
                if column.name != "version"
            }


def names(found: Iterable[Any]) -> list[str]:
    """The names of patients found."""
    return [row.name for row in found]
