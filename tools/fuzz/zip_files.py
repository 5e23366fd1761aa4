"""Zips, and whatever else is named for an import."""

import io
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path

from medidesk.importers.limits import MIB, Limits
from medidesk.importers.report import Report
from medidesk.importers.sources import READ_ERRORS, documents

_LIMITS = Limits(file_bytes=MIB, archive_bytes=2 * MIB, directory_bytes=MIB, members=50)
_FOLDER = tempfile.TemporaryDirectory()
_FILE = Path(_FOLDER.name) / "named.zip"


def _zip(**members: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return whole.getvalue()


SEEDS = (
    _zip(**{"patients.csv": b"Id,FIRST\n1,Ana\n", "../up.json": b"{}"}),
    _zip(a=b"x" * 5_000),
    b'{"a": 1}',
)


def one(data: bytes) -> None:
    """No member gives more than it said, nothing is written to the disk, and no fault is raised."""
    _FILE.write_bytes(data)
    report = Report(dry_run=True, lines_most=100)
    with ExitStack() as opened:
        for found in documents([_FILE], report, opened, _LIMITS):
            try:
                with found.open() as content:
                    length = len(content.read(found.size + 1))
            except READ_ERRORS:
                continue
            if length > found.size:
                raise AssertionError("a member gives more than it said")
    if list(Path(_FOLDER.name).iterdir()) != [_FILE]:
        raise AssertionError("a file was written")
