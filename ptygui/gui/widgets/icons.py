"""Icons of the Lucide set (resources/icons), drawn in the text colour so that they suit both themes."""

from collections.abc import Callable
from functools import lru_cache

from PyQt6.QtCore import QByteArray, QEvent, QRectF, Qt
from PyQt6.QtGui import QColor, QIcon, QPainter, QPixmap
from PyQt6.QtSvg import QSvgRenderer
from PyQt6.QtWidgets import QAbstractButton, QToolButton

from ptygui.paths import RESOURCES

_SIDE = 48  # pixels; Qt scales down for buttons of any density
DIMMED = 0.35  # opacity of disabled icons: Qt's own are as bright as enabled ones on dark


def icon(name: str, colour: QColor) -> QIcon:
    """An icon, by the name of its file in resources/icons."""
    return _drawn(name, colour.name())


def put_icon(button: QAbstractButton, name: str, colour: QColor) -> None:
    """Show an icon on a button. Setting the one that it has would ask for a new layout around it."""
    made = icon(name, colour)
    if button.icon().cacheKey() != made.cacheKey():
        button.setIcon(made)


class IconButton(QToolButton):
    """A button with an icon, which follows the theme; its name is for screen readers."""

    def __init__(self, icon_name: str, tip: str, act: Callable[..., object], name: str = ""):
        super().__init__(toolTip=tip, autoRaise=True)
        self._icon_name = icon_name
        self.setAccessibleName(name or icon_name)
        self.clicked.connect(act)
        self._recolour()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange and hasattr(self, "_icon_name"):
            self._recolour()

    def _recolour(self) -> None:
        put_icon(self, self._icon_name, self.palette().windowText().color())


@lru_cache(maxsize=128)
def _drawn(name: str, colour: str) -> QIcon:
    text = (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    drawing = QSvgRenderer(QByteArray(text.replace("currentColor", colour).encode()))
    made = QIcon()
    for mode, opacity in ((QIcon.Mode.Normal, 1.0), (QIcon.Mode.Disabled, DIMMED)):
        pixmap = QPixmap(_SIDE, _SIDE)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setOpacity(opacity)
        drawing.render(painter, QRectF(0, 0, _SIDE, _SIDE))
        painter.end()
        made.addPixmap(pixmap, mode)
    return made


def window_icon() -> QIcon:
    """The icon of the program: overlapping footprints."""
    pixmap = QPixmap(64, 64)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for (x, y), colour in (((4, 4), "#3b82c4"), ((24, 4), "#e0903a"), ((14, 22), "#4aa36b")):
        fill = QColor(colour)
        fill.setAlpha(190)
        painter.setBrush(fill)
        painter.drawEllipse(QRectF(x, y, 36, 36))
    painter.end()
    return QIcon(pixmap)
