"""The colour maps of `ptygui.figures.colours` for pyqtgraph."""

from functools import cache

import pyqtgraph as pg

from ptygui.figures.colours import colour_table


@cache
def colour_map(name: str) -> pg.ColorMap:
    """One of the maps by its name, always the same object."""
    return pg.ColorMap(None, colour_table(name), name=name)
