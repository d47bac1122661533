"""PageForm: asks for format, width, resolution and background of figures."""

from PyQt6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QGridLayout, QSpinBox, QWidget

from ptygui.figures.page import GROUNDS, KINDS, Page
from ptygui.gui.widgets.plain import Label

UNITS = {"mm": 1.0, "inch": 25.4}
COLUMNS = {"one column": 88.0, "page": 180.0}  # of a journal [mm]
NARROWEST, WIDEST = 30.0, 400.0  # mm


class PageForm(QWidget):
    """A small grid of controls for a `Page`."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        page = Page()
        self.kind = QComboBox(toolTip="PDF and SVG keep text and lines as vectors; PNG and TIFF are pixels")
        for kind, name in KINDS.items():
            self.kind.addItem(name, kind)
        self.wide = QDoubleSpinBox(decimals=1, minimum=NARROWEST, maximum=WIDEST, value=page.width_mm)
        self.wide.setToolTip("Width on paper; pictures, and text of 6.5 to 7.5 points, are laid out for it")
        self.unit = QComboBox(toolTip="Unit of the width")
        self.unit.addItems(UNITS)
        self.columns = QComboBox(toolTip="Common widths")
        self.columns.addItem("usual widths")
        for name, width in COLUMNS.items():
            self.columns.addItem(f"{name}, {width:g} mm", width)
        self.dpi = QSpinBox(minimum=72, maximum=1200, singleStep=100, value=page.dpi, suffix=" dpi")
        self.dpi.setToolTip(
            "Pixels per inch of PNG and TIFF: 300 for pictures, 600 for journals that ask for more"
        )
        self.ground = QComboBox(toolTip="Background of text and pictures")
        self.ground.addItems(GROUNDS)
        self.caption = QCheckBox("caption", checked=True)
        self.caption.setToolTip("A line with scan, method, run, step, σ, NRMSE and SSIM below")
        grid = QGridLayout(self)
        grid.setContentsMargins(22, 0, 0, 0)
        named = (
            (self.kind, "format", 0, 0), (self.wide, "width", 0, 1), (self.unit, "unit of the width", 0, 2),
            (self.columns, "usual width", 0, 3), (self.ground, "background", 1, 0),
            (self.dpi, "resolution", 1, 1), (self.caption, "caption", 1, 2),
        )  # fmt: skip
        for widget, name, row, column in named:
            widget.setAccessibleName(f"{name} of figures")
            grid.addWidget(widget, row, column)
        self.pixels = Label("")
        grid.addWidget(self.pixels, 1, 3)
        self.kind.currentIndexChanged.connect(self._tell)
        self.unit.currentTextChanged.connect(self._convert)
        self.columns.activated.connect(self._take_column)
        for changed in (self.wide.valueChanged, self.dpi.valueChanged):
            changed.connect(self._tell)
        self._factor = UNITS["mm"]
        self._tell()

    def value(self) -> Page:
        """The page as set."""
        width = self.wide.value() * self._factor
        return Page(self.kind.currentData(), width, self.dpi.value(), self.ground.currentText())

    def _convert(self, unit: str) -> None:
        """Show the same width in another unit."""
        width, self._factor = self.wide.value() * self._factor, UNITS[unit]
        self.wide.setDecimals(1 if unit == "mm" else 2)
        self.wide.setRange(NARROWEST / self._factor, WIDEST / self._factor)
        self.wide.setValue(width / self._factor)

    def _take_column(self, place: int) -> None:
        if place:
            self.wide.setValue(self.columns.itemData(place) / self._factor)
            self.columns.setCurrentIndex(0)

    def _tell(self) -> None:
        page = self.value()
        raster = page.kind in ("png", "tiff")
        self.dpi.setEnabled(raster)
        self.pixels.setText(f"{page.width_mm / 25.4 * page.dpi:.0f} px wide" if raster else "")
