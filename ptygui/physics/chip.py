"""A procedural integrated circuit: a complex object with sharp edges that needs no download.

    obj = chip((512, 512), seed=1)

Rows of cells between power rails, two layers of wires routed on tracks over them, vias where the layers
connect, fill squares where a layer is empty, and wide power straps on top. All is copper of a few hundred
nanometres in oxide, seen by X-rays: phase and absorption follow the summed thickness. Drawn by rules; no
layout was copied.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ptygui.errors import InputError

_LARGEST = 2**27  # pixels
_ROW = 7  # tracks from one power rail to the next
_STRAPS = 16  # tracks from one power strap to the next, on average
_WIRE = 0.48  # width of a wire, in tracks; the rest is the distance to the next
# Copper [nm], from the substrate up. Vias add to the wires above and below them.
_CELLS, _CONTACTS, _LOWER, _VIAS, _UPPER, _TOP = 250.0, 340.0, 420.0, 450.0, 480.0, 850.0


def chip(
    shape: Sequence[int],
    seed: int | np.random.Generator,
    *,
    pitch: float = 7.0,
    density: float = 0.5,
    phase_per_nm: float = 0.8e-3,
    absorption: float = 0.04,
) -> NDArray[np.complex64]:
    """Make an integrated circuit as X-rays see it: ``exp(-(r + i) k t)`` for t nm of copper.

    Parameters
    ----------
    shape : two ints
        Rows and columns [px].
    seed : int or numpy Generator
        The same seed gives the same object, for the same shape and options.
    pitch : float
        Distance of neighbouring tracks [px].
    density : float
        Target share of the tracks that wires take, 0 ... 0.8.
    phase_per_nm : float
        k, phase by which a nanometre of copper is ahead of oxide [rad/nm]; about 0.7e-3 at 8 keV and 0.9e-3
        at 6.2 keV.
    absorption : float
        r, absorption relative to k; about 0.02 for copper, 0.08 for tungsten.

    Returns
    -------
    complex64 array, shape (rows, columns)
        Amplitude 0.9 to 1; phase from 0 between the wires to about -2 rad where all layers lie on each other.

    Raises
    ------
    InputError
        If an option is out of its range.
    """
    rows, columns = _checked(shape, pitch, density)
    rng = np.random.default_rng(seed)
    circuit = _Circuit((rows, columns), pitch, rng)
    circuit.cells()
    circuit.route(density)
    circuit.fill()
    circuit.straps()
    # Lithography and the optics round what was drawn with corners.
    thickness = ndimage.gaussian_filter(circuit.thickness(), 0.6, mode="nearest")
    return np.exp(-(absorption + 1j) * phase_per_nm * thickness).astype(np.complex64)


def _checked(shape: Sequence[int], pitch: float, density: float) -> tuple[int, int]:
    if len(shape) != 2 or min(shape) < 1 or shape[0] * shape[1] > _LARGEST:
        raise InputError(f"chip of shape {tuple(shape)}: expected two sides, at most {_LARGEST} px in all")
    for name, value, low, high in (("pitch", pitch, 3.0, 1000.0), ("density", density, 0.0, 0.8)):
        if not low <= value <= high:
            raise InputError(f"chip: {name} is {value:g}, expected {low:g} to {high:g}")
    return int(shape[0]), int(shape[1])


class _Layer:
    """The cover of one layer, 0 to 1; overlapping rectangles do not add up."""

    def __init__(self, shape: tuple[int, int], copper_nm: float):
        self.cover = np.zeros(shape, np.float32)
        self.copper_nm = copper_nm

    def rectangle(self, row: float, column: float, height: float, width: float) -> None:
        """Draw a rectangle around a centre; its sides may lie within pixels."""
        (top, down), (left, across) = (
            _covered(middle, side, count)
            for middle, side, count in zip((row, column), (height, width), self.cover.shape, strict=True)
        )
        part = self.cover[top : top + len(down), left : left + len(across)]
        np.maximum(part, down[:, None] * across, out=part)


def _covered(middle: float, side: float, count: int) -> tuple[int, NDArray[np.float32]]:
    """First pixel of a segment along an axis, and how much of each pixel it covers."""
    low, high = max(middle - side / 2, 0.0), min(middle + side / 2, float(count))
    first = math.floor(low)
    edges = np.arange(first, max(math.ceil(high), first) + 1, dtype=np.float32).clip(low, max(high, low))
    return first, np.diff(edges)


class _Circuit:
    """The layers, and which nodes of the grid of tracks are taken in the two layers of wires.

    Wires of the lower layer run along columns, of the upper one along rows.
    """

    def __init__(self, shape: tuple[int, int], pitch: float, rng: np.random.Generator):
        self.pitch, self.rng = pitch, rng
        self.corner = -rng.uniform(0, pitch, 2)  # of the grid, which reaches beyond the image on all sides
        self.size = tuple(math.ceil(n / pitch) + 2 for n in shape)
        self.first_rail = int(rng.integers(_ROW))
        coppers = _CELLS, _CONTACTS, _LOWER, _VIAS, _UPPER, _TOP
        layers = [_Layer(shape, copper * rng.uniform(0.85, 1.15)) for copper in coppers]
        self.cell, self.contact, self.lower, self.via, self.upper, self.top = layers
        self.layers = layers
        self.taken = {layer: np.zeros(self.size, bool) for layer in (self.cell, self.lower, self.upper)}

    def thickness(self) -> NDArray[np.float32]:
        """Summed copper [nm]."""
        total = np.zeros_like(self.cell.cover)
        for layer in self.layers:
            total += layer.copper_nm * layer.cover
        return total

    def cells(self) -> None:
        """Power rails, and between them cells: short bars with contacts."""
        across = self.size[1] * self.pitch * 2
        for row in range(self.first_rail - _ROW, self.size[0] + _ROW, _ROW):
            if 0 <= row < self.size[0]:
                self.taken[self.cell][row] = True
                self.cell.rectangle(self._at(row, 0), 0, 1.1 * self.pitch, across)
            column = int(self.rng.integers(-6, 0))
            while column < self.size[1]:
                width = int(self.rng.integers(3, 9))
                self._cell(row, column, width)
                column += width

    def _cell(self, rail: int, column: int, width: int) -> None:
        """Bars on some of the tracks of one cell, from its rail or free, each with a contact or two."""
        for place in range(column, column + width - 1):
            if self.rng.random() < 0.4:
                continue
            first, last = np.sort(self.rng.integers(1, _ROW, 2)) + rail
            if self.rng.random() < 0.3:
                first = rail
            self._bar(self.cell, first, place, last, place)
            for end in {int(first), int(last)}:
                if self.rng.random() < 0.8:
                    self._square(self.contact, end, place, 0.42)

    def route(self, density: float) -> None:
        """Wires that connect pins by a column and a row, until the tracks are taken or no more find room."""
        rows, columns = self.size
        left, rng = 2 * density * rows * columns, self.rng
        for _ in range(3):
            count = (
                rows * columns
            )  # nets to try: drawn at once, since drawing one number takes as long as many
            pins = zip(
                rng.integers(rows, size=count).tolist(),
                rng.integers(columns, size=count).tolist(),
                strict=True,
            )
            # Short more often than long.
            reaches = (rng.geometric(0.12, (count, 3)) * rng.choice((-1, 1), (count, 3))).tolist()
            for pin, reach, once_more in zip(pins, reaches, (rng.random(count) < 0.7).tolist(), strict=True):
                left -= self._net(pin, reach, once_more)
                if left <= 0:
                    return

    def _net(self, pin: tuple[int, int], reach: list[int], once_more: bool) -> int:
        """One net: a pin, a column to a row, a via, along the row, and often a via and a column again.

        Returns how many nodes it takes: none, where there is no room for it.
        """
        (row, column), (up, along, down) = pin, reach
        turn, end = row + up, column + along
        legs = [(self.lower, row, column, turn, column), (self.upper, turn, column, turn, end)]
        if once_more:
            legs.append((self.lower, turn, end, turn + down, end))
        if not all(self._free(*leg) for leg in legs):
            return 0
        for leg in legs:
            self._bar(*leg)
        self._square(self.contact, row, column, 0.5)
        self._square(self.via, turn, column, 0.5)
        if len(legs) > 2:
            self._square(self.via, turn, end, 0.5)
            self._square(self.contact, turn + down, end, 0.5)
        return sum(self.taken[layer][self._nodes(*place)].size for layer, *place in legs)

    def fill(self) -> None:
        """Squares wherever a layer is empty, as foundries do."""
        shift = self.rng.integers(0, 2, 2)
        for layer in (self.lower, self.upper):
            near = ndimage.binary_dilation(self.taken[layer], iterations=2)
            for row, column in zip(*np.nonzero(~near), strict=True):
                if (row + shift[0]) % 2 == 0 and (column + shift[1]) % 2 == 0:
                    self._square(layer, row, column, 1.0)

    def straps(self) -> None:
        """Wide straps of power along columns on top of all, with rows of vias."""
        down = self.size[0] * self.pitch * 2
        column = float(self.rng.uniform(-4, _STRAPS))
        while column < self.size[1]:
            middle, wide = self._at(column, 1), self.rng.uniform(1.6, 3.2)
            self.top.rectangle(0, middle, down, wide * self.pitch)
            for row in range(self.first_rail, self.size[0], _ROW):
                for k in (-0.5, 0.5):
                    self.via.rectangle(self._at(row, 0), middle + k * self.pitch, *(2 * (0.5 * self.pitch,)))
            column += _STRAPS * self.rng.uniform(0.6, 1.6)

    def _at(self, track: float, axis: int) -> float:
        """The place of a track [px]."""
        return float(self.corner[axis] + track * self.pitch)

    def _nodes(self, row: int, column: int, to_row: int, to_column: int) -> tuple[slice, slice]:
        """The nodes of a bar."""
        (top, bottom), (left, right) = sorted((row, to_row)), sorted((column, to_column))
        return slice(max(top, 0), max(bottom + 1, 0)), slice(max(left, 0), max(right + 1, 0))

    def _free(self, layer: _Layer, row: int, column: int, to_row: int, to_column: int) -> bool:
        """Whether a bar has room, with a node between it and the next on its track."""
        along = (1, 0) if column == to_column else (0, 1)
        (top, bottom), (left, right) = sorted((row, to_row)), sorted((column, to_column))
        ends = (top - along[0], left - along[1], bottom + along[0], right + along[1])
        return not self.taken[layer][self._nodes(*ends)].any()

    def _bar(self, layer: _Layer, row: int, column: int, to_row: int, to_column: int) -> None:
        """A wire from node to node."""
        self.taken[layer][self._nodes(row, column, to_row, to_column)] = True
        middle = self._at((row + to_row) / 2, 0), self._at((column + to_column) / 2, 1)
        lengths = (abs(to_row - row) + _WIRE, abs(to_column - column) + _WIRE)
        layer.rectangle(*middle, *(length * self.pitch for length in lengths))

    def _square(self, layer: _Layer, row: float, column: float, side: float) -> None:
        """A square on a node; `side` in tracks."""
        layer.rectangle(self._at(row, 0), self._at(column, 1), side * self.pitch, side * self.pitch)
