"""MaskDialog: bad pixels are drawn on the mean of the detector, over a mask that was found or loaded."""

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QKeySequence
from PyQt6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.mask_canvas import MaskCanvas
from ptygui.gui.widgets.pattern_picture import pattern_pixels
from ptygui.gui.widgets.plain import Label
from ptygui.prepare.drawn import Shape, drawn_over, shapes_of, text_of
from ptygui.prepare.preparation import MASKS

_TOOLS = (
    ("brush", "&Brush", "Mark pixels along a stroke (B)", "B"),
    ("box", "Recta&ngle", "Mark a rectangle from corner to corner (R)", "R"),
    ("ellipse", "&Ellipse", "Mark an ellipse in a rectangle, for a beam stop (E)", "E"),
)
_BASES = {
    "auto": "suggested: the file's and what looks bad",
    "file": "of the scan's file alone",
    "none": "none",
}
_LOAD = "load…"


class MaskDialog(QDialog):
    """Tells what is drawn by a signal, at once; it computes no mask."""

    drawn_changed = pyqtSignal(str)  # as `Preparation.drawn`
    base_changed = pyqtSignal(str)  # as `Preparation.mask`

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Mask bad pixels")
        self._shapes: list[Shape] = []
        self._undone: list[list[Shape]] = []  # what was there before each change
        self._bad: np.ndarray | None = None  # without what is drawn
        self.canvas = MaskCanvas()
        self.tools = {kind: QPushButton(text, checkable=True, toolTip=tip) for kind, text, tip, _ in _TOOLS}
        self.erase = QCheckBox("er&ase", toolTip="What is drawn now makes pixels good again (X)")
        self.radius = QDoubleSpinBox(minimum=0.5, maximum=500, value=3, suffix=" px", singleStep=1)
        self.radius.setToolTip("Radius of the brush; 0.5 marks single pixels")
        self.radius.setAccessibleName("radius of the brush")
        self.base = QComboBox(toolTip="The mask under what is drawn")
        self.base.setAccessibleName("mask under what is drawn")
        self.undo = QPushButton("&Undo", toolTip="Take back the last shape (Ctrl+Z)")
        self.clear = QPushButton("&Clear", toolTip="Take back all that is drawn; Undo brings it back")
        self.whole = QPushButton("&Whole", toolTip="Show the whole detector")
        self.told = Label(wordWrap=True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._lay_out()
        self._connect()
        self._choose("brush")

    def show_mask(self, mean: np.ndarray, bad: np.ndarray, mask: str, drawn: str) -> None:
        """Show the mean of the detector, the mask without what is drawn, and what is drawn."""
        another = self._bad is None or self._bad.shape != bad.shape
        self._bad = bad
        if text_of(self._shapes) != drawn:
            self._shapes, self._undone = list(shapes_of(drawn)), []
        self.canvas.show_picture(pattern_pixels(mean, np.zeros(mean.shape, bool)))
        if another:
            self.canvas.fit()
        self.base.blockSignals(True)
        self.base.clear()
        for name in MASKS:
            self.base.addItem(_BASES[name], name)
        if mask not in MASKS:
            self.base.addItem(mask, mask)
        self.base.addItem(_LOAD, "")
        self.base.setCurrentIndex(self.base.findData(mask))
        self.base.blockSignals(False)
        self._show()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Choose a tool, erase or undo by a key."""
        if event is None:
            return
        tools = {key: kind for kind, _, _, key in _TOOLS}
        if event.matches(QKeySequence.StandardKey.Undo):
            self._take_back()
        elif event.text().upper() in tools:
            self._choose(tools[event.text().upper()])
        elif event.text().upper() == "X":
            self.erase.toggle()
        else:
            super().keyPressEvent(event)

    def _take(self, shapes: list[Shape]) -> None:
        self._undone.append(self._shapes)
        self._shapes = shapes
        self._tell()

    def _take_back(self) -> None:
        if self._undone:
            self._shapes = self._undone.pop()
            self._tell()

    def _tell(self) -> None:
        self._show()
        self.drawn_changed.emit(text_of(self._shapes))

    def _show(self) -> None:
        self.undo.setEnabled(bool(self._undone))
        self.clear.setEnabled(bool(self._shapes))
        if self._bad is None:
            return
        bad = ~drawn_over(~self._bad, self._shapes)
        self.canvas.show_mask(bad)
        more, back = np.count_nonzero(bad & ~self._bad), np.count_nonzero(self._bad & ~bad)
        again = f", {back} good again" if back else ""
        self.told.setText(
            f"{np.count_nonzero(bad)} of {bad.size} pixels are masked ({bad.mean():.2%}); by hand {more}"
            f"{again}"
        )

    def _choose(self, kind: str) -> None:
        self.tools[kind].setChecked(True)
        self.canvas.kind = kind
        self.radius.setEnabled(kind == "brush")

    def _take_base(self, place: int) -> None:
        mask = self.base.itemData(place)
        if not mask:
            mask, _ = QFileDialog.getOpenFileName(
                self, "A mask", "", "Masks (*.npy *.npz *.h5 *.hdf5 *.mat *.tif *.tiff);;All files (*)"
            )
        if mask:
            self.base_changed.emit(mask)

    def _connect(self) -> None:
        group = QButtonGroup(self)
        for kind in self.tools:
            group.addButton(self.tools[kind])
            self.tools[kind].clicked.connect(lambda _, kind=kind: self._choose(kind))
        self.erase.toggled.connect(lambda on: setattr(self.canvas, "erases", on))
        self.radius.valueChanged.connect(lambda radius: setattr(self.canvas, "radius", radius))
        self.canvas.shape_drawn.connect(lambda shape: self._take([*self._shapes, shape]))
        self.undo.clicked.connect(self._take_back)
        self.clear.clicked.connect(lambda: self._take([]))
        self.whole.clicked.connect(self.canvas.fit)
        self.base.activated.connect(self._take_base)
        self.buttons.rejected.connect(self.reject)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        for widget in (*self.tools.values(), self.radius, self.erase, self.undo, self.clear, self.whole):
            tools.addWidget(widget)
            if isinstance(widget, QPushButton):
                widget.setAutoDefault(False)
        tools.insertStretch(5, 1)
        below = QGridLayout()
        label = Label("&over the mask")
        label.setBuddy(self.base)
        below.addWidget(label, 0, 0)
        below.addWidget(self.base, 0, 1)
        below.addWidget(self.told, 0, 2)
        below.setColumnStretch(2, 1)
        about = Label("Wheel: magnify; right button: move")
        about.setAlignment(Qt.AlignmentFlag.AlignRight)
        certain(self.buttons.button(QDialogButtonBox.StandardButton.Close)).setToolTip("Keep what is drawn")
        layout = QVBoxLayout(self)
        layout.addLayout(tools)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(about)
        layout.addLayout(below)
        layout.addWidget(self.buttons)
        self.resize(760, 780)
