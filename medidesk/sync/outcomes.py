"""What people are told: of one verb, of the state of synchronisation, of what changed and what waits."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True)
class FieldConflict:
    """One field that two stations changed, in words."""

    name: str
    label: str
    base: str
    theirs: str
    mine: str


@dataclass(frozen=True)
class Attention:
    """Something a person must decide.

    Attributes:
        op_id: the operation.
        author: the login that made it; `made_at` when.
        title, line: what was wanted.
        sentence: what stands against it.
        reason: "conflict" (two changed the same fields), "refused", "held" (kept whole at the server until
            an administrator decides) or "error".
        fields: for a conflict.
        theirs_by, theirs_at: who changed it meanwhile, and when.
        merged: fields of theirs and mine that merged by themselves.
        table, row_id: the row it is about.
        wanted: the fields of that row as they were wanted, as Python values: to be typed anew.
    """

    op_id: UUID
    author: str
    made_at: dt.datetime
    title: str
    sentence: str
    reason: Literal["conflict", "refused", "held", "error"]
    fields: tuple[FieldConflict, ...] = ()
    theirs_by: UUID | None = None
    theirs_at: dt.datetime | None = None
    merged: tuple[str, ...] = ()
    table: str = ""
    row_id: UUID | None = None
    wanted: Mapping[str, Any] = field(default_factory=dict)
    line: str = ""


@dataclass(frozen=True)
class Waiting:
    """A change that waits to be sent, in words."""

    op_id: UUID
    author: str
    made_at: dt.datetime
    title: str
    line: str
    verb: str
    rows: tuple[tuple[str, UUID], ...]


@dataclass(frozen=True)
class Saved:
    """The server has it. `row` is what the verb's query shows now."""

    row: Any
    op_id: UUID | None
    merged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Queued:
    """It is saved on this PC and will be sent by itself."""

    op_id: UUID
    row: Any


@dataclass(frozen=True)
class Refused:
    """The server's rules stand against it; nothing was saved.

    Attributes:
        reason: why, in a sentence.
        op_id: the operation, which is dropped.
        entry: for a conflict, both sides.
    """

    reason: str
    op_id: UUID
    entry: Attention | None = None


type Outcome = Saved | Queued | Refused
type State = Literal["live", "reconnecting", "offline", "first_sync"]


@dataclass(frozen=True)
class Progress:
    """How far a first sync is."""

    table: str
    done: int
    total: int


@dataclass(frozen=True)
class Checked:
    """A comparison of all that a station holds with the server.

    Attributes:
        at: when.
        rows: how many rows were compared.
        mended: how many differed, and were put right.
    """

    at: dt.datetime
    rows: int
    mended: int


@dataclass(frozen=True)
class SyncState:
    """The state of synchronisation, for the pill, the changes page and `medidesk station status`.

    Attributes:
        state: where it stands.
        since: since when.
        waiting, attention: how many changes.
        held: facts that the server holds and that this person, an administrator, may decide.
        decisions: how often this station has heard that somebody decided something, perhaps about one of those.
        last_contact: when the server last answered.
        latency: seconds the last pull took.
        next_try: when the next attempt to connect is due.
        progress: of a first sync.
        server_name: the server's address.
        checked: the last comparison of everything with the server.
        note: a sentence where something needs saying, such as an expired certificate.
        notice: a sentence that stays, server or none: it came back from a backup, or is of another
            version than this program.
        paused: the server takes no changes until an administrator has acted; they wait here.
        read_only: this program is too old for the clinic's server: nothing can be entered.
        signed_out: an administrator has ended this person's sessions: the password is asked for again.
    """

    state: State = "reconnecting"
    since: dt.datetime | None = None
    waiting: int = 0
    attention: int = 0
    held: frozenset[UUID] = frozenset()
    decisions: int = 0
    last_contact: dt.datetime | None = None
    latency: float | None = None
    next_try: dt.datetime | None = None
    progress: Progress | None = None
    server_name: str = ""
    checked: Checked | None = None
    note: str = ""
    notice: str = ""
    paused: bool = False
    read_only: bool = False
    signed_out: bool = False


@dataclass(frozen=True)
class Changed:
    """Data is different now, alike for this station's own writes and everyone else's.

    Attributes:
        tables: by table, the ids of rows.
        everything: all may differ (after a first sync): read anew.
        own: it began at this station.
    """

    tables: Mapping[str, frozenset[UUID]] = field(default_factory=dict)
    everything: bool = False
    own: bool = False
