"""Reads a scan whose layout is said: patterns in order, positions in pixels, the source of every number."""

import math
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from ptygui.errors import InputError, LayoutNeeded
from ptygui.files import patterns_on_disk
from ptygui.files.amplitudes import as_counts, squared_counts
from ptygui.files.arrays import Entry
from ptygui.files.layout.layout import AXES, Layout
from ptygui.files.layout.quantity import (
    ELECTRONS,
    ENERGIES,
    LENGTHS,
    PIXELS,
    Quantity,
    factor_of,
    typed,
)
from ptygui.files.layout.sources import Source
from ptygui.files.limits import check_length, check_size
from ptygui.files.measured import Measured
from ptygui.files.optics import Optics, in_pixels, wavelength_of
from ptygui.files.probes import modes_of
from ptygui.files.stack import Frames, flattened, mapped
from ptygui.physics.beam_energy import electron_wavelength

_NO_POSITIONS = "holds no positions that are known: give --positions (NAME, FILE, or FILE::NAME)"
USUAL = {2: "yx", 3: "kyx", 4: "ijyx"}  # order of axes by their number
_ANGLES = {"deg": np.pi / 180, "rad": 1.0}
_QUANTITIES = ("energy", "wavelength", "distance", "detector_pixel", "pixel_size")


def read_layout(path: Path, layout: Layout, allow_links: bool = False) -> Measured:
    """Read a scan by its layout.

    Raises
    ------
    InputError
        Naming what is not said and the flag to say it with, or what in the file contradicts it.
    """
    if not layout.patterns:
        raise LayoutNeeded(f"{path}: it is not said which data set holds the patterns: give --patterns NAME")
    if "*" in layout.patterns and not layout.positions and not layout.step:  # before links are followed
        raise LayoutNeeded(f"{path} {_NO_POSITIONS}")
    with ExitStack() as stack:
        source = Source(path, allow_links, stack)
        patterns, grid, notes = _patterns(source, layout)
        known = {name: _quantity(source, layout, name) for name in _QUANTITIES}
        places, metric, said = _positions(source, layout, len(patterns), grid)
        notes += said
        probe = source.entry(layout.probe).load() if layout.probe else None
        mask = _mask(source, layout, patterns.shape)
        dark = _dark(source, layout, patterns.shape)
    notes += _told(layout, known)
    wavelength = _wavelength(layout, known)
    distance, pixel, detector = (
        None if (found := known[name]) is None else found.value
        for name in ("distance", "pixel_size", "detector_pixel")
    )
    optics = Optics(
        wavelength,
        distance,
        (detector, detector) if detector else None,
        (pixel, pixel) if pixel else None,
    )
    if metric:
        return in_pixels(path, patterns, places, optics, None, probe, notes, mask=mask, dark=dark)
    if pixel is None and wavelength and distance and detector:
        pixel = float(np.sqrt(optics.object_pixels(path, patterns.shape).prod()))
    if pixel is None:
        notes.append("pixel size of the object: not known, so lengths are in pixels")
    modes: tuple[str, ...] = ()
    if probe is not None:
        probe, modes = modes_of(probe)
    return Measured(
        path,
        patterns,
        places,
        probe,
        mask=mask,
        dark=dark,
        pixel_size_m=pixel,
        wavelength_m=wavelength,
        distance_m=distance,
        notes=(*notes, *modes),
    )


def ordered(array: np.ndarray, axes: str, name: str) -> tuple[np.ndarray, tuple[int, int] | None]:
    """Frames (K, rows, columns) of an array with axes in any order, and the grid of the scan if there is one.

    Raises
    ------
    InputError
        If axes and array do not agree.
    """
    axes = axes or USUAL.get(array.ndim, "")
    if len(axes) != array.ndim:
        raise InputError(
            f"{name} has {array.ndim} axes, {' x '.join(map(str, array.shape))}: say with --axes which is "
            "which, one letter each: k frame, i scan row, j scan column, y and x detector row and column, 1 "
            "to drop"
        )
    dropped = [k for k, letter in enumerate(axes) if letter == "1"]
    if any(array.shape[k] != 1 for k in dropped):
        raise InputError(f"{name} is {array.shape}: --axes {axes} drops an axis that has more than one entry")
    array = _in_order(array, axes)
    if "i" not in axes:
        return (array if array.ndim == 3 else array[None]), None
    return array.reshape(-1, *array.shape[2:]), (int(array.shape[0]), int(array.shape[1]))


