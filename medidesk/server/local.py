"""A clinic's server on this very computer: brought up, migrated, and founded for the person who asks for it."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import sqlalchemy as sa

from medidesk.errors import CertificateProblem, DomainError, ServerProblem
from medidesk.server import accounts, migrate, partitions
from medidesk.server.cluster import Cluster
from medidesk.server.handshake import certificate_problem
from medidesk.server.private_files import disk_full
from medidesk.server.start_problems import ROOM_FOR_WAL
from medidesk.words import tr

DATABASE = "medidesk"


@dataclass(frozen=True)
class LocalServer:
    """A server of MediDesk's own that runs, its schema up to date.

    Attributes:
        cluster: its processes and files.
        database: the clinic's database.
    """

    cluster: Cluster
    database: str = DATABASE

    @property
    def address(self) -> str:
        """What a station is given: where it is and whose certificate it shows, and nobody's password."""
        parts = urlsplit(self.cluster.url(self.database, "-", "-"))
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    @property
    def authority(self) -> Path | None:
        """The certificate (PEM) that stations must trust; None when the server has no TLS."""
        return self.cluster.authority

    def connect(self) -> psycopg.Connection:
        """A superuser's connection that may write."""
        return migrate.connect(
            self.cluster.url(self.database, self.cluster.superuser, self.cluster.superuser_password)
        )


@dataclass(frozen=True)
class FirstPerson:
    """Who signs in first where nobody could yet.

    Attributes:
        roles: an administrator who also sees patients, unless told: whoever works alone does both.
    """

    login: str
    password: str
    family_name: str
    given_name: str = ""
    title: str = ""
    roles: Sequence[str] = ("administrator", "doctor")


def running(home: Path) -> LocalServer:
    """The server that lives in a station's folder, started where it does not run, with the schema that it has.

    Raises:
        ServerProblem: there is none, or it does not start.
    """
    cluster = Cluster(home / "server")
    cluster.start()
    return LocalServer(cluster)


def bring_up(folder: Path) -> LocalServer:
    """Make, start and migrate the server of `folder`, as far as that is not done yet.

    Raises:
        DiskFull: there was no room.
        ServerProblem: no PostgreSQL runs here, the port is taken, or the folder holds something else.
    """
    cluster = Cluster(folder)
    cluster.create()
    cluster.start()
    superuser = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    with server_errors(cluster):
        migrate.migrate(superuser, DATABASE)
        with LocalServer(cluster).connect() as connection:
            partitions.make(connection)
    return LocalServer(cluster)


@contextmanager
def server_errors(cluster: Cluster) -> Iterator[None]:
    """What keeps our own server from doing its work leaves the block as a sentence.

    Raises:
        CertificateProblem: its certificate is not valid, as when this computer's clock is wrong.
        DiskFull: it has no room left.
        ServerProblem: it broke off, or refused its own superuser.
    """
    try:
        yield
    except (psycopg.OperationalError, sa.exc.OperationalError) as error:
        cause = error.orig if isinstance(error, sa.exc.OperationalError) else error
        data = cluster.data
        if isinstance(cause, psycopg.errors.DiskFull) or shutil.disk_usage(data).free < ROOM_FOR_WAL:
            raise disk_full(data) from error
        if (untrusted := _certificate_problem(cluster)) is not None:
            raise untrusted from error
        raise ServerProblem(
            tr("The clinic's server broke off, or refused MediDesk."),
            tr("Try again. If it stays so: its log is in {folder}.", folder=data / "log"),
        ) from error


def _certificate_problem(cluster: Cluster) -> CertificateProblem | None:
    authority, port = cluster.authority, cluster.status().port
    if authority is None or port is None:
        return None
    try:
        return certificate_problem("127.0.0.1", port, authority)
    except OSError:  # no answer at all
        return None


def ensure(
    home: Path,
    clinic: str = "",
    person: FirstPerson | None = None,
    *,
    timezone: str = "UTC",
    currency: str = "EUR",
    country: str = "",
) -> LocalServer:
    """The clinic that lives on this PC only: its server runs, and somebody can sign in.

    Only the first call needs a clinic's name and a person; later ones bring the server up again.

    Args:
        home: the station's folder; the server lies in `server` below it.
        clinic: the clinic's name.
        person: who signs in first.
        timezone: IANA name.
        currency: ISO 4217 code.
        country: ISO 3166 code of two letters, or nothing.

    Raises:
        DomainError: it has not been founded, and no clinic's name or person is given; or a name that no
            account can have.
        DiskFull: there was no room.
        ServerProblem: the server could not be made or started.
    """
    server = bring_up(home / "server")
    with server_errors(server.cluster), server.connect() as connection:
        founded = connection.execute("select exists (select from user_account)").fetchone() == (True,)
        if founded:
            return server
        if not clinic or person is None:
            raise DomainError(
                tr("No clinic has been set up on this computer yet."),
                tr("Give the clinic a name, and yourself a user name and a password."),
            )
        with connection.transaction():
            _found(connection, clinic, person, timezone, currency, country)
    return server


def _found(
    connection: psycopg.Connection,
    clinic: str,
    person: FirstPerson,
    timezone: str,
    currency: str,
    country: str,
) -> None:
    ids = accounts.found_clinic(connection, clinic, timezone=timezone, currency=currency, country=country)
    try:
        for role in person.roles:
            accounts.add_person(
                connection,
                person.login,
                person.password,
                role=role,
                family_name=person.family_name,
                given_name=person.given_name,
                title=person.title,
                org=ids.clinic,
            )
    except psycopg.Error as error:
        if error.sqlstate != "MD005":
            raise
        raise DomainError(
            tr("{login} cannot be a user name.", login=person.login),
            tr("Use lower-case letters and digits, beginning with a letter: two at least."),
            field="login",
        ) from error
