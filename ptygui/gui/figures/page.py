"""Page: how wide a figure is, on what ground, in which file format; and writing it."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PyQt6.QtCore import QBuffer, QMarginsF, QRect, QRectF, QSize, QSizeF
from PyQt6.QtGui import QImage, QPageSize, QPainter, QPdfWriter

from ptygui.errors import InputError
from ptygui.files.atomic import put, replacing
from ptygui.gui.figures.sheet import POINT, Sheet

KINDS = {"pdf": "PDF", "svg": "SVG", "png": "PNG", "tiff": "TIFF"}
GROUNDS = ("white", "transparent", "dark")
ENDINGS = {"pdf": ".pdf", "svg": ".svg", "png": ".png", "tiff": ".tif"}
MM = 72 / 25.4 * POINT  # units of a sheet in a millimetre
MARGIN = MM  # around all
MOST_PIXELS = 100_000_000


@dataclass(frozen=True)
class Page:
    """The paper that a figure is drawn on.

    Attributes
    ----------
    kind : str
        One of `KINDS`. In PDF and SVG words and lines can be edited; pictures keep their own pixels.
    width_mm : float
        A column of a journal is about 88, a page 180.
    dpi : int
        Of PNG and TIFF.
    ground : str
        One of `GROUNDS`.
    """

    kind: str = "pdf"
    width_mm: float = 180.0
    dpi: int = 300
    ground: str = "white"

    @property
    def ending(self) -> str:
        """What the name of the file ends with."""
        return ENDINGS[self.kind]


def page_kind(path: Path) -> str:
    """The kind of page that a file is of by its ending, one of `KINDS`."""
    ending = path.suffix.lower().replace(".tiff", ".tif")
    return next(kind for kind, known in ENDINGS.items() if known == ending)


class Figure(Protocol):
    """What can be drawn on a page of any width."""

    title: str

    def draw(self, sheet: Sheet) -> float:
        """Draw, and return how high it came out; on a sheet without a painter only that."""


def write_figure(path: Path, figure: Figure, page: Page) -> Path:
    """Draw a figure and write it; works in any thread.

    Raises
    ------
    InputError
        If it has too many pixels, or cannot be written.
    """
    width = page.width_mm * MM
    height = figure.draw(Sheet(None, width - 2 * MARGIN, page.ground)) + 2 * MARGIN
    with replacing(path) as scratch:
        put(scratch, _WRITERS[page.kind](figure, page, width, height))
    return path


def _raster(figure: Figure, page: Page, width: float, height: float) -> QImage:
    scale = page.dpi / 72 / POINT
    columns, rows = round(width * scale), math.ceil(height * scale)
    if columns * rows > MOST_PIXELS:
        raise InputError(
            f"the figure would have {columns} x {rows} pixels: choose a smaller width or resolution, or PDF"
        )
    image = QImage(columns, rows, QImage.Format.Format_ARGB32)
    image.fill(0)
    image.setDotsPerMeterX(round(page.dpi / 0.0254))
    image.setDotsPerMeterY(round(page.dpi / 0.0254))
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(scale, scale)
    _fill_and_draw(painter, figure, page, width, height)
    return image if page.ground == "transparent" else image.convertToFormat(QImage.Format.Format_RGB888)


@contextmanager
def _bytes_in(memory: bytearray) -> Iterator[QBuffer]:
    """A device in memory for what Qt writes: of a disk that fills up Qt would say nothing."""
    device = QBuffer()
    device.open(QBuffer.OpenModeFlag.WriteOnly)
    yield device
    device.close()
    memory += device.data().data()


def _check(drawn: bool) -> None:
    if not drawn:
        raise OSError("Qt could not draw it")


def _png(*asked) -> bytearray:
    with _bytes_in(made := bytearray()) as device:
        _check(_raster(*asked).save(device, "PNG"))
    return made


def _tiff(figure: Figure, page: Page, *size: float) -> bytes:
    import tifffile

    image = _raster(figure, page, *size)
    clear = page.ground == "transparent"
    image = image.convertToFormat(QImage.Format.Format_RGBA8888) if clear else image
    count = 4 if clear else 3
    memory = image.constBits().asarray(image.sizeInBytes())
    rows = np.frombuffer(memory, np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : count * image.width()].reshape(image.height(), image.width(), count)
    more = {"extrasamples": ["unassalpha"]} if clear else {}
    made = io.BytesIO()
    tifffile.imwrite(
        made, np.ascontiguousarray(pixels), photometric="rgb", compression="zlib", description=figure.title,
        resolution=(page.dpi, page.dpi), resolutionunit="INCH", **more,
    )  # fmt: skip
    return made.getvalue()


def _pdf(figure: Figure, page: Page, width: float, height: float) -> bytearray:
    with _bytes_in(made := bytearray()) as device:
        writer = QPdfWriter(device)
        writer.setTitle(figure.title)
        writer.setCreator("ptygui")
        points = QSizeF(width / POINT, height / POINT)
        writer.setPageSize(
            QPageSize(points, QPageSize.Unit.Point, "figure", QPageSize.SizeMatchPolicy.ExactMatch)
        )
        writer.setPageMargins(QMarginsF(0, 0, 0, 0))
        writer.setResolution(72 * POINT)
        _check(_fill_and_draw(QPainter(writer), figure, page, width, height))
    return made


def _svg(figure: Figure, page: Page, width: float, height: float) -> bytearray:
    from PyQt6.QtSvg import QSvgGenerator

    with _bytes_in(made := bytearray()) as device:
        writer = QSvgGenerator()
        writer.setOutputDevice(device)
        writer.setTitle(figure.title)
        writer.setDescription("made by ptygui")
        writer.setResolution(72 * POINT)
        size = QSize(math.ceil(width), math.ceil(height))
        writer.setSize(size)
        writer.setViewBox(QRect(0, 0, size.width(), size.height()))
        _check(_fill_and_draw(QPainter(writer), figure, page, width, height))
    return made


def _fill_and_draw(painter: QPainter, figure: Figure, page: Page, width: float, height: float) -> bool:
    sheet = Sheet(painter, width - 2 * MARGIN, page.ground)
    sheet.fill(QRectF(0, 0, width, height))
    painter.translate(MARGIN, MARGIN)
    figure.draw(sheet)
    return painter.end()


_WRITERS = {"pdf": _pdf, "svg": _svg, "png": _png, "tiff": _tiff}
