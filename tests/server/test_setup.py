"""A machine becomes a clinic's server: what it listens on, who gets in, how stations join; and once more."""

import ipaddress
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from medidesk.commands import app
from medidesk.errors import DomainError
from medidesk.server import pairing, setup, units
from medidesk.server.cluster import Cluster
from medidesk.server.cluster_folder import ClusterFolder
from medidesk.server.handshake import certificate_problem
from medidesk.server.local import FirstPerson
from medidesk.server.settings import ServerSettings
from medidesk.server.setup import Wanted, settings_for
from medidesk.sync.connection import Login
from tests.support.cluster import folder_for_cluster

PASSWORD = "lantern oxide bramble fig"
FOUNDER = FirstPerson("ada", PASSWORD, "Okafor", "Ada")


@pytest.fixture
def home() -> Iterator[Path]:
    with folder_for_cluster() as folder:
        folder.mkdir(mode=0o711, exist_ok=True)
        yield folder
        Cluster(folder / "server").destroy()


def wanted(**different: object) -> Wanted:
    """A server for other machines, as far as a test may go: it listens on loopback."""
    usual = {"names": ("clinic.test", "127.0.0.1"), "networks": ("192.168.7.0/24",), "listen": "127.0.0.1"}
    return Wanted(**{**usual, "port": Cluster.free_port(), **different})  # type: ignore[arg-type]


def test_settings_fit_the_machine_and_the_number_of_stations() -> None:
    small = settings_for(wanted(stations=10), memory=1024)
    large = settings_for(wanted(stations=200), memory=65_536)
    assert (small.shared_buffers_mb, small.max_connections) == (256, 50)
    assert (large.shared_buffers_mb, large.max_connections) == (8192, 620)
    assert large.extra["effective_cache_size"] == "32768MB"
    assert settings_for(wanted(), memory=100).shared_buffers_mb == 128


def test_what_was_decided_is_kept(tmp_path: Path) -> None:
    settings = settings_for(wanted(), 4096)
    folder = ClusterFolder(tmp_path)
    assert folder.settings() == ServerSettings()
    folder.keep_settings(settings)
    assert folder.settings() == settings


ROUTES = """Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0100A8C0	0003	0	0	0	00000000	0	0	0
eth0	0000A8C0	00000000	0001	0	0	0	0000FFFF	0	0	0
eth1	00004D0A	00000000	0001	0	0	0	00FFFFFF	0	0	0
eth2	00000008	00000000	0001	0	0	0	000000FF	0	0	0
eth3	0001010A	0100A8C0	0003	0	0	0	00FFFFFF	0	0	0
"""


@pytest.mark.skipif(sys.byteorder == "big", reason="the table is of a machine that counts from the small end")
def test_the_networks_at_this_machines_wires_are_read_from_the_system(tmp_path: Path) -> None:
    """Not the way out, not what lies behind it, and nothing public."""
    table = tmp_path / "route"
    table.write_text(ROUTES)
    assert [str(one) for one in setup._connected(table)] == ["10.77.0.0/24", "192.168.0.0/16"]
    assert setup._connected(tmp_path / "none") == []


def test_a_network_without_a_way_out_is_let_in_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two network namespaces, joined by a wire and by nothing else, showed that it was not."""
    network = ipaddress.IPv4Network("10.77.0.0/24")
    monkeypatch.setattr(setup, "_connected", lambda: [network])
    monkeypatch.setattr(setup, "_own_address", lambda: "10.77.0.9")
    assert setup.own_networks() == ("10.77.0.0/24",)
    monkeypatch.setattr(setup, "_own_address", lambda: "10.78.0.9")
    assert setup.own_networks() == ("10.78.0.0/24",)
    monkeypatch.setattr(setup, "_own_address", lambda: "")
    assert setup.own_networks() == ()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("networks", ("0.0.0.0/0",)),
        ("networks", ("8.8.8.0/24",)),
        ("networks", ("the clinic",)),
        ("networks", ("192.168.1.0/33",)),
        ("names", ("two words",)),
        ("names", ("",)),
        ("names", ("a' , 'b",)),
    ],
)
def test_what_is_no_name_or_no_network_of_a_clinic(field: str, values: tuple[str, ...]) -> None:
    with pytest.raises(DomainError) as refused:
        settings_for(wanted(**{field: values}), 4096)
    assert refused.value.field == field
    assert refused.value.next_step


def test_a_clinic_is_founded_once_and_its_server_may_be_set_up_anew(home: Path) -> None:
    first = wanted()
    server = setup.set_up(home, first, "Harbour Street Clinic", FOUNDER)
    code = pairing.code_of(server.cluster.folder.authority.read_bytes())
    again = setup.set_up(home, wanted(names=("server.test", "127.0.0.1"), port=first.port))
    assert pairing.code_of(again.cluster.folder.authority.read_bytes()) == code
    assert again.cluster.status().port == first.port
    with again.connect() as connection:
        assert connection.execute("select name from organisation where parent_id is not null").fetchall() == [
            ("Harbour Street Clinic",)
        ]
    pinned = home / "clinic.crt"
    pinned.write_bytes(pairing.authority_at("127.0.0.1", first.port, pairing.read_code(code)))
    assert certificate_problem("127.0.0.1", first.port, pinned) is None
    problem = certificate_problem("localhost", first.port, pinned)
    assert problem is None


def test_it_lets_in_the_networks_that_were_named_over_tls_alone(home: Path) -> None:
    server = setup.set_up(home, wanted(), "Harbour Street Clinic", FOUNDER)
    rules = (server.cluster.data / "pg_hba.conf").read_text()
    assert "hostssl  all  all  192.168.7.0/24  scram-sha-256" in rules
    assert "trust" not in rules.replace("never trust", "")
    url = Login(server.address, "ada", PASSWORD).conninfo()
    with psycopg.connect(url) as connection:
        assert connection.execute("show max_connections").fetchone() == ("170",)
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(psycopg.conninfo.make_conninfo(url, sslmode="disable"))


def test_a_command_sets_it_up_and_shows_how_stations_join(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, port = CliRunner(), Cluster.free_port()
    options = [
        "--name",
        "clinic.test",
        "--network",
        "10.1.0.0/16",
        "--listen",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    asked = "Harbour Street Clinic\nOkafor\nAda\n" + f"{PASSWORD}\n{PASSWORD}\n"
    result = runner.invoke(app, ["server", "init", "--home", str(home), *options], input=asked)
    assert result.exit_code == 0, result.output
    assert f"clinic.test:{port}/medidesk" in result.output
    assert PASSWORD not in result.output
    unit = (home / units.SERVER).read_text()
    assert f"--home {home}" in unit
    assert "@" not in unit.replace("stands between @ signs", "")
    shown = runner.invoke(app, ["server", "pairing", "--home", str(home), "--json"])
    told = json.loads(shown.output)
    assert told["code"] in result.output
    scanned = pairing.read_invitation(told["text"])
    assert scanned is not None
    assert scanned.address == f"clinic.test:{port}/medidesk"
    Login(f"postgresql://127.0.0.1:{port}/medidesk", "ada", PASSWORD)


def test_a_poor_password_sets_nothing_up(home: Path) -> None:
    asked = "Harbour Street Clinic\nOkafor\nada\npassword123\npassword123\n"
    result = CliRunner().invoke(app, ["server", "init", "--home", str(home)], input=asked)
    assert isinstance(result.exception, DomainError)
    assert not Cluster(home / "server").exists
