"""Draw complex objects to train a prior on: from photographs, chips, crystals, measured objects and by rules.

    python models/recipes/objects.py FOLDER generic.npz --count 2600 --size 192
    python models/recipes/objects.py FOLDER unseen.npz --part validation --count 120 --size 160
    ptygui train prior generic.npz::obj --validation unseen.npz::obj ... --out generic

FOLDER holds `chips/`, `images/` and `complex/` as models/SPLIT.md names them; that file says which of them
belong to a part. Every object is drawn afresh: its source file, place, size, layers, and how much the
material absorbs and delays. The NPZ has `obj`, complex64 (N, H, W), and `kinds`, the kind of each. Needs
numpy, scipy and pillow.
"""

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

SPLIT = Path(__file__).resolve().parents[1] / "SPLIT.md"
PARTS = ("training", "validation")  # test files are read by the final table alone
MIXTURES = {
    "generic": {
        "photograph": 0.40,
        "chip": 0.15,
        "lattice": 0.08,
        "measured": 0.05,
        "leaves": 0.10,
        "porous": 0.06,
        "target": 0.06,
        "text": 0.05,
        "cells": 0.05,
    },
    "generic-drawn": {
        "photograph": 0.20,
        "chip": 0.25,
        "lattice": 0.08,
        "measured": 0.03,
        "leaves": 0.14,
        "porous": 0.06,
        "target": 0.10,
        "text": 0.08,
        "cells": 0.06,
    },
    "generic-photographs": {
        "photograph": 0.65,
        "chip": 0.10,
        "lattice": 0.05,
        "measured": 0.05,
        "leaves": 0.05,
        "porous": 0.03,
        "target": 0.03,
        "text": 0.02,
        "cells": 0.02,
    },
    "chips": {"chip": 1.0},
}
_TRIES = 40  # draws until something is found that is not empty
_WIDEST = 3.1  # rad, between the lowest and the highest phase
_FLATTEST = 0.03  # smallest standard deviation of an object that is worth learning


def split_files(
    folder: Path, part: str, split: Path = SPLIT, mixture: str = "generic"
) -> dict[str, list[Path]]:
    """The files of a part by their folder's name in models/SPLIT.md ("chips", "images/fibres", ...).

    Of the mixture of chips only chips are needed; lists of the others are empty.

    Raises
    ------
    FileNotFoundError
        If a file that the split names is not in the folder.
    """
    found: dict[str, list[Path]] = {}
    section = None
    for line in split.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            section = line[4:] if line.startswith("### ") else None
        elif section and line.startswith(f"- {part}: "):
            names = re.findall(r"`([^`]+)`", line) if mixture != "chips" or section == "chips" else []
            found[section] = [folder / section / name for name in names]
    missing = [path for paths in found.values() for path in paths if not path.is_file()]
    if not found or missing:
        what = missing[0] if missing else f"a list of {part} files in {split}"
        raise FileNotFoundError(f"{what} is not there: FOLDER must hold the files that {split.name} names")
    return found


# ------------------------------------------------------------------ from thickness to transmission


def transmission(thickness: NDArray, rng: Generator, slow: NDArray | None = None) -> NDArray[np.complex64]:
    """An object of one material, exp(-a t + i b t), with a and b drawn apart from each other.

    Parameters
    ----------
    thickness : float array, shape (H, W)
        Mostly 0 ... 1.
    slow : float array, shape (H, W), optional
        Phase that no absorption goes with [rad].

    Returns
    -------
    complex64 array, shape (H, W)
        An absorber, a phase object or anything between; the median of the phase is 0.
    """
    absorption = log_uniform(rng, 0.01, 1.3)
    delay = rng.uniform(0.15, 2.6) * rng.choice((-1, 1))
    if rng.random() < 0.12:  # next to no phase, as an absorber in focus
        delay *= 0.1
    phase = delay * thickness + (0 if slow is None else slow)
    amplitude = rng.uniform(0.75, 1) * np.exp(-absorption * np.clip(thickness, -0.3, None))
    return composed(amplitude, phase)


def composed(amplitude: NDArray, phase: NDArray) -> NDArray[np.complex64]:
    """Amplitude and phase [rad] as one complex object, the median of the phase at 0.

    Phases span at most pi, so that unwrapping cannot take an edge for a wrap.
    """
    phase = phase * min(1.0, _WIDEST / (float(np.ptp(phase)) + 1e-9))
    return (amplitude * np.exp(1j * (phase - np.median(phase)))).astype(np.complex64)


