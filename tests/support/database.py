"""A clinic of each test's own: a database copied from a migrated and founded one, with people who sign in.

Logins belong to the whole cluster. They are made once for each test worker, and a test that changes one (a
suspension, a new password, a further role) finds it put back afterwards.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from medidesk.server import accounts, migrate
from medidesk.server.cluster import Cluster
from medidesk.server.local import LocalServer
from medidesk.server.schema import OWNER

if TYPE_CHECKING:
    from medidesk.station import Station

TEMPLATE = "medidesk_template"
BEFORE = "medidesk_template_before"
"""The same with the schema of the migration before the last one."""
CLINIC_NAME = "Harbour Street Clinic"


@dataclass(frozen=True)
class Person:
    """Somebody who works in the tests' clinic."""

    login: str
    role: str
    family_name: str
    given_name: str
    title: str = ""

    @property
    def password(self) -> str:
        """Long, and with letters outside ASCII, as people's are."""
        return f"Grüße von {self.login} 42"


PEOPLE = {
    person.login: person
    for person in (
        Person("sofia", "receptionist", "Marchetti", "Sofia"),
        Person("anjali", "doctor", "Kumar", "Anjali", "Dr"),
        Person("joseph", "nurse", "Ndlovu", "Joseph"),
        Person("yusuf", "pharmacist", "Demir", "Yusuf"),
        Person("rui", "cashier", "Tavares", "Rui"),
        Person("tomasz", "lab_technician", "Zieliński", "Tomasz"),
        Person("olive", "manager", "Bright", "Olive"),
        Person("ingrid", "administrator", "Solberg", "Ingrid"),
    )
}
LOGIN_OF_ROLE = {person.role: person.login for person in PEOPLE.values()}

type Logins = list[tuple[Any, ...]]


class Clinic:
    """One test's database.

    Attributes:
        cluster: the server it is on.
        database: its name.
        org_id: the clinic, to which everybody belongs.
        network_id: the organisation above it.
        people: who can sign in, by login.
    """

    def __init__(self, cluster: Cluster, database: str, ids: accounts.ClinicIds) -> None:
        self.cluster = cluster
        self.database = database
        self.org_id = ids.clinic
        self.network_id = ids.network
        self.people = PEOPLE
        self._connections: list[psycopg.Connection] = []

    @property
    def server(self) -> str:
        """The address that stations are given: without anybody's name or password."""
        return LocalServer(self.cluster, self.database).address

    def password(self, login: str) -> str:
        """The password of one of `people`."""
        return self.people[login].password

    def url(self, login: str, password: str | None = None) -> str:
        """The address with a login and a password in it, for a raw connection."""
        return self.cluster.url(self.database, login, password or self.password(login))

    def connect(
        self, login: str, *, autocommit: bool = True, password: str | None = None
    ) -> psycopg.Connection:
        """A raw connection of one person, as from `psql`, that may write; closed when the test ends."""
        return self._kept(migrate.connect(self.url(login, password), autocommit=autocommit))

    def admin(self, *, autocommit: bool = True) -> psycopg.Connection:
        """A superuser's connection that may write; closed when the test ends."""
        url = self.url(self.cluster.superuser, self.cluster.superuser_password)
        return self._kept(migrate.connect(url, autocommit=autocommit))

    def account(self, login: str) -> UUID:
        """The id of a person's account."""
        with self.admin() as connection:
            row = connection.execute("select id from user_account where login = %s", (login,)).fetchone()
        assert row is not None
        account: UUID = row[0]
        return account

    def close(self) -> None:
        """Close what is still open."""
        while self._connections:
            self._connections.pop().close()

    def _kept(self, connection: psycopg.Connection) -> psycopg.Connection:
        self._connections.append(connection)
        return connection


@dataclass(frozen=True)
class Template:
    """What each test's database is copied from, and how the logins stood when it was made."""

    cluster: Cluster
    ids: accounts.ClinicIds
    logins: Logins

    @property
    def superuser(self) -> str:
        """Conninfo of the superuser."""
        return self.cluster.url("postgres", self.cluster.superuser, self.cluster.superuser_password)


@pytest.fixture(scope="session")
def clinic_template(cluster: Cluster) -> Template:
    """A migrated database with a clinic and its people; nobody may stay connected to it."""
    return make_template(cluster)


def make_template(cluster: Cluster) -> Template:
    """Found a clinic that can be copied, on a running cluster; the last migration finds it there."""
    ids = founded(cluster, BEFORE, revision="head-1")
    url = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    with migrate.connect(url) as connection:
        copy_database(connection, TEMPLATE, of=BEFORE)
        logins = _logins(connection)
    migrate.upgrade(cluster.url(TEMPLATE, cluster.superuser, cluster.superuser_password))
    return Template(cluster, ids, logins)


