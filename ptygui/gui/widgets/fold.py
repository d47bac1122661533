"""Fold: a numbered step of the column on the left: a header that opens and shuts it, and what is in it."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.plain import tip
from ptygui.gui.widgets.steady import Steady
from ptygui.gui.widgets.toned import Toned

MARKS = {  # what a check of this level is marked with: sign, its tone, meaning; red first
    "stop": ("✖", "bad", "cannot run"),
    "warn": ("▲", "warning", "will run badly"),
    "note": ("●", "link", "good to know"),
    "": ("✓", "good", "nothing is missing or inconsistent"),
}


class Fold(QFrame):
    """A step: “1 Data”, a summary while it is shut, and a mark for its checks."""

    opened = pyqtSignal(bool)

    def __init__(self, number: int, title: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.title = f"{number}  {title}"
        self.is_open = False  # whether what is in it is seen
        self.head = QToolButton(autoRaise=True, text=self.title)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.head.setToolTip(f"Open or shut {title}")
        font = self.head.font()
        font.setBold(True)
        self.head.setFont(font)
        self.summary = Elided(objectName="summary")
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.mark = Toned("good")
        self.level: str | None = None
        self.body = QWidget()
        self._inside = QVBoxLayout(self.body)
        self._inside.setContentsMargins(0, 0, 0, 4)
        self._inside.setSpacing(4)
        bar = QHBoxLayout()
        bar.setContentsMargins(2, 2, 8, 2)
        bar.setSpacing(6)
        bar.addWidget(self.head)
        bar.addWidget(Steady(self.summary), 1)
        bar.addWidget(self.mark)
        line = QFrame(frameShape=QFrame.Shape.HLine, frameShadow=QFrame.Shadow.Sunken)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.body)
        layout.addWidget(line)
        self.head.clicked.connect(lambda: self.set_open(not self.is_open))
        self.show_level("")
        self.set_open(False)

    def add(self, *widgets: QWidget) -> None:
        """Put widgets into it, one below the other."""
        for widget in widgets:
            self._inside.addWidget(widget)

    def set_open(self, on: bool) -> None:
        """Open or shut it."""
        self.is_open = on
        self.head.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self.head.setAccessibleName(f"{self.title}, {'open' if on else 'shut'}")
        self.body.setVisible(on)
        self.summary.setVisible(not on)  # what is in sight is not said twice
        self.opened.emit(on)

    def show_level(self, level: str) -> None:
        """Mark it by the most severe of its checks; empty if there is none."""
        if level == self.level:
            return
        sign, tone, meaning = MARKS[level]
        self.level = level
        self.mark.setText(sign)
        self.mark.set_tone(tone)
        self.mark.setToolTip(tip(meaning))
        self.mark.setAccessibleName(f"{self.title}: {meaning}")

    def show_summary(self, text: str) -> None:
        """What it comes to, in some words."""
        self.summary.setText(text)
