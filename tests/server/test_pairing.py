"""The code that pairs a station with a server, and the authority that is taken from there."""

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medidesk.errors import CertificateProblem, DomainError
from medidesk.server import pairing, tls
from medidesk.server.cluster import Cluster
from medidesk.server.handshake import certificate_problem
from medidesk.server.private_files import write_private
from medidesk.server.run_as import server_user
from tests.server.test_cluster import connect
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def authority() -> tls.Signed:
    return tls.new_authority()


def port_of(cluster: Cluster) -> int:
    port = cluster.status().port
    assert port is not None
    return port


def serve(cluster: Cluster, admin: psycopg.Connection, key: bytes, chain: bytes) -> None:
    """Have the running server show these certificates from now on."""
    user = server_user(cluster.data)
    write_private(cluster.data / "server.key", key, user)
    write_private(cluster.data / "server.crt", chain, user)
    admin.execute("select pg_reload_conf()")
    admin.commit()


def test_a_code_holds_more_than_a_hundred_bits_and_says_when_a_letter_is_wrong(authority: tls.Signed) -> None:
    code = pairing.code_of(authority.certificate)
    assert [len(group) for group in code.split("-")] == [5] * 5
    assert len(pairing.read_code(code)) * 5 >= 100
    assert pairing.read_code(code.lower().replace("-", " ")) == pairing.read_code(code)
    assert pairing.code_of(tls.new_authority().certificate) != code


