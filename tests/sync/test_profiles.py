"""What a station remembers about itself, between its file and its object."""

import datetime as dt
from pathlib import Path

from medidesk.sync.course import Course
from medidesk.sync.profiles import KnownPerson, StationProfile


def kept(home: Path) -> tuple[StationProfile, Path]:
    profile = StationProfile(
        home, name="Reception 1", server="postgresql://clinic:5432/medidesk", server_id="7e1f", waiting=2,
        people=[KnownPerson("sofia", "Sofía García", "Reception")],
        last_contact=dt.datetime(2026, 3, 1, 9, 30, 0, 125, tzinfo=dt.UTC),
    )  # fmt: skip
    profile.save()
    return profile, home / "station.toml"


def test_what_was_saved_is_what_is_loaded(tmp_path: Path) -> None:
    profile, _ = kept(tmp_path)
    assert StationProfile.load(tmp_path) == profile


def test_how_far_the_server_was_followed_is_known_at_the_next_start(tmp_path: Path) -> None:
    profile, _ = kept(tmp_path)
    profile.course.reached({"server_id": "7e1f", "epoch": 1, "timeline": 2})
    known = StationProfile.load(tmp_path).course
    assert known == Course("7e1f", 1, 2)
    assert known.has_passed({"server_id": "7e1f", "epoch": 1, "timeline": 1})
    assert not known.has_passed({"server_id": "7e1f", "epoch": 1, "timeline": 2})
    assert not known.has_passed({"server_id": "7e1f", "epoch": 2, "timeline": 1}), "an administrator said so"
    assert not known.has_passed({"server_id": "another", "epoch": 1, "timeline": 1})
    known.reached({"server_id": "7e1f", "epoch": 2, "timeline": 1})
    assert known.has_passed({"server_id": "7e1f", "epoch": 1, "timeline": 3}), (
        "a failover within an old epoch"
    )
    assert not known.has_passed({"server_id": "7e1f", "epoch": 3, "timeline": 1})


def test_settings_of_an_older_program_are_read(tmp_path: Path) -> None:
    _, file = kept(tmp_path)
    old, _, people = file.read_text(encoding="utf-8").partition("[course]")
    file.write_text(old + people[people.index("[[people]]") :], encoding="utf-8")
    assert StationProfile.load(tmp_path).course == Course()


def test_settings_of_a_newer_program_are_read(tmp_path: Path) -> None:
    profile, file = kept(tmp_path)
    profile.course.reached({"server_id": "7e1f", "epoch": 1, "timeline": 2})
    told = file.read_text(encoding="utf-8")
    told = told.replace("[course]", '[course]\nsystem = "7405"')
    file.write_text(told.replace("[[people]]", '[[people]]\nphoto = "1.png"'), encoding="utf-8")
    loaded = StationProfile.load(tmp_path)
    assert loaded.course == Course("7e1f", 1, 2)
    assert loaded.people == profile.people


def test_settings_that_say_it_already_are_left_as_they_are(tmp_path: Path) -> None:
    _, file = kept(tmp_path)
    file.write_text(
        f"# moved to the front desk in March\n{file.read_text(encoding='utf-8')}", encoding="utf-8"
    )
    before = file.read_bytes()
    again = StationProfile.load(tmp_path)
    again.save()
    assert file.read_bytes() == before
    again.waiting = 0
    again.save()
    assert StationProfile.load(tmp_path).waiting == 0


def test_a_file_damaged_meanwhile_is_written_anew(tmp_path: Path) -> None:
    profile, file = kept(tmp_path)
    file.write_bytes(b"\xff\xfe")
    profile.save()
    assert StationProfile.load(tmp_path) == profile
