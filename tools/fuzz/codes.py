"""Pairing codes and QR codes that are typed or scanned, and certificate files that are chosen."""

import contextlib

from medidesk.errors import DomainError
from medidesk.server import pairing
from medidesk.server.tls import new_authority

_AUTHORITY = new_authority().certificate
_CODE = pairing.code_of(_AUTHORITY)
SEEDS = (
    _CODE.encode(),
    _CODE.lower().replace("-", " ").encode(),
    str(pairing.Invitation("clinic.lan:5432,b/medidesk", _CODE)).encode(),
    _AUTHORITY,
)


def one(data: bytes) -> None:
    """A code has 24 letters, an invitation a whole code, and what is no certificate is one sentence's fault."""
    text = data.decode(errors="surrogateescape")
    with contextlib.suppress(DomainError):
        if len(pairing.read_code(text)) != 24:
            raise AssertionError("a code of another length")
    for scanned in (text, f"medidesk://{text}"):
        invitation = pairing.read_invitation(scanned)
        if invitation is not None:
            pairing.read_code(invitation.code)
    with contextlib.suppress(ValueError):
        pairing.code_of(data)
