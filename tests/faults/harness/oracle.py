"""What must hold once all is quiet. Each check says in a sentence what does not.

- Every replica is what its user may see, row for row, and what is searched is what the rows say.
- Each acknowledged operation is there once, with the effect that was wanted, and not beside one that it stands for;
  each refused one stands under *Needs attention* once; nothing waits.
- A fact of which people were told that it is saved was not refused.
- Nobody, and no room, has two appointments at one time.
- The audit trail accounts for every change: played back, it gives the rows as they are; and it is as it was sealed.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from medidesk.server import audit_check, seals
from medidesk.sync.held_news import SINCE_SCHEMA
from tests.faults.harness import billing
from tests.faults.harness.trail import Trail

if TYPE_CHECKING:
    from tests.faults.harness.world import Told

type Report = Mapping[str, Any]

SEAL_SECONDS = 15.0
WHY_DROPPED = {"discarded", "decided", "replaced_by", "run_again"}


@dataclass
class Kept:
    """An operation as the outboxes remember it; those of a cloned disk remember it twice."""

    payload: Mapping[str, Any]
    states: list[str]
    told: bool
    answers: list[Mapping[str, Any]]

    @property
    def fact(self) -> bool:
        """Whether it is one."""
        return bool(self.payload["kind"] == "fact")

    @property
    def word(self) -> bool:
        """Whether a person gave it up, or decided about it."""
        return any(WHY_DROPPED & answer.keys() for answer in self.answers)

    def __str__(self) -> str:
        known = " and ".join(self.states)
        return f"{self.payload['verb']} by {self.payload['author']} ({self.payload['id']}, {known} here)"


def check(
    server: psycopg.Connection, reports: Sequence[Report], gone: Sequence[Report], told: Sequence["Told"]
) -> list[str]:
    """What does not hold, in sentences.

    Args:
        server: a superuser's connection.
        reports: of the stations that are there.
        gone: the last ones of those that were taken away.
        told: what people did and heard.
    """
    known = _kept([*reports, *gone])
    ledger = {
        str(op_id): status
        for op_id, status in server.execute(
            "select op_id, coalesce(result->>'status', 'not ended') from applied_operation"
        ).fetchall()
    }
    attested = server.execute("select op_id::text from applied_operation where attested_by is not null")
    on_behalf = {row[0] for row in attested.fetchall()}
    facts = server.execute("select op_id::text, payload, decision from held_fact").fetchall()
    held = {op_id for op_id, _, _ in facts}
    # What an administrator has entered is there under an id of its own, which no station knows.
    entered = {done["op"]: payload for _, payload, done in facts if done and done["verdict"] == "enter"}
    known |= {
        op_id: Kept({**one, "id": op_id}, ["done"], told=True, answers=[]) for op_id, one in entered.items()
    }
    # What could not be brought back after a restore is kept whole, for whoever decides: it is accounted for.
    lost = server.execute("select one->>'op' from replay, jsonb_array_elements(report->'failed') one")
    brought_back_whole = held & {row[0] for row in lost.fetchall()}
    for op_id in brought_back_whole:
        known.pop(op_id, None)
        ledger.pop(op_id, None)
    held -= brought_back_whole
    if _schema(server) < SINCE_SCHEMA:
        # Such a server cannot say what became of a held fact: it stays shown as held until the server is upgraded.
        for op_id, one in known.items():
            if ledger.get(op_id) == "applied" and any(answer.get("held") for answer in one.answers):
                one.states[:] = ["done" if state == "attention" else state for state in one.states]
    return [
        *_seals(server),
        *(billing.violations(server) if _schema(server) >= SINCE_SCHEMA else ()),
        *_stations(reports),
        *_operations(known, ledger, held, on_behalf),
        *_entered_twice(known, ledger),
        *_words([one for one in told if _about(one) not in brought_back_whole], known, ledger),
        *_drafts(reports, told),
        *_asked_once(reports),
        *_taken_twice(server),
        *Trail.read(server).violations(
            {op_id: one.payload for op_id, one in known.items() if ledger.get(op_id) == "applied"}
        ),
    ]


def _seals(server: psycopg.Connection) -> Iterator[str]:
    if _schema(server) < SINCE_SCHEMA:
        return
    until = time.monotonic() + SEAL_SECONDS
    while (
        True
    ):  # a station may be sealing at this moment, and make next month's partition: then this seals nothing
        seals.seal(server)
        found = audit_check.verify(server)
        if found.faults or not found.unsealed or time.monotonic() > until:
            break
        time.sleep(0.2)
    if found.faults or found.unsealed:
        yield f"the audit trail is not as it was sealed: {found}"


def _schema(server: psycopg.Connection) -> int:
    row = server.execute("select schema_version from server_identity").fetchone()
    assert row is not None
    return int(row[0])


def _about(one: "Told") -> str:
    return one.heard.op_id if one.heard is not None else ""


def _kept(reports: Iterable[Report]) -> dict[str, Kept]:
    found: dict[str, Kept] = {}
    for report in reports:
        for one in report["operations"]:
            about = [one[name] for name in ("problem", "answer") if one[name]]
            known = found.setdefault(one["payload"]["id"], Kept(one["payload"], [], False, []))
            known.states.append(one["state"])
            known.told |= one["told"]
            known.answers += about
    return found


def _stations(reports: Iterable[Report]) -> Iterator[str]:
    for report in reports:
        at = f"at {report['home']} ({report['login']})"
        if report["waiting"] or report["pending"]:
            yield f"{at} {report['waiting']} operations wait, and work lies over {report['pending']}"
        if report["difference"]:
            yield f"the replica {at} differs: {report['difference']}"
        listed = {one["payload"]["id"] for one in report["operations"] if one["state"] == "attention"}
        if listed != set(report["attention"]) or len(report["attention"]) != report["attention_counted"]:
            yield f"{at} {report['attention_counted']} need attention, and {report['attention']} are shown"


def _operations(
    known: Mapping[str, Kept], ledger: Mapping[str, str], held: set[str], on_behalf: set[str]
) -> Iterator[str]:
    for op_id, one in known.items():
        # Its author gave it up while a replay had it already, as it was when it was held.
        late = one.word and op_id in on_behalf and any(answer.get("held") for answer in one.answers)
        yield from (f"{one}: {what}" for what in _operation(one, ledger.get(op_id), late=late))
    for op_id in ledger.keys() - known.keys():
        yield f"the server applied {op_id}, and no station knows it"
    if held != {op_id for op_id, status in ledger.items() if status == "held"}:
        yield f"held facts are {held}, and the ledger says otherwise"


def _operation(one: Kept, status: str | None, *, late: bool) -> Iterator[str]:
    for state in one.states:
        if state == "waiting":
            yield "it is stuck"
        elif state == "done" and status != "applied" and not (status == "held" and _entered(one)):
            yield f"a station holds it for applied, and the ledger says {status}"
        elif state == "dropped" and late:
            pass
        elif state in {"attention", "dropped"} and status not in {None, "held"}:
            yield f"the ledger says {status} ({one.answers})"
    # What was held, and then given up by its author, does not come back after a restore.
    given_up = one.word and set(one.states) == {"dropped"}
    if one.told and one.fact and status is None and not given_up:
        yield f"people were told of this fact, and the server does not have it ({one.answers})"
    if one.told and "dropped" in one.states and not one.word:
        yield f"it was dropped without a person's word ({one.answers})"


def _entered_twice(known: Mapping[str, Kept], ledger: Mapping[str, str]) -> Iterator[str]:
    for op_id, one in known.items():
        if ledger.get(op_id) != "applied" or all(w["table"] == "decision" for w in one.payload["writes"]):
            continue
        earlier = one.payload["supersedes"]
        while earlier is not None and earlier in known:
            if ledger.get(earlier) == "applied":
                yield f"{one} is applied, and so is what it stands for: {known[earlier]}"
            earlier = known[earlier].payload["supersedes"]


def _entered(one: Kept) -> bool:
    """Whether a station has heard that an administrator entered it; a server from an older backup may ask again."""
    return any(answer.get("decided") == "enter" for answer in one.answers)


def _words(told: Iterable["Told"], known: Mapping[str, Kept], ledger: Mapping[str, str]) -> Iterator[str]:
    for one in told:
        heard = one.heard
        if heard is None:
            continue
        about = f"{one.name} by {one.login} was {heard.outcome} ({heard.op_id})"
        if heard.outcome == "bug":
            yield f"{one.name} by {one.login} failed: {heard.words}"
        elif heard.op_id and heard.op_id not in known:
            yield f"{about}, and no station knows it"
        elif heard.outcome == "saved" and one.name != "decide" and heard.op_id:
            if ledger.get(heard.op_id) != "applied":
                yield f"{about}, and the ledger says {ledger.get(heard.op_id)}"
        elif heard.outcome == "refused" and set(known[heard.op_id].states) != {"dropped"}:
            yield f"{about}, and it is {known[heard.op_id].states}"
        elif heard.outcome == "queued" and not known[heard.op_id].told:
            yield f"{about}, and the station does not remember that it said so"


def _drafts(reports: Iterable[Report], told: Iterable["Told"]) -> Iterator[str]:
    letters: Counter[tuple[str, str]] = Counter()
    for one in told:
        if one.heard is not None:
            place = (str(one.home), one.login)
            letters[place] = max(letters[place], one.heard.letters)
    for report in reports:
        wanted = letters[report["home"], report["login"]]
        if report["letters"] < wanted:
            yield f"{report['login']} had typed {wanted} letters, and {report['letters']} are there"


def _taken_twice(server: psycopg.Connection) -> Iterator[str]:
    """Constraints see to it; this asks the rows themselves."""
    if server.execute("select to_regclass('medidesk.appointment')").fetchone() == (None,):
        return  # a server that was not updated
    for column in ("staff_id", "room_id"):
        found = server.execute(
            sql.SQL(
                "select a.id, b.id from appointment a join appointment b on a.{0} = b.{0} and a.id < b.id "
                "and a.starts_at < b.ends_at and b.starts_at < a.ends_at where a.state = 'booked' "
                "and b.state = 'booked' and a.deleted_at is null and b.deleted_at is null"
            ).format(sql.Identifier(column))
        )
        yield from (
            f"the {column} of {one} and {other} is one, at one time" for one, other in found.fetchall()
        )


def _asked_once(reports: Iterable[Report]) -> Iterator[str]:
    asked = Counter((one, report["station"]) for report in reports for one in set(report["attention"]))
    by_station = Counter(op_id for op_id, _ in asked)
    for op_id, times in by_station.items():
        if times > 1:
            yield f"{op_id} needs attention at {times} stations"
    for report in reports:
        if len(report["attention"]) != len(set(report["attention"])):
            yield f"something needs attention twice at {report['home']}"