@given(st.integers(0, 24), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_wrong_letter_is_noticed_or_makes_another_code(at: int, letter: str) -> None:
    right = "0" * 24 + pairing._check("0" * 24)
    typed = right[:at] + letter + right[at + 1 :]
    with suppress(DomainError):
        assert (pairing.read_code(typed) == "0" * 24) == (typed == right)


def test_of_all_single_wrong_letters_nearly_all_are_noticed(authority: tls.Signed) -> None:
    right = pairing.code_of(authority.certificate).replace("-", "")
    noticed = tried = 0
    for at in range(25):
        for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if letter != right[at]:
                tried += 1
                try:
                    pairing.read_code(right[:at] + letter + right[at + 1 :])
                except DomainError:
                    noticed += 1
    assert noticed / tried > 0.93


@pytest.mark.parametrize("typed", ["", "K7FM2", "K7FM2-XQT9W-00000-00000-0000!", "ü" * 25, "0" * 26])
def test_what_is_no_code(typed: str) -> None:
    with pytest.raises(DomainError, match="25 letters and digits") as refused:
        pairing.read_code(typed)
    assert refused.value.field == "code"


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_codes_and_invitations(typed: str) -> None:
    pairing.read_invitation(typed)
    pairing.read_invitation(f"medidesk://{typed}")
    with suppress(DomainError):
        assert len(pairing.read_code(typed)) == 24


def test_an_invitation_is_read_as_it_was_written(authority: tls.Signed) -> None:
    code = pairing.code_of(authority.certificate)
    for address in ("clinic.lan:5432/medidesk", "a:5432,b:5433/branch", "[fe80::1]:5433/medidesk"):
        invitation = pairing.Invitation(address, code)
        assert pairing.read_invitation(f" {invitation}\n") == invitation
    assert pairing.read_invitation("clinic.lan") is None
    scanned = str(pairing.Invitation("clinic.lan", code))
    assert not any(pairing.read_invitation(scanned[:end]) for end in range(len(scanned)))


def test_a_station_takes_the_authority_from_the_server_that_the_code_is_of(
    cluster: Cluster, tmp_path: Path
) -> None:
    kept = cluster.folder.authority.read_bytes()
    code = pairing.read_code(pairing.code_of(kept))
    pinned = tmp_path / "clinic.crt"
    pinned.write_bytes(pairing.authority_at("127.0.0.1", port_of(cluster), code))
    assert certificate_problem("127.0.0.1", port_of(cluster), pinned) is None
    url = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    psycopg.connect(url, sslrootcert=str(pinned)).close()


def test_another_authority_s_server_is_refused(cluster: Cluster, authority: tls.Signed) -> None:
    code = pairing.read_code(pairing.code_of(authority.certificate))
    with pytest.raises(CertificateProblem, match="not the one that this code is of"):
        pairing.authority_at("127.0.0.1", port_of(cluster), code)


def test_swapped_and_self_signed_certificates_are_refused(made: Cluster, tmp_path: Path) -> None:
    made.start()
    admin = connect(made)
    folder = made.folder.path
    ours = tls.Signed((folder / "ca.crt").read_bytes(), (folder / "ca.key").read_bytes())
    code = pairing.read_code(pairing.code_of(ours.certificate))
    stranger = tls.new_authority()
    theirs = tls.new_server_certificate(stranger, tls.local_hosts())
    for chain in (theirs.certificate, theirs.certificate + stranger.certificate):
        serve(made, admin, theirs.key, chain)
        wait_until(lambda: _refused(made, code))
    # It shows the clinic's authority, and is not signed by it.
    serve(made, admin, theirs.key, theirs.certificate + ours.certificate)
    wait_until(lambda: not _refused(made, code))
    pinned = tmp_path / "clinic.crt"
    pinned.write_bytes(pairing.authority_at("127.0.0.1", port_of(made), code))
    problem = certificate_problem("127.0.0.1", port_of(made), pinned)
    assert problem is not None
    assert "not the one this station was paired with" in problem.sentence
    admin.close()


def _refused(cluster: Cluster, code: str) -> bool:
    try:
        pairing.authority_at("127.0.0.1", port_of(cluster), code)
    except CertificateProblem:
        return True
    return False


def test_a_renewed_certificate_needs_no_new_pairing(made: Cluster, tmp_path: Path) -> None:
    made.start()
    kept = made.folder.authority.read_bytes()
    code = pairing.read_code(pairing.code_of(kept))
    pinned = tmp_path / "clinic.crt"
    pinned.write_bytes(pairing.authority_at("127.0.0.1", port_of(made), code))
    signed = tls.Signed(kept, (made.folder.path / "ca.key").read_bytes())
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)
    old = tls.new_server_certificate(signed, tls.local_hosts(), until=soon)
    with connect(made) as admin:
        serve(made, admin, old.key, old.certificate)
    made.restart()
    assert tls.certificate_expiry(made.data / "server.crt") > dt.datetime.now(dt.UTC) + tls.RENEW_BEFORE
    assert certificate_problem("127.0.0.1", port_of(made), pinned) is None


@contextmanager
def answering(*answers: bytes, pause: float = 0.0) -> Iterator[int]:
    """Something that is no PostgreSQL: it sends these bytes, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def serve_one() -> None:
            connection, _ = server.accept()
            with connection:
                for answer in answers:
                    connection.sendall(answer)
                    if ended.wait(pause):
                        return
                ended.wait(5)

        thread = threading.Thread(target=serve_one)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            thread.join()


def test_a_plain_server_is_refused() -> None:
    with answering(b"N") as port, pytest.raises(CertificateProblem, match="does not encrypt"):
        pairing.authority_at("127.0.0.1", port, "0" * 24)


@pytest.mark.parametrize(
    ("answers", "pause"),
    [((b"S",), 0.0), ((b"S", b"HTTP/1.1 200 OK\r\n\r\n" * 50), 0.0), ((b"S", *[b"\x16"] * 200), 0.05)],
    ids=["silent", "no handshake", "one byte after the other"],
)
def test_a_hostile_server_is_not_waited_for(answers: tuple[bytes, ...], pause: float) -> None:
    with answering(*answers, pause=pause) as port, pytest.raises((TimeoutError, ConnectionError)):
        pairing.authority_at("127.0.0.1", port, "0" * 24, timeout=0.5)
