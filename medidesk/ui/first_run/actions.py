"""What the first-run page does. Nothing here knows a widget; all of it blocks, so call it in the background."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from medidesk import passwords
from medidesk.errors import DomainError, ServerUnreachable
from medidesk.ui.sign_in.greeting import Person
from medidesk.words import tr

DEFAULT_PORT = 5432
DEFAULT_DATABASE = "medidesk"
HOSTS_MOST = 8
CERTIFICATE_MOST = 1_000_000
NAME_MOST = 253  # of the domain name system
# No signs that mean something to libpq or in its URLs: a "%2F" would be read there as a folder of sockets.
_HOST = r"(?:\[[0-9a-fA-F:.]+\]|\w[\w.-]*)(?::[0-9]{1,5})?"
_ADDRESS = re.compile(
    rf"(?:postgres(?:ql)?://)?(?P<hosts>{_HOST}(?:\s*,\s*{_HOST})*)(?:/(?P<database>[\w-]+))?/?(?:\?\S*)?"
)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Address:
    """Where a clinic's server is, and where those are that may take its place.

    Attributes:
        hosts: name and port of each.
        database: the clinic's, on whichever serves.
    """

    hosts: tuple[tuple[str, int], ...]
    database: str

    def __str__(self) -> str:
        return ", ".join(name for name, _ in self.hosts)

    def url(self, authority: Path) -> str:
        """The libpq URL of the server, which must prove that it is the clinic's."""
        trust = urlencode({"sslmode": "verify-full", "sslrootcert": str(authority)}, quote_via=quote)
        where = ",".join(f"{name}:{port}" for name, port in self.hosts)
        return f"postgresql://{where}/{quote(self.database)}?{trust}"


@dataclass(frozen=True)
class Ready:
    """A server that somebody can sign in at.

    Attributes:
        home: the station's folder.
        server: the server's URL.
        people: who can sign in, where that is known.
        notice: a title and a sentence for the sign-in page.
        passwords: by login, where they are no secret: the demo's.
        held: released when the program ends.
    """

    home: Path
    server: str
    people: tuple[Person, ...] = ()
    notice: tuple[str, str] | None = None
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    held: ExitStack = field(default_factory=ExitStack, compare=False)


@dataclass(frozen=True)
class Founder:
    """Whoever sets a clinic up on this PC."""

    clinic: str
    family_name: str
    given_name: str
    login: str
    password: str


def read_address(text: str) -> Address:
    """The address somebody typed: "clinic.lan", "192.168.1.5:5433/medidesk", "server-a, server-b", or a URL.

    What a URL says beyond that is left out: over a network there is one way to connect.

    Raises:
        DomainError: it is no address.
    """
    match = _ADDRESS.fullmatch(text.strip())
    try:
        found = tuple(_host(one.strip()) for one in match["hosts"].split(",")) if match else ()
    except ValueError:
        found = ()
    if match is None or not 0 < len(found) <= HOSTS_MOST:
        raise DomainError(
            tr("This is not an address."),
            tr(
                "It looks like clinic.lan or 192.168.1.5:5432; several (eight at most) have commas between them."
            ),
            field="address",
        )
    return Address(found, match["database"] or DEFAULT_DATABASE)


def _host(text: str) -> tuple[str, int]:
    """Name and port of a host; a name outside ASCII as the network knows it.

    Raises:
        ValueError: it can be none.
    """
    name, colon, port = text.rpartition(":")
    if not colon or port.endswith("]"):
        name, port = text, str(DEFAULT_PORT)
    if not 0 < int(port) < 65_536:
        raise ValueError(port)
    if len(name) > NAME_MOST:
        raise ValueError(len(name))
    if name.startswith("["):
        return f"[{ipaddress.IPv6Address(name.strip('[]'))}]", int(port)
    name = name.encode("idna").decode("ascii")
    if not _NAME.fullmatch(name):  # a letter may stand for several signs
        raise ValueError(name)
    return name, int(port)


type Proof = str | Path
"""What a server must prove itself by: a pairing code, or the clinic's certificate in a file."""


@dataclass(frozen=True)
class Proved:
    """A server that is the clinic's.

    Attributes:
        address: where it is.
        authority: the clinic's certificate, in the station's folder: it is pinned.
        silent: why others of the address cannot be asked.
    """

    address: Address
    authority: Path
    silent: tuple[ServerUnreachable, ...] = ()


