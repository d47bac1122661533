"""One PNG that shows several objects: amplitude above, phase below, captions, colour bars."""

import math
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ptygui.errors import InputError
from ptygui.files.atomic import replacing

_TILE = 288  # px, the longer side of a picture
_GAP, _BAR, _BAR_TEXT, _CAPTION = 12, 16, 72, 46
# Pillow's own font has no Greek
_SPELT = {"π": "pi", "σ": "sigma", "ζ": "zeta", "α": "alpha", "β": "beta", "x̂": "x^"}
_PAPER, _INK, _FRAME = (255, 255, 255), (20, 20, 20), (190, 190, 190)


def write_picture(path: str | PathLike, panels: Sequence[tuple[np.ndarray, str]]) -> Path:
    """Draw objects side by side.

    Parameters
    ----------
    path : path of the PNG
    panels : sequence of (complex array (H, W), caption)
        A caption may have two lines. Amplitudes share one grey scale, from 0 to the largest
        99.8th percentile; phases are on a cyclic colour scale from -π to π.
    """
    if not panels:
        raise InputError(f"{path}: there is no object to draw")
    top = max(float(np.percentile(np.abs(obj), 99.8)) for obj, _ in panels) or 1.0
    rows = (
        ("amplitude", [grey(np.abs(obj) / top) for obj, _ in panels]),
        ("phase", [cyclic(np.angle(obj)) for obj, _ in panels]),
    )
    left, font = 2 * _GAP + 20, _font(16)
    width = left + len(panels) * (_TILE + _GAP) + _BAR + _BAR_TEXT
    page = Image.new("RGB", (width, _CAPTION + 2 * (_TILE + _GAP) + _GAP), _PAPER)
    draw = ImageDraw.Draw(page)
    for k, (_, caption) in enumerate(panels):
        x = left + k * (_TILE + _GAP)
        draw.multiline_text((x, 4), _fitted(draw, caption, font), _INK, font, spacing=2)
    for r, (title, images) in enumerate(rows):
        y = _CAPTION + r * (_TILE + _GAP)
        page.paste(_sideways(title, font), (_GAP, y + _TILE // 2 - 60))
        for k, image in enumerate(images):
            tile = _scaled(image)
            x = left + k * (_TILE + _GAP)
            x, top_edge = x + (_TILE - tile.width) // 2, y + (_TILE - tile.height) // 2
            page.paste(tile, (x, top_edge))
            draw.rectangle((x, top_edge, x + tile.width - 1, top_edge + tile.height - 1), outline=_FRAME)
        _bar(page, draw, left + len(panels) * (_TILE + _GAP), y, title, top)
    with replacing(path) as scratch:
        page.save(scratch, "PNG")
    return Path(path)


def grey(values: np.ndarray) -> np.ndarray:
    """0 to 1 as grey, uint8 (..., 3)."""
    level = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return np.repeat(level[..., None], 3, axis=-1)


def cyclic(phase: np.ndarray) -> np.ndarray:
    """An angle [rad] as colour, uint8 (..., 3): one turn of hue, brightest at 0 and darkest at ±π.

    Drawn in Oklab, so that equal steps of phase look equally far apart; the brightness alone
    tells |phase| to those who do not see the hues.
    """
    lightness, chroma = 0.66 + 0.16 * np.cos(phase), 0.09
    a, b = chroma * np.cos(phase + 1.2), chroma * np.sin(phase + 1.2)
    # Oklab to linear sRGB (B. Ottosson 2020)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.stack(
        [
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        ],
        axis=-1,
    ).clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255).astype(np.uint8)


def _scaled(image: np.ndarray) -> Image.Image:
    rows, columns = image.shape[:2]
    factor = _TILE / max(rows, columns)
    # pixels stay pixels when enlarged, and are averaged when not all fit
    how = Image.Resampling.NEAREST if factor >= 1 else Image.Resampling.BOX
    size = max(1, round(columns * factor)), max(1, round(rows * factor))
    return Image.fromarray(image).resize(size, how)


def _bar(page: Image.Image, draw: ImageDraw.ImageDraw, x: int, y: int, title: str, top: float) -> None:
    ramp = np.repeat(np.linspace(1, 0, _TILE)[:, None], _BAR, axis=1)
    if title == "amplitude":
        image, ticks = grey(ramp), (f"{top:.3g}", f"{top / 2:.3g}", "0")
    else:
        image, ticks = cyclic((2 * ramp - 1) * math.pi), ("3.14 rad", "0", "-3.14")
    page.paste(Image.fromarray(image), (x, y))
    draw.rectangle((x, y, x + _BAR - 1, y + _TILE - 1), outline=_INK)
    font = _font(14)
    for place, tick in zip((0, _TILE // 2 - 9, _TILE - 18), ticks, strict=True):
        draw.text((x + _BAR + 5, y + place), tick, _INK, font)


def _sideways(text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> Image.Image:
    strip = Image.new("RGB", (120, 22), _PAPER)
    draw = ImageDraw.Draw(strip)
    draw.text(((120 - draw.textlength(text, font)) / 2, 1), text, _INK, font)
    return strip.rotate(90, expand=True)


def _fitted(draw: ImageDraw.ImageDraw, caption: str, font) -> str:
    """At most two lines, each cut to the width of a picture."""
    for letter, word in _SPELT.items():
        caption = caption.replace(letter, word)
    lines = caption.splitlines()[:2]
    for k, line in enumerate(lines):
        while len(line) > 1 and draw.textlength(line, font) > _TILE:
            line = line.removesuffix("…")[:-1] + "…"
        lines[k] = line
    return "\n".join(lines)


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    try:
        return ImageFont.load_default(size)
    except (ImportError, OSError):  # a Pillow without FreeType has one small font
        return ImageFont.load_default()
