"""The archive of the log without a server: nothing is written over, nothing needed is deleted, gaps are named."""

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from medidesk.commands import app
from medidesk.errors import BackupProblem
from medidesk.server.backups import keys, moments, moments_shelf, shelf, wal
from medidesk.server.backups.moments_shelf import AboutBase, Base
from medidesk.server.backups.shelf import Plan

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
NAME = b"Szczepanski-Oyelaran"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "backup.key"


@pytest.fixture
def public(key: Path) -> str:
    return keys.new_key(key)


@pytest.fixture
def plan(tmp_path: Path, public: str) -> Plan:
    return Plan(public, tmp_path / "backups", tmp_path / "second", point_in_time=True)


@pytest.fixture
def line(plan: Plan) -> Path:
    assert plan.second is not None
    plan.second.mkdir()
    made = plan.folder / wal.FOLDER / "a"
    made.mkdir(parents=True)
    return made


def written(folder: Path, name: str, content: bytes, at: datetime = NOW) -> Path:
    """A file of the log, as the server leaves it."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def segment(number: int) -> str:
    return f"00000001{number // 256:08X}{number % 256:08X}"


def archive(plan: Plan, line: Path, number: int, at: datetime) -> None:
    wal.store(written(line.parent.parent.parent / "pg_wal", segment(number), b"x", at), line, plan.key)


def base(folder: Path, at: datetime, first: int, last: int, line: str = "a") -> Base:
    name = f"{shelf.name_for(at)}{moments_shelf.ENDS}"
    path = folder / name
    path.mkdir()
    (path / moments_shelf.FILES).write_bytes(name.encode())
    files = {moments_shelf.FILES: shelf.sha256(path / moments_shelf.FILES)}
    about = AboutBase(at.isoformat(), 1, 18, 3, 1.0, files, line, segment(first), segment(last))
    (path / shelf.ABOUT).write_text(json.dumps(asdict(about)))
    return Base(name, path)


def held(line: Path) -> list[str]:
    return [one.name for one in wal.held(line)]


def test_a_segment_is_sealed_whole_and_no_word_of_it_can_be_read(
    tmp_path: Path, line: Path, public: str, key: Path
) -> None:
    content = (NAME + os.urandom(1000)) * 900
    whole = content + bytes(wal.SEGMENT - len(content))
    source = written(tmp_path / "pg_wal", segment(3), whole)
    wal.store(source, line, public)
    (sealed,) = wal.held(line)
    assert (sealed.name, sealed.until) == (segment(3), NOW - timedelta(seconds=1))
    assert NAME not in sealed.path.read_bytes()
    assert sealed.path.read_bytes().startswith(b"age-encryption.org")
    assert sealed.path.stat().st_mode & 0o077 == 0
    assert sealed.path.stat().st_size < 2 * len(content), "an empty end takes no room"
    opened = tmp_path / "opened"
    opened.mkdir()
    wal.open_into([sealed], opened, keys.read_key(key))
    assert (opened / segment(3)).read_bytes() == whole
    assert (opened / segment(3)).stat().st_blocks * 512 < 2 * len(content)


def test_what_is_there_is_never_written_over(tmp_path: Path, line: Path, public: str) -> None:
    logs = tmp_path / "pg_wal"
    wal.store(written(logs, segment(3), b"first"), line, public)
    ((sealed, content),) = [(one.path, one.path.read_bytes()) for one in wal.held(line)]
    wal.store(written(logs, segment(3), b"first"), line, public)
    assert sealed.read_bytes() == content
    with pytest.raises(BackupProblem, match=f"holds another {segment(3)}"):
        wal.store(written(logs, segment(3), b"other", NOW + timedelta(hours=1)), line, public)
    assert [one.path for one in wal.held(line)] == [sealed]
    assert sealed.read_bytes() == content
    # Notes of backups and timelines bear the names of segments.
    for name in (f"{segment(3)}.00000028.backup", f"{segment(3)}.partial", "00000002.history"):
        wal.store(written(logs, name, name.encode()), line, public)
    assert len(held(line)) == 4
    assert list(wal.segments(line)) == [segment(3)]


@pytest.mark.parametrize("name", ["passwd", "000000010000000000000003.done", "00000001000000000000000g"])
def test_nothing_but_the_log_is_archived(tmp_path: Path, line: Path, public: str, name: str) -> None:
    with pytest.raises(BackupProblem, match="is no file of the server's log"):
        wal.store(written(tmp_path / "pg_wal", name, b"x"), line, public)
    assert held(line) == []


def test_an_archive_that_is_not_there_is_not_made(tmp_path: Path, public: str) -> None:
    with pytest.raises(BackupProblem, match="There is no folder"):
        wal.store(written(tmp_path / "pg_wal", segment(3), b"x"), tmp_path / "gone", public)
    assert not (tmp_path / "gone").exists()


def test_the_command_ends_with_an_error_where_it_refuses(tmp_path: Path, line: Path, public: str) -> None:
    source = written(tmp_path / "pg_wal", segment(3), b"first")
    words = ["backup", "wal", str(source), "--to", str(line), "--key", public]
    assert CliRunner().invoke(app, words).exit_code == 0
    written(tmp_path / "pg_wal", segment(3), b"other")
    assert CliRunner().invoke(app, words).exit_code == 1
    assert "wal" not in CliRunner().invoke(app, ["backup", "--help"]).output.split()


def test_a_damaged_segment_comes_from_its_copy_and_without_one_is_named(
    tmp_path: Path, plan: Plan, line: Path, key: Path
) -> None:
    archive(plan, line, 3, NOW)
    base(plan.folder, NOW, 3, 3)
    moments_shelf.copy_missing(plan)
    (sealed,) = wal.held(line)
    content = bytearray(sealed.path.read_bytes())
    content[-20] ^= 1
    sealed.path.write_bytes(content)
    assert plan.second is not None
    copies = wal.segments(line, plan.second / wal.FOLDER / "a")[segment(3)]
    opened = tmp_path / "opened"
    opened.mkdir()
    wal.open_into(copies, opened, keys.read_key(key))
    assert (opened / segment(3)).read_bytes() == b"x"
    with pytest.raises(BackupProblem, match=f"{segment(3)}.* is damaged"):
        wal.open_into(copies[:1], opened, keys.read_key(key))
    other = tmp_path / "other.key"
    keys.new_key(other)
    with pytest.raises(BackupProblem, match="This key does not open"):
        wal.open_into(copies[1:], opened, keys.read_key(other))


@given(st.integers(0, 2**40), st.integers(1, 2**31))
def test_segments_are_named_and_counted_as_postgresql_does(position: int, timeline: int) -> None:
    name = wal.segment_at(timeline, f"{position >> 32:X}/{position & 0xFFFFFFFF:X}")
    assert len(name) == 24
    assert int(name[:8], 16) == timeline
    assert wal.number(name) == position // wal.SEGMENT
    assert wal.number(wal.after(name)) == wal.number(name) + 1
    assert wal.after(name)[:8] == name[:8]


def test_a_place_in_the_log_lies_where_postgresql_says() -> None:
    assert wal.segment_at(1, "0/2000028") == "000000010000000000000002"
    assert wal.segment_at(2, "1A/FF000001") == "000000020000001A000000FF"
    assert wal.after("000000020000001A000000FF") == "000000020000001B00000000"


def test_any_moment_is_between_a_base_and_the_end_of_its_log(plan: Plan, line: Path) -> None:
    for number in range(3, 9):
        archive(plan, line, number, NOW + timedelta(minutes=5 * number))
    base(plan.folder, NOW + timedelta(minutes=19), 3, 4)
    base(plan.folder, NOW + timedelta(minutes=34), 6, 7)
    (known,) = moments.stretches(plan.places)
    assert (known.since, known.until) == (
        NOW + timedelta(minutes=19, seconds=1),
        NOW + timedelta(minutes=40, seconds=-1),
    )
    way = moments.way_to(plan.places, NOW + timedelta(minutes=22))
    assert [one[0].name for one in way.log] == [segment(3), segment(4), segment(5)]
    way = moments.way_to(plan.places, known.until)
    assert [one[0].name for one in way.log] == [segment(6), segment(7), segment(8)]
    assert moments.way_to(plan.places, None) == way
    for moment, words in ((known.since - timedelta(seconds=2), "before the oldest"),
                          (known.until + timedelta(seconds=1), "after the last")):  # fmt: skip
        with pytest.raises(BackupProblem, match=words) as refused:
            moments.way_to(plan.places, moment)
        assert moments.told(known.since) in refused.value.next_step
        assert moments.told(known.until) in refused.value.next_step


def test_a_segment_that_is_missing_is_named_with_what_can_be_had(plan: Plan, line: Path) -> None:
    for number in (3, 4, 6, 7):
        archive(plan, line, number, NOW + timedelta(minutes=5 * number))
    base(plan.folder, NOW + timedelta(minutes=15), 3, 3)
    for moment in (NOW + timedelta(minutes=22), None):
        with pytest.raises(BackupProblem, match=f"{segment(5)} .* is missing") as refused:
            moments.way_to(plan.places, moment)
        assert moments.told(NOW + timedelta(minutes=20, seconds=-1)) in refused.value.next_step
    assert len(moments.way_to(plan.places, NOW + timedelta(minutes=18)).log) == 2
    # After the next base backup all is well again, and the copy of the missing one fills the gap.
    base(plan.folder, NOW + timedelta(minutes=31), 6, 7)
    assert len(moments.stretches(plan.places)) == 2
    assert plan.second is not None
    other = plan.second / wal.FOLDER / "a"
    other.mkdir(parents=True)
    archive(plan, other, 5, NOW + timedelta(minutes=25))
    assert len(moments.stretches(plan.places)) == 1
    assert len(moments.way_to(plan.places, NOW + timedelta(minutes=26)).log) == 4


def test_a_base_whose_own_log_is_missing_brings_nothing_back(plan: Plan, line: Path) -> None:
    archive(plan, line, 3, NOW)
    base(plan.folder, NOW, 3, 4)
    assert moments.stretches(plan.places) == []
    with pytest.raises(BackupProblem, match=f"{segment(4)} .* is missing") as refused:
        moments.way_to(plan.places, NOW + timedelta(hours=1))
    assert "without --until" in refused.value.next_step
    with pytest.raises(BackupProblem, match="There is no base backup"):
        moments.way_to([plan.folder / "nowhere"], None)


def test_rotation_deletes_what_is_too_old_in_both_places_and_nothing_that_is_needed(
    plan: Plan, line: Path
) -> None:
    assert plan.second is not None
    days = [20, 16, 12, 1]
    for number, day in enumerate(days):
        for beside in range(3):
            archive(plan, line, 3 * number + beside, NOW - timedelta(days=day))
        base(plan.folder, NOW - timedelta(days=day), 3 * number + 1, 3 * number + 2)
    written(line, ".half", b"x", NOW - timedelta(days=3))
    wal.store(written(line.parent.parent.parent / "pg_wal", "00000001.history", b"x"), line, plan.key)
    before = plan.folder / wal.FOLDER / "before"
    before.mkdir()
    archive(plan, before, 1, NOW)
    moments_shelf.copy_missing(plan)
    gone = moments_shelf.rotate(plan, str(line), NOW)
    assert len(gone) == 2
    for place in plan.places:
        assert [one.made_at for one in moments_shelf.bases(place)] == [
            NOW - timedelta(days=1),
            NOW - timedelta(days=12),
        ]
        there = place / wal.FOLDER
        assert held(there / "a") == ["00000001.history", *(segment(number) for number in range(7, 12))]
        assert not (there / "before").exists(), "nobody archives there, and no base backup needs it"
        assert not (there / "a" / ".half").exists()
    assert moments.way_to(plan.places, NOW - timedelta(days=2)).log


def test_the_last_base_is_kept_for_as_long_as_the_log_is_archived(plan: Plan, line: Path) -> None:
    archive(plan, line, 3, NOW)
    base(plan.folder, NOW - timedelta(days=60), 3, 3)
    archive(plan, line, 4, NOW)
    assert moments_shelf.rotate(plan, str(line), NOW) == []
    assert held(line) == [segment(3), segment(4)]
    assert len(moments_shelf.rotate(plan, "", NOW)) == 1
    assert not line.exists()


def test_where_a_base_cannot_be_read_no_log_is_deleted(plan: Plan, line: Path) -> None:
    archive(plan, line, 3, NOW)
    archive(plan, line, 9, NOW)
    (base(plan.folder, NOW - timedelta(days=1), 3, 3).path / shelf.ABOUT).write_text("{}")
    base(plan.folder, NOW, 9, 9)
    assert moments_shelf.rotate(plan, str(line), NOW) == []
    assert held(line) == [segment(3), segment(9)]
    assert len(moments_shelf.rotate(plan, str(line), NOW + timedelta(days=13, hours=1))) == 1
    assert held(line) == [segment(9)]


def test_a_new_archive_is_kept_until_its_first_base(plan: Plan, line: Path) -> None:
    archive(plan, line, 3, NOW - timedelta(days=90))
    moments_shelf.rotate(plan, str(line), NOW)
    assert held(line) == [segment(3)]


def test_a_moment_is_local_unless_it_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    import time

    time.tzset()
    try:
        assert moments.parsed("2026-11-27 14:30") == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
        assert moments.parsed("2026-11-27T14:30:05+01:00") == datetime(2026, 11, 27, 13, 30, 5, tzinfo=UTC)
        assert moments.told(NOW) == "2026-11-27 17:30:00+05:30"
        assert moments.parsed(moments.told(NOW)) == NOW
    finally:
        monkeypatch.undo()
        time.tzset()
    assert moments.parsed(" Latest ") is None
    for text in ("", "yesterday", "14:30", "2026-13-01"):
        with pytest.raises(BackupProblem, match="is no moment"):
            moments.parsed(text)
