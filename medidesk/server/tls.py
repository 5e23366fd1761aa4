"""The clinic's own certificate authority and the server certificate it signs.

Stations trust this one authority and nothing else (`sslmode=verify-full`).
"""

import datetime as dt
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = dt.timedelta(days=20 * 365)
SERVER_LIFE = dt.timedelta(days=825)
RENEW_BEFORE = dt.timedelta(days=60)
# A server that was set up while its clock ran years ahead serves on when the clock is put right.
_CLOCK_SLACK = dt.timedelta(days=5 * 365)


@dataclass(frozen=True)
class Signed:
    """A certificate with its private key, both as PEM."""

    certificate: bytes
    key: bytes


def new_authority(name: str = "MediDesk") -> Signed:
    """A new certificate authority that may sign server certificates and no further authorities."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} authority")])
    since = dt.datetime.now(dt.UTC) - _CLOCK_SLACK
    certificate = (
        _builder(subject, subject, key.public_key(), since, since + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Signed(certificate.public_bytes(serialization.Encoding.PEM), _pem(key))


def new_server_certificate(
    authority: Signed, hosts: Sequence[str], *, until: dt.datetime | None = None
) -> Signed:
    """A server certificate for `hosts` (names and addresses), signed by `authority`.

    Args:
        authority: who signs.
        hosts: what stations may call the server; the first is its common name.
        until: when it expires; `SERVER_LIFE` from now unless told. A moment in the past makes an expired one.
    """
    until = until or dt.datetime.now(dt.UTC) + SERVER_LIFE
    since = min(dt.datetime.now(dt.UTC), until) - _CLOCK_SLACK
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    issuer_key = _private_key(authority.key)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    certificate = (
        _builder(subject, issuer.subject, key.public_key(), since, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_alternative(host) for host in hosts]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )
    return Signed(certificate.public_bytes(serialization.Encoding.PEM), _pem(key))


def local_hosts() -> list[str]:
    """The names and addresses a server on this computer answers to."""
    return list(dict.fromkeys(["localhost", "127.0.0.1", "::1", socket.gethostname()]))


def certificate_expiry(path: Path) -> dt.datetime:
    """When the certificate at `path` (PEM) expires, in UTC.

    Raises:
        ValueError: it is no certificate.
    """
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def still_good(path: Path, key: Path, hosts: Sequence[str], authority: bytes) -> bool:
    """Whether there is a certificate at `path` for all `hosts` that has more than `RENEW_BEFORE` left.

    `key` must be its key and `authority` (PEM) must have signed it: when one of them was put back from a
    backup, they may not fit.
    """
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        if _private_key(key.read_bytes()).public_key() != certificate.public_key():
            return False
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (FileNotFoundError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    left = certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)
    return left > RENEW_BEFORE and {_alternative(host) for host in hosts} <= set(names)


def fingerprint(path: Path) -> str:
    """The SHA-256 of the certificate at `path`, in hexadecimal: what pairing pins."""
    return x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA256()).hex()


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    since: dt.datetime,
    until: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("MediDesk's keys are elliptic-curve keys")
    return key


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
