"""WelcomePage: what a new user sees first; and the tour that points at the parts of the window."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import QEvent, QObject, QPoint, QRect, Qt, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QCommandLinkButton,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.icons import icon
from ptygui.gui.widgets.plain import RICH, Label, tip
from ptygui.methods import labels

WIDTH = 860  # of the contents of the page [px]
LINE = 52  # height of an entry of two lines [px]
_ARROWS: dict[int, int] = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}  # keys of the tour, stops to move by


class WelcomePage(QWidget):
    """Offers the example, a file, recent files, and the tour."""

    example_requested = pyqtSignal(str)  # of `experiment.example.PROCEDURAL`
    open_requested = pyqtSignal()
    recent_requested = pyqtSignal(str, str)  # path, kind
    tour_requested = pyqtSignal()
    show_at_start_changed = pyqtSignal(bool)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.example = QCommandLinkButton("Example: blood smear", "Simulated at 38 % overlap")
        self.example.setToolTip("Load the built-in blood smear (Ctrl+Shift+O)")
        self.chip = QCommandLinkButton("Example: chip", "A circuit under X-rays, at 20 % overlap")
        self.chip.setToolTip("Load the built-in chip (Ctrl+Shift+C)")
        self.open = QCommandLinkButton("Open a scan…", "HDF5, CXI, NPZ; or drop a file anywhere")
        self.open.setToolTip("A measured or simulated scan (Ctrl+O)")
        self.tour = QCommandLinkButton("Two-minute tour", "What is where, and the keys worth knowing")
        self.tour.setToolTip("Point at each part of the window (Ctrl+F1)")
        self.recent = QListWidget()
        self.recent.setAccessibleName("recent files")
        self.at_start = QCheckBox("Show this &page at startup")
        self.at_start.setToolTip("Otherwise the example is loaded; the page is in the Help menu (Shift+F1)")
        self.example.clicked.connect(lambda: self.example_requested.emit("smear"))
        self.chip.clicked.connect(lambda: self.example_requested.emit("chip"))
        self.open.clicked.connect(self.open_requested)
        self.tour.clicked.connect(self.tour_requested)
        self.recent.itemActivated.connect(self._ask)
        self.recent.itemClicked.connect(self._ask)
        self.at_start.toggled.connect(self.show_at_start_changed)
        self._lay_out()
        self._recolour()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def show_recents(self, recents: Sequence[tuple[str, str]]) -> None:
        """List recent files: pairs (path, kind)."""
        self.recent.clear()
        for path, kind in recents:
            item = QListWidgetItem(f"{Path(path).name}   ({kind})")
            item.setToolTip(tip(path))
            item.setData(Qt.ItemDataRole.UserRole, (path, kind))
            self.recent.addItem(item)
        self.nothing.setVisible(not self.recent.count())
        self.recent.setVisible(self.recent.count() > 0)

    def _ask(self, item: QListWidgetItem) -> None:
        self.recent_requested.emit(*item.data(Qt.ItemDataRole.UserRole))

    def _recolour(self) -> None:
        colour = self.palette().windowText().color()
        for name, button in (
            ("example", self.example),
            ("example", self.chip),
            ("open", self.open),
            ("forward", self.tour),
        ):
            button.setIcon(icon(name, colour))

    def _lay_out(self) -> None:
        title = Label(
            "<h2>How little scan overlap can your experiment live with?</h2>", wordWrap=True, textFormat=RICH
        )
        what = Label(
            "Choose an object and an overlap, run a method, and see the reconstruction step by step. "
            f"Methods: {labels()}.",
            wordWrap=True,
        )
        left = QVBoxLayout()
        left.setSpacing(0)
        for button in (self.example, self.chip, self.open, self.tour):
            button.setMinimumHeight(LINE)  # Qt's own hint leaves no room for the second line of a larger font
            left.addWidget(button)
        left.addStretch(1)
        self.nothing = Label("No files yet")
        right = QVBoxLayout()
        right.addWidget(Label("<b>Recent files</b>", textFormat=RICH))
        right.addWidget(self.nothing)
        right.addWidget(self.recent, 1)
        right.addStretch(1)
        columns = QHBoxLayout()
        columns.setSpacing(24)
        columns.addLayout(left, 1)
        columns.addLayout(right, 1)
        page = QWidget(maximumWidth=WIDTH)
        layout = QVBoxLayout(page)
        layout.addWidget(title)
        layout.addWidget(what)
        layout.addSpacing(8)
        layout.addLayout(columns)
        layout.addSpacing(8)
        layout.addWidget(self.at_start)
        down = QVBoxLayout()
        down.addStretch(1)
        down.addWidget(page)
        down.addStretch(2)
        across = QHBoxLayout(self)
        across.setContentsMargins(28, 18, 28, 12)
        across.addStretch(1)
        across.addLayout(down, 100)
        across.addStretch(1)


class Tour(QWidget):
    """Points at one part of the window after another; Next, Back and End by mouse or keyboard.

    Parameters
    ----------
    window : QWidget
        Covered during the tour.
    stops : sequence of (callable, str)
        A function that brings the part to the front and returns its widget; and the text about it.
    """

    ended = pyqtSignal()

    def __init__(self, window: QWidget, stops: Sequence[tuple[Callable[[], QWidget], str]]):
        super().__init__(window)
        self.stops, self.place = stops, -1
        self._hole = QRect()
        self.card = QFrame(self, frameShape=QFrame.Shape.StyledPanel, autoFillBackground=True)
        self.text = Label(wordWrap=True, textFormat=RICH)
        self.text.setMinimumWidth(300)
        self.count = Label()
        self.back, self.next = QPushButton("&Back"), QPushButton("&Next", default=True)
        self.end = QPushButton("End (Esc)")
        row = QHBoxLayout()
        row.addWidget(self.count, 1)
        for button in (self.end, self.back, self.next):
            row.addWidget(button)
        layout = QVBoxLayout(self.card)
        layout.addWidget(self.text)
        layout.addLayout(row)
        self.back.clicked.connect(lambda: self.go(self.place - 1))
        self.next.clicked.connect(lambda: self.go(self.place + 1))
        self.end.clicked.connect(self.close)
        for watched in (window, self.back, self.next, self.end):
            watched.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        self.go(0)

    def go(self, place: int) -> None:
        """Show a stop; past the last one the tour ends."""
        if place >= len(self.stops):
            self.close()
            return
        self.place = max(place, 0)
        find, text = self.stops[self.place]
        widget = find()
        self.text.setText(text)
        self.count.setText(f"{self.place + 1} of {len(self.stops)}")
        self.back.setEnabled(self.place > 0)
        self.next.setText("&Next" if self.place + 1 < len(self.stops) else "&Done")
        self._hole = QRect(widget.mapTo(self.parentWidget(), QPoint(0, 0)), widget.size())
        self._place_card()
        self.raise_()  # a dock that is raised would cover the tour
        self.next.setFocus()
        self.update()

    def event(self, event: QEvent | None) -> bool:
        """Keep Esc and the arrows from the window's shortcuts."""
        if event is not None and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """End with Esc, move with the arrow keys."""
        key = None if event is None else event.key()
        if key == Qt.Key.Key_Escape:
            self.close()
        elif key in _ARROWS:
            self.go(self.place + _ARROWS[key])
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Remove all parts of the tour."""
        certain(self.parentWidget()).removeEventFilter(self)
        self.ended.emit()
        super().closeEvent(event)
        self.deleteLater()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Follow the window's size; take the arrow keys, with which buttons would pass on the focus."""
        if isinstance(event, QResizeEvent) and watched is self.parentWidget():
            self.setGeometry(certain(self.parentWidget()).rect())
            self.go(self.place)
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _ARROWS:
            self.keyPressEvent(event)
            return True
        return False

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Dim everything except the present part."""
        painter = QPainter(self)
        shade = QPainterPath()
        shade.addRect(self.rect().toRectF())
        hole = QPainterPath()
        hole.addRoundedRect(self._hole.toRectF(), 6, 6)
        painter.fillPath(shade.subtracted(hole), QColor(0, 0, 0, 130))
        painter.setPen(self.palette().highlight().color())
        painter.drawPath(hole)

    def _place_card(self) -> None:
        """Place the text next to the part if there is room, else over its centre."""
        self.card.setFixedWidth(360)
        self.card.adjustSize()
        size, hole, gap = self.card.size(), self._hole, 12
        for corner in (
            QPoint(hole.right() + gap, hole.top()),
            QPoint(hole.left() - gap - size.width(), hole.top()),
            QPoint(hole.left(), hole.top() - gap - size.height()),
            QPoint(hole.left(), hole.bottom() + gap),
        ):
            if self.rect().contains(QRect(corner, size)):
                self.card.move(corner)
                return
        self.card.move(hole.center() - QPoint(size.width() // 2, size.height() // 2))