def _in_order(array: np.ndarray, axes: str) -> np.ndarray:
    """An array with the axes k, i, j, y, x in this order, where it has them."""
    array = array.reshape([n for n, letter in zip(array.shape, axes, strict=True) if letter != "1"])
    axes = axes.replace("1", "")
    return array.transpose([axes.index(letter) for letter in AXES if letter in axes])


def _ordered(entry: Entry, axes: str, name: str) -> tuple[Frames, tuple[int, int] | None]:
    """The same of a data set in a file; frames that are large together are left there."""
    axes = axes or USUAL.get(len(entry.shape), "")
    if entry.left is None or not patterns_on_disk.large(math.prod(entry.shape)):
        return ordered(entry.load(), axes, name)
    ordered(np.broadcast_to(np.uint8(0), entry.shape), axes, name)  # refuses axes that do not fit
    frame = next((letter for letter in "ki" if letter in axes), None)
    if frame is None:
        return ordered(entry.load(), axes, name)
    others = axes.replace(frame, "")
    found = mapped(entry.left(axes.index(frame)), lambda block: _in_order(block, frame + others))
    if frame == "k":
        return found, None
    return flattened(found), (found.shape[0], found.shape[1])


def _patterns(source: Source, layout: Layout) -> tuple[Frames, tuple[int, int] | None, list[str]]:
    entry = source.entry(layout.patterns)
    if entry.dtype.kind not in "biuf":
        raise InputError(f"{source.path}: {entry} does not hold real numbers: name the measured patterns")
    array, grid = _ordered(entry, layout.axes, f"{source.path}: {entry.name}")
    said = [] if layout.axes else ["order of axes: the usual one was assumed (--axes)"]
    if layout.values == "amplitudes":
        return mapped(array, squared_counts), grid, [*said, "values are amplitudes (typed): squared"]
    if layout.values == "counts":
        return array, grid, said
    array, why = as_counts(array)
    return array, grid, [*said, why]


def _positions(
    source: Source, layout: Layout, count: int, grid: tuple[int, int] | None
) -> tuple[np.ndarray, bool, list[str]]:
    """Row and column of each frame, whether in metres (else pixels), and notes."""
    if not layout.positions:
        return _grid(source, layout, count, grid)
    names = [name.strip() for name in layout.positions.split(",")]
    order = layout.positions_axes or "xy"
    entries = [source.entry(name) for name in names]
    check_size(source.path, "positions", (sum(int(np.prod(e.shape)) for e in entries),), np.dtype(np.float64))
    loaded = [np.asarray(entry.load()) for entry in entries]
    if any(array.dtype.kind not in "iuf" for array in loaded):
        raise InputError(f"{source.path}: {entries[0]} does not hold numbers: name the positions")
    if len(loaded) == 2:
        table = np.stack([array.ravel().astype(np.float64) for array in _alike(source.path, loaded)], 1)
    elif len(loaded) == 1:
        table = _table(source.path, entries[0].name, loaded[0].astype(np.float64), count)
    else:
        raise InputError(
            f"--positions names {len(loaded)} data sets, expected one, or two with a comma between"
        )
    if len(table) != count:
        raise InputError(
            f"{source.path}: {len(table)} positions and {count} patterns: expected one position per pattern"
        )
    places = table[:, ::-1] if order == "xy" else table
    notes = [] if layout.positions_axes else ["positions: the first is x, the detector's columns (assumed)"]
    stated = source.unit(names[0])
    unit = layout.positions_unit or stated
    where = f"file: {names[0]}" if unit == stated else "typed"
    if not unit:
        raise LayoutNeeded(
            f"{source.path}: the unit of the positions is not said: give --positions-unit px, m, mm, um, nm "
            f"or A (they run from {table.min():.6g} to {table.max():.6g})"
        )
    if unit.lower() in PIXELS:
        return places, False, [*notes, f"positions in pixels ({where})"]
    return (
        places * factor_of(unit, LENGTHS, "--positions-unit"),
        True,
        [*notes, f"positions in {unit} ({where})"],
    )


