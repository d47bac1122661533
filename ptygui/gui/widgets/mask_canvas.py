"""MaskCanvas: a pattern on which pixels are marked with brush, box and ellipse."""

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QMouseEvent, QPainterPath, QPen, QPixmap, QResizeEvent, QWheelEvent
from PyQt6.QtWidgets import QGraphicsPathItem, QGraphicsScene, QGraphicsView, QWidget

from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.little import image_of
from ptygui.prepare.drawn import Shape

_BAD, _PEN = (0, 200, 170, 150), QColor("#ffffff")
_APART = 0.5  # of the radius, between two points of a stroke that are kept
_MOST = 60.0  # magnification


class MaskCanvas(QGraphicsView):
    """The left button draws, the wheel magnifies, the right button moves the picture."""

    shape_drawn = pyqtSignal(Shape)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(QGraphicsScene(), parent)
        self.kind, self.radius, self.erases = "brush", 3.0, False
        self._points: list[QPointF] = []
        self._grip: QPointF | None = None
        self._fitted = True
        scene = certain(self.scene())
        self._picture, self._mask = certain(scene.addPixmap(QPixmap())), certain(scene.addPixmap(QPixmap()))
        self._outline = QGraphicsPathItem()
        scene.addItem(self._outline)
        self.setAccessibleName("detector")
        self.setMinimumSize(320, 320)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)

    def show_picture(self, pixels: np.ndarray) -> None:
        """Show colours, uint8 (rows, columns, 3); the whole picture is seen if it has another size."""
        before = self._picture.pixmap().size()
        self._picture.setPixmap(QPixmap.fromImage(image_of(pixels)))
        if self._picture.pixmap().size() != before:
            self.fit()

    def show_mask(self, bad: np.ndarray) -> None:
        """Colour these pixels."""
        colours = np.zeros((*bad.shape, 4), np.uint8)
        colours[bad] = _BAD
        rows, columns = bad.shape
        image = QImage(colours.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        self._mask.setPixmap(QPixmap.fromImage(image.copy()))

    def fit(self) -> None:
        """Show the whole picture."""
        self._fitted = True
        self.setSceneRect(QRectF(self._picture.pixmap().rect()))
        self.fitInView(self.sceneRect(), Qt.AspectRatioMode.KeepAspectRatio)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the whole picture in sight unless it was magnified."""
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Magnify about the cursor."""
        if event is not None:
            factor = 1.25 if event.angleDelta().y() > 0 else 0.8
            if factor * self.transform().m11() < _MOST:
                self._fitted = False
                self.scale(factor, factor)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Begin a shape, or grip the picture."""
        if event is None:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self._points = [self.mapToScene(event.position().toPoint())]
            self._outline_now()
        elif event.button() == Qt.MouseButton.RightButton:
            self._grip = event.position()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Go on with the shape, or move the picture."""
        if event is None:
            return
        if self._points:
            self._points.append(self.mapToScene(event.position().toPoint()))
            self._outline_now()
        elif self._grip is not None:
            moved, self._grip = event.position() - self._grip, event.position()
            for bar, by in ((self.horizontalScrollBar(), moved.x()), (self.verticalScrollBar(), moved.y())):
                certain(bar).setValue(certain(bar).value() - round(by))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """End the shape."""
        self._grip = None
        if event is not None and event.button() == Qt.MouseButton.LeftButton and self._points:
            self._points.append(self.mapToScene(event.position().toPoint()))
            shape = shape_of(self.kind, self._points, self.radius, self.erases)
            self._points = []
            self._outline.setPath(QPainterPath())
            if shape is not None:
                self.shape_drawn.emit(shape)

    def _outline_now(self) -> None:
        path, first, last = QPainterPath(self._points[0]), self._points[0], self._points[-1]
        pen = QPen(_PEN, 0)
        if self.kind == "brush":
            for point in self._points:
                path.lineTo(point)
            path.lineTo(last + QPointF(1e-3, 0))  # one point is seen too
            pen = QPen(QColor(255, 255, 255, 120), 2 * self.radius)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        else:
            box = QRectF(first, last).normalized()
            path = QPainterPath()
            (path.addRect if self.kind == "box" else path.addEllipse)(box)
        self._outline.setPen(pen)
        self._outline.setPath(path)


def shape_of(kind: str, points: list[QPointF], radius: float, erases: bool) -> Shape | None:
    """The shape that was drawn through points of the scene, where pixel (0, 0) is the square from 0 to 1."""
    where = np.array([(point.y(), point.x()) for point in points])
    low, high = where[[0, -1]].min(0), where[[0, -1]].max(0)
    if kind == "box":
        first = np.floor(low)
        return Shape(kind, (*first, *(np.floor(high) - first + 1)), erases)
    if kind == "ellipse":
        half = (high - low) / 2
        return Shape(kind, (*((low + high) / 2 - 0.5), *half), erases) if half.min() > 0.5 else None
    kept = [where[0]]
    for point in where[1:]:
        if np.hypot(*(point - kept[-1])) >= max(_APART * radius, 0.5):
            kept.append(point)
    return Shape(kind, (radius, *(np.ravel(kept) - 0.5)), erases)
