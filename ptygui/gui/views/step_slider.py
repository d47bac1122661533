"""StepSlider: a slider whose values are the steps of a run, on the scale of the strip above it."""

from typing import Any

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication, QSlider, QStyle, QStyleOptionSlider, QWidget

from ptygui.gui.widgets.certain import certain

NEAR = 9  # px around the middle of the handle: there a press takes hold of it
NOTCH = 120  # of the wheel, in Qt's units


class StepSlider(QSlider):
    """Knows the centre of its handle at each step; the wheel moves by frames, not values."""

    turned = pyqtSignal(int)  # by a number of frames

    def __init__(self, parent: QWidget | None = None):
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._turned = 0

    def x_of(self, step: Any) -> Any:
        """Centre of the handle at a step, or at an array of steps [px]."""
        left, right = self._middle(self.minimum()), self._middle(self.maximum())
        return left + (right - left) * (step - self.minimum()) / max(self.maximum() - self.minimum(), 1)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Jump to the place that is clicked; it can be dragged on from there."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            place = event.position().x()
            if abs(place - self._middle(self.value())) > NEAR:
                self.jump(place)
        super().mousePressEvent(event)

    def jump(self, x: float) -> None:
        """Go to the step at a place along the slider [px]."""
        left, right = self._middle(self.minimum()), self._middle(self.maximum())
        share = (x - left) / max(right - left, 1.0)
        self.setValue(round(self.minimum() + share * (self.maximum() - self.minimum())))

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Move as many frames per notch as lists scroll lines."""
        if event is None:
            return
        self._turned += event.angleDelta().y() or event.angleDelta().x()
        notches = int(self._turned / NOTCH)
        self._turned -= NOTCH * notches
        if notches:
            self.turned.emit(notches * QApplication.wheelScrollLines())
        event.accept()

    def _middle(self, value: int) -> float:
        option, controls = QStyleOptionSlider(), QStyle.ComplexControl.CC_Slider
        self.initStyleOption(option)
        option.sliderPosition = value
        handle = certain(self.style()).subControlRect(
            controls, option, QStyle.SubControl.SC_SliderHandle, self
        )
        return handle.x() + (handle.width() - 1) / 2
