"""Where search words occur in a text, whatever its accents and capitals."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache


@lru_cache(maxsize=8192)
def _folded(text: str) -> tuple[str, tuple[int, ...]]:
    """`text` without accents and case, and for each of its letters the place it came from."""
    letters: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text):
        for part in unicodedata.normalize("NFKD", letter):
            if not unicodedata.combining(part):
                folded = part.casefold()
                letters.append(folded)
                places.extend([at] * len(folded))
    return "".join(letters), tuple(places)


def match_spans(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Every place in `text` where one of `words` stands, as (start, end), merged and in order."""
    folded, places = _folded(text)
    hit = [False] * (len(text) + 1)
    for word in words:
        wanted, _places = _folded(word)
        at = folded.find(wanted) if wanted else -1
        while at >= 0:
            for place in places[at : at + len(wanted)]:
                hit[place] = True
            at = folded.find(wanted, at + len(wanted))
    spans: list[tuple[int, int]] = []
    start: int | None = None
    for at, marked in enumerate(hit):
        if marked and start is None:
            start = at
        elif not marked and start is not None:
            spans.append((start, at))
            start = None
    return spans
