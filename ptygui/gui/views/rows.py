"""How pictures are laid out so that they are largest: in how many rows, and where their colour bars are."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple, TypeVar

from ptygui.gui.views.title import HEIGHT
from ptygui.gui.widgets.style import EDGE

BELOW = 60  # px that a colour bar with its histogram and axis takes below pictures
BESIDE = 80  # px that it takes beside them

Group = TypeVar("Group")


class Arrangement(NamedTuple):
    """In how many rows pictures are, and whether colour bars stand beside them or lie below."""

    rows: int = 1
    upright: bool = False


def in_rows(groups: Sequence[Group], count: int) -> Iterator[Sequence[Group]]:
    """Groups in so many rows, in order."""
    each = -(-len(groups) // max(count, 1))
    for first in range(0, len(groups), max(each, 1)):
        yield groups[first : first + each]


def best_arrangement(
    widths: Sequence[int], size: tuple[int, int], shape: tuple[int, int], turn: bool = True
) -> Arrangement:
    """The arrangement in which pictures of one object are largest: of equals, few rows with bars below.

    Parameters
    ----------
    widths : sequence of int
        Of each group of pictures that share a colour bar, how many lie side by side.
    size : (width, height)
        Of the area [px].
    shape : (rows, columns)
        Of the object.
    turn : bool
        Whether the bars may stand.
    """

    def magnified(way: Arrangement) -> float:
        rows = list(in_rows(widths, way.rows))
        across = max(map(sum, rows))
        bars = BESIDE * max(map(len, rows)) if way.upright else 0
        wide = (size[0] - bars) / across - EDGE
        high = size[1] / way.rows - HEIGHT - (0 if way.upright else BELOW)
        return min(wide / shape[1], high / shape[0])

    ways = product(range(1, len(widths) + 1), (False, True) if turn else (False,))
    return max((Arrangement(*way) for way in ways), key=magnified, default=Arrangement())
