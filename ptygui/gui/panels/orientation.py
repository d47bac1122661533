"""OrientationDialog: the eight orientations of a scan's positions, with what each shows and its misfit."""

from functools import partial

import numpy as np
from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QIcon, QImage, QPixmap
from PyQt6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from ptygui.experiment.orientation import Orientations, Tried
from ptygui.gui.widgets.plain import Label, tip
from ptygui.physics.orientation import ORIENTATIONS, Orientation

PICTURE = 128  # side [px]
_COLUMNS = 4


class OrientationDialog(QDialog):
    """Pictures of what was tried, the best first; a click on one requests it."""

    chosen = pyqtSignal(Orientation)
    search_requested = pyqtSignal()
    stop_requested = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Orientation of the positions")
        self._found: Orientations | None = None
        self._searching, self._why_not = False, ""
        self.said = Label(
            "Axes of positions that do not lie on those of the detector smear the object. Each way is tried "
            "by a short rPIE on the middle of the scan; click one to use it.",
            wordWrap=True,
        )
        self.verdict = Label(wordWrap=True, objectName="verdict")
        self.verdict.setMinimumHeight(4 * self.fontMetrics().lineSpacing())
        self.tiles = [self._tile() for _ in ORIENTATIONS]
        self.use, self.search = QPushButton("&Use best", default=True), QPushButton("&Try all")
        self.use.setToolTip("Turn the positions as fits best, for all further runs")
        self.search.setToolTip("Reconstruct the middle of the scan in each of the eight orientations")
        self.shut = QPushButton("&Close", toolTip="Leave the positions as they are (Esc)")
        self._lay_out()
        for k, tile in enumerate(self.tiles):
            tile.clicked.connect(partial(self._choose, k))
        self.use.clicked.connect(self._use_best)
        self.search.clicked.connect(self._ask)
        self.shut.clicked.connect(self.close)
        self._show()

    def show_found(self, found: Orientations | None, why_not: str = "") -> None:
        """Show what was tried so far; `why_not`: why nothing can be tried."""
        self._found, self._why_not = found, why_not
        self._show()

    def show_searching(self, on: bool) -> None:
        """Show whether orientations are being tried."""
        self._searching = on
        self._show()

    def done(self, result: int) -> None:
        """Closing ends a search."""
        self.stop_requested.emit()
        super().done(result)

    def _show(self) -> None:
        found = self._found
        tried = () if found is None else found.tried
        for k, tile in enumerate(self.tiles):
            one = tried[k] if k < len(tried) else None
            tile.setEnabled(one is not None)
            tile.setText("" if one is None or found is None else _text(one, found))
            tile.setIcon(QIcon() if one is None else QIcon(_picture(one.obj)))
            font = tile.font()
            font.setBold(one is not None and found is not None and found.done and one is found.best)
            tile.setFont(font)
            tile.setToolTip(tip("Not tried yet" if one is None else f"Positions: {one.orientation.name}"))
        whole = found is not None and found.done
        verdict = found.choice if whole and found is not None else "Not tried on this scan yet."
        if self._searching:
            verdict = f"Trying {len(tried) + 1} of {len(ORIENTATIONS)}…"
        self.verdict.setText(self._why_not or verdict)
        self.use.setEnabled(whole)
        self.search.setText("&Stop" if self._searching else "&Try all")
        self.search.setEnabled(self._searching or not self._why_not)
        self.adjustSize()

    def _ask(self) -> None:
        (self.stop_requested if self._searching else self.search_requested).emit()

    def _use_best(self) -> None:
        if self._found is not None:
            self._take(self._found.best)

    def _choose(self, place: int) -> None:
        if self._found is not None and place < len(self._found.tried):
            self._take(self._found.tried[place])

    def _take(self, one: Tried) -> None:
        self.chosen.emit(one.orientation)
        self.close()

    def _tile(self) -> QToolButton:
        tile = QToolButton(self)
        tile.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        tile.setIconSize(QSize(PICTURE, PICTURE))
        metrics = tile.fontMetrics()
        tile.setFixedSize(PICTURE + 36, PICTURE + 2 * metrics.lineSpacing() + 16)
        return tile

    def _lay_out(self) -> None:
        layout, grid, row = QVBoxLayout(self), QGridLayout(), QHBoxLayout()
        for k, tile in enumerate(self.tiles):
            grid.addWidget(tile, k // _COLUMNS, k % _COLUMNS)
        layout.addWidget(self.said)
        layout.addLayout(grid)
        layout.addWidget(self.verdict, 1)
        row.addWidget(self.search)
        row.addStretch(1)
        row.addWidget(self.use)
        row.addWidget(self.shut)
        layout.addLayout(row)


def _text(one: Tried, found: Orientations) -> str:
    unit = "× noise" if found.of_noise else "of the counts"
    return f"{one.orientation.name.replace('-', ' ')}\n{one.misfit:.3g} {unit}"


def _picture(obj: np.ndarray) -> QPixmap:
    """The phase of an object, from black to white between its percentiles 2 and 98."""
    phase = np.angle(obj * np.conj(obj.sum()))
    low, high = np.percentile(phase, (2, 98))
    grey = np.clip((phase - low) / max(high - low, 1e-6), 0, 1) * 255
    pixels = np.ascontiguousarray(grey, np.uint8)
    rows, columns = pixels.shape
    image = QImage(pixels.data, columns, rows, columns, QImage.Format.Format_Grayscale8)
    mode = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image).scaled(PICTURE, PICTURE, *mode)
