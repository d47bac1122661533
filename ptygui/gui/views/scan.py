"""ScanView: a map of the probe's footprints over the object."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal
from scipy.signal import fftconvolve

from ptygui.gui.footprints import Footprints
from ptygui.gui.views.canvas import CURVE, MARKER, Canvas

GRID = 192  # pixels a side of the coverage picture
OUTLINES = 500  # positions up to which each footprint is outlined


class ScanView(Canvas):
    """How often each point of the object is lit; circles hold 90 % of the probe's energy."""

    position_clicked = pyqtSignal(int)  # the position nearest to a click

    def __init__(self, parent=None):
        super().__init__(parent)
        self.plot = self.addPlot(enableMenu=False)
        self.plot.hideAxis("left")
        self.plot.hideAxis("bottom")
        self.plot.hideButtons()
        self.plot.vb.invertY(True)
        self.plot.setAspectLocked(True)
        self.plot.vb.disableAutoRange()
        self.object = pg.ImageItem(axisOrder="row-major", colorMap=pg.colormap.get("CET-L1"))
        self.coverage = pg.ImageItem(axisOrder="row-major", opacity=0.55)
        self.coverage.setLookupTable(_tint())
        self.outlines = pg.PlotCurveItem(pen=pg.mkPen(CURVE, width=1), connect="finite")
        self.centres = pg.ScatterPlotItem(size=3, pen=None, brush=pg.mkBrush(CURVE))
        self.marked = pg.PlotCurveItem(pen=pg.mkPen(MARKER, width=2))
        for item in (self.object, self.coverage, self.outlines, self.centres, self.marked):
            self.plot.addItem(item)
        self._drawn_object, self._shape = None, None
        self._footprints: Footprints | None = None
        self.scene().sigMouseClicked.connect(self._clicked)
        self.setToolTip(
            "Footprints of the probe: circles hold 90 % of its energy; brighter where lit more often. "
            "A click shows the diffraction pattern of the nearest"
        )
        self.restyle()

    def show_footprints(self, footprints: Footprints) -> None:
        """Draw a set of positions."""
        f = self._footprints = footprints
        self.marked.clear()
        rows, columns = f.shape
        self._show_object(f.obj)
        counts = coverage(f.positions, f.width, f.diameter, f.shape)
        self.coverage.setImage(counts, autoLevels=False, levels=(0, max(3.0, float(counts.max()))))
        self.coverage.setRect(0, 0, columns, rows)
        centres = f.positions + f.width / 2
        self.centres.setData(centres[:, 1], centres[:, 0], size=3 if len(centres) < 2000 else 1)
        self.outlines.setData(*_circles(centres if len(centres) <= OUTLINES else centres[:0], f.diameter / 2))
        if f.shape != self._shape:
            self._shape = f.shape
            self.plot.setRange(xRange=(0, columns), yRange=(0, rows), padding=0.02)

    def mark_position(self, position: int) -> None:
        """Outline one position."""
        f = self._footprints
        if f is not None and position < len(f.positions):
            centre = f.positions[position : position + 1] + f.width / 2
            self.marked.setData(*(values[:-1] for values in _circles(centre, f.diameter / 2)))

    def _clicked(self, event) -> None:
        f, view = self._footprints, self.plot.vb
        if f is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if view.sceneBoundingRect().contains(event.scenePos()):
            point = view.mapSceneToView(event.scenePos())
            away = f.positions + f.width / 2 - (point.y(), point.x())
            self.position_clicked.emit(int(np.hypot(*away.T).argmin()))

    def _show_object(self, obj: np.ndarray | None) -> None:
        if obj is self._drawn_object:
            return
        self._drawn_object = obj
        if obj is None:
            self.object.clear()
            return
        thin = max(1, max(obj.shape) // 256)
        picture = np.abs(obj[::thin, ::thin]).astype(np.float32)
        self.object.setImage(picture, autoLevels=False, levels=tuple(np.percentile(picture, (0.5, 99.5))))
        self.object.setRect(0, 0, obj.shape[1], obj.shape[0])


def coverage(
    positions: np.ndarray, width: int, diameter: float, shape: tuple[int, int], grid: int = GRID
) -> np.ndarray:
    """How many footprints lie over each point, float32, at most `grid` points a side."""
    scale = min(1.0, grid / max(shape))
    rows, columns = (max(1, round(n * scale)) for n in shape)
    at = ((positions + width / 2) * scale).astype(int)
    hits = np.zeros((rows, columns), dtype=np.float32)
    np.add.at(hits, (at[:, 0].clip(0, rows - 1), at[:, 1].clip(0, columns - 1)), 1)
    radius = max(diameter * scale / 2, 0.5)
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(y, x), 0, 1).astype(np.float32)
    return np.maximum(fftconvolve(hits, disc, mode="same"), 0).astype(np.float32)


def _circles(centres: np.ndarray, radius: float, points: int = 25) -> tuple[np.ndarray, np.ndarray]:
    angle = np.append(np.linspace(0, 2 * np.pi, points), np.nan)
    x = centres[:, 1, None] + radius * np.cos(angle)
    y = centres[:, 0, None] + radius * np.sin(angle)
    return x.ravel(), y.ravel()


def _tint() -> np.ndarray:
    """From clear to amber: nothing where no light falls."""
    ramp = np.linspace(0, 1, 256)[:, None]
    colour = np.hstack([np.full((256, 1), 1.0), 0.75 + 0 * ramp, 0.25 + 0 * ramp, ramp])
    return (255 * colour).astype(np.uint8)
