"""Setting up the machine that is to be a clinic's server: what it listens on, what it may use, how it starts."""

import ipaddress
import os
import shutil
import socket
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from medidesk.errors import DomainError, ServerProblem
from medidesk.server.cluster import Cluster
from medidesk.server.local import FirstPerson, LocalServer, ensure
from medidesk.server.settings import ServerSettings
from medidesk.words import tr

PORT = 5432
LOOPBACK = ("127.0.0.1/32", "::1/128")
# docs/scaling.md: two connections for each open station and a third while it sends for a colleague, or moves.
CONNECTIONS_EACH, CONNECTIONS_BESIDE = 3, 20
SHARED_BUFFERS_MOST_MB = 8192


@dataclass(frozen=True)
class Wanted:
    """What somebody who sets a server up decides.

    Attributes:
        names: what stations call this machine, names and addresses.
        networks: from where they may connect (CIDR).
        stations: how many there will be.
        port: where it listens.
        listen: on which of this machine's addresses.
    """

    names: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    stations: int = 50
    port: int = PORT
    listen: str = "*"


def set_up(home: Path, wanted: Wanted, clinic: str = "", person: FirstPerson | None = None) -> LocalServer:
    """Make this machine a clinic's server, or set one up anew; its data and its authority stay.

    Args:
        home: the folder; the server lies in `server` below it.
        wanted: what was decided.
        clinic, person: the clinic's name and who signs in first; where it is there already, neither is asked for.

    Raises:
        DomainError: a name or network is none, or there is no clinic yet and no name for one.
        DiskFull: there was no room.
        ServerProblem: the server could not be made or started; its port may be in use.
    """
    settings = settings_for(wanted, memory_mb())
    cluster = Cluster(home / "server")
    if not cluster.exists:
        if not clinic or person is None:
            raise DomainError(
                tr("No clinic has been set up on this computer yet."),
                tr("Give the clinic a name, and yourself a user name and a password."),
            )
        cluster.create()
    cluster.folder.keep_settings(_with_its_archive(settings, cluster))
    cluster.stop()
    return ensure(home, clinic, person)


def _with_its_archive(settings: ServerSettings, cluster: Cluster) -> ServerSettings:
    """Where its log is archived is decided when backups are set up, and stays."""
    try:
        known = cluster.folder.settings()
    except ServerProblem:  # damaged: they are made anew here
        return settings
    return replace(settings, archive_to=known.archive_to, archive_command=known.archive_command)


def settings_for(wanted: Wanted, memory: int) -> ServerSettings:
    """The server's settings: what was decided, and what fits a machine with so much memory (MiB).

    Raises:
        DomainError: with `field` "names" or "networks": one is none, or lets in the whole world.
    """
    names = tuple(_name(one) for one in wanted.names) or own_names()
    networks = tuple(_network(one) for one in wanted.networks) or own_networks()
    return ServerSettings(
        listen=wanted.listen,
        networks=(*LOOPBACK, *networks),
        names=names,
        max_connections=CONNECTIONS_EACH * wanted.stations + CONNECTIONS_BESIDE,
        # A quarter of the memory, and what the system caches counts as the server's: PostgreSQL's manual, "Memory".
        shared_buffers_mb=max(128, min(SHARED_BUFFERS_MOST_MB, memory // 4)),
        extra={"effective_cache_size": f"{max(256, memory // 2)}MB"},
        port=wanted.port,
    )


def memory_mb() -> int:
    """How much memory this machine has, in MiB; 2048 where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (AttributeError, ValueError, OSError):
        return 2048


def own_names() -> tuple[str, ...]:
    """What this machine is called on its network: its name and its address there."""
    address = _own_address()
    return tuple(dict.fromkeys((socket.gethostname(), *([address] if address else []))))


def own_networks() -> tuple[str, ...]:
    """The network that this machine's address is in, of the usual size where that is not told; none without one."""
    address = _own_address()
    if not address:
        return ()
    told = [one for one in _connected() if ipaddress.ip_address(address) in one]
    return (str(told[0] if told else ipaddress.ip_network(f"{address}/24", strict=False)),)


def _own_address() -> str:
    """The address from which this machine reaches others, in a network without a way out too. Nothing is sent."""
    # RFC 5737: an address that nobody has.
    for where in ("192.0.2.1", *(str(one[1]) for one in _connected() if one.num_addresses > 1)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            try:
                asked.connect((where, 9))
            except OSError:
                continue
            address = str(asked.getsockname()[0])
        if not ipaddress.ip_address(address).is_loopback:
            return address
    return ""


def _connected(table: Path = Path("/proc/net/route")) -> list[ipaddress.IPv4Network]:
    """The networks that a wire of this machine leads into, as Linux tells them; the smallest first."""
    try:
        rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
    except OSError:
        return []
    found = [
        ipaddress.IPv4Network((_address(row[1]), _address(row[7])))
        for row in rows
        if row[2] == "00000000" and row[7] != "00000000"
    ]
    return sorted((one for one in found if one.is_private), key=lambda one: one.num_addresses)


def _address(word: str) -> str:
    """An address as the kernel writes it: the bytes of a machine that counts from the small end."""
    return socket.inet_ntoa(int(word, 16).to_bytes(4, sys.byteorder))


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > 253 or not all(one.isalnum() or one in ".-:" for one in name):
        raise DomainError(
            tr("“{name}” is no name of a computer.", name=text),
            tr("It looks like clinic.lan or 192.168.1.5."),
            field="names",
        )
    return name


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise DomainError(
            tr("“{network}” is no network.", network=text),
            tr("It looks like 192.168.1.0/24."),
            field="networks",
        ) from None
    if not network.is_private:
        raise DomainError(
            tr("{network} is not a network inside a building: anybody could knock.", network=network),
            tr("Name the clinic's own network, or that of its VPN."),
            field="networks",
        )
    return str(network)


def address_of(server: LocalServer) -> str:
    """The server's address as stations are given it: its first name, and where it listens."""
    names = server.cluster.options.names
    name = names[0] if names else "127.0.0.1"
    host = f"[{name}]" if ":" in name else name
    return f"{host}:{server.cluster.status().port}/{server.database}"


def firewall_hints(settings: ServerSettings) -> list[str]:
    """Commands that let the stations through, for the firewalls that Linux machines usually have."""
    networks = [one for one in settings.networks if one not in LOOPBACK]
    if shutil.which("ufw"):
        return [f"sudo ufw allow from {one} to any port {settings.port} proto tcp" for one in networks]
    if shutil.which("firewall-cmd"):
        rule = "rule family={family} source address={network} port port={port} protocol=tcp accept"
        rules = [
            rule.format(family="ipv6" if ":" in one else "ipv4", network=one, port=settings.port)
            for one in networks
        ]
        return [f"sudo firewall-cmd --permanent --add-rich-rule='{one}'" for one in rules] + [
            "sudo firewall-cmd --reload"
        ]
    return []
