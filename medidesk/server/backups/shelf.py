"""Where backups lie: a folder on the server and a second place; what each says of itself; what is kept how long."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from medidesk.errors import BackupProblem
from medidesk.server.backups.keys import damaged
from medidesk.server.private_files import world_errors, write_private
from medidesk.words import tr

PLAN = "backups.json"
ABOUT = "about.json"
DUMP = "clinic.dump.age"
REST = "server.json.age"
SEALS = "seals.json"
MAKING = ".making-"
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")
_ALL_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Plan:
    """How a clinic's backups are made.

    Attributes:
        key: public half of the key that they are sealed for.
        folder: where they lie.
        second: where each is copied; None where the clinic has no such place.
        days, weeks, months: of so many, the newest backup is kept; all of the last two days are.
        point_in_time: the server's log is archived as well, so that any moment can be brought back.
    """

    key: str
    folder: Path
    second: Path | None = None
    days: int = 14
    weeks: int = 8
    months: int = 12
    point_in_time: bool = False

    @classmethod
    def load(cls, home: Path) -> Self:
        """The plan of the server in a folder.

        Raises:
            BackupProblem: backups have not been set up, or its file is damaged.
        """
        path = home / PLAN
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            second = said["second"] and Path(said["second"])
            return cls(**{**said, "folder": Path(said["folder"]), "second": second})
        except FileNotFoundError as error:
            raise BackupProblem(
                tr("Backups have not been set up on this computer."),
                tr("Set them up: medidesk backup setup"),
            ) from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BackupProblem(
                tr("{path} is damaged.", path=path), tr("Set backups up again: medidesk backup setup")
            ) from error

    @property
    def places(self) -> list[Path]:
        """The folders that backups lie in, the first place first."""
        return [self.folder, *([self.second] if self.second else [])]

    def save(self, home: Path) -> None:
        """Keep it.

        Raises:
            DiskFull, ServerProblem: it cannot be written.
        """
        said = {**asdict(self), "folder": str(self.folder), "second": self.second and str(self.second)}
        write_private(home / PLAN, json.dumps(said, indent=2) + "\n")


@dataclass(frozen=True)
class About:
    """What a backup says of itself to everybody: nothing of anybody's record.

    Attributes:
        made_at: UTC, ISO 8601: the moment that it shows.
        rows: how many rows it holds.
        postgres, schema_version: what it was taken from.
        seconds: how long taking and checking it took.
        files: SHA-256 of each of its files, by name.
    """

    made_at: str
    rows: int
    postgres: int
    schema_version: int
    seconds: float
    files: dict[str, str]


@dataclass(frozen=True, order=True)
class Backup:
    """One backup; the names sort by time."""

    name: str
    path: Path

    @property
    def made_at(self) -> datetime:
        """The moment that it shows."""
        return datetime.strptime(self.name, "%Y-%m-%dT%H-%M-%SZ").replace(tzinfo=UTC)

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(one.stat().st_size for one in self.path.iterdir())

    def about(self) -> About:
        """What it says of itself.

        Raises:
            BackupProblem: it cannot be read.
        """
        return read_about(self.path, About)

    def check_files(self) -> None:
        """See whether its files are as they were written, without a key.

        Raises:
            BackupProblem: one is not.
        """
        for name, sha in self.about().files.items():
            path = self.path / name
            try:
                same = sha256(path) == sha
            except OSError:
                same = False
            if not same:
                raise damaged(path)


def read_about[A: About](folder: Path, kind: type[A]) -> A:
    """What a backup in a folder says of itself.

    Raises:
        BackupProblem: it cannot be read.
    """
    path = folder / ABOUT
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return kind(**said)
    except (OSError, ValueError, TypeError) as error:
        raise damaged(path) from error


def name_for(moment: datetime) -> str:
    """What a backup of this moment is called."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}"


