"""Files and zips that cannot be read, or must not be, each get a line; the others go in."""

import ctypes
import os
import struct
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from medidesk.importers import Weight, import_files
from medidesk.importers.limits import MIB, Limits, size
from medidesk.importers.report import Report
from medidesk.importers.sources import documents
from tests.importers.samples import bundle, patient, put, whys, zipped

GOOD = bundle(patient("good"))


def refused(*paths: Path, limits: Limits | None = None) -> list[str]:
    """Why files are not read, while the good one beside them goes in."""
    good = put(paths[0].parent / "good.json", GOOD)
    report = import_files(None, [*paths, good], dry_run=True, limits=limits or Limits())
    assert report.added >= 1
    assert not report.read_to_the_end
    return whys(report, Weight.FILE)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "The file is empty."),
        ("Ana".encode("utf-16"), "UTF-16"),
        ('{"resourceType": "Bundle"}'.encode("utf-16-le"), "UTF-16"),
        (b"\xef\xbb\xbf <Bundle xmlns='http://hl7.org/fhir'/>", "XML"),
        (b" \n", "Nothing of it was read"),
        (b"\x1f\x8b\x08\x00", "packed with gzip"),
        (b"7z\xbc\xaf\x27\x1c", "packed with 7z"),
        (b"\x89PNG\r\n\x1a\n", "not JSON"),
        (b"Hello.", "not JSON"),
        (GOOD.decode().encode("latin-1", "replace")[:-1] + b"\xff", "not UTF-8"),
        (b"PK\x03\x04 and nothing", "zip is damaged"),
        (b"PK\x05\x06" + bytes(18), "holds no files"),
    ],
)
def test_a_file_of_another_kind(tmp_path: Path, content: bytes, why: str) -> None:
    (told,) = refused(put(tmp_path / "x.json", content))
    assert why in told


def test_a_file_that_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    assert refused(tmp_path / "missing.json", folder, pipe, dangling) == [
        "There is no such file.",
        "This is a folder. Name the files in it.",
        "This is not an ordinary file.",
        "There is no such file.",
    ]


@contextmanager
def nobody_special() -> Iterator[None]:
    """Root may read everything; on Linux this thread gives that up for a while."""
    if os.geteuid() != 0:
        yield
        return
    assert sys.platform == "linux"
    libc = ctypes.CDLL(None)
    libc.setfsuid(65534)
    try:
        yield
    finally:
        libc.setfsuid(0)


def test_a_file_one_may_not_read(tmp_path: Path) -> None:
    good = put(tmp_path / "good.json", GOOD)
    secret = put(tmp_path / "secret.json", GOOD)
    secret.chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if os.geteuid() != 0 or folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o755)
    with nobody_special():
        report = import_files(None, [secret, good], dry_run=True)
    assert whys(report) == ["You may not read this file."]
    assert report.added == 1


def test_a_name_cannot_speak_to_the_terminal(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z.zip", {"\x1b[31mred\u202e.json": b"{}"})
    report = import_files(None, [path], dry_run=True)
    assert report.lines[0].file == "z.zip: [31mred.json"


def test_files_beyond_the_limits(tmp_path: Path) -> None:
    (told,) = refused(put(tmp_path / "x.json", b" " * 6000), limits=Limits(file_bytes=5000))
    assert "larger than 4.88 kB" in told


def test_a_zip_bomb_is_refused_and_its_neighbour_read(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "bomb.zip", {"bomb.json": b"[" + b" " * (64 * MIB), "real.json": bundle(patient("r"))}
    )
    report = import_files(None, [path], dry_run=True)
    assert report.added == 1
    (line,) = report.lines
    assert line.file == "bomb.zip: bomb.json"
    assert "zip bomb" in line.why


def test_a_bomb_of_many_members_is_refused_whole(tmp_path: Path) -> None:
    members = {f"{number}.json": b" " * MIB for number in range(20)}
    path = zipped(tmp_path / "many.zip", members)
    assert "larger than 10 MB" in refused(path, limits=Limits(archive_bytes=10 * MIB))[0]
    assert "more than 19 files" in refused(path, limits=Limits(members=19))[0]
    assert "table of contents" in refused(path, limits=Limits(directory_bytes=500))[0]


def test_a_zip_in_a_zip_is_not_opened(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"b.json": GOOD}).read_bytes()
    told = refused(zipped(tmp_path / "outer.zip", {"inner.zip": inner, "called.json": inner}))
    assert [("zip inside a zip" in why) for why in told] == [True, True]


def test_a_member_that_lies_about_its_size_gives_no_more_than_it_said(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z.zip", {"b.json": GOOD + b" " * MIB})
    content = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<L", content, content.index(signature) + at, 40)
    report = import_files(None, [put(path, bytes(content))], dry_run=True)
    assert report.added == 0
    (told,) = whys(report, Weight.FILE)
    assert "damaged" in told or "cut off" in told


def test_a_locked_and_an_oddly_packed_member(tmp_path: Path) -> None:
    locked = zipped(tmp_path / "locked.zip", {"b.json": GOOD})
    content = bytearray(locked.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    odd = zipped(tmp_path / "odd.zip", {"b.json": GOOD}, zipfile.ZIP_LZMA)
    told = refused(put(locked, bytes(content)), odd)
    assert "locked with a password" in told[0]
    assert "unusual way" in told[1]


def test_a_corrupted_member_is_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z.zip", {"b.json": bundle(*(patient(str(n)) for n in range(500)))})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    assert refused(put(path, bytes(content)))


def test_a_member_whose_own_name_is_no_text_is_told(tmp_path: Path) -> None:
    """Found by `make fuzz`: the name stands twice in a zip, and the one before the member was read as UTF-8."""
    content = zipped(tmp_path / "z.zip", {"Österreich.json": GOOD}).read_bytes()
    at = content.index("Österreich".encode())
    (told,) = refused(put(tmp_path / "x.zip", content[:at] + b"\xff\xff" + content[at + 2 :]))
    assert "zip is damaged" in told


ZIP_PATH = ("a.json", "__MACOSX/._a.json", ".DS_Store", "../../etc/b.json", "LICENSE")


def test_members_with_odd_paths_stay_in_memory_and_litter_is_ignored(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z.zip", dict.fromkeys(ZIP_PATH, GOOD))
    before = sorted(tmp_path.rglob("*"))
    report = import_files(None, [path], dry_run=True)
    assert report.files == 2
    assert report.aside == ["z.zip: LICENSE"]
    assert sorted(tmp_path.rglob("*")) == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=40), st.integers(0, 400), st.integers(0, 400))
@example(b"\xff" * 20, 260, 40)
def test_a_zip_with_any_damage_raises_nothing(tmp_path: Path, noise: bytes, at: int, cut: int) -> None:
    path = tmp_path / "z.zip"
    content = bytearray(zipped(path, {"a.json": GOOD, "ü.json": GOOD}).read_bytes())
    content[at : at + len(noise)] = noise
    put(path, bytes(content[: len(content) - cut]))
    with ExitStack() as opened:
        documents([path], Report(), opened)
    report = import_files(None, [path], dry_run=True)
    assert report.added or report.lines or report.aside


@pytest.mark.parametrize(
    ("count", "words"), [(5, "5 B"), (2048, "2 kB"), (16 * MIB, "16 MB"), (3 << 30, "3 GB")]
)
def test_sizes_in_words(count: int, words: str) -> None:
    assert size(count) == words
