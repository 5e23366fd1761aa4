"""A PC keeps the seals of its server's audit trail, and they tell when the past has been rewritten there."""

from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medidesk.commands import app
from medidesk.repositories import patients
from medidesk.server import audit_check, local
from medidesk.server import seals as of_server
from medidesk.server.local import FirstPerson
from medidesk.server.seals import Kept
from medidesk.station import Station
from medidesk.sync import asked, seals
from tests.support.cluster import folder_for_cluster
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.restores import Backups, clinic, cold_copy, pristine
from tests.support.stations import OpenStation, go_offline, quiet, server_rows
from tests.support.waiting import wait_until

__all__ = ["clinic", "cold_copy", "pristine"]


def keep(station: Station) -> bool:
    """What a station does once a day, now."""
    wait_until(lambda: station.profile.course.server_id or station.sync.state == "offline")
    return asked.begin(station._engine, partial(seals.keep, station._engine)).result(30)


def file_of(station: Station) -> Path:
    wait_until(lambda: station.profile.course.server_id)
    return seals.path(station.home, station.profile.course.server_id)


def kept(station: Station) -> list[Kept]:
    return sorted(seals.kept(station.home, station.profile.course.server_id))


def test_a_station_has_the_day_sealed_and_keeps_the_seal(clinic: Clinic, open_station: OpenStation) -> None:
    reception = open_station("sofia")
    reception.run(patients.register, {"family_name": "Sow"})
    assert keep(reception)
    (first,) = kept(reception)
    assert (first.number, first.epoch) == (1, 1)
    reception.run(patients.register, {"family_name": "Saw"})
    assert keep(reception)
    assert kept(reception) == [first], "once a day"
    assert of_server.seal(clinic.admin()) == 1
    assert keep(reception)
    assert [one.number for one in kept(reception)] == [1, 2]
    assert "Sow" not in file_of(reception).read_text(encoding="utf-8")


def test_what_is_sealed_anew_differs_from_what_was_kept(
    clinic: Clinic, open_station: OpenStation, caplog: pytest.LogCaptureFixture
) -> None:
    reception = open_station("sofia")
    reception.run(patients.register, {"family_name": "Sow"})
    assert keep(reception)
    admin = clinic.admin()
    admin.execute("update audit_log set login = 'rui'")
    admin.execute("delete from audit_seal")
    assert of_server.seal(admin) == 1
    assert keep(reception)
    assert "seal_differs" in caplog.text
    assert [one.number for one in kept(reception)] == [1, 1], "both are kept, for whoever verifies"
    found = audit_check.verify(admin, kept(reception))
    assert [(one.number, one.kind) for one in found.faults] == [(1, "kept")]


def test_the_seals_of_a_server_that_came_back_from_a_backup_are_kept_beside_the_lost_ones(
    clinic: Clinic, open_station: OpenStation, cold_copy: Backups
) -> None:
    reception = open_station("sofia")
    backup = cold_copy()
    quiet(reception)
    reception.run(patients.register, {"family_name": "Lost"})
    assert keep(reception)
    clinic.close()
    backup.put_back()
    reception.retry_now()
    wait_until(lambda: "came back without" in reception.sync.notice)
    assert keep(reception)
    assert {one.number for one in kept(reception)} == {1}
    assert len(kept(reception)) == 2
    assert audit_check.verify(clinic.admin()).faults == ()


def test_without_the_server_it_is_tried_again(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    reception = open_station("sofia", server=proxy.through(clinic.server))
    quiet(reception)
    go_offline(reception, proxy)
    assert not keep(reception)
    assert kept(reception) == []


def test_a_server_without_seals_is_asked_for_none(clinic: Clinic, open_station: OpenStation) -> None:
    reception = open_station("sofia")
    quiet(reception)
    clinic.admin().execute("drop function seal_audit()")
    assert keep(reception)
    assert kept(reception) == []


def test_a_damaged_file_is_left_as_it_is(clinic: Clinic, open_station: OpenStation) -> None:
    reception = open_station("sofia")
    file_of(reception).write_text("{", encoding="utf-8")
    assert not keep(reception)
    assert file_of(reception).read_text(encoding="utf-8") == "{"


def test_a_station_does_so_by_itself(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "FIRST_SECONDS", 0.1)
    monkeypatch.setattr(seals, "AGAIN_SECONDS", 0.1)
    with clinic.connect("anjali") as doctor:
        doctor.execute(
            "insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, 'Sow')",
            (clinic.org_id,),
        )
    reception = open_station("sofia")
    wait_until(lambda: file_of(reception).exists() and kept(reception))
    assert server_rows(clinic, "select count(*) from audit_seal") == [(1,)]


def test_the_commands_seal_and_verify(tmp_path: Path) -> None:
    def said(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["audit", *words, "--home", str(home)], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    with folder_for_cluster() as home:
        home.mkdir(0o711)
        person = FirstPerson("ingrid", "a long password 42", "Solberg")
        server = local.ensure(home, "Harbour Street", person)
        try:
            before = said("verify")
            assert "Nothing has been sealed yet" in before
            assert "as it was sealed" not in before
            assert "1 seal was made" in said("seal")
            assert "Nothing is new" in said("seal")
            assert "as it was sealed" in said("verify")
            with server.connect() as connection:
                (seal,) = connection.execute("select encode(hash, 'hex') from audit_seal").fetchall()
            file = tmp_path / "seals-1.json"
            file.write_text(
                of_server.file_of("", [Kept(1, 1, seal[0], "2026-01-01T00:00:00")]), encoding="utf-8"
            )
            assert "1 seal that was kept elsewhere was compared" in said("verify", "--kept", str(file))
            with server.connect() as connection:
                connection.execute("update audit_log set login = 'somebody else'")
            assert "not as it was sealed" in said("verify", code=1)
            assert '"kind": "rows"' in said("verify", "--json", code=1)
            file.write_text("nothing", encoding="utf-8")
            result = CliRunner().invoke(app, ["audit", "verify", "--kept", str(file), "--home", str(home)])
            assert "holds no seals" in str(result.exception)
        finally:
            server.cluster.destroy()