def founded(cluster: Cluster, database: str, revision: str = "head") -> accounts.ClinicIds:
    """A database migrated so far, with a clinic and its people, on a running cluster."""
    migrate.prepare(cluster.url("postgres", cluster.superuser, cluster.superuser_password), database)
    url = cluster.url(database, cluster.superuser, cluster.superuser_password)
    migrate.upgrade(url, revision)
    with migrate.connect(url) as connection:
        ids = accounts.found_clinic(
            connection,
            CLINIC_NAME,
            timezone="Europe/Lisbon",
            currency="EUR",
            country="PT",
            departments=("Reception", "Outpatients", "Pharmacy", "Laboratory"),
            specialisations=("Cardiology", "General practice"),
        )
        for person in PEOPLE.values():
            accounts.add_person(
                connection,
                person.login,
                person.password,
                role=person.role,
                family_name=person.family_name,
                given_name=person.given_name,
                title=person.title,
                org=ids.clinic,
            )
        return ids


@pytest.fixture
def clinic(clinic_template: Template) -> Iterator[Clinic]:
    """A clinic of this test's own: empty of patients, with `PEOPLE` to sign in as."""
    with new_clinic(clinic_template) as made:
        yield made


@contextmanager
def new_clinic(template: Template, of: str = TEMPLATE) -> Iterator[Clinic]:
    """A clinic copied from a template; after the block it is gone, and the logins are as they were."""
    database = f"clinic_{uuid4().hex[:12]}"
    with migrate.connect(template.superuser) as connection:
        copy_database(connection, database, of)
    made = Clinic(template.cluster, database, template.ids)
    with made.admin() as own:
        # A copied sequence believes that it has logged numbers ahead, and gives them again after a crash.
        own.execute("select setval(oid, nextval(oid)) from pg_class where relkind = 'S'")
        own.execute("update server_identity set server_id = gen_random_uuid()")
    try:
        yield made
    finally:
        made.close()
        # A new connection: the test may have restarted the server.
        with migrate.connect(template.superuser) as connection:
            _drop(connection, database)
            _restore_logins(connection, template.logins)


def copy_database(connection: psycopg.Connection, database: str, of: str) -> None:
    """Copy a database to which nobody is connected; `PEOPLE` may connect to the copy."""
    name = sql.Identifier(database)
    # Its files are copied as they lie: through the write-ahead log that takes twice as long.
    connection.execute(
        sql.SQL("create database {} owner {} template {} strategy file_copy").format(
            name, sql.Identifier(OWNER), sql.Identifier(of)
        )
    )
    migrate.configure_database(connection, database)
    people = sql.SQL(", ").join(map(sql.Identifier, PEOPLE))
    connection.execute(sql.SQL("grant connect on database {} to {}").format(name, people))


def _drop(connection: psycopg.Connection, database: str) -> None:
    connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))


def _logins(connection: psycopg.Connection) -> Logins:
    """Every login there is: whether it may sign in, its verifier and until when that is good, its groups."""
    return connection.execute(
        "select r.rolname, r.rolcanlogin, r.rolpassword, coalesce(r.rolvaliduntil, 'infinity')::text, "
        "array(select g.rolname::text from pg_auth_members m "
        "join pg_roles g on g.oid = m.roleid where m.member = r.oid order by 1) from pg_authid r "
        r"where r.rolname not like 'pg\_%' and r.rolname not like 'medidesk\_%' order by 1"
    ).fetchall()


def _restore_logins(connection: psycopg.Connection, wanted: Logins) -> None:
    found = _logins(connection)
    if found == wanted:
        return
    for login in {row[0] for row in found} - {row[0] for row in wanted}:
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(login)))
    for group, login, grantor in connection.execute(
        "select roleid::regrole::text, member::regrole::text, grantor::regrole::text from pg_auth_members "
        "where member::regrole::text = any(%s)",
        ([row[0] for row in wanted],),
    ).fetchall():
        connection.execute(_sql("revoke {} from {} granted by {}", group, login, grantor))
    connection.execute(_sql("set role {}", OWNER))
    for login, *_, groups in wanted:
        for group in groups:
            connection.execute(_sql("grant {} to {}", group, login))
    connection.execute("reset role")
    for login, can_login, verifier, until, _ in wanted:
        state = sql.SQL("login" if can_login else "nologin")
        connection.execute(
            sql.SQL("alter role {} {} password {} valid until {}").format(
                sql.Identifier(login), state, sql.Literal(verifier), sql.Literal(until)
            )
        )
    assert _logins(connection) == wanted


def _sql(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))


CHEAP_KIB = 64
"""Of memory for Argon2, which would take most of the time: nobody attacks the homes of tests."""


@pytest.fixture
def open_station(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., "Station"]]:
    """Opens real stations: `open_station("sofia", name="Reception 2")`; all are closed at the end.

    The same name opens the same home again; `home`, `password`, `server` and whatever else `Station.open`
    takes may be given.
    """
    from medidesk.station import Station
    from medidesk.sync import keys

    monkeypatch.setattr(keys, "ARGON2_MEMORY_KIB", CHEAP_KIB)
    with ExitStack() as opened:

        def open_one(login: str, *, name: str | None = None, **options: Any) -> "Station":
            called = name or f"{login}'s PC"
            home = options.pop("home", None) or tmp_path / "stations" / re.sub(r"\W+", "-", called)
            station = Station.open(
                options.pop("server", None) or clinic.server,
                login,
                options.pop("password", None) or clinic.password(login),
                home=home,
                name=called,
                **options,
            )
            opened.callback(station.close)
            return station

        yield open_one
