"""Objects drawn by rules for the table of priors alone: no training draws any of these (models/SPLIT.md)."""

from functools import partial
from pathlib import Path

import numpy as np
from scipy import ndimage

FIRST_SEED = 70_000
LETTERS = "the quick brown fox jumps over a lazy dog 0123456789 PTYCHOGRAPHY"


def transmitted(thickness, rng):
    """One material, exp(-a t + i b t) of a thickness t of 0 ... 1, as complex64."""
    absorbed, delay = rng.uniform(0.05, 0.4), rng.uniform(0.4, 1.6) * rng.choice((-1, 1))
    phase = delay * (thickness - np.median(thickness))
    return (0.95 * np.exp(-absorbed * thickness + 1j * phase)).astype(np.complex64)


def text(rng, size, font="DejaVuSerif"):
    """Lines of letters of one size, slightly turned."""
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont

    file = {"DejaVuSerif": "DejaVuSerif.ttf", "DejaVuSansMono": "DejaVuSansMono.ttf"}[font]
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", file)
    page = Image.new("L", (6 * size, 6 * size))
    pen, height = ImageDraw.Draw(page), int(rng.integers(3, 6) * size // 10)
    for row in range(0, 6 * size, int(1.25 * height)):
        start = int(rng.integers(len(LETTERS)))
        line = (LETTERS[start:] + " " + LETTERS) * 4
        pen.text((0, row), line[:80], fill=255, font=ImageFont.truetype(str(path), height))
    page = page.rotate(rng.uniform(-8, 8), Image.Resampling.BICUBIC)
    middle = np.asarray(page, float)[size : 5 * size, size : 5 * size] / 255
    return transmitted(_shrunk(middle, 4), rng)


def star(rng, size):
    """A Siemens star, sign(cos(n phi)), with a hub and two rings left out."""
    y, x = np.mgrid[: 4 * size, : 4 * size] / (4 * size) - 0.5 - rng.uniform(-0.1, 0.1, (2, 1, 1))
    radius = np.hypot(y, x)
    bars = np.cos(int(rng.integers(10, 19)) * np.arctan2(y, x)) > 0
    bars &= (radius > 0.03) & (np.abs(radius - 0.2) > 0.008) & (np.abs(radius - 0.36) > 0.008)
    return transmitted(_shrunk(bars.astype(float), 4), rng)


def leaves(rng, size):
    """Dead leaves: rounded rectangles of exponential sizes, amplitude and phase apart from each other."""
    side = 2 * size
    amplitude, phase = np.ones((side, side)), np.zeros((side, side))
    for _ in range(350):
        half = np.clip(rng.exponential(0.06, 2) + 0.015, 0, 0.35) * side
        angle, centre = rng.uniform(0, np.pi), rng.uniform(0, side, 2)
        y, x = np.mgrid[:side, :side] - centre[:, None, None]
        along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        inside = (np.abs(along) / half[0]) ** 4 + (np.abs(across) / half[1]) ** 4 < 1
        amplitude[inside], phase[inside] = rng.uniform(0.65, 1), rng.uniform(-0.8, 0.8)
    amplitude, phase = _shrunk(amplitude, 2), _shrunk(phase, 2)
    return (amplitude * np.exp(1j * (phase - np.median(phase)))).astype(np.complex64)


def circuit(rng, size):
    """Wires that walk on a grid, turn at right angles and end in square pads, on two levels."""
    pitch = int(rng.integers(5, 9))
    count = -(-size // pitch) + 2
    total = np.zeros((size, size))
    for level in (0.6, 0.4):
        drawn = np.zeros((count * pitch, count * pitch), bool)
        width = int(rng.integers(2, pitch - 1))
        for _ in range(count * 2):
            at, way = rng.integers(0, count, 2), rng.integers(4)
            for _ in range(int(rng.integers(3, 12))):
                length = int(rng.integers(1, 6))
                step = np.array(((0, 1), (1, 0), (0, -1), (-1, 0))[way])
                to = np.clip(at + length * step, 0, count - 1)
                low, high = np.minimum(at, to) * pitch, np.maximum(at, to) * pitch + width
                drawn[low[0] : high[0], low[1] : high[1]] = True
                at, way = to, (way + rng.choice((1, 3))) % 4
            corner = at * pitch
            drawn[corner[0] : corner[0] + pitch, corner[1] : corner[1] + pitch] = True
        total += level * drawn[:size, :size]
    return transmitted(ndimage.gaussian_filter(total, 0.6), rng)


def atoms(rng, size):
    """Gaussians on a kagome or a honeycomb lattice with vacancies: phase only."""
    spacing, turn = rng.uniform(9, 14), rng.uniform(0, np.pi)
    kagome = rng.random() < 0.5
    corners = np.array(((0, 0), (0.5, 0), (0.25, 0.433)) if kagome else ((0, 0), (0.5, 0.289)))
    cells = np.mgrid[-30:31, -30:31].reshape(2, -1).T @ np.array(((1, 0), (0.5, 0.866)))
    places = spacing * (cells[:, None] + corners).reshape(-1, 2)
    places = places @ np.array(((np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn)))) + size / 2
    places = places[rng.random(len(places)) > 0.06]
    width, height = rng.uniform(1.4, 2.2), rng.uniform(0.4, 0.9)
    y, x = np.mgrid[:size, :size]
    phase = np.zeros((size, size))
    for row, column in places[((places > -5) & (places < size + 5)).all(1)]:
        phase += height * np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * width**2))
    return np.exp(1j * (phase - np.median(phase))).astype(np.complex64)


DRAWN = {
    "text, serif": text,
    "text, mono": partial(text, font="DejaVuSansMono"),
    "star": star,
    "leaves": leaves,
    "circuit": circuit,
    "atoms": atoms,
}


def _shrunk(image, factor):
    """Means of factor x factor px."""
    rows, columns = (n // factor for n in image.shape)
    return image.reshape(rows, factor, columns, factor).mean((1, 3))