def put(making: Path, about: About, folder: Path, name: str) -> Path:
    """Say what a backup is and give it its name, as the last step: without a name it is none."""
    write_private(making / ABOUT, json.dumps(asdict(about), indent=2) + "\n")
    with world_errors(folder):
        return making.rename(folder / name)


def sha256(path: Path) -> str:
    """Of a file, however large.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def backups(folder: Path) -> list[Backup]:
    """The backups in a folder, newest first; none where there is no such folder."""
    if not folder.is_dir():
        return []
    return sorted(
        (Backup(one.name, one) for one in folder.iterdir() if _NAME.fullmatch(one.name)), reverse=True
    )


def find(plan: Plan, wanted: str) -> Backup:
    """A backup by its name, or the folder that it lies in; the newest of all without either.

    Raises:
        BackupProblem: there is none.
    """
    if not wanted:
        known = backups(plan.folder) or (backups(plan.second) if plan.second else [])
        if known:
            return known[0]
        raise BackupProblem(tr("There is no backup yet."), tr("Make one: medidesk backup now"))
    places = [Path(wanted), plan.folder / wanted, *([plan.second / wanted] if plan.second else [])]
    for path in places:
        if (path / ABOUT).is_file():
            return Backup(path.name, path)
    raise BackupProblem(
        tr("There is no backup {name}.", name=wanted), tr("Look at what there is: medidesk backup list")
    )


def copy_missing(plan: Plan) -> list[Backup]:
    """Copy what the second place lacks; returns what was copied.

    Raises:
        BackupProblem: the place is not there, or a copy is not like the original.
        DiskFull, ServerProblem: it cannot be written to.
    """
    if plan.second is None:
        return []
    if not plan.second.is_dir():
        raise BackupProblem(
            tr("The second place {folder} is not there, so nothing was copied to it.", folder=plan.second),
            tr("Plug it in or connect it. The next backup copies what is missing."),
        )
    there = {one.name for one in backups(plan.second)}
    copied = [one for one in backups(plan.folder) if one.name not in there]
    for one in copied:
        copy(one, plan.second)
    return copied


def copy(one: Backup, to: Path) -> None:
    """Copy a backup into a folder, where it appears whole or not at all.

    Raises:
        BackupProblem: the copy is not like the original.
        DiskFull, ServerProblem: it cannot be written.
    """
    making = to / f"{MAKING}{one.name}"
    with world_errors(to):
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        for path in one.path.iterdir():
            with path.open("rb") as source, (making / path.name).open("xb") as copy:
                shutil.copyfileobj(source, copy, 2**20)
                copy.flush()
                os.fsync(copy.fileno())  # a stick may be pulled as soon as this is done
        replace(one, path=making).check_files()
        making.rename(to / one.name)


def rotate(plan: Plan, now: datetime) -> list[Backup]:
    """Delete what has grown too old, in both places; returns what went from the first."""
    gone = _delete_old(plan, plan.folder, now)
    if plan.second is not None and plan.second.is_dir():
        _delete_old(plan, plan.second, now)
    return gone


def _delete_old(plan: Plan, folder: Path, now: datetime) -> list[Backup]:
    known = backups(folder)
    keep = kept(plan, [one.made_at for one in known], now)
    gone = [one for one in known if one.made_at not in keep]
    for one in gone:
        with world_errors(one.path):
            shutil.rmtree(one.path)
    return gone


def kept(plan: Plan, moments: Iterable[datetime], now: datetime) -> set[datetime]:
    """Which backups a plan keeps: of each of the last days, weeks and months that have any, the newest; all of the
    last two days; and the newest in any case.
    """
    newest_first: Sequence[datetime] = sorted(moments, reverse=True)
    keep = set(newest_first[:1]) | {one for one in newest_first if now - one < _ALL_KEPT}
    for form, most in (("%Y-%m-%d", plan.days), ("%G-%V", plan.weeks), ("%Y-%m", plan.months)):
        newest: dict[str, datetime] = {}
        for one in newest_first:
            newest.setdefault(one.strftime(form), one)
        keep |= set(list(newest.values())[:most])
    return keep
