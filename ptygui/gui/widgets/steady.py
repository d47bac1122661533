"""Still: a place for what changes its text often and its size seldom."""

from PyQt6.QtCore import QEvent, QSize
from PyQt6.QtWidgets import QSizePolicy, QWidget


class Steady(QWidget):
    """Holds one widget without a layout, so that nothing around is laid out when its text changes.

    A label asks for that with every text, whatever its size: up to the window, whose docks and pages are
    then painted whole. Here only one that wants more room than it has is heard.
    """

    def __init__(self, widget: QWidget, parent=None):
        super().__init__(parent)
        self.widget, self._most = widget, QSize(0, 0)
        widget.setParent(self)
        self.setSizePolicy(widget.sizePolicy())

    def sizeHint(self):
        """The most that the widget asked for so far: what is around does not move to and fro."""
        self._most = self._most.expandedTo(self.widget.sizeHint())
        return self._most

    def minimumSizeHint(self):
        """That of the widget."""
        return self.widget.minimumSizeHint().expandedTo(self.widget.minimumSize())

    def resizeEvent(self, event):
        """Give all room to the widget."""
        super().resizeEvent(event)
        self.widget.setGeometry(self.rect())

    def event(self, event):
        """Ask for more room where it is wanted."""
        if event.type() == QEvent.Type.LayoutRequest:
            wanted, policy = self.sizeHint(), self.sizePolicy().horizontalPolicy()
            wide = policy != QSizePolicy.Policy.Ignored and wanted.width() > self.width()
            if wide or wanted.height() > self.height():
                self.updateGeometry()
        return super().event(event)
