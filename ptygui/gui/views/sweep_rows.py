"""SweepRows: the curves of sweeps by name, each with a box that draws it, and its result in words."""

from collections.abc import Container, Sequence
from typing import Any

from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QPainter, QPixmap, QResizeEvent
from PyQt6.QtWidgets import QCheckBox, QGridLayout, QScrollArea, QWidget

from ptygui.experiment.overlap_limit import Curve
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.plain import Label, keyless

_SEEN, _LEAST = 10, 4  # lines visible without scrolling, and where there is little room
_DOT = 48  # pixels of an icon that Qt scales down


class SweepRows(QScrollArea):
    """One row per curve."""

    ticked = pyqtSignal(Curve, bool)  # Curve, whether it is drawn

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, widgetResizable=True, frameShape=QScrollArea.Shape.NoFrame)
        self._high = 0  # of all rows, or as many as are shown without scrolling [px]
        self.boxes: list[QCheckBox] = []
        self.labels: list[Label] = []
        self._named: list[tuple[Any, ...]] = []  # colour, sweep, method and label of the listed curves
        inner = QWidget()
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(6, 0, 6, 0)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inner)

    def show_curves(self, curves: Sequence[tuple[str, Curve]], drawn: Container[Curve]) -> None:
        """List curves in their colours; those drawn are ticked. Boxes of the same curves stay."""
        named = [(colour, curve.sweep, curve.method, curve.name) for colour, curve in curves]
        if named == self._named:
            for box, (_, curve) in zip(self.boxes, curves, strict=True):
                box.blockSignals(True)
                box.setChecked(curve in drawn)
                box.blockSignals(False)
            return
        self._named = named
        for widget in (*self.boxes, *self.labels):
            widget.deleteLater()
        self.boxes, self.labels = [], []
        for row, (colour, curve) in enumerate(curves):
            box = QCheckBox(keyless(curve.name), checked=curve in drawn)
            font = box.font()
            font.setBold(True)
            box.setFont(font)
            box.setIcon(_dot(colour))  # text in these colours is hard to read on light
            box.setToolTip(f"Draw this curve of sweep {curve.sweep}")
            box.toggled.connect(lambda on, curve=curve: self.ticked.emit(curve, on))
            label = Label(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(box, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label, row, 1)
            self.boxes.append(box)
            self.labels.append(label)

    def tell(self, texts: Sequence[str]) -> None:
        """Show the result of each curve in words."""
        changed = False
        for label, text in zip(self.labels, texts, strict=True):
            changed = changed or label.text() != text
            label.setText(text)
        if changed:
            self._take_room()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Adapt to the line breaks of another width."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self._take_room)  # once the viewport has its size

    def _take_room(self) -> None:
        """Make the list as high as all rows, up to a limit beyond which they scroll."""
        line = self.fontMetrics().lineSpacing()
        high = self._grid.heightForWidth(certain(self.viewport()).width()) + 4
        self._high = min(high, _SEEN * line)
        self.setMinimumHeight(min(self._high, _LEAST * line))
        self.setMaximumHeight(self._high)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As high as the rows; in a low window the curves come first."""
        return QSize(super().sizeHint().width(), self._high)


def _dot(colour: str) -> QIcon:
    """A dot in the colour of a curve."""
    pixmap = QPixmap(_DOT, _DOT)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(pixmap.rect().adjusted(_DOT // 6, _DOT // 6, -_DOT // 6, -_DOT // 6))
    painter.end()
    return QIcon(pixmap)
