"""A list of people in memory that counts how it is read."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from medidesk.ui.kit.table import Column


@dataclass(frozen=True)
class Person:
    id: UUID
    name: str
    born: str = "12 Mar 1984"


class People:
    def __init__(self, count: int) -> None:
        self.people = [Person(UUID(int=at + 1), f"Person {at:06d}") for at in range(count)]
        self.read: list[tuple[int, int]] = []

    def count(self) -> int:
        return len(self.people)

    def rows(self, offset: int, limit: int) -> list[Person]:
        self.read.append((offset, limit))
        return self.people[offset : offset + limit]

    def by_ids(self, ids: Collection[UUID]) -> dict[UUID, Person]:
        return {person.id: person for person in self.people if person.id in ids}

    def place(self, row: Person) -> str:
        return row.name

    def bear(self, at: int, born: str) -> UUID:
        self.people[at] = replace(self.people[at], born=born)
        return self.people[at].id

    def rename(self, at: int, name: str) -> UUID:
        self.people[at] = replace(self.people[at], name=name)
        return self.people[at].id


COLUMNS = (
    Column("Patient", lambda row: row.name, 200, kind="person", grow=1),
    Column("Born", lambda row: row.born, 120, kind="figures"),
)
