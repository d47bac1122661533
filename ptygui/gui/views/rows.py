"""In how many rows pictures are largest."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from ptygui.gui.views.title import HEIGHT
from ptygui.gui.widgets.style import EDGE

BELOW = 60  # px that a colour bar with its histogram and axis takes below pictures

Group = TypeVar("Group")


def in_rows(groups: Sequence[Group], count: int) -> Iterator[Sequence[Group]]:
    """Groups in so many rows, in order."""
    each = -(-len(groups) // max(count, 1))
    for first in range(0, len(groups), max(each, 1)):
        yield groups[first : first + each]


def best_rows(widths: Sequence[int], size: tuple[int, int], shape: tuple[int, int]) -> int:
    """The number of rows in which pictures of one object are largest, the smallest of equals.

    Parameters
    ----------
    widths : sequence of int
        Of each group of pictures that share a colour bar, how many lie side by side.
    size : (width, height)
        Of the area [px].
    shape : (rows, columns)
        Of the object.
    """

    def magnified(count: int) -> float:
        across = max(sum(row) for row in in_rows(widths, count))
        wide = size[0] / across - EDGE
        high = size[1] / count - HEIGHT - BELOW
        return min(wide / shape[1], high / shape[0])

    return max(range(1, len(widths) + 1), key=lambda count: (magnified(count), -count), default=1)
