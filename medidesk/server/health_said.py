"""What a clinic's server says of itself, as `server_health` (schema/health.sql) answers an administrator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID


@dataclass(frozen=True)
class StationSeen:
    """A PC of the clinic as the server knows it.

    Attributes:
        id: its own.
        name, code: what it is called, and what its provisional numbers begin with.
        last_seen_at: when it was last in contact.
        last_login: who signed in there last.
        version: the program's.
        waiting, attention: operations that waited there then, to be sent or to be decided by a person.
    """

    id: UUID
    name: str
    code: str
    last_seen_at: datetime
    last_login: str
    version: str
    waiting: int = 0
    attention: int = 0

    @property
    def unsent(self) -> int:
        """How much of what was entered there the server does not have."""
        return self.waiting + self.attention


@dataclass(frozen=True)
class Standby:
    """A server that follows this one."""

    name: str
    address: str
    state: str
    bytes_behind: int


@dataclass(frozen=True)
class Said:
    """What a server says of itself; times are aware, None where there was none.

    Attributes:
        now, started_at: its clock, and since when it runs.
        version, schema_version: PostgreSQL's, and of the clinic's schema.
        bytes: of the clinic's database.
        sending_paused, replay_open: it takes no changes; stations hand in their journals.
        backup_at, backup_bytes: of the last backup that can be brought back.
        backup_problem: what the last try said; nothing where all went well.
        sealed_at, changed_at: the last seal of the audit trail, and the last change.
        oldest_at: the oldest change that has not left for an archive.
        held: facts that wait for a decision.
        restricted_opened: how often somebody opened a restricted file within a week.
        connections, connections_most: how many there are, and may be.
        transaction_since: the oldest transaction that is open.
        standbys, stations: who follows, and who works with it.
        archiving: its log is archived, so that any moment can be brought back.
        archived_at, archive_failed_at: when that last went well, and when it last did not.
        unarchived_since: the first change after it last went well.
        feed_cut_at: when the feed was cut last; fed_since: the oldest change that stations can still follow.
    """

    now: datetime
    started_at: datetime
    version: str
    schema_version: int
    bytes: int
    sending_paused: bool
    replay_open: bool
    backup_at: datetime | None
    backup_bytes: int | None
    backup_problem: str | None
    sealed_at: datetime | None
    changed_at: datetime | None
    oldest_at: datetime | None
    held: int
    restricted_opened: int
    connections: int
    connections_most: int
    transaction_since: datetime | None
    standbys: tuple[Standby, ...]
    stations: tuple[StationSeen, ...]
    archiving: bool = False
    archived_at: datetime | None = None
    archive_failed_at: datetime | None = None
    unarchived_since: datetime | None = None
    feed_cut_at: datetime | None = None
    fed_since: datetime | None = None

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """As `server_health` answers."""
        times = (
            *("now", "started_at", "backup_at", "sealed_at", "changed_at", "oldest_at"),
            *("transaction_since", "archived_at", "archive_failed_at", "unarchived_since"),
            *("feed_cut_at", "fed_since"),
        )
        return cls(
            **{
                **said,
                **{name: said[name] and datetime.fromisoformat(said[name]) for name in times},
                "standbys": tuple(Standby(**one) for one in said["standbys"]),
                "stations": tuple(
                    StationSeen(
                        **{
                            **one,
                            "id": UUID(one["id"]),
                            "last_seen_at": datetime.fromisoformat(one["last_seen_at"]),
                        }
                    )
                    for one in said["stations"]
                ),
            }
        )