def slow_phase(rng: Generator, size: int, most: float) -> NDArray:
    """A phase that varies over a third of the image, up to about `most` [rad]."""
    coarse = ndimage.zoom(rng.normal(size=(4, 4)), size / 4, order=3)[:size, :size]
    return rng.uniform(0, most) * coarse / (np.abs(coarse).max() + 1e-9)


def log_uniform(rng: Generator, low: float, high: float) -> float:
    """A number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def shrunk(image: NDArray, factor: float) -> NDArray:
    """An image at `factor` of its size, blurred first where that makes it smaller."""
    if factor < 1:
        image = ndimage.gaussian_filter(image, 0.45 * (1 / factor - 1))
    return ndimage.zoom(image, factor, order=1)


def turned(image: NDArray, rng: Generator) -> NDArray:
    """An image turned by quarters and mirrored at random."""
    image = np.rot90(image, int(rng.integers(4)))
    return image[:, ::-1] if rng.random() < 0.5 else image


def cut(image: NDArray, size: int, rng: Generator) -> NDArray:
    """A square of `size` px from a random place of the last two axes."""
    top, left = (int(rng.integers(n - size + 1)) for n in image.shape[-2:])
    return image[..., top : top + size, left : left + size]


def halved(image: NDArray) -> NDArray:
    """Means of 2 x 2 px: what is drawn at twice the size gets smooth edges."""
    height, width = image.shape
    return image.reshape(height // 2, 2, width // 2, 2).mean((1, 3))


# ------------------------------------------------------------------ kinds that come from files


def photograph(path: Path, rng: Generator, size: int) -> NDArray[np.complex64]:
    """A piece of a grey picture, its grey or its optical density taken as thickness."""
    with Image.open(path) as picture:
        grey = np.asarray(picture.convert("L"), np.float32) / 255
    piece = _piece_of(grey, rng, size)
    thickness = -np.log(0.08 + 0.92 * np.clip(piece, 0, 1)) / 2.5 if rng.random() < 0.5 else piece
    if rng.random() < 0.3:
        thickness = thickness.max() - thickness
    if rng.random() < 0.12:  # etched or segmented: few thicknesses with sharp edges
        levels = np.quantile(thickness, np.sort(rng.uniform(0.15, 0.85, int(rng.integers(1, 4)))))
        steps = [0.5 * (1 + np.tanh((ndimage.gaussian_filter(thickness, 0.7) - v) / 0.03)) for v in levels]
        thickness = sum(steps) / len(steps)
    low, high = np.percentile(thickness, (2, 98))
    thickness = (thickness - low) / (max(high - low, 0.15) if rng.random() < 0.5 else 1)
    thickness = turned(thickness, rng)
    kind = rng.random()
    if kind < 0.2:  # a second component, smooth
        other = ndimage.gaussian_filter(thickness, rng.uniform(2, 8))
        return transmission(thickness, rng, rng.normal() * 0.5 * other)
    if kind < 0.3:  # phase and absorption of unlike things: another piece of the same picture
        other = turned(_piece_of(grey, rng, size), rng)
        return composed(
            rng.uniform(0.75, 1) * np.exp(-log_uniform(rng, 0.05, 1) * thickness),
            rng.uniform(0.3, 2) * rng.choice((-1, 1)) * other,
        )
    if kind < 0.45:
        return transmission(thickness, rng, slow_phase(rng, size, 1.0))
    return transmission(thickness, rng)


def _piece_of(grey: NDArray, rng: Generator, size: int) -> NDArray:
    """A square of a picture made 1 to 2.5 times smaller: that removes the noise of its camera."""
    least = 1.01 * size / min(grey.shape)
    factor = max(log_uniform(rng, 0.4, 1), least)
    return cut(shrunk(grey, factor), size, rng)


def chip(path: Path, rng: Generator, size: int) -> NDArray[np.complex64]:
    """A piece of a chip: metal delays and absorbs; layers are thicker, thinner or absent at random.

    Phase -k t for t nm of copper, k of 4 to 13e-4 rad/nm; absorption r k t, r of 0.02 (copper) to 0.08.
    """
    layers, heights = _chip_layers(path)
    factor = log_uniform(rng, 0.35, 1.2)
    side = min(int(np.ceil(size / factor)) + 4, layers.shape[1])
    factor = max(factor, (size + 1) / side)
    weights = heights * rng.uniform(0.6, 1.4, len(heights)) * (rng.random(len(heights)) > 0.2)
    thickness = np.tensordot(weights, cut(layers, side, rng) / np.float32(15), 1)
    if len(heights) <= 2:  # one traced layer: another piece of it crosses as a second
        above = np.tensordot(heights, cut(layers, side, rng) / np.float32(15), 1)
        thickness = thickness + rng.uniform(0.5, 1.5) * np.rot90(above)
    thickness = shrunk(thickness, factor)[:size, :size]
    thickness = turned(ndimage.gaussian_filter(thickness, rng.uniform(0.3, 1.0)), rng)
    delay = log_uniform(rng, 4e-4, 1.3e-3)
    absorbed = log_uniform(rng, 0.02, 0.08) * delay
    return composed(
        rng.uniform(0.88, 1) * np.exp(-absorbed * thickness),
        slow_phase(rng, size, 0.25) - delay * thickness,
    )


_LAYERS: dict[Path, tuple[NDArray, NDArray]] = {}


def _chip_layers(path: Path) -> tuple[NDArray, NDArray]:
    """Cover of each layer in fifteenths, (L, H, W), and its height in nm of copper."""
    if path not in _LAYERS:
        with np.load(path) as arrays:
            _LAYERS[path] = arrays["layers"], arrays["layer_copper_nm"].astype(np.float32)
    return _LAYERS[path]


def lattice(path: Path, rng: Generator, size: int) -> NDArray[np.complex64]:
    """A piece of a crystal: phase by the projected potential, hardly any absorption."""
    with np.load(path) as arrays:
        phase = arrays["phase"].astype(np.float32)
    least = 1.01 * size / min(phase.shape)
    phase = turned(cut(shrunk(phase, max(rng.uniform(0.6, 1.1), least)), size, rng), rng)
    phase = (phase - np.median(phase)) * rng.uniform(0.6, 1.5)
    if rng.random() < 0.4:
        phase = phase + slow_phase(rng, size, 0.4)
    # Electrons scattered out of the objective are missing where atoms are heavy.
    lost = rng.choice((0, log_uniform(rng, 0.02, 0.3)))
    return composed(np.exp(-lost * np.clip(phase, 0, None)), phase)


def measured(path: Path, rng: Generator, size: int) -> NDArray[np.complex64]:
    """A piece of a measured complex object, made up to 1.6 times smaller against its noise."""
    with np.load(path) as arrays:
        obj = arrays["obj"]
    obj = obj[int(rng.integers(len(obj)))] if obj.ndim == 3 else obj
    factor = max(log_uniform(rng, 0.62, 1), 1.01 * size / min(obj.shape))
    obj = turned(cut(shrunk(obj.real, factor) + 1j * shrunk(obj.imag, factor), size, rng), rng)
    gain = rng.uniform(0.7, 0.95)
    return (gain * obj * np.exp(-1j * np.angle(obj.mean()))).astype(np.complex64)


# ------------------------------------------------------------------ kinds that are drawn


def leaves(rng: Generator, size: int) -> NDArray[np.complex64]:
    """Dead leaves: ellipses and polygons of all sizes that hide each other, each of its own material."""
    side = 2 * size
    amplitude, phase = np.full((side, side), rng.uniform(0.6, 1)), np.zeros((side, side))
    least, most = rng.uniform(4, 12), rng.uniform(0.2, 0.5) * side
    strength, absorbing = rng.uniform(0.3, 1.3), log_uniform(rng, 0.05, 0.6)
    for _ in range(int(rng.integers(60, 500))):
        u = rng.random()  # radii by r^-3: as many pixels in small leaves as in large ones
        radius = (least**-2 + u * (most**-2 - least**-2)) ** -0.5
        mask, box = _leaf(rng, side, radius)
        if mask.any():
            amplitude[box][mask] = rng.uniform(1 - absorbing, 1)
            tilt = rng.normal(size=2) * rng.choice((0, 0.3)) / max(radius, 8)
            rows, columns = np.nonzero(mask)
            phase[box][mask] = rng.normal() * strength + tilt[0] * rows + tilt[1] * columns
    blur = rng.uniform(0.3, 1.2)
    amplitude, phase = (ndimage.gaussian_filter(halved(x), blur) for x in (amplitude, phase))
    return composed(np.clip(amplitude, 0.05, 1), np.clip(phase, -2.5, 2.5))


def _leaf(rng: Generator, side: int, radius: float) -> tuple[NDArray, tuple[slice, slice]]:
    """The mask of a leaf in its box: an ellipse or a convex polygon at a random place."""
    centre = rng.uniform(-radius / 2, side + radius / 2, 2)
    low = np.clip(np.floor(centre - radius), 0, side).astype(int)
    high = np.clip(np.ceil(centre + radius) + 1, 0, side).astype(int)
    box = slice(low[0], high[0]), slice(low[1], high[1])
    y, x = np.ogrid[box]
    y, x = y - centre[0], x - centre[1]
    angle, slim = rng.uniform(0, np.pi), rng.uniform(0.3, 1)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    if rng.random() < 0.6:
        return along**2 + (across / slim) ** 2 < radius**2, box
    normals = angle + np.cumsum(rng.uniform(0.5, 1.6, int(rng.integers(4, 9))))
    mask = np.hypot(x, y) < radius
    for normal in normals:
        mask &= x * np.cos(normal) + y * np.sin(normal) < radius * rng.uniform(0.4, 0.9)
    return mask, box


def porous(rng: Generator, size: int) -> NDArray[np.complex64]:
    """Foams, blends and grains: level sets of smooth noise, or the cells around random points."""
    side = 2 * size
    if rng.random() < 0.6:
        noise = ndimage.gaussian_filter(rng.normal(size=(side, side)), log_uniform(rng, 3, 20), mode="wrap")
        noise /= noise.std()
        if rng.random() < 0.4:
            finer = ndimage.gaussian_filter(
                rng.normal(size=(side, side)), log_uniform(rng, 2, 5), mode="wrap"
            )
            noise = noise + 0.5 * finer / finer.std()
        levels = np.sort(rng.normal(size=int(rng.integers(1, 4))))
        thickness = sum((noise > level).astype(float) for level in levels) / len(levels)
    else:
        count = int(log_uniform(rng, 12, 300))
        seeds = np.ones((side, side), bool)
        places = rng.integers(0, side, (count, 2))
        seeds[places[:, 0], places[:, 1]] = False
        away, nearest = ndimage.distance_transform_edt(seeds, return_indices=True)
        owner = nearest[0] * side + nearest[1]
        values = rng.random(side * side)
        thickness = values[owner]
        if rng.random() < 0.5:  # walls between the cells
            edge = (owner != np.roll(owner, 1, 0)) | (owner != np.roll(owner, 1, 1))
            wall = ndimage.distance_transform_edt(~edge) < rng.uniform(1.5, 5)
            thickness = np.where(wall, 1.0, rng.choice((0.0, 0.6)) * thickness)
        elif rng.random() < 0.3:
            thickness = np.clip(1 - (away / rng.uniform(8, 30)) ** 2, 0, 1)  # particles
    thickness = ndimage.gaussian_filter(halved(thickness), rng.uniform(0.3, 1.2))
    return transmission(thickness, rng, slow_phase(rng, size, 0.4))


def target(rng: Generator, size: int) -> NDArray[np.complex64]:
    """Test targets: stars, rings, bars, checks and dots of one thickness."""
    side = 2 * size
    centre = rng.uniform(0, side, 2)
    y, x = np.mgrid[:side, :side].astype(float)
    y, x = y - centre[0], x - centre[1]
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    turn = rng.uniform(0, 2 * np.pi)
    pitch = log_uniform(rng, 8, 60)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    kind = rng.integers(6)
    if kind <= 1:
        mask = np.sin(int(rng.integers(8, 50)) * angle + turn) > rng.uniform(-0.4, 0.4)
        ring = rng.uniform(0.1, 0.4) * side
        if rng.random() < 0.6:
            mask &= radius % ring > rng.uniform(0.03, 0.15) * ring
        mask &= radius > rng.uniform(2, 20)
    elif kind == 2:
        mask = (
            np.sin(np.pi * (radius / rng.uniform(15, 45)) ** 2) > 0
            if rng.random() < 0.5
            else np.sin(2 * np.pi * radius / pitch) > rng.uniform(-0.5, 0.5)
        )
    elif kind == 3:
        mask = np.zeros((side, side), bool)
        for _ in range(int(rng.integers(8, 60))):  # groups of bars, of any size
            scale = log_uniform(rng, 3, 40)
            top, left = rng.uniform(-radius.max(), radius.max(), 2)
            for k in range(int(rng.integers(1, 6))):
                bar = (np.abs(across - top - 2 * k * scale) < scale / 2) & (
                    np.abs(along - left) < 2.5 * scale
                )
                mask |= bar
    elif kind == 4:
        mask = np.sin(2 * np.pi * along / pitch) * np.sin(2 * np.pi * across / pitch) > 0
    else:
        cell = np.hypot(along % pitch - pitch / 2, across % pitch - pitch / 2)
        mask = cell < rng.uniform(0.15, 0.48) * pitch
    thickness = mask if rng.random() < 0.5 else ~mask
    thickness = ndimage.gaussian_filter(halved(thickness.astype(float)), rng.uniform(0.3, 1.0))
    return transmission(thickness, rng, slow_phase(rng, size, 0.3))


def text(rng: Generator, size: int) -> NDArray[np.complex64]:
    """Letters of Pillow's own font, and strokes drawn freely, in one or two thicknesses."""
    side = 2 * size
    thickness = np.zeros((side, side))
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:+-=()%&/?"
    for _ in range(int(rng.integers(1, 4))):
        page = Image.new("L", (2 * side, 2 * side))
        draw = ImageDraw.Draw(page)
        height = log_uniform(rng, 16, 90)
        if rng.random() < 0.7:
            font = ImageFont.load_default(height)
            row = rng.uniform(0, height)
            while row < 2 * side:
                words = ["".join(rng.choice(list(letters), int(rng.integers(1, 10)))) for _ in range(60)]
                draw.text((rng.uniform(-40, 0), row), " ".join(words), fill=255, font=font)
                row += height * rng.uniform(1.05, 2)
        else:
            for _ in range(int(rng.integers(10, 90))):
                start = rng.uniform(0, 2 * side, 2)
                path = start + np.cumsum(rng.normal(size=(int(rng.integers(2, 7)), 2)) * height, 0)
                draw.line([tuple(p) for p in path], fill=255, width=max(2, int(height / 8)), joint="curve")
        page = page.rotate(
            rng.choice((0, rng.uniform(-20, 20), rng.uniform(0, 360))), Image.Resampling.BICUBIC
        )
        shown = np.asarray(page, float)[side // 2 : -side // 2, side // 2 : -side // 2] / 255
        thickness = np.maximum(thickness, rng.uniform(0.4, 1) * shown)
    thickness = thickness if rng.random() < 0.7 else 1 - thickness
    thickness = ndimage.gaussian_filter(halved(thickness), rng.uniform(0.3, 1.0))
    return transmission(thickness, rng, slow_phase(rng, size, 0.3))


def cells(rng: Generator, size: int) -> NDArray[np.complex64]:
    """Rounded bodies with a rim, a nucleus and grains, one upon another, in a medium."""
    side = 2 * size
    thickness, phase = np.zeros((side, side)), np.zeros((side, side))
    radius = log_uniform(rng, 14, 90)
    rim, nucleus = rng.uniform(0, 0.5), rng.uniform(0, 0.8)
    for _ in range(int(np.clip(rng.uniform(0.3, 1.5) * (side / radius) ** 2 / 4, 2, 300))):
        own = radius * rng.uniform(0.7, 1.3)
        centre, angle, slim = rng.uniform(0, side, 2), rng.uniform(0, np.pi), rng.uniform(0.5, 1)
        low = np.clip(np.floor(centre - 1.1 * own), 0, side).astype(int)
        high = np.clip(np.ceil(centre + 1.1 * own), 0, side).astype(int)
        box = slice(low[0], high[0]), slice(low[1], high[1])
        y, x = np.ogrid[box]
        y, x = y - centre[0], x - centre[1]
        along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        wave = 1 + 0.12 * np.sin(int(rng.integers(2, 6)) * np.arctan2(across, along) + rng.uniform(0, 6))
        r = np.hypot(along, across / slim) / (own * wave)
        body = np.sqrt(np.clip(1 - r**2, 0, None))
        wall = rim * np.exp(-(((r - 0.93) / 0.05) ** 2)) * (r < 1)
        inner = np.hypot(along - 0.2 * own, across) / (0.4 * own)
        thickness[box] += body + wall
        phase[box] += nucleus * np.sqrt(np.clip(1 - inner**2, 0, None))
    grains = ndimage.gaussian_filter(rng.normal(size=(side, side)), log_uniform(rng, 1.5, 6))
    thickness = thickness * (1 + rng.uniform(0, 0.25) * grains / grains.std())
    blur = rng.uniform(0.3, 1.2)
    thickness, phase = (ndimage.gaussian_filter(halved(x), blur) for x in (thickness, phase))
    thickness = np.clip(thickness, 0, 2.5) / 1.5
    return transmission(thickness, rng, rng.choice((-1, 1)) * phase + slow_phase(rng, size, 0.4))


# ------------------------------------------------------------------ the mixture

_FROM_FILES: dict[str, Callable] = {
    "photograph": photograph,
    "chip": chip,
    "lattice": lattice,
    "measured": measured,
}
_DRAWN: dict[str, Callable] = {
    "leaves": leaves,
    "porous": porous,
    "target": target,
    "text": text,
    "cells": cells,
}


def sources(files: dict[str, list[Path]]) -> dict[str, list[list[Path]]]:
    """Files of each kind in groups that are drawn equally often, however many files they have."""
    photographs = [paths for name, paths in files.items() if name.startswith("images/") and paths]
    layouts: dict[str, list[Path]] = {}
    for path in files["chips"]:  # gf180_riscduino_30nm_fill_0.npz: process, layout, and then which map
        layouts.setdefault("_".join(path.name.split("_")[:2]), []).append(path)
    return {
        "photograph": photographs,
        "chip": list(layouts.values()),
        "lattice": [files["complex/lattices"]],
        "measured": [files["complex"]],
    }


def draw(files: dict[str, list[Path]], mixture: str, part: str, count: int, size: int, seed: int):
    """Yield `count` objects as (kind, complex64 array of shape (size, size)).

    Each object has random numbers of its own; the same arguments give the same objects.
    """
    shares = MIXTURES[mixture]
    groups = sources(files)
    names, weights = list(shares), np.array(list(shares.values()))
    # Kinds come in their proportions exactly, in a shuffled order; so do the groups of files of a kind.
    wanted = np.floor(np.cumsum(weights / weights.sum()) * count + 0.5).astype(int)
    kinds = np.repeat(names, np.diff(wanted, prepend=0))
    np.random.default_rng([seed, PARTS.index(part), 0]).shuffle(kinds)
    seen: dict[str, int] = dict.fromkeys(names, 0)
    for number, kind in enumerate(kinds):
        rng = np.random.default_rng([seed, PARTS.index(part), 1, number])
        turn, seen[kind] = seen[kind], seen[kind] + 1
        for _ in range(_TRIES):
            if kind in _DRAWN:
                label, obj = kind, _DRAWN[kind](rng, size)
            else:
                group = groups[kind][turn % len(groups[kind])]
                path = group[int(rng.integers(len(group)))]
                label = path.parent.name if kind == "photograph" else kind
                obj = _FROM_FILES[kind](path, rng, size)
            if obj.std() > _FLATTEST:
                break
        yield label, obj


def main() -> None:
    """Draw the objects that the command line asks for and write them to one NPZ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="the folder with chips, images and complex"
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the NPZ to write")
    parser.add_argument("--part", choices=PARTS, default="training", help="which files of models/SPLIT.md")
    parser.add_argument("--mixture", choices=tuple(MIXTURES), default="generic")
    parser.add_argument("--count", type=int, default=2600, help="number of objects")
    parser.add_argument("--size", type=int, default=192, help="their side [px]")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    try:
        files = split_files(args.folder, args.part, mixture=args.mixture)
    except FileNotFoundError as error:
        parser.error(str(error))
    objects = np.empty((args.count, args.size, args.size), np.complex64)
    kinds = []
    for number, (kind, obj) in enumerate(
        draw(files, args.mixture, args.part, args.count, args.size, args.seed)
    ):
        objects[number] = obj
        kinds.append(kind)
    scratch = args.out.with_name(f".{os.getpid()}-{args.out.name}")
    with open(scratch, "wb") as file:
        np.savez(file, obj=objects, kinds=np.array(kinds))
    os.replace(scratch, args.out)
    print(f"{args.out}: {args.count} objects of {args.size} px: {', '.join(sorted(set(kinds)))}")


if __name__ == "__main__":
    main()