def _grid(
    source: Source, layout: Layout, count: int, grid: tuple[int, int] | None
) -> tuple[np.ndarray, bool, list[str]]:
    """Positions of a grid scan, from its step."""
    if layout.grid:
        grid = _said_grid(source.path, layout.grid, count)
    if not layout.step:
        other = "" if grid is None else f", or the step of its grid of {grid[0]} x {grid[1]} with --step"
        raise LayoutNeeded(f"{source.path} {_NO_POSITIONS}{other}")
    if grid is None:
        raise LayoutNeeded(
            f"{source.path}: --step is of a grid scan, and the patterns are a list of {count}: say with "
            "--grid ROWS,COLUMNS how they lie, with --axes which axes are scan rows (i) and columns (j), or "
            "give --positions"
        )
    words = [word.strip() for word in layout.step.split(",")]
    pixels = all(word.endswith(PIXELS) for word in words)
    units = {name: 1.0 for name in PIXELS} if pixels else LENGTHS
    steps = [_said(source, word, units, "--step") for word in words]
    if len(steps) > 2 or not all(step.value for step in steps):
        raise InputError(f"--step is {layout.step!r}, expected one or two lengths, such as 50nm or 5px")
    places = np.stack(np.meshgrid(*map(np.arange, grid), indexing="ij"), -1).reshape(-1, 2).astype(float)
    places *= np.array([steps[0].value, steps[-1].value], np.float64)
    size = " x ".join(f"{step.value:.6g}" for step in steps)
    unit = "px" if pixels else "m"
    notes = [f"positions: a grid of {grid[0]} x {grid[1]}, rows slow, step {size} {unit} ({steps[0].source})"]
    if layout.rotation:
        angle = _said(source, layout.rotation, _ANGLES, "--rotation")
        cosine, sine = np.cos(angle.value), np.sin(angle.value)
        places = places @ np.array([[cosine, sine], [-sine, cosine]])
        notes.append(f"the grid was turned by {np.degrees(angle.value):.6g} degrees ({angle.source})")
    return places, not pixels, notes


def _said_grid(path: Path, text: str, count: int) -> tuple[int, int]:
    words = [word.strip() for word in text.split(",")]
    if len(words) != 2 or not all(word.isdecimal() for word in words):
        raise InputError(f"--grid is {text!r}, expected rows and columns, such as 16,32")
    rows, columns = int(words[0]), int(words[1])
    if rows * columns != count:
        raise InputError(f"{path}: --grid {rows},{columns} is {rows * columns} positions, there are {count}")
    return rows, columns


def _table(path: Path, name: str, array: np.ndarray, count: int) -> np.ndarray:
    """Positions (K, 2) from (K, 2), (K, 3), (2, K), (3, K) or (rows, columns, 2)."""
    if array.ndim == 3 and array.shape[-1] in (2, 3):
        array = array.reshape(-1, array.shape[-1])
    if array.ndim == 2 and array.shape[1] == count and array.shape[0] in (2, 3) and array.shape[0] != count:
        array = array.T
    if array.ndim != 2 or array.shape[1] not in (2, 3):
        raise InputError(f"{path}: {name} is {array.shape}, expected positions, {count} x 2")
    return array[:, :2]


def _alike(path: Path, pair: list[np.ndarray]) -> list[np.ndarray]:
    if pair[0].size != pair[1].size:
        raise InputError(
            f"{path}: positions of {pair[0].size} and {pair[1].size} values, expected as many of each"
        )
    return pair


