"""Steady: a container for a widget that changes its text often and its size rarely."""

from PyQt6.QtCore import QEvent, QSize
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget


class Steady(QWidget):
    """Holds one widget without a layout, so that nothing around it is laid out when its text changes.

    A label requests a new layout with every text, whatever its size, up to the window, whose docks and
    pages are then repainted. Here only a widget that needs more room than it has is passed on.
    """

    def __init__(self, widget: QWidget, parent: QWidget | None = None):
        super().__init__(parent)
        self.widget, self._most = widget, QSize(0, 0)
        widget.setParent(self)
        self.setSizePolicy(widget.sizePolicy())

    def sizeHint(self) -> QSize:
        """The largest size hint so far: the surroundings do not move back and forth."""
        self._most = self._most.expandedTo(self.widget.sizeHint())
        return self._most

    def minimumSizeHint(self) -> QSize:
        """The minimum size of the widget."""
        return self.widget.minimumSizeHint().expandedTo(self.widget.minimumSize())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Give all room to the widget."""
        super().resizeEvent(event)
        self.widget.setGeometry(self.rect())

    def event(self, event: QEvent | None) -> bool:
        """Request more room if it is needed."""
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            wanted, policy = self.sizeHint(), self.sizePolicy().horizontalPolicy()
            wide = policy != QSizePolicy.Policy.Ignored and wanted.width() > self.width()
            if wide or wanted.height() > self.height():
                self.updateGeometry()
        return super().event(event)
