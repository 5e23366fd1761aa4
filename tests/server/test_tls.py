import datetime as dt
from pathlib import Path

import psycopg
import pytest
from cryptography import x509

from medidesk.errors import CertificateProblem, ServerProblem
from medidesk.server import tls
from medidesk.server.cluster import Cluster
from medidesk.server.handshake import certificate_problem
from medidesk.server.local import server_errors
from medidesk.server.private_files import write_private
from medidesk.server.run_as import server_user
from tests.server.test_cluster import connect
from tests.support.waiting import wait_until


@pytest.fixture(autouse=True)
def _with_tls(cluster: Cluster) -> None:
    if not cluster.binaries.tls:
        pytest.skip("this PostgreSQL was built without TLS")


def serve(cluster: Cluster, signed: tls.Signed) -> None:
    """Have the running server show this certificate from now on."""
    write_private(cluster.data / "server.key", signed.key, server_user(cluster.data))
    write_private(cluster.data / "server.crt", signed.certificate, server_user(cluster.data))
    with connect(cluster) as connection:
        connection.execute("select pg_reload_conf()")


def refusal(cluster: Cluster, host: str = "127.0.0.1", authority: Path | None = None) -> str:
    """Why the certificate is not trusted, in a sentence; empty when it is."""
    port = cluster.status().port
    assert port is not None
    return str(certificate_problem(host, port, authority or cluster.folder.authority) or "")


def authority_of(cluster: Cluster) -> tls.Signed:
    folder = cluster.folder.path
    return tls.Signed((folder / "ca.crt").read_bytes(), (folder / "ca.key").read_bytes())


def test_connections_are_encrypted_with_tls_1_2_or_later(cluster: Cluster) -> None:
    with connect(cluster) as connection:
        row = connection.execute(
            "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()"
        ).fetchone()
        floor = connection.execute("show ssl_min_protocol_version").fetchone()
    assert row is not None
    assert row[0] is True
    assert row[1] in {"TLSv1.2", "TLSv1.3"}
    assert floor == ("TLSv1.2",)


def test_a_plain_connection_is_refused_even_with_the_password(cluster: Cluster) -> None:
    url = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    plain = url.split("?")[0] + "?sslmode=disable"
    with pytest.raises(psycopg.OperationalError, match=r"rejects connection .* no encryption"):
        psycopg.connect(plain)


def test_a_station_of_another_clinic_does_not_trust_it(cluster: Cluster, tmp_path: Path) -> None:
    stranger = tmp_path / "ca.crt"
    stranger.write_bytes(tls.new_authority().certificate)
    url = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(url, sslrootcert=str(stranger))


def test_it_answers_to_its_own_names_only(cluster: Cluster) -> None:
    url = cluster.url("postgres", cluster.superuser, cluster.superuser_password)
    for host in tls.local_hosts():
        with psycopg.connect(url, host=host, hostaddr="127.0.0.1") as connection:
            assert connection.info.host == host
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        psycopg.connect(url, host="clinic.example", hostaddr="127.0.0.1")


def test_an_expired_certificate_is_refused_and_the_next_start_renews_it(made: Cluster) -> None:
    made.start()
    certificate = made.data / "server.crt"
    pinned = tls.fingerprint(made.folder.authority)
    yesterday = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=1)
    serve(made, tls.new_server_certificate(authority_of(made), tls.local_hosts(), until=yesterday))
    assert tls.certificate_expiry(certificate) == yesterday
    wait_until(lambda: "has expired" in refusal(made))
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        connect(made)
    made.restart()
    assert tls.certificate_expiry(certificate) > dt.datetime.now(dt.UTC) + tls.RENEW_BEFORE
    assert tls.fingerprint(made.folder.authority) == pinned, "stations would have to pair again"
    assert not refusal(made)
    connect(made).close()


def test_its_own_program_too_is_told_why_a_certificate_is_not_trusted(made: Cluster) -> None:
    made.start()
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    serve(made, tls.new_server_certificate(authority_of(made), tls.local_hosts(), until=yesterday))
    wait_until(lambda: "has expired" in refusal(made))
    with pytest.raises(CertificateProblem, match="has expired"), server_errors(made):
        connect(made)


def test_why_a_certificate_is_not_trusted_is_told_in_a_sentence(cluster: Cluster, tmp_path: Path) -> None:
    stranger, damaged = tmp_path / "stranger.crt", tmp_path / "damaged.crt"
    stranger.write_bytes(tls.new_authority().certificate)
    damaged.write_text("-----BEGIN CERTIFICATE-----")
    assert not refusal(cluster)
    assert not refusal(cluster, "localhost")
    assert "not the one this station was paired with" in refusal(cluster, authority=stranger)
    assert "is damaged" in refusal(cluster, authority=damaged)
    assert "is missing" in refusal(cluster, authority=tmp_path / "none.crt")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_certificate_for_another_server_is_told_from_a_strangers(made: Cluster, host: str) -> None:
    made.start()
    serve(made, tls.new_server_certificate(authority_of(made), ["other.clinic.example"]))
    wait_until(lambda: f"not for the address {host}" in refusal(made, host))


def test_a_certificate_stays_while_it_is_good(made: Cluster) -> None:
    made.start()
    before = (made.data / "server.crt").read_bytes()
    made.restart()
    assert (made.data / "server.crt").read_bytes() == before


def test_a_server_that_gets_another_name_gets_another_certificate(made: Cluster) -> None:
    made.start()
    certificate = made.data / "server.crt"
    hosts = [*tls.local_hosts(), "server.clinic.example", "10.0.0.7"]
    assert not tls.still_good(
        certificate, certificate.with_name("server.key"), hosts, made.folder.authority.read_bytes()
    )
    made.stop()
    named = type(made.options)(
        names=("server.clinic.example", "10.0.0.7"), shared_buffers_mb=32, extra=made.options.extra
    )
    renamed = Cluster(made.folder.path, made.binaries, options=named)
    renamed.start()
    assert tls.still_good(
        certificate, certificate.with_name("server.key"), hosts, made.folder.authority.read_bytes()
    )
    url = renamed.url("postgres", renamed.superuser, renamed.superuser_password)
    psycopg.connect(url, host="server.clinic.example", hostaddr="127.0.0.1").close()


def test_files_put_back_or_damaged_bring_a_new_certificate_that_fits(made: Cluster) -> None:
    made.start()
    kept = authority_of(made)
    made.folder.authority.unlink()
    made.restart()
    made.stop()
    key = made.folder.path / "ca.key"
    made.folder.authority.write_bytes(kept.certificate)
    key.write_bytes(kept.key)
    made.start()
    connect(made).close()
    made.stop()
    (made.data / "server.key").write_text("nonsense")
    made.start()
    connect(made).close()
    made.stop()
    key.write_text("nonsense")
    (made.data / "server.crt").unlink()
    with pytest.raises(ServerProblem, match="damaged"):
        made.start()


def test_what_was_made_under_a_clock_that_ran_years_ahead_is_valid_when_it_is_put_right() -> None:
    authority = tls.new_authority()
    server = tls.new_server_certificate(authority, ["localhost"])
    for pem in (authority.certificate, server.certificate):
        certificate = x509.load_pem_x509_certificate(pem)
        assert certificate.not_valid_before_utc < dt.datetime.now(dt.UTC) - dt.timedelta(days=4 * 365)
