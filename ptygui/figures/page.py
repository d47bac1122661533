"""Page: width, background and file format of a figure."""

from dataclasses import dataclass
from pathlib import Path

KINDS = {"pdf": "PDF", "svg": "SVG", "png": "PNG", "tiff": "TIFF"}
GROUNDS = ("white", "transparent", "dark")
ENDINGS = {"pdf": ".pdf", "svg": ".svg", "png": ".png", "tiff": ".tif"}


@dataclass(frozen=True)
class Page:
    """The paper that a figure is drawn on.

    Attributes
    ----------
    kind : str
        One of `KINDS`. In PDF and SVG text and lines can be edited; pictures keep their pixels.
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
        """The suffix of the file name."""
        return ENDINGS[self.kind]


def page_kind(path: Path) -> str:
    """The kind of page for a file name, by its suffix: one of `KINDS`."""
    ending = path.suffix.lower().replace(".tiff", ".tif")
    return next(kind for kind, known in ENDINGS.items() if known == ending)