def _quantity(source: Source, layout: Layout, name: str) -> Quantity | None:
    text = getattr(layout, name)
    if not text:
        return None
    flag = f"--{name.replace('_', '-')}"
    found = _said(source, text, ENERGIES if name == "energy" else LENGTHS, flag)
    if name != "energy":
        check_length(flag, found.value)
    elif not 0 < found.value < 1e9:
        raise InputError(f"{flag} is {found.value:g} eV, expected above 0 and below 1e9")
    return found


def _said(source: Source, text: str, units: dict[str, float], flag: str) -> Quantity:
    """A quantity as typed, or as a data set of the file has it."""
    value = typed(text, units, flag)
    if value is not None:
        return Quantity(value, "typed")
    key, _, unit = text.strip().partition(" ")
    number, stated = _number(source, key, flag)
    unit = unit.strip() or stated
    if not unit:
        example = f'{flag} "{key} {next(iter(units))}"'
        raise InputError(f"{source.path}: {key} has no units: say them, as in {example}")
    return Quantity(number * factor_of(unit, units, flag), f"file: {key}")


def _number(source: Source, key: str, flag: str) -> tuple[float, str]:
    """One number of the file, a data set or NAME@ATTRIBUTE, and its units if stated."""
    if "@" in key:
        return source.attribute(key), ""
    entry = source.entry(key)
    if int(np.prod(entry.shape)) != 1 or entry.dtype.kind not in "iuf":
        raise InputError(f"{source.path}: {entry} is not one number, as {flag} needs")
    return float(entry.load().reshape(-1)[0]), source.unit(key)


def _wavelength(layout: Layout, known: dict[str, Quantity | None]) -> float | None:
    stated, energy = known["wavelength"], known["energy"]
    if stated is not None:
        return stated.value
    if energy is None:
        return None
    return electron_wavelength(energy.value) if layout.beam == "electrons" else wavelength_of(energy.value)


def _mask(source: Source, layout: Layout, shape: tuple[int, ...]) -> np.ndarray | None:
    """Good pixels."""
    if not layout.mask:
        return None
    entry = source.entry(layout.mask)
    if entry.shape not in (shape, shape[1:]) or entry.dtype.kind not in "biuf":
        raise InputError(f"{source.path}: {entry} is no mask of the patterns, expected {shape[1:]}")
    mask = entry.load()
    nonzero = (layout.mask_good or ("nonzero" if mask.dtype == bool else "zero")) == "nonzero"
    return (mask != 0) == nonzero


def _dark(source: Source, layout: Layout, shape: tuple[int, ...]) -> np.ndarray | None:
    """The mean dark frame."""
    if not layout.dark:
        return None
    dark = source.entry(layout.dark).load().astype(np.float32)
    dark = dark.mean(0) if dark.ndim == 3 else dark
    if dark.shape != shape[1:]:
        raise InputError(f"{source.path}: the dark frame is {dark.shape}, the patterns are {shape[1:]}")
    return dark


def _told(layout: Layout, known: dict[str, Quantity | None]) -> list[str]:
    """Where each number is from."""
    said, missing = [], []
    for name, found in known.items():
        words = name.replace("_", " ")
        if found is None:
            missing.append(words)
        else:
            unit = "eV" if name == "energy" else "m"
            said.append(f"{words} {found.value:.6g} {unit} ({found.source})")
    notes = [f"patterns: {layout.patterns}" + (f"; mask: {layout.mask}" if layout.mask else "")]
    if layout.dark:
        notes.append(f"dark frame: {layout.dark}")
    if said:
        notes.append("; ".join(said))
    if missing:
        notes.append(f"not said: {', '.join(missing)}")
    if layout.energy and not layout.wavelength:
        beam = layout.beam or "photons, as is usual (--beam)"
        notes.append(ELECTRONS if beam == "electrons" else f"the energy is of {beam}")
    return notes
