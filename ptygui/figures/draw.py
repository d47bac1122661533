"""Draw a figure on a page, and write it: with matplotlib, which only this module loads."""

import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG

from ptygui.atomic import put, replacing
from ptygui.errors import InputError
from ptygui.figures.figure import Figure, Graphs, Pictures
from ptygui.figures.graphs import draw_graphs
from ptygui.figures.page import Page
from ptygui.figures.pictures import draw_pictures
from ptygui.figures.sheet import Sheet, settings

MOST_PIXELS = 100_000_000
_DRAWING = threading.Lock()  # the settings of matplotlib are global to the process
_LAYOUTS: dict[type, Callable[[Sheet, Any], float]] = {Pictures: draw_pictures, Graphs: draw_graphs}


def write_figure(path: Path, figure: Figure, page: Page) -> Path:
    """Draw a figure and write it; works in any thread, and gives the same bytes for the same figure.

    Raises
    ------
    InputError
        If it has too many pixels, or cannot be written.
    """
    with _DRAWING, matplotlib.style.context(["default", settings(page)]):
        sheet = Sheet(page)
        columns, rows = sheet.finish(_LAYOUTS[type(figure)](sheet, figure))
        if not sheet.vector and columns * rows > MOST_PIXELS:
            size = f"{columns} x {rows} pixels"
            raise InputError(f"the figure would have {size}: choose a smaller width or resolution, or PDF")
        drawn = _FORMATS[page.kind](sheet, page, figure.title)
    with replacing(path) as scratch:
        put(scratch, drawn)
    return path


def _raster(sheet: Sheet, page: Page) -> np.ndarray:
    """Pixels, uint8 (H, W, 3), or 4 if the background is transparent."""
    canvas = FigureCanvasAgg(sheet.figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())
    return pixels if page.ground == "transparent" else np.ascontiguousarray(pixels[..., :3])


def _png(sheet: Sheet, page: Page, title: str) -> bytes:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    file, about = BytesIO(), PngInfo()
    about.add_itxt("Title", title)
    Image.fromarray(_raster(sheet, page)).save(file, "PNG", dpi=(page.dpi, page.dpi), pnginfo=about)
    return file.getvalue()


def _tiff(sheet: Sheet, page: Page, title: str) -> bytes:
    import tifffile

    file, pixels = BytesIO(), _raster(sheet, page)
    more: dict[str, Any] = {"extrasamples": ["unassalpha"]} if pixels.shape[2] == 4 else {}
    tifffile.imwrite(
        file, pixels, photometric="rgb", compression="zlib", description=title.encode(), metadata=None,
        resolution=(page.dpi, page.dpi), resolutionunit="INCH", software="ptygui", **more,
    )  # fmt: skip
    return file.getvalue()


def _pdf(sheet: Sheet, page: Page, title: str) -> bytes:
    file, about = BytesIO(), {"Title": title, "Creator": "ptygui", "CreationDate": None}
    FigureCanvasPdf(sheet.figure).print_pdf(file, metadata=about)
    return file.getvalue()


def _svg(sheet: Sheet, page: Page, title: str) -> bytes:
    file, about = BytesIO(), {"Title": title, "Creator": "ptygui", "Date": None}
    FigureCanvasSVG(sheet.figure).print_svg(file, metadata=about)
    return file.getvalue()


_FORMATS: dict[str, Callable[[Sheet, Page, str], bytes]] = {
    "pdf": _pdf, "svg": _svg, "png": _png, "tiff": _tiff,
}  # fmt: skip
