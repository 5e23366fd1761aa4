"""How much an import takes in before it refuses: no file, however made, fills the memory or the day."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one import; sizes in bytes.

    Attributes:
        file_bytes: of one file, and of one member of a zip once unpacked.
        archive_bytes: of all members of one zip together, unpacked.
        directory_bytes: of a zip's table of contents.
        members: of one zip.
        ratio: unpacked to packed, of a member larger than `ratio_from`. Real records reach 15 to 60; a zip bomb
            made of one repeated byte reaches 1,000.
        ratio_from: smaller members may shrink as well as they like.
        entry_bytes: of one entry of a bundle, one line of NDJSON, one line of CSV: the most that is held at once.
        rows: of one patient's file, numbers, contacts, allergies and conditions together. They are one operation,
            for which the server has half a minute. A real export's fullest file had 63.
        depth: of nested objects and lists; FHIR's own stay below 20.
        lines: of the report; further ones are only counted.
    """

    file_bytes: int = 2048 * MIB
    archive_bytes: int = 4096 * MIB
    directory_bytes: int = 8 * MIB
    members: int = 20_000
    ratio: int = 200
    ratio_from: int = 4 * MIB
    entry_bytes: int = 16 * MIB
    rows: int = 2_000
    depth: int = 64
    lines: int = 100_000


LIMITS = Limits()


def size(count: int) -> str:
    """A number of bytes in words: "12 MB"."""
    for unit, factor in (("GB", 1024 * MIB), ("MB", MIB), ("kB", 1024)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} B"
