"""Any moment is brought back: the log archived sealed, base backups that are equal to the last row, gaps named."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from medidesk.commands import app
from medidesk.server import local, migrate, replay
from medidesk.server.backups import keys, shelf, taking, until, wal
from medidesk.server.backups import point_in_time as switch
from medidesk.server.backups.moments import parsed, stretches, told, way_to
from medidesk.server.backups.moments_shelf import bases
from medidesk.server.backups.shelf import Plan
from medidesk.server.cluster import Cluster
from medidesk.server.local import FirstPerson, LocalServer
from medidesk.server.settings import ServerSettings
from tests.support.cluster import WITHOUT_DURABILITY, folder_for_cluster
from tests.support.operations import added, one, operation, send

ANA = FirstPerson("ana", "A long way to the sea, 7 bridges", "Sow", "Ana")


@dataclass
class Site:
    """A clinic's server that archives its log."""

    home: Path
    plan: Plan
    key: Path

    @property
    def server(self) -> LocalServer:
        return local.running(self.home)

    @property
    def line(self) -> Path:
        return Path(self.server.cluster.options.archive_to)

    def write(self, name: str) -> datetime:
        """Write something; returns a moment after it, and before whatever is written next."""
        server = self.server
        with migrate.connect(server.cluster.url(server.database, ANA.login, ANA.password)) as ana:
            row = added("patient", one(ana, "select org_id from user_account"), family_name=name)
            send(ana, operation(ANA.login, row, kind="fact"))
        time.sleep(1.1)
        moment = datetime.now(UTC)
        time.sleep(1.1)
        return moment

    def names(self) -> list[str]:
        with self.server.connect() as connection:
            return [
                row[0] for row in connection.execute("select family_name from patient order by 1").fetchall()
            ]


@pytest.fixture
def site(reachable: None, tmp_path: Path) -> Iterator[Site]:
    with folder_for_cluster() as folder:
        home = folder.parent / "home"
        home.mkdir(mode=0o711)
        cluster = Cluster(home / "server")
        cluster.create()
        cluster.folder.keep_settings(
            ServerSettings(port=Cluster.free_port(), shared_buffers_mb=32, extra=WITHOUT_DURABILITY)
        )
        local.ensure(home, "Clinic", ANA)
        key = tmp_path / "backup.key"
        plan = Plan(keys.new_key(key), home / "backups", point_in_time=True)
        plan.save(home)
        assert switch.turn_on(home, plan), "it runs, and is restarted"
        yield Site(home, plan, key)
        for left in home.glob("server*"):
            Cluster(left).destroy()


def test_between_two_writes(site: Site) -> None:
    taking.take(site.server, site.plan)
    moment = site.write("First")
    site.write("Second")
    done = until.restore(site.home, [site.plan.folder], moment, site.key)
    assert site.names() == ["First"]
    assert done.made_at == moment