def prove(home: Path, address: Address, proof: Proof) -> Proved:
    """Ask each server to prove who it is; at least one does.

    Args:
        home: the station's folder.
        address: where they are.
        proof: what they must prove themselves by.

    Raises:
        DomainError: the code is none; with `field` "code".
        ServerUnreachable: nothing answers at any.
        CertificateProblem: something answers that is not the clinic's server.
    """
    from medidesk.server.handshake import certificate_problem

    pinned = _pin(home, _authority(address, proof))
    silent = []
    for name, port in address.hosts:
        try:
            with _answering(name, port):
                problem = certificate_problem(name.strip("[]"), port, pinned)
        except ServerUnreachable as unreachable:
            silent.append(unreachable)
            continue
        if problem is not None:
            raise problem
    if len(silent) == len(address.hosts):
        raise silent[0]
    return Proved(address, pinned, tuple(silent))


def _pin(home: Path, authority: bytes) -> Path:
    """Keep a certificate in the station's folder; another clinic's that it knows already stays beside it."""
    from medidesk.server.pairing import code_of
    from medidesk.server.private_files import write_private

    try:
        pinned = home / f"clinic-{code_of(authority)[:11]}.crt"
    except ValueError as error:
        raise DomainError(
            tr("This is no certificate file, or it is damaged."), tr("Choose another one.")
        ) from error
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(pinned, authority)
    return pinned


def _authority(address: Address, proof: Proof) -> bytes:
    """The clinic's certificate: what the file holds, or what the first server that answers shows."""
    if isinstance(proof, Path):
        try:
            with proof.open("rb") as file:
                return file.read(CERTIFICATE_MOST)
        except OSError as error:
            raise DomainError(
                tr("The certificate file {path} cannot be read.", path=proof), tr("Choose it again.")
            ) from error
    from medidesk.server import pairing

    code = pairing.read_code(proof)
    silent = []
    for name, port in address.hosts:
        try:
            with _answering(name, port):
                return pairing.authority_at(name.strip("[]"), port, code)
        except ServerUnreachable as unreachable:
            silent.append(unreachable)
    raise silent[0]


@contextmanager
def _answering(host: str, port: int) -> Iterator[None]:
    """That nothing answers leaves the block as a sentence."""
    try:
        yield
    except socket.gaierror as error:
        raise ServerUnreachable(
            tr("No computer on this network is called {host}.", host=host),
            tr("Check the spelling, and that this PC is on the clinic's network."),
        ) from error
    except OSError as error:
        raise ServerUnreachable(
            tr("Nothing answers at {host}, port {port}.", host=host, port=port),
            tr("Check that the server is on, and that this PC is on the clinic's network."),
        ) from error


def start_demo() -> Ready:
    """The demo clinic, started or made; its station has a folder of its own.

    Raises:
        MediDeskError: why it cannot be.
    """
    from medidesk import demo

    started = demo.start()
    held = ExitStack()
    home = held.enter_context(started.stations()) / "desktop"
    people = tuple(Person(one.login, one.display_name, one.role_label) for one in started.people)
    notice = (
        tr("This is the demo clinic: everybody in it is invented"),
        tr(
            "Choose anybody: the throw-away password is filled in. It lies in {file}.",
            file=started.passwords_file,
        ),
    )
    passwords = {one.login: one.password for one in started.people}
    return Ready(home, started.address, people, notice, passwords, held)


def found_clinic(home: Path, founder: Founder) -> Ready:
    """A clinic on this PC alone: its server is made and started, and its founder can sign in.

    Raises:
        MediDeskError: why it cannot be; a `DomainError` for what must be mended.
    """
    from medidesk.server import local

    passwords.check(
        founder.password, (founder.login, founder.clinic, founder.family_name, founder.given_name)
    )
    person = local.FirstPerson(
        founder.login.strip().lower(), founder.password, founder.family_name, founder.given_name
    )
    server = local.ensure(home, founder.clinic, person, timezone=_timezone())
    name = f"{founder.given_name} {founder.family_name}".strip()
    return Ready(home, server.address, (Person(person.login, name, tr("Administrator")),))


def has_local_server(home: Path) -> bool:
    """Whether the clinic's server lies in this station's own folder."""
    return (home / "server").is_dir()


def start_local_server(home: Path) -> str:
    """Start the server that lies in a station's own folder; returns its address.

    Raises:
        MediDeskError: it does not start.
    """
    from medidesk.server import local

    return local.ensure(home).address


def _timezone() -> str:
    """This PC's time zone by its IANA name; UTC where that cannot be told."""
    from zoneinfo import ZoneInfo

    named = os.environ.get("TZ", "")
    link = Path("/etc/localtime")
    if not named and link.is_symlink():
        named = str(link.resolve()).partition("zoneinfo/")[2]
    try:
        return ZoneInfo(named).key if named else "UTC"
    except (ValueError, OSError, KeyError):
        return "UTC"
