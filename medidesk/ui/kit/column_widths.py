"""How the columns of a table share its width."""

from collections.abc import Sequence

from medidesk.ui.kit.table_model import Column
from medidesk.ui.kit.theme import theme

_NARROWEST = 48


def shared_widths(columns: Sequence[Column], room: int) -> dict[int, int]:
    """The width in px of each column that is shown, by its place.

    Columns that may leave do so, in their order, while there is too little room. What is left over goes to
    the columns that `grow`, by their shares, or to the first one; what is missing is taken from them.
    """
    widths = {at: round(column.width * theme().scale) for at, column in enumerate(columns)}
    for at in sorted((at for at in widths if columns[at].leaves), key=lambda at: columns[at].leaves):
        if sum(widths.values()) <= room:
            break
        del widths[at]
    spare = room - sum(widths.values())
    growing = [at for at in widths if columns[at].grow] or list(widths)[:1]
    shares = {at: columns[at].grow or 1 for at in growing}
    whole, left = sum(shares.values()), spare
    for at in growing:
        # The last one takes what rounding left, so that the columns fill the room exactly.
        more = left if at == growing[-1] else spare * shares[at] // whole
        left -= more
        widths[at] = max(_NARROWEST, widths[at] + more)
    return widths
