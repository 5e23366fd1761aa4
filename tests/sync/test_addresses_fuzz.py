"""Whatever is typed or scanned as an address: it is none, or that server alone is connected to, and proved."""

from pathlib import Path

import psycopg
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict
from PySide6.QtWidgets import QApplication

from medidesk.errors import DomainError
from medidesk.server import pairing, tls
from medidesk.sync.connection import LOOPBACK, Login
from medidesk.ui.first_run.actions import HOSTS_MOST, Address, read_address
from medidesk.ui.first_run.joining import JoiningForm

MANY = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
CODE = pairing.code_of(tls.new_authority().certificate)

PIECES = st.sampled_from([
    "clinic.lan", "127.0.0.1", "localhost", "evil.example", "klinik-süd.lan", "a..b", "a" * 70, ",", ", ", ":5432",
    ":99999", ":٣", ":", "/medidesk", "/", "//", "?sslmode=disable", "&host=evil.example", "&sslrootcert=system",
    "%2C", "%2Ftmp", "%2ftmp%2fx", "%40", "%00", "%0a", "%", "@", "user:word@", "\n", "\r\n", "\t", " ", "\0",
    "host=evil.example sslmode=disable", " hostaddr=10.0.0.1", "service=evil", "'", "\\", "\\'", '"', "[::1]",
    "[fe80::1%eth0]", "[::ffff:10.0.0.1]", "[", "]", "#", ";", "=", "$(id)", "-oProxyCommand=id", "/var/run",
    "@abstract", "＠", "。", "．", "，", "／", "℀", "㏕", "\u202e", "\u200b", "\ud800", "postgresql://", "postgres://",
    "medidesk://", "?code=" + CODE,
])  # fmt: skip
TYPED = st.text(max_size=30) | st.lists(PIECES | st.text(max_size=3), max_size=8).map("".join)
PATHS = st.sampled_from(
    ["ca.crt", "a b/c&d=e.crt", "100%2F.crt", "é'\\.crt", "x?sslmode=disable#.crt", "host=evil"]
)


def goes_only_there(address: Address, authority: Path) -> None:
    """Assert where a station's connection to an address goes, as libpq reads it: to all hosts, and to each."""
    names = [name.strip("[]") for name, _ in address.hosts]
    whole = Login(address.url(authority), "sofia", "a word = 'another'")
    assert len(whole.each()) == len(names)
    for login, hosts in [
        (whole, names),
        *((one, [name]) for one, name in zip(whole.each(), names, strict=True)),
    ]:
        said = {name: str(value) for name, value in conninfo_to_dict(login.conninfo()).items()}
        assert said["host"].split(",") == hosts
        assert not any(one.startswith(("/", "@")) for one in hosts), "a file of sockets is no server"
        assert said["sslmode"] == "verify-full"
        assert said["sslrootcert"] == str(authority)
        assert said["dbname"] == address.database
        assert (said["user"], said["password"]) == ("sofia", "a word = 'another'")
        assert said["require_auth"] == "scram-sha-256"
        assert not said.keys() & {"hostaddr", "service", "options", "sslkey", "sslcert", "requiressl"}


@MANY
@given(typed=TYPED, path=PATHS)
@example(typed="clinic.lan,%2Ftmp%2Fevil", path="ca.crt")
@example(typed="clinic.lan%2Cevil.example", path="ca.crt")
@example(typed="a..b", path="ca.crt")
@example(typed="x" * 64, path="ca.crt")
@example(typed="clinic.lan\n.evil.example", path="ca.crt")
def test_an_address(typed: str, path: str) -> None:
    try:
        address = read_address(typed)
    except DomainError:
        return
    for name, _ in address.hosts:
        assert name.isascii()
        if typed.isascii() and not name.startswith("["):
            assert name in typed
    assert len(address.hosts) == typed.partition("?")[0].count(",") + 1 <= HOSTS_MOST
    goes_only_there(address, Path(path))


@MANY
@given(typed=TYPED)
def test_an_invitation(typed: str) -> None:
    for scanned in (
        typed,
        f"medidesk://{typed}",
        f"medidesk://{typed}?code={CODE}",
        str(pairing.Invitation(typed, CODE)),
    ):
        invitation = pairing.read_invitation(scanned)
        if invitation is None:
            continue
        assert len(pairing.read_code(invitation.code)) == 24
        try:
            address = read_address(invitation.address)
        except DomainError:
            continue
        goes_only_there(address, Path("ca.crt"))


@MANY
@given(server=TYPED | TYPED.map("postgresql://{}".format) | TYPED.map("host={}".format))
@example(server="service=evil")
@example(server="postgresql://%2Ftmp,evil.example/x?sslmode=disable")
@example(server="postgresql://a..b/medidesk")
@example(server="postgresql://\ud800/medidesk")
def test_a_server_that_a_command_is_given(server: str) -> None:
    login = Login(server, "sofia", "secret")
    login.where().encode()
    try:
        each = login.each()
        made = [conninfo_to_dict(one.conninfo()) for one in each]
    except psycopg.ProgrammingError:
        return
    for said in made:
        names = f"{said.get('host') or ''},{said.get('hostaddr') or ''}".split(",")
        here = all(name.startswith("/") or name in LOOPBACK for name in names) and not said.get("service")
        assert here or said["sslmode"] == "verify-full"
        assert said["user"] == "sofia"
        assert said["require_auth"] == "scram-sha-256"
        assert str(said["passfile"]).startswith("/dev/null/")


@MANY
@given(address=TYPED, code=TYPED)
def test_the_page_of_joining_asks_for_a_test_or_says_what_is_missing(
    qapp: QApplication, address: str, code: str
) -> None:
    form, said = JoiningForm(), []
    form.test_asked.connect(lambda *asked: said.append(asked))
    form.no_address.connect(said.append)
    form.no_proof.connect(lambda: said.append("no proof"))
    form._address.setText(address.encode(errors="replace").decode())
    form._code.setText(code.encode(errors="replace").decode())
    form._typed(form._address.text())
    form.test()
    assert len(said) == 1
    if isinstance(said[0], tuple):
        goes_only_there(said[0][0], Path("ca.crt"))
    form.deleteLater()
