"""Joining a clinic: whatever answers, and whatever file is chosen, ends in a value or in a sentence."""

import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medidesk.errors import DomainError, MediDeskError
from medidesk.server import pairing, tls
from medidesk.server.handshake import certificate_problem
from medidesk.ui.first_run.actions import _answering, _pin
from tests.support.hostile import (
    Behaviour,
    Hostile,
    changed,
    hostile,
    loads,
    raw,
    server_context,
    twisted_tls,
)

SECONDS = 1.0
FREELY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
SOME = settings(FREELY, max_examples=40)
AUTHORITY = tls.new_authority()
SERVER = tls.new_server_certificate(AUTHORITY, ["127.0.0.1"])
STRANGER = tls.new_authority("Somebody else")
DER = x509.load_pem_x509_certificate(AUTHORITY.certificate).public_bytes(Encoding.DER)
CODE = pairing.read_code(pairing.code_of(AUTHORITY.certificate))
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


@pytest.fixture(scope="module")
def server() -> Iterator[Hostile]:
    with hostile() as running:
        yield running


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pinned") / "clinic.crt"
    path.write_bytes(AUTHORITY.certificate)
    return path


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> dict[ssl.TLSVersion, ssl.SSLContext]:
    chain = tls.Signed(SERVER.certificate + AUTHORITY.certificate, SERVER.key)
    return {one: server_context(tmp_path_factory.mktemp("shown"), chain, version=one) for one in VERSIONS}


def met(server: Hostile, behave: Behaviour, pinned: Path, seconds: float = SECONDS) -> bytes | None:
    """What pairing takes from a server that behaves so: an authority, or nothing and a sentence, in time."""
    server.behave = behave
    taken: bytes | None = None
    began = time.monotonic()
    try:
        with _answering("127.0.0.1", server.port):
            taken = pairing.authority_at("127.0.0.1", server.port, CODE, timeout=seconds)
    except MediDeskError as error:
        _told(error)
    try:
        with _answering("127.0.0.1", server.port):
            problem = certificate_problem("127.0.0.1", server.port, pinned, timeout=seconds)
    except MediDeskError as error:
        problem = error  # type: ignore[assignment]
    if problem is not None:
        _told(problem)
    assert time.monotonic() - began < 6 * seconds + 1, "a hostile server was waited for"
    return taken


def _told(error: MediDeskError) -> None:
    assert error.sentence.endswith(".")
    assert error.next_step


# What answers

BYTES = st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"\x16\x03\x03" + rest)


@SOME
@given(first=st.sampled_from([b"S", b"N", b"E", b""]), chunks=st.lists(BYTES, max_size=4))
def test_any_bytes_are_a_sentence(server: Hostile, pinned: Path, first: bytes, chunks: list[bytes]) -> None:
    assert met(server, raw(first, *chunks), pinned) is None


@pytest.mark.parametrize("then", ["wait", "endless"])
@pytest.mark.parametrize(
    "chunk",
    [
        b"",
        b"\0" * 50,
        b"\x16\x03\x03\xff\xff" + b"\x02" * 60_000,
        b"\x15\x03\x03\x00\x02\x01\x00",
        b"\x14\x03\x03\x00\x01\x01",
    ],
    ids=["nothing", "zeros", "a giant record", "warnings", "changes of cipher"],
)
def test_who_never_ends_is_not_waited_for(server: Hostile, pinned: Path, chunk: bytes, then: str) -> None:
    if chunk or then == "wait":
        assert met(server, raw(b"S", chunk, then=then), pinned) is None


@FREELY
@given(
    version=st.sampled_from(VERSIONS),
    changes=st.dictionaries(st.integers(0, 1_800), st.integers(0, 255), max_size=4),
    cut=st.none() | st.integers(0, 1_800),
)
def test_a_real_answer_with_other_bytes_in_it_proves_nothing_but_itself(
    server: Hostile,
    pinned: Path,
    contexts: dict[ssl.TLSVersion, ssl.SSLContext],
    version: ssl.TLSVersion,
    changes: dict[int, int],
    cut: int | None,
) -> None:
    def behave(connection: object) -> None:
        twisted_tls(contexts[version], changed(changes.items(), cut))(connection)  # type: ignore[arg-type]

    taken = met(server, behave, pinned, 0.1)
    assert taken in {None, AUTHORITY.certificate}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_real_answer_is_believed_also_one_byte_at_a_time(
    server: Hostile, pinned: Path, contexts: dict[ssl.TLSVersion, ssl.SSLContext], version: ssl.TLSVersion
) -> None:
    for piece in (0, 1):
        assert met(server, twisted_tls(contexts[version], bytes, piece), pinned) == AUTHORITY.certificate


def showing(folder: Path, *more: bytes) -> Behaviour:
    """A real server, which shows these with its own certificate."""
    return twisted_tls(server_context(folder, SERVER, *more))


@FREELY
@given(changes=st.dictionaries(st.integers(0, len(DER) - 1), st.integers(0, 255), min_size=1, max_size=3))
def test_a_chain_of_what_only_looks_like_the_clinics_certificate(
    server: Hostile, pinned: Path, tmp_path: Path, changes: dict[int, int]
) -> None:
    spoilt = changed(changes.items())(DER)
    if loads(spoilt) and spoilt != DER:
        assert met(server, showing(tmp_path, spoilt), pinned) is None
        assert met(server, showing(tmp_path, spoilt, DER), pinned) == AUTHORITY.certificate


def test_a_certificate_of_a_version_that_there_is_none_of_is_passed_over(
    server: Hostile, pinned: Path, tmp_path: Path
) -> None:
    unheard_of = DER.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09")
    assert loads(unheard_of)
    assert met(server, showing(tmp_path, unheard_of, DER), pinned) == AUTHORITY.certificate
    with pytest.raises(DomainError):
        _pin(tmp_path / "home", ssl.DER_cert_to_PEM_cert(unheard_of).encode())


def test_a_chain_beyond_all_measure(server: Hostile, pinned: Path, tmp_path: Path) -> None:
    assert met(server, showing(tmp_path, *[DER] * 400), pinned) is None
    assert met(server, showing(tmp_path, *[DER] * 50), pinned) == AUTHORITY.certificate


# What is chosen


@FREELY
@given(
    content=st.binary(max_size=300)
    | st.dictionaries(st.integers(0, len(AUTHORITY.certificate) - 1), st.integers(0, 255), max_size=3).map(
        lambda changes: changed(changes.items())(AUTHORITY.certificate)
    )
    | st.dictionaries(st.integers(0, len(DER) - 1), st.integers(0, 255), max_size=3).map(
        lambda changes: ssl.DER_cert_to_PEM_cert(changed(changes.items())(DER)).encode()
    )
)
def test_any_file_is_a_certificate_or_a_sentence(tmp_path: Path, content: bytes) -> None:
    home = tmp_path / "home"
    try:
        kept = _pin(home, content)
    except DomainError as error:
        _told(error)
    else:
        assert kept.parent == home
        assert kept.read_bytes() == content
