"""The server's own configuration: `postgresql.medidesk.conf` and `pg_hba.conf` as text."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

CONF_NAME = "postgresql.medidesk.conf"

ARCHIVE_SECONDS = 300
"""After how long what was written is archived at the latest."""

_HEADER = (
    "# Written by MediDesk each time it starts this server; changes here are lost.\n"
    "# Put your own settings into postgresql.conf, below the line that includes this file.\n"
)


@dataclass(frozen=True)
class ServerSettings:
    """What may differ between one MediDesk server and another.

    Attributes:
        listen: the addresses to listen on, comma separated; loopback unless stations elsewhere join.
        networks: the networks (CIDR) that may connect; each of them by password only.
        names: what stations elsewhere call this server, for its certificate; this computer's are known.
        max_connections: stations hold two connections each.
        shared_buffers_mb: the server's own cache, in MiB.
        refusal_delay_ms: how long a wrong password is left waiting for its answer, against guessing.
        extra: further PostgreSQL settings by name; they win over ours.
        port: the one port to serve; a free one unless stations elsewhere know it.
        archive_to: the folder that the server's log is archived in; nowhere unless a clinic wants any moment back.
        archive_command: what archives one segment of the log there.
    """

    listen: str = "127.0.0.1"
    networks: tuple[str, ...] = ("127.0.0.1/32", "::1/128")
    names: tuple[str, ...] = ()
    max_connections: int = 200
    shared_buffers_mb: int = 128
    refusal_delay_ms: int = 500
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    port: int | None = None
    archive_to: str = ""
    archive_command: str = ""

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """As `to_json` gave them.

        Raises:
            TypeError: they are none.
        """
        lists = {name: tuple(kept[name]) for name in ("networks", "names") if name in kept}
        return cls(**{**kept, **lists, "extra": MappingProxyType(dict(kept.get("extra", {})))})

    def to_json(self) -> dict[str, Any]:
        """For a file."""
        return {**{one.name: getattr(self, one.name) for one in fields(self)}, "extra": dict(self.extra)}

    @property
    def durable(self) -> bool:
        """Whether what is committed survives a power cut; only tests give that up."""
        return self.extra.get("fsync", "on") != "off"

    @property
    def loopback_only(self) -> bool:
        """Whether nobody outside this computer can connect."""
        addresses = (address.strip() for address in self.listen.split(","))
        return all(address in {"127.0.0.1", "::1", "localhost"} for address in addresses)


def conf(settings: ServerSettings, *, port: int, tls: bool, auth_delay: bool) -> str:
    """The text of `postgresql.medidesk.conf`.

    Args:
        settings: what to configure.
        port: the port to serve.
        tls: whether this PostgreSQL was built with TLS.
        auth_delay: whether it has the module of that name.
    """
    values = {
        "listen_addresses": settings.listen,
        "port": str(port),
        # Over TCP one rule holds for everybody; a socket file would be a second door.
        "unix_socket_directories": "",
        "max_connections": str(settings.max_connections),
        "shared_buffers": f"{settings.shared_buffers_mb}MB",
        "password_encryption": "scram-sha-256",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "track_commit_timestamp": "off",
        "timezone": _utc(),
        "log_timezone": _utc(),
        "lc_messages": "C",
        # A station that lost power must not hold its locks until the kernel's two hours are over.
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
        "idle_in_transaction_session_timeout": "10min",
        "jit": "off",
        **_logging(),
        **(_slow_refusals(settings.refusal_delay_ms) if auth_delay and settings.refusal_delay_ms else {}),
        **(_tls() if tls else {"ssl": "off"}),
        **(_archiving(settings.archive_command) if settings.archive_command else {}),
        **settings.extra,
    }
    return _HEADER + "".join(f"{name} = {_quoted(value)}\n" for name, value in values.items())


def _utc() -> str:
    """UTC by a name this server knows: PostgreSQL has GMT built in, and every other zone from tzdata."""
    missing = sys.platform == "linux" and not Path("/usr/share/zoneinfo/UTC").exists()
    return "GMT" if missing else "UTC"


def _slow_refusals(milliseconds: int) -> dict[str, str]:
    return {"shared_preload_libraries": "auth_delay", "auth_delay.milliseconds": str(milliseconds)}


def _logging() -> dict[str, str]:
    """A log that says who was refused and what failed, a week of it, and holds no patient data.

    Terse on standard error on purpose: the DETAIL of a broken constraint quotes the row, and the JSON and
    CSV logs write it whatever the verbosity.
    """
    return {
        "logging_collector": "on",
        "log_destination": "stderr",
        "log_directory": "log",
        "log_filename": "server-%a.log",
        "log_rotation_age": "1d",
        "log_truncate_on_rotation": "on",
        "log_file_mode": "0600",
        "log_line_prefix": "%m [%p] %e %u@%d %h ",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_statement": "none",
        "log_min_duration_statement": "-1",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    }


def _tls() -> dict[str, str]:
    return {
        "ssl": "on",
        "ssl_cert_file": "server.crt",
        "ssl_key_file": "server.key",
        "ssl_min_protocol_version": "TLSv1.2",
        "ssl_ciphers": "HIGH:!aNULL:!MD5:!3DES",
        "ssl_prefer_server_ciphers": "on",
    }


def _archiving(command: str) -> dict[str, str]:
    """The log goes to an archive as it is written; of a quiet server's too, what is five minutes old is there."""
    return {
        "archive_mode": "on",
        "archive_command": command,
        "archive_timeout": f"{ARCHIVE_SECONDS}s",
    }


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def hba(settings: ServerSettings, *, tls: bool) -> str:
    """The text of `pg_hba.conf`: a password from everyone, over TLS where there is TLS; never trust."""
    lines = [_HEADER.splitlines()[0], "# TYPE  DATABASE  USER  ADDRESS  METHOD"]
    if tls:
        lines.append("hostnossl  all  all  all  reject")
    kind = "hostssl" if tls else "host"
    lines += [f"{kind}  all  all  {network}  scram-sha-256" for network in settings.networks]
    if settings.archive_command:  # base backups are read over such a connection, from this computer alone
        lines.append(f"{kind}  replication  all  127.0.0.1/32  scram-sha-256")
    return "\n".join(lines) + "\n"
