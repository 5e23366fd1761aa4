"""The audit trail in words, for an administrator: who changed what, from what to what."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from medidesk.repositories.labels import NOTHING, field_label, table_label
from medidesk.sync.codec import TableCodec, codecs
from medidesk.sync.value_words import points, value_words
from medidesk.words import tr

ENTRIES_A_PAGE = 200
_INSIDE = frozenset({"id", "org_id", "version", "created_at", "created_by", "updated_at", "updated_by"})
_CHANGED = "changed"
_LABELS_IN_A_LINE = 2


@dataclass(frozen=True)
class Wanted:
    """Which changes are asked for; None asks for all.

    Attributes:
        login: who made them, or answers for them.
        station: at which PC.
        table: of what.
        patient: of whose file.
        since, until: from when on, and before when; aware.
    """

    login: str | None = None
    station: str | None = None
    table: str | None = None
    patient: UUID | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def to_json(self, after: "TrailEntry | None" = None) -> dict[str, Any]:
        """For the server; `after` is the last entry of the page before."""
        said: dict[str, Any] = {
            "login": self.login,
            "station": self.station,
            "table": self.table,
            "patient": self.patient and str(self.patient),
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
        }
        if after is not None:
            said |= {"at": after.at_server, "seq": after.seq}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class FieldChange:
    """One field, in words.

    Attributes:
        label: the field's.
        old, new: "—" for nothing; empty where there was no row, and both where the value is not told.
    """

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class TrailEntry:
    """One change of one row.

    Attributes:
        id: its own, made of its number in the trail.
        seq: that number.
        at: when; `at_server` when the server was told of it, as it says that.
        login, attested_by: who, and whoever answers for it where it was done for them.
        station: at which PC; empty for work at the server itself.
        table, label: of what, and in words.
        action: "insert", "update" or "delete"; "open" where a file was only read.
        fields: what changed, in the order of the form.
        shown: whether this person may see the values.
        patient: whose file it belongs to, where it does.
    """

    id: UUID
    seq: int
    at: dt.datetime
    at_server: str
    login: str
    attested_by: str
    station: str
    table: str
    label: str
    action: str
    fields: tuple[FieldChange, ...]
    shown: bool
    patient: UUID | None

    @property
    def done(self) -> str:
        """What was done, in a word."""
        if self.removed:
            return tr("Removed")
        done = {"insert": tr("Added"), "update": tr("Changed"), "delete": tr("Deleted"), "open": tr("Opened")}
        return done[self.action]

    @property
    def removed(self) -> bool:
        """Whether it took something away from sight: rows are marked as removed, and not deleted."""
        label = field_label(self.table, "deleted_at")
        return self.action == "update" and any(
            one.label == label and one.new not in {"", NOTHING} for one in self.fields
        )

    @property
    def summary(self) -> str:
        """The labels of what changed, the first of them, or what was added."""
        if self.action == "open":
            return ""
        if self.action != "insert" or not self.shown:
            first = ", ".join(one.label for one in self.fields[:_LABELS_IN_A_LINE])
            more = len(self.fields) - _LABELS_IN_A_LINE
            return tr("{first} and {count} more", first=first, count=more) if more > 0 else first
        return " · ".join(one.new for one in self.fields[:3] if one.new not in {"", NOTHING})


@dataclass(frozen=True)
class TrailPage:
    """A part of the trail, newest first.

    Attributes:
        entries: at most `ENTRIES_A_PAGE`.
        stations: the names of the clinic's PCs.
        archived_before: what is older lies in files at the server; None where all is here.
    """

    entries: tuple[TrailEntry, ...]
    stations: tuple[str, ...]
    archived_before: dt.datetime | None = None

    @property
    def more(self) -> bool:
        """Whether there may be older ones."""
        return len(self.entries) == ENTRIES_A_PAGE


def from_json(said: Mapping[str, Any]) -> TrailPage:
    """As the server answers (`audit_trail`)."""
    roles = {str(name): str(label) for name, label in said.get("roles", {}).items()}
    archived = said.get("archived_before")
    return TrailPage(
        tuple(_entry(one, roles) for one in said["entries"]),
        tuple(said["stations"]),
        None if archived is None else dt.datetime.fromisoformat(archived),
    )


def _entry(said: Mapping[str, Any], roles: Mapping[str, str]) -> TrailEntry:
    table = str(said["table"])
    inside = _INSIDE | ({"name"} if table == "role" else frozenset())  # people know a role by its label
    codec = codecs().get(table)
    order = {} if codec is None else {name: at for at, name in enumerate(codec.columns)}
    names = sorted(said["fields"], key=lambda name: (order.get(name, len(order)), name))
    return TrailEntry(
        id=UUID(int=int(said["seq"])),
        seq=int(said["seq"]),
        at=dt.datetime.fromisoformat(said.get("happened") or said["at"]),
        at_server=said["at"],
        login=said["login"],
        attested_by=said["attested_by"] or "",
        station=said["station"] or "",
        table=table,
        label=tr(OF_THE_SYSTEM[table]) if table in OF_THE_SYSTEM else table_label(table),
        action=said["action"],
        fields=tuple(
            _field(table, codec, name, said, roles)
            for name in names
            if name not in inside and not points(codec, name)
        ),
        shown=bool(said["shown"]),
        patient=UUID(said["patient"]) if said["patient"] else None,
    )


def _field(
    table: str, codec: TableCodec | None, name: str, said: Mapping[str, Any], roles: Mapping[str, str]
) -> FieldChange:
    label, changes = field_label(table, name), said["changes"]
    if changes is None or name not in changes:
        return FieldChange(label, "", "")
    value = changes[name]

    def words(one: Any) -> str:
        return tr(roles[one]) if name == "role" and one in roles else value_words(codec, name, one)

    if said["action"] == "insert":
        return FieldChange(label, "", words(value))
    if said["action"] == "delete":
        return FieldChange(label, words(value), "")
    if isinstance(value, list) and len(value) == 2:
        return FieldChange(label, words(value[0]), words(value[1]))
    # A picture: that it is another one is told, not what it shows.
    return FieldChange(label, "", tr("changed") if value == _CHANGED else words(value))


OPENINGS = "access_log"
OF_THE_SYSTEM = {
    OPENINGS: "Patient's file",
    "account_sign_in": "Password or sign-in",
    "server_identity": "The server itself",
    "user_account": "Account",
    "user_role": "Role of an account",
}
