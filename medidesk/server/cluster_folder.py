"""A cluster's folder on disk: what lies where, and the record of how it was made."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from medidesk.errors import ServerProblem
from medidesk.server import tls
from medidesk.server.private_files import world_errors, write_private
from medidesk.server.run_as import ServerUser, make_passable
from medidesk.server.settings import ServerSettings
from medidesk.words import tr


@dataclass(frozen=True)
class Record:
    """What is remembered about a cluster from one start to the next.

    Attributes:
        data: PostgreSQL's data folder; not always inside the cluster's own (see `run_as`).
        made: False from before `initdb` until all is in place; data of such a record is half-made.
        superuser: the login that may do everything.
        port: the port it was last given.
        tls: whether it speaks TLS.
    """

    data: Path
    made: bool
    superuser: str
    port: int
    tls: bool


class ClusterFolder:
    """The files MediDesk keeps about one cluster, beside or apart from PostgreSQL's own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = path / "cluster.lock"
        self.authority = path / "ca.crt"
        self._authority_key = path / "ca.key"
        self._password = path / "superuser.password"
        self._record = path / "cluster.json"
        self._settings = path / "settings.json"

    def prepare(self, user: ServerUser | None) -> None:
        """Make the folder if it is missing; other users can at most pass through it."""
        with world_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if user is None:
                self.path.mkdir(mode=0o700, exist_ok=True)
            else:
                make_passable(self.path)  # on the way to the data; to list or read is another matter

    def record(self) -> Record | None:
        """The record, or None before the first `create`.

        Raises:
            ServerProblem: it cannot be read.
        """
        try:
            with world_errors(self._record):
                kept = json.loads(self._record.read_text(encoding="utf-8"))
            return Record(**{**kept, "data": self.path / kept["data"]})
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as error:
            raise ServerProblem(
                tr("{path} is damaged.", path=self._record),
                tr("Restore it from a backup of this folder."),
            ) from error

    def made(self) -> Record:
        """The record of a cluster that has been made to the end.

        Raises:
            ServerProblem: it has not.
        """
        record = self.record()
        if record is None or not record.made:
            raise ServerProblem(
                tr("There is no server in {folder} yet.", folder=self.path),
                tr("Set it up first."),
            )
        return record

    def keep(self, record: Record) -> None:
        """Replace the record."""
        # Data inside the folder goes with it wherever it is moved.
        inside = record.data.is_relative_to(self.path)
        data = record.data.relative_to(self.path).as_posix() if inside else str(record.data)
        write_private(self._record, json.dumps({**asdict(record), "data": data}, indent=2) + "\n")

    def move(self, to: Path) -> None:
        """Give the folder another name beside its own; its server does not run.

        Raises:
            ServerProblem: something is there already, or it may not be moved.
        """
        if to.exists():
            raise ServerProblem(
                tr("{path} is there already.", path=to), tr("Move it away, or give it another name.")
            )
        if (record := self.record()) is not None:
            self.keep(record)
        with world_errors(to):
            self.path.rename(to)

    def forget(self) -> None:
        """Remove every file of the cluster but its lock."""
        with world_errors(self.path):
            # The record goes last: cut off before that, the cluster can be forgotten again.
            kept = (self._password, self.authority, self._authority_key, self._settings, self._record)
            for path in kept:
                path.unlink(missing_ok=True)

    def settings(self) -> ServerSettings:
        """How this server was set up; the usual settings before that.

        Raises:
            ServerProblem: they cannot be read.
        """
        try:
            with world_errors(self._settings):
                return ServerSettings.from_json(json.loads(self._settings.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return ServerSettings()
        except (ValueError, TypeError) as error:
            raise ServerProblem(
                tr("{path} is damaged.", path=self._settings),
                tr("Restore it from a backup of this folder, or set the server up again."),
            ) from error

    def keep_settings(self, settings: ServerSettings) -> None:
        """Set the server up like this from its next start on."""
        write_private(self._settings, json.dumps(settings.to_json(), indent=2) + "\n")

    @property
    def password(self) -> str:
        """The superuser's password; MediDesk keeps it because this is its own server.

        Raises:
            ServerProblem: there is none, or it belongs to another user.
        """
        try:
            with world_errors(self._password):
                return self._password.read_text(encoding="utf-8").strip()
        except FileNotFoundError as error:
            raise ServerProblem(
                tr("The password of the server in {folder} is missing.", folder=self.path),
                tr("Restore {path} from a backup of this folder.", path=self._password),
            ) from error

    @password.setter
    def password(self, password: str) -> None:
        write_private(self._password, password + "\n")

    def whole_authority(self) -> tuple[str, str]:
        """Certificate and key (PEM) of the authority that stations trust.

        Raises:
            ServerProblem: they cannot be read.
        """
        try:
            with world_errors(self.authority):
                return self.authority.read_text(encoding="ascii"), self._authority_key.read_text(
                    encoding="ascii"
                )
        except (FileNotFoundError, ValueError) as error:
            raise self._authority_damaged() from error

    def adopt_authority(self, certificate: str, key: str) -> None:
        """Be certified by this authority from the next start on."""
        write_private(self._authority_key, key)
        write_private(self.authority, certificate)

    def _authority_damaged(self) -> ServerProblem:
        return ServerProblem(
            tr("The certificate of the clinic ({path}) or its key is damaged.", path=self.authority),
            tr("Restore both from a backup of this folder."),
        )

    def certify(self, data: Path, user: ServerUser | None, settings: ServerSettings) -> None:
        """See to it that the server has a certificate that is valid for a while and names this computer."""
        certificate, key = data / "server.crt", data / "server.key"
        hosts = [*tls.local_hosts(), *settings.names]
        if not self.authority.exists() or not self._authority_key.exists():
            made = tls.new_authority()
            write_private(self._authority_key, made.key)
            write_private(self.authority, made.certificate)
        authority = tls.Signed(self.authority.read_bytes(), self._authority_key.read_bytes())
        # The authority as well: a station that pairs takes it from here, and the pairing code confirms it.
        if (
            certificate.exists()
            and authority.certificate in certificate.read_bytes()
            and tls.still_good(certificate, key, hosts, authority.certificate)
        ):
            return
        try:
            signed = tls.new_server_certificate(authority, hosts)
        except (ValueError, TypeError) as error:
            raise self._authority_damaged() from error
        write_private(key, signed.key, user)
        write_private(certificate, signed.certificate + authority.certificate, user)


def data_version(data: Path) -> int:
    """The major version that made `data`, as it says itself.

    Raises:
        ServerProblem: there is no such data.
    """
    path = data / "PG_VERSION"
    try:
        return int(path.read_text(encoding="ascii").strip())
    except (FileNotFoundError, ValueError) as error:
        raise ServerProblem(
            tr("The clinic's data in {folder} is missing or damaged.", folder=data),
            tr("Restore it from a backup."),
        ) from error
