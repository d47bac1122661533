"""The content of a figure as numbers and text: `draw.write_figure` draws it on a page of any width."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ptygui.figures.colours import COMPLEX, coloured
from ptygui.figures.levels import CIRCLE
from ptygui.figures.ticks import even_ticks, in_short

_ANGLES = tuple((k / 4, name) for k, name in enumerate(("−π", "−π/2", "0", "π/2", "π")))


@dataclass(frozen=True)
class Bar:
    """A colour bar.

    Attributes
    ----------
    label : str
        The quantity, with the unit.
    levels : (float, float)
        Values at its ends.
    colours : str
        A name of `colours.MAPS`, or `COMPLEX`: hue for phase, and amplitudes bright at the upper level.
    """

    label: str
    levels: tuple[float, float]
    colours: str

    @property
    def strip(self) -> np.ndarray:
        """Its colours from left to right, uint8 (H, W, 3)."""
        if self.colours == COMPLEX:
            brightness, turn = np.mgrid[1:0:16j, -np.pi : np.pi : 256j]
            return coloured(brightness * np.exp(1j * turn), (0, 1), COMPLEX)
        return coloured(np.linspace(0, 1, 256)[None], (0, 1), self.colours)

    @property
    def ticks(self) -> Sequence[tuple[float, str]]:
        """Its labels, as pairs (place from 0 to 1, text); a whole turn is labelled in fractions of π."""
        if self.colours == COMPLEX or tuple(self.levels) == CIRCLE:
            return _ANGLES
        low, high = self.levels
        return [((tick - low) / (high - low), in_short(tick)) for tick in even_ticks(low, high)]


@dataclass(frozen=True, eq=False)
class Panel:
    """A picture, its title, and its colour bar, which gives levels and colours.

    `values` have the shape (H, W), and are complex if the bar is. Where `striped`, bool (H, W), is True, no
    data decide.
    """

    title: str
    values: np.ndarray
    bar: Bar
    striped: np.ndarray | None = None

    @property
    def colours(self) -> np.ndarray:
        """The picture in its colours, uint8 (H, W, 3)."""
        return coloured(self.values, self.bar.levels, self.bar.colours)


@dataclass(frozen=True, eq=False)
class Pictures:
    """Panels of one size with a scale bar in the first; neighbours with the same colour bar share it.

    Attributes
    ----------
    pixel_size_m : float, optional
        For the scale bar; without it, the scale bar is in pixels.
    """

    panels: Sequence[Panel]
    pixel_size_m: float | None = None
    caption: str = ""
    title: str = "pictures"


@dataclass(frozen=True, eq=False)
class Line:
    """A curve: its numbers, which may include nan, and its style; with `dots` each number is marked."""

    x: np.ndarray
    y: np.ndarray
    colour: str
    dashed: bool = False
    dots: bool = False


@dataclass(frozen=True, eq=False)
class Graph:
    """Curves in one pair of axes, the first on top; with labelled dashed lines at the values `across`."""

    label: str
    lines: Sequence[Line]
    log_y: bool = False
    across: Sequence[tuple[float, str]] = ()


@dataclass(frozen=True, eq=False)
class Graphs:
    """Graphs over one kind of x.

    Attributes
    ----------
    marks : pairs (x, text)
        Changes, drawn as dotted lines in all graphs.
    legend : pairs (colour, text)
    """

    graphs: Sequence[Graph]
    x_label: str
    log_x: bool = False
    marks: Sequence[tuple[float, str]] = ()
    legend: Sequence[tuple[str, str]] = ()
    caption: str = ""
    title: str = "curves"


Figure = Pictures | Graphs
