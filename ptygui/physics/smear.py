"""A procedural blood smear: a complex object that needs no download.

    obj = smear((512, 512), seed=1)

Red cells lie singly and in short curved rolls, a few are deeply stained, a few are ghosts; white cells with
lobed nuclei and platelets lie between them. Phase and absorption follow the thickness. Lengths and contrasts
are those of blood smears seen by Fourier ptychography with cells of about 17 pixels.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ptygui.errors import InputError

_PACKING = 5.0  # exponent of the sum over cells: overlapping cells flatten instead of adding up
_CROWDED = 0.25  # thickness at a new cell's centre above which it has no room
_LARGEST = 2**27  # pixels


@dataclass(frozen=True)
class _Cell:
    """One body: centre and semi-axes [px], tilt and outline phase [rad], and how it looks."""

    row: float
    column: float
    radius: float
    flatness: float
    tilt: float
    bumps: tuple[float, float, float]
    dimple: float
    height: float


def smear(
    shape: Sequence[int],
    seed: int | np.random.Generator,
    *,
    cell: float = 17.0,
    density: float = 0.66,
    phase: float = 0.55,
    absorption: float = 0.21,
    stained: float = 0.045,
    background: float = 0.06,
) -> NDArray[np.complex64]:
    """Make a blood smear object.

    Parameters
    ----------
    shape : two ints
        Rows and columns [px].
    seed : int or numpy Generator
        The same seed gives the same object, for the same shape and options.
    cell : float
        Mean diameter of a red cell [px].
    density : float
        Share of the field aimed to be covered by red cells, 0 ... 0.8.
    phase : float
        Phase of an ordinary red cell above the background [rad].
    absorption : float
        Share of the amplitude an ordinary red cell takes.
    stained : float
        Share of red cells that are deeply stained: amplitude down to about 0.2, phase 1.5 ... 2.5 rad.
    background : float
        Standard deviation of the smooth background phase [rad].

    Returns
    -------
    complex64 array, shape (rows, columns)
        Amplitude about 0.95 between the cells; phase about 0 there.

    Raises
    ------
    InputError
        If an option is out of its range.
    """
    rows, columns = _checked(shape, cell, density, stained)
    rng = np.random.default_rng(seed)
    depth = _Layer((rows, columns))
    stain = _Layer((rows, columns))
    for body in _red_cells(depth, rng, cell, density):
        kind = rng.random()
        if kind < stained:
            stain.add(_replaced(body, 0.42 * cell, dimple=0.15, height=rng.uniform(0.7, 1.1)))
            depth.add(body, 0.6)
        elif kind < stained + 0.05:  # a ghost: hardly more than its rim
            depth.add(_replaced(body, body.radius, dimple=0.8, height=0.45))
        else:
            depth.add(body)
    _white_cells(depth, stain, rng, cell)
    _platelets(depth, rng, cell)
    return _transmission(depth.total(), stain.total(), rng, phase, absorption, background)


def _checked(shape: Sequence[int], cell: float, density: float, stained: float) -> tuple[int, int]:
    if len(shape) != 2 or min(shape) < 1 or shape[0] * shape[1] > _LARGEST:
        raise InputError(f"smear of shape {tuple(shape)}: expected two sides, at most {_LARGEST} px in all")
    for name, value, low, high in (
        ("cell", cell, 4.0, 1000.0),
        ("density", density, 0.0, 0.8),
        ("stained", stained, 0.0, 0.9),
    ):
        if not low <= value <= high:
            raise InputError(f"smear: {name} is {value:g}, expected {low:g} to {high:g}")
    return int(shape[0]), int(shape[1])


class _Layer:
    """A thickness map that bodies are added to."""

    def __init__(self, shape: tuple[int, int]):
        self.powers = np.zeros(shape, np.float32)
        self.covered = 0  # pixels with a body

    def add(self, body: _Cell, share: float = 1.0) -> None:
        """Add a body."""
        window, thickness = _profile(body, self.powers.shape)
        part = self.powers[window]
        self.covered -= int(np.count_nonzero(part))
        part += (share * thickness) ** _PACKING
        self.covered += int(np.count_nonzero(part))

    def free(self, row: float, column: float) -> bool:
        """Whether a body centred there would have room (outside the field there always is)."""
        r, c = round(row), round(column)
        height, width = self.powers.shape
        return not (0 <= r < height and 0 <= c < width) or self.powers[r, c] < _CROWDED**_PACKING

    def total(self) -> NDArray[np.float32]:
        """The thickness, 1 in the middle of an ordinary cell."""
        return self.powers ** (1 / _PACKING)


def _profile(body: _Cell, shape: tuple[int, int]) -> tuple[tuple[slice, slice], NDArray[np.float32]]:
    """Thickness of a body on the pixels of a window around it: between a flat dome and a biconcave disc."""
    reach = 1.25 * body.radius + 1
    top, left = max(0, math.floor(body.row - reach)), max(0, math.floor(body.column - reach))
    bottom = max(top, min(shape[0], math.ceil(body.row + reach) + 1))
    right = max(left, min(shape[1], math.ceil(body.column + reach) + 1))
    y = np.arange(top, bottom, dtype=np.float32)[:, None] - body.row
    x = np.arange(left, right, dtype=np.float32)[None, :] - body.column
    cos, sin = math.cos(body.tilt), math.sin(body.tilt)
    along, across = cos * x + sin * y, (cos * y - sin * x) / body.flatness
    angle = np.arctan2(across, along)
    two, three, turn = body.bumps
    outline = body.radius * (1 + two * np.cos(2 * angle + turn) + three * np.cos(3 * angle - 2 * turn))
    squared = (along**2 + across**2) / outline**2
    edge = np.sqrt(np.clip(1 - squared, 0, 1))
    dome = edge**0.7
    # Evans and Fung 1972: the mean red cell, scaled to a largest thickness of 1.
    biconcave = edge * (0.207 + 2.003 * squared - 1.123 * squared**2) / 0.66
    thickness = body.height * ((1 - body.dimple) * dome + body.dimple * np.clip(biconcave, 0, None))
    return (slice(top, bottom), slice(left, right)), thickness.astype(np.float32)


def _replaced(body: _Cell, radius: float, dimple: float, height: float) -> _Cell:
    return _Cell(
        body.row, body.column, radius, max(body.flatness, 0.8), body.tilt, body.bumps, dimple, height
    )


def _red_cells(depth: _Layer, rng: np.random.Generator, cell: float, density: float) -> Iterator[_Cell]:
    """Yield red cells, singly and in rolls, until the field is covered; the caller adds them to `depth`."""
    height, width = depth.powers.shape
    wanted = density * height * width
    margin = 0.5 * cell
    for _ in range(int(8 * wanted / cell**2) + 8):
        if depth.covered >= wanted:
            return
        row = rng.uniform(-margin, height + margin)
        column = rng.uniform(-margin, width + margin)
        heading, turn = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.35)
        for _ in range(int(min(rng.geometric(0.5), 9))):
            if not depth.free(row, column):
                break
            yield _red_cell(row, column, heading, rng, cell)
            step = cell * rng.uniform(0.5, 1.05)
            heading += turn + rng.normal(0, 0.15)
            row, column = row + step * math.sin(heading), column + step * math.cos(heading)


def _red_cell(row: float, column: float, heading: float, rng: np.random.Generator, cell: float) -> _Cell:
    return _Cell(
        row,
        column,
        radius=0.5 * cell * rng.normal(1.12, 0.08),
        flatness=rng.uniform(0.65, 1.0),
        tilt=heading + np.pi / 2 + rng.normal(0, 0.3),
        bumps=(rng.normal(0, 0.05), rng.normal(0, 0.035), rng.uniform(0, 2 * np.pi)),
        dimple=float(np.clip(rng.normal(0.15, 0.15), 0, 0.7)),
        height=float(np.clip(rng.normal(1.0, 0.16), 0.5, 1.5)),
    )


def _white_cells(depth: _Layer, stain: _Layer, rng: np.random.Generator, cell: float) -> None:
    """About one white cell in the area of 400 red ones: a wide pale body with a lobed, dark nucleus."""
    height, width = depth.powers.shape
    for _ in range(rng.poisson(height * width / (400 * cell**2))):
        row, column = rng.uniform(0, height), rng.uniform(0, width)
        radius = cell * rng.uniform(0.6, 0.8)
        depth.add(_Cell(row, column, radius, 0.9, 0.0, (0.03, 0.03, rng.uniform(0, 6)), 0.0, 0.7))
        around = rng.uniform(0, 2 * np.pi)
        for _ in range(rng.integers(2, 5)):
            around += rng.uniform(1.0, 1.8)
            offset = 0.4 * radius
            lobe = (row + offset * math.sin(around), column + offset * math.cos(around))
            size = radius * rng.uniform(0.35, 0.5)
            bumps = (0.05, 0.05, around)
            stain.add(_Cell(*lobe, size, 0.8, around, bumps, 0.0, rng.uniform(0.4, 0.8)))


def _platelets(depth: _Layer, rng: np.random.Generator, cell: float) -> None:
    height, width = depth.powers.shape
    for _ in range(rng.poisson(height * width / (18 * cell**2))):
        row, column = rng.uniform(0, height), rng.uniform(0, width)
        if depth.free(row, column):
            radius, bumps = cell * rng.uniform(0.08, 0.16), (0.0, 0.0, 0.0)
            depth.add(_Cell(row, column, radius, 0.9, 0.0, bumps, 0.0, rng.uniform(0.2, 0.5)))


def _transmission(
    depth: NDArray[np.float32],
    stain: NDArray[np.float32],
    rng: np.random.Generator,
    phase: float,
    absorption: float,
    background: float,
) -> NDArray[np.complex64]:
    """Amplitude and phase of the thickness of cells and of stain, with background, grain and a band limit."""
    slow = _smooth_noise(depth.shape, 60.0, rng)
    fade = _smooth_noise(depth.shape, 40.0, rng)
    depth, stain = ndimage.gaussian_filter(depth, 1.0), ndimage.gaussian_filter(stain, 0.9)
    # A sharp pupil rings: rims are lined dark inside and bright outside, stained cells most of all.
    rim = depth - ndimage.gaussian_filter(depth, 2.5)
    ring = stain - ndimage.gaussian_filter(stain, 2.5)
    angle = phase * depth + 0.08 * rim + 1.9 * stain + background * slow
    light = 0.93 * (1 - absorption * np.clip(depth, 0, 1.4)) * np.exp(-1.05 * stain)
    light -= 0.12 * rim + 0.7 * ring
    grain = ndimage.gaussian_filter(rng.standard_normal((2, *depth.shape)), (0, 0.7, 0.7)) * 2.5
    light = np.clip(light * (1 + 0.025 * fade) + 0.006 * grain[0], 0.02, None)
    return (light * np.exp(1j * (angle + 0.012 * grain[1]))).astype(np.complex64)


def _smooth_noise(shape: tuple[int, int], scale: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Gaussian noise of unit standard deviation (in expectation) and zero mean, smooth over `scale` px."""
    coarse = tuple(max(2, round(3 * n / scale) + 3) for n in shape)
    noise = rng.standard_normal(coarse)
    rows = np.linspace(1, coarse[0] - 2, shape[0]) if coarse[0] > 3 else np.linspace(0, 1, shape[0])
    columns = np.linspace(1, coarse[1] - 2, shape[1]) if coarse[1] > 3 else np.linspace(0, 1, shape[1])
    smooth = ndimage.gaussian_filter(noise, 1.0, mode="reflect") * (2 * math.sqrt(math.pi))
    return ndimage.map_coordinates(smooth, np.meshgrid(rows, columns, indexing="ij"), order=3, mode="nearest")
