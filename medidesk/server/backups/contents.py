"""What belongs to a backup beside the dump: all that another machine needs to take the server's place."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from medidesk.server.backups.digests import Digests

FORM = 1
"""Of the files of a backup; a newer form is refused by an older program."""


@dataclass(frozen=True)
class Contents:
    """Sealed like the dump.

    Attributes:
        made_at: UTC, ISO 8601: the moment that the dump shows.
        database: its name.
        superuser: its name there.
        postgres: the major version of the server that it was taken from.
        schema_version: of the clinic's schema.
        server_id: of the server, as stations know it.
        digests: of the database (`digests`), and "(roles)".
        roles: SQL that makes the logins and groups, with their verifiers.
        authority: certificate and key (PEM) that stations trust; None where the server speaks no TLS.
        settings: how the server was set up (`ServerSettings.to_json`).
        port: where it served.
        dump: SHA-256 of the dump before it was sealed.
    """

    made_at: str
    database: str
    superuser: str
    postgres: int
    schema_version: int
    server_id: str
    digests: Digests
    roles: str
    authority: tuple[str, str] | None
    settings: Mapping[str, Any]
    port: int
    dump: str

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(count for name, (count, _) in self.digests.items() if not name.startswith("("))

    def to_json(self) -> str:
        """For a file."""
        return json.dumps({"form": FORM, **asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """As `to_json` gave it.

        Raises:
            ValueError: it is no such file, or of a newer form.
        """
        said = json.loads(text)
        if not isinstance(said, dict) or said.pop("form", None) != FORM:
            raise ValueError("not the contents of a backup, or of another form")
        try:
            said["digests"] = {name: (int(one[0]), str(one[1])) for name, one in said["digests"].items()}
            said["authority"] = said["authority"] and tuple(said["authority"])
            return cls(**said)
        except (TypeError, KeyError, AttributeError, IndexError) as error:
            raise ValueError("not the contents of a backup") from error
