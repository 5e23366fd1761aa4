"""A server that proves itself and answers nonsense: that is told, nothing of it stays, and work waits."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medidesk.errors import MediDeskError
from medidesk.repositories import patients
from medidesk.station import Queued, Saved, Station
from tests.support.database import Clinic
from tests.support.lies import lies, saying
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until

FEW = settings(
    max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
NO_SENSE = "makes no sense to MediDesk"
HELLO = ("server_id", "epoch", "schema_version", "oldest_client", "timeline", "settled_epoch", "now",
         "signed_out_at")  # fmt: skip
PAPERS = "operations", "witnesses"
ANSWER = ("op_id", "status", "xid", "rows", "merged", "receipt")

HEAD = ("digest", "snapshot", "epoch", "greatest_xid", "sending_paused", "replay", "oldest_client")
HEADS = tuple(
    f"select {', '.join(wrong if name == one else name for name in HEAD)} from was_pull_head()"
    for one, wrong in (
        ("digest", "null::text"), ("digest", "'../../../etc/passwd'"), ("digest", "repeat('x', 1000000)"),
        ("snapshot", "null::text"), ("snapshot", "'junk'"), ("snapshot", "'1:1'"), ("snapshot", "'1:1:a'"),
        ("epoch", "null::int"), ("epoch", "-1"), ("greatest_xid", "'junk'"), ("greatest_xid", "''"),
        ("sending_paused", "null::boolean"), ("replay", "gen_random_uuid()"), ("oldest_client", "null::int"),
        ("oldest_client", "-1"),
    )
)  # fmt: skip
FEEDS = (
    "values ('patient', null::uuid, '5'::xid8)",
    "values (null::text, gen_random_uuid(), '5'::xid8)",
    "values ('patient', gen_random_uuid(), null::xid8)",
    "values ('../../../etc/passwd', gen_random_uuid(), '5'::xid8), ('pg_authid', gen_random_uuid(), '6'::xid8)",
    "values (E'a\\nb; drop table patient', gen_random_uuid(), '18446744073709551615'::xid8)",
    "select 'patient', gen_random_uuid(), '5'::xid8 from generate_series(1, 12000)",
    "select 'patient', id, '18446744073709551615'::xid8 from patient",
    "select repeat('patient', 100000), gen_random_uuid(), '5'::xid8",
)


class Desk:
    """A station that is lied to."""

    def __init__(self, station: Station, clinic: Clinic, proxy: Proxy, home: Path) -> None:
        self.station, self.clinic, self.proxy, self.home = station, clinic, proxy, home
        self.admin = clinic.admin()
        self.names: list[str] = []
        self.words: set[str] = set()

    def lied_to(self, function: str, body: str) -> None:
        """Work while a function says what `body` does, and go on once it does not any more."""
        pulls = self.station._engine.follower.pulls_finished
        with saying(self.admin, function, body):
            self.proxy.break_off()
            self._enter()
            wait_until(lambda: self._again() and (self._told() or self._pulled_since(pulls)))
            self.words.add(self._told())
            self._enter()
            assert self.station.read(patients.count) >= 0
        self.proxy.break_off()
        wait_until(lambda: self._again() and self.station.sync.state == "live")
        quiet(self.station)

    def goes_on(self) -> None:
        """All that was entered is at the server once, and here is what the server has; nothing lies elsewhere."""
        self.station.check()
        quiet(self.station)
        assert self.station.attention() == []
        found = server_rows(self.clinic, "select family_name from patient order by 1")
        assert [row[0] for row in found] == sorted(self.names)
        assert_replica_equals_server(self.station, self.clinic)
        wait_until(lambda: self.station.sync.note == "")
        assert {path.name for path in self.home.parent.iterdir()} == {self.home.name}
        assert not list(self.home.rglob("*passwd*"))

    def _enter(self) -> None:
        name = f"Patient {len(self.names):03}"
        outcome = self.station.run(patients.register, {"family_name": name}, patience=0.2)
        assert isinstance(outcome, Saved | Queued), outcome
        self.names.append(name)

    def _again(self) -> bool:
        self.station.retry_now()
        return True

    def _told(self) -> str:
        return self.station.sync.note or self.station.sync.notice

    def _pulled_since(self, pulls: int) -> bool:
        return self.station.sync.state == "live" and self.station._engine.follower.pulls_finished > pulls + 1


@pytest.fixture
def desk(open_station: OpenStation, clinic: Clinic, proxy: Proxy, tmp_path: Path) -> Iterator[Desk]:
    """A station in a folder of its own; afterwards it has gone on."""
    home = tmp_path / "here" / "home"
    station = open_station("sofia", home=home, server=proxy.through(clinic.server))
    quiet(station)
    made = Desk(station, clinic, proxy, home)
    yield made
    made.goes_on()


def lied(desk: Desk, function: str, bodies: st.SearchStrategy[str]) -> None:
    @FEW
    @given(body=bodies)
    def each(body: str) -> None:
        desk.lied_to(function, body)

    each()


@pytest.mark.parametrize(
    ("function", "bodies"),
    [
        ("hello()", lies("was_hello()", HELLO)),
        ("history_missing(uuid[],jsonb)", lies("was_history_missing(operations, papers)", PAPERS)),
        ("apply_operation(jsonb,boolean)", lies("was_apply_operation(op, told)", ANSWER)),
        ("witnesses(xid8[])", lies("jsonb_build_object()", ("server", "epoch"))),
        ("held_news(uuid[])", lies("was_held_news(mine)", ("undecided", "decided"))),
    ],
    ids=["hello", "history", "answers", "witnesses", "news"],
)
def test_an_answer_of_any_other_form(desk: Desk, function: str, bodies: st.SearchStrategy[str]) -> None:
    lied(desk, function, bodies)


@pytest.mark.parametrize(
    ("function", "bodies"),
    [("pull_head()", HEADS), ("feed_since(pg_snapshot)", FEEDS)],
    ids=["heads", "feeds"],
)
def test_a_pull_of_any_other_form(desk: Desk, function: str, bodies: tuple[str, ...]) -> None:
    for body in bodies:
        desk.lied_to(function, body)


@pytest.mark.parametrize(
    "function", ["hello()", "history_missing(uuid[],jsonb)", "apply_operation(jsonb,boolean)"]
)
def test_what_makes_no_sense_is_told(desk: Desk, function: str) -> None:
    desk.lied_to(function, "select '[]'::jsonb")
    assert any(NO_SENSE in words for words in desk.words)


@pytest.mark.parametrize(
    ("changes", "wrong", "right"),
    [
        (["alter column family_name drop not null"], "family_name = null", "family_name = 'Sow'"),
        ([], "born_on = '12026-01-01'", "born_on = null"),
    ],
    ids=["nothing", "a day"],
)
def test_a_row_that_no_replica_could_read_again_is_not_taken(
    desk: Desk, changes: list[str], wrong: str, right: str
) -> None:
    desk._enter()
    quiet(desk.station)
    for one in _checks(desk.admin):
        desk.admin.execute(f"alter table medidesk.patient drop constraint {one}".encode())
    for change in changes:
        desk.admin.execute(f"alter table medidesk.patient {change}".encode())
    desk.admin.execute(f"update medidesk.patient set {wrong}, version = version + 1".encode())
    wait_until(lambda: NO_SENSE in desk.station.sync.note)
    assert [row.family_name for row in desk.station.read(patients.search, "patient")] == desk.names
    desk.admin.execute(f"update medidesk.patient set {right}, version = version + 1".encode())
    desk.names = [name for (name,) in server_rows(desk.clinic, "select family_name from patient")]
    wait_until(lambda: desk._again() and desk.station.sync.state == "live")


def _checks(admin: psycopg.Connection) -> list[str]:
    found = admin.execute(
        "select quote_ident(conname) from pg_constraint "
        "where conrelid = 'medidesk.patient'::regclass and contype = 'c'"
    )
    return [row[0] for row in found.fetchall()]


# At sign-in


@pytest.mark.parametrize(
    ("function", "bodies"),
    [
        ("hello()", lies("was_hello()", (*HELLO, "account", "must_change_password"))),
        ("my_scram_parameters()", lies("was_my_scram_parameters()", ("salt", "iterations"))),
        (
            "join_station(uuid,text,text,bytea,text)",
            lies(
                "was_join_station(station_id, station_name, wanted_code, sealed, client)",
                ("code", "sealed_keys"),
            ),
        ),
    ],
    ids=["hello", "scram", "joining"],
)
@pytest.mark.parametrize("known", [False, True], ids=["somebody new", "who was here"])
def test_a_sign_in_ends_in_a_sentence_or_in_work(
    open_station: OpenStation,
    clinic: Clinic,
    tmp_path: Path,
    function: str,
    bodies: st.SearchStrategy[str],
    known: bool,
) -> None:
    admin = clinic.admin()
    home = tmp_path / "home"
    if known:
        with open_station("sofia", home=home) as station:
            quiet(station)

    @FEW
    @given(body=bodies)
    def each(body: str) -> None:
        with saying(admin, function, body), suppress(MediDeskError):
            open_station("sofia", home=home).close()

    each()
    station = open_station("sofia", home=home)
    assert isinstance(station.run(patients.register, {"family_name": "Sow"}), Saved | Queued)
    quiet(station)
    assert server_rows(clinic, "select family_name from patient") == [("Sow",)]
    assert_replica_equals_server(station, clinic)


# What administrators ask


@pytest.mark.parametrize(
    ("function", "keys", "ask"),
    [
        ("accounts_seen()", ("login",), lambda station: station.administration.accounts.seen()),
        ("server_health()", ("now", "stations", "held"), lambda station: station.administration.health()),
        ("held_facts()", ("op_id",), lambda station: station.administration.held()),
    ],
    ids=["accounts", "health", "held facts"],
)
def test_an_administrator_gets_an_answer_or_a_sentence(
    open_station: OpenStation,
    clinic: Clinic,
    function: str,
    keys: tuple[str, ...],
    ask: Callable[[Station], object],
) -> None:
    station = open_station("ingrid")
    quiet(station)
    admin = clinic.admin()

    @FEW
    @given(body=lies(f"was_{function}", keys))
    def each(body: str) -> None:
        with saying(admin, function, body), suppress(MediDeskError):
            ask(station).result(20)  # type: ignore[attr-defined]

    each()
    ask(station).result(20)  # type: ignore[attr-defined]
