"""Sheet: a figure of matplotlib laid out in points from the top left, whose height is found while drawing."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, BboxTransformTo, ScaledTranslation

from ptygui.figures.page import Page

MM = 72 / 25.4  # points
MARGIN = MM  # around all
SMALL, NORMAL = 6.5, 7.5  # font sizes [points]
TICK = 0.8 * MM
_GROUNDS = {
    "white": ("#ffffff", "#1a1a1a"),
    "transparent": ("none", "#1a1a1a"),
    "dark": ("#1b1d20", "#e8e8e8"),
}
_LINE, _ASCENT = 1.17, 0.93  # height of a line of DejaVu Sans, and of that over its baseline, in font sizes
_CRISP = 800  # approximate pixels per side of a picture in PDF and SVG, so that viewers do not blur it
_FONT = "DejaVu Sans"  # shipped with matplotlib: the same everywhere
# for characters that it lacks, if one of these is installed
_OTHER_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei", "Microsoft YaHei", "Yu Gothic",
    "Malgun Gothic", "PingFang SC", "Hiragino Sans", "Noto Sans", "Arial Unicode MS",
)  # fmt: skip


def settings(page: Page) -> dict[str, Any]:
    """The settings of matplotlib while a figure is drawn: the user's own do not apply."""
    _, ink = _GROUNDS[page.ground]
    coloured = "axes.edgecolor", "axes.labelcolor", "text.color", "xtick.color", "ytick.color"
    return {
        **dict.fromkeys(coloured, ink),
        "axes.facecolor": "none",
        "axes.labelpad": 1.0,
        "axes.labelsize": NORMAL,
        "axes.linewidth": 0.5,
        "axes.titlepad": 0.4 * NORMAL,
        "axes.titlesize": NORMAL,
        "font.family": "sans-serif",  # named in an SVG too, for systems without the others
        "font.sans-serif": _families(),
        "image.composite_image": False,
        "lines.linewidth": 1.0,
        "lines.solid_joinstyle": "round",
        "pdf.fonttype": 42,  # text that can be searched and edited, not outlines
        "svg.fonttype": "none",
        "svg.hashsalt": "ptygui",  # the same names in every file: the same figure has the same bytes
        "text.parse_math": False,  # text comes from files and users: a $ is a $
        **{f"{axis}tick.labelsize": SMALL for axis in "xy"},
        **{f"{axis}tick.major.pad": 1.5 for axis in "xy"},
        **{f"{axis}tick.major.size": TICK for axis in "xy"},
        **{f"{axis}tick.major.width": 0.5 for axis in "xy"},
    }


class Sheet:
    """Places text, lines, pictures and axes at positions in points from the top left, within a margin.

    Parameters
    ----------
    page : Page

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        Its canvas writes it after `finish` has been called.
    width : float
        The width inside the margins [points].
    """

    def __init__(self, page: Page):
        self.vector = page.kind in ("pdf", "svg")
        self.width = page.width_mm * MM - 2 * MARGIN
        self._paper, self.ink = _GROUNDS[page.ground]
        self.figure = Figure(figsize=(page.width_mm / 25.4, 1.0), dpi=72 if self.vector else page.dpi)
        self.figure.patch.set_facecolor(self._paper)
        downwards = Affine2D().translate(MARGIN, MARGIN).scale(1 / 72, -1 / 72)
        top = ScaledTranslation(0, 1, BboxTransformTo(self.figure.bbox))
        self._points = downwards + self.figure.dpi_scale_trans + top
        self._boxes: list[tuple[Axes, tuple[float, float, float, float]]] = []

    def finish(self, height: float) -> tuple[int, int]:
        """Set the height of the page [points]; returns columns and rows in pixels, at its resolution."""
        self.figure.set_figheight((height + 2 * MARGIN) / 72)
        wide, high = self.figure.get_size_inches()
        if not self.vector:
            pixels = round(wide * self.figure.dpi), int(np.ceil(high * self.figure.dpi))
            wide, high = ((count + 0.01) / self.figure.dpi for count in pixels)  # matplotlib rounds down
            self.figure.set_size_inches(wide, high)
        for axes, (left, top, across, down) in self._boxes:
            ends = self._points.transform([(left, top + down), (left + across, top)])
            (x, y), (right, upper) = self.figure.transFigure.inverted().transform(ends)
            axes.set_position((x, y, right - x, upper - y))
        return int(wide * self.figure.dpi), int(high * self.figure.dpi)

    def axes(self, left: float, top: float, wide: float, high: float) -> Axes:
        """Axes without ticks in a box."""
        axes = self.figure.add_axes((0, 0, 1, 1), label=str(len(self._boxes)), xticks=(), yticks=())
        self._boxes.append((axes, (left, top, wide, high)))
        return axes

    def picture(self, colours: np.ndarray, left: float, top: float, wide: float, high: float) -> Axes:
        """A picture, uint8 (H, W, 3), in a box; its pixels stay sharp squares if there is room."""
        axes = self.axes(left, top, wide, high)
        times = max(1, _CRISP // max(colours.shape[:2])) if self.vector else 1
        room = wide * self.figure.dpi / 72 >= colours.shape[1]
        sharp = "none" if self.vector else "nearest" if room else "auto"
        axes.imshow(
            colours.repeat(times, 0).repeat(times, 1), aspect="auto", interpolation=sharp, extent=(0, 1, 0, 1)
        )
        return axes

    def text(
        self, x: float, top: float, words: str, size: float = NORMAL, align: str = "left",
        colour: str | None = None,
    ) -> None:  # fmt: skip
        """Write one line, whose "left", "center" or "right" is at x."""
        self.figure.text(
            x, top + _ASCENT * size, spelled(words), size=size, ha=align, va="baseline",
            color=colour or self.ink, transform=self._points,
        )  # fmt: skip

    def lines(self, top: float, words: str, size: float = NORMAL) -> float:
        """Write text in as many lines as needed; returns its height."""
        rows = wrapped(words, self.width, size)
        for k, row in enumerate(rows):
            self.text(0, top + k * height_of(size), row, size)
        return len(rows) * height_of(size)

    def add(self, artist: Artist) -> None:
        """Draw an artist over pictures, with its position in points."""
        artist.set_transform(self._points)
        self.figure.add_artist(artist)


def height_of(size: float = NORMAL) -> float:
    """Height of a line [points]."""
    return _LINE * size


def width_of(words: str, size: float = NORMAL) -> float:
    """Width of a line [points]."""
    font = FontProperties(family=_families(), size=size)
    return text_to_path.get_text_width_height_descent(spelled(words), font, ismath=False)[0]


def wrapped(words: str, width: float, size: float = NORMAL) -> list[str]:
    """Text as `spelled`, in lines no wider than this unless a single word is wider."""
    rows: list[str] = []
    for word in spelled(words).split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and width_of(longer, size) <= width:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def spelled(words: str) -> str:
    """Text in one line, with a box for each character that no font here has."""
    plain = "".join(letter if letter.isprintable() else " " for letter in words)
    if plain.isascii():
        return plain
    return "".join(letter if ord(letter) in _letters() else "□" for letter in plain)


@cache
def _families() -> Sequence[str]:
    installed = {font.name for font in fontManager.ttflist}
    return [_FONT, *(name for name in _OTHER_FONTS if name in installed)]


@cache
def _letters() -> frozenset[int]:
    """The characters that the fonts can write."""
    fonts = (findfont(FontProperties(family=[name])) for name in _families())
    return frozenset().union(*(get_font(font).get_charmap() for font in fonts))
