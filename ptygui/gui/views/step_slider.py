"""StepSlider: a slider whose values are the steps of a run, on the scale of what is drawn above it."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QApplication, QSlider, QStyle, QStyleOptionSlider

from ptygui.gui.widgets.certain import certain

NOTCH = 120  # of the wheel, as Qt counts


class StepSlider(QSlider):
    """Knows where the middle of its handle is at each step; the wheel turns frames, not values."""

    turned = pyqtSignal(int)  # by so many frames

    def __init__(self, parent=None):
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._turned = 0

    def x_of(self, step):
        """Where the middle of the handle is at a step, or at an array of them [px]."""
        left, right = self._middle(self.minimum()), self._middle(self.maximum())
        return left + (right - left) * (step - self.minimum()) / max(self.maximum() - self.minimum(), 1)

    def wheelEvent(self, event):
        """As many frames a notch as other lists turn lines."""
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
