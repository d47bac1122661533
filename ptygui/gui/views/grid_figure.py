"""The pictures of a PaneGrid as a figure for a paper: the visible ones, with their zoom and colours."""

import numpy as np

from ptygui.figures.figure import Bar, Panel, Pictures
from ptygui.gui.views.panes import PaneGrid


def grid_figure(
    grid: PaneGrid, pixel_size_m: float | None, caption: str = "", title: str = ""
) -> Pictures | None:
    """What a PaneGrid shows, or None if it shows nothing."""
    if grid.shape is None:
        return None
    panels = []
    for group in grid.in_sight():
        kind = grid.kinds[group[0][0]]
        label = "phase [rad]" if kind.endswith("phase") else "amplitude"
        low, high = grid.bars[kind].levels
        bar = Bar(label, (low, high), grid.bars[kind].colours.name)
        for _, words, picture in group:
            if picture is None:
                return None
            area = grid.linked.area(grid.panes[group[0][0]])
            panels.append(Panel(words.removesuffix(" [rad]"), _whole(picture, grid.shape)[area], bar))
    return Pictures(panels, pixel_size_m, caption, title)


def _whole(picture: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A picture that may be `thinned`, with as many pixels as the object has."""
    n = -(-shape[0] // picture.shape[0])
    return picture if n == 1 else picture.repeat(n, 0).repeat(n, 1)[: shape[0], : shape[1]]
