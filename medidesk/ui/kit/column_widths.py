"""How the columns of a table share its width."""

from collections.abc import Sequence

from medidesk.ui.kit.table_model import Column

_NARROWEST = 48


def shared_widths(columns: Sequence[Column], room: int) -> dict[int, int]:
    """The width in px of each column that is shown, by its place.

    Optional columns leave from the end while there is too little room. What is left over goes to the
    columns that `grow`, by their shares, or to the first one; what is missing is taken from them.
    """
    shown = list(range(len(columns)))
    for at in reversed(range(len(columns))):
        if sum(columns[one].width for one in shown) <= room:
            break
        if columns[at].optional:
            shown.remove(at)
    spare = room - sum(columns[at].width for at in shown)
    growing = [at for at in shown if columns[at].grow] or shown[:1]
    shares = {at: columns[at].grow or 1 for at in growing}
    whole, left = sum(shares.values()), spare
    widths = {at: columns[at].width for at in shown}
    for at in growing:
        # The last one takes what rounding left, so that the columns fill the room exactly.
        more = left if at == growing[-1] else spare * shares[at] // whole
        left -= more
        widths[at] = max(_NARROWEST, widths[at] + more)
    return widths
