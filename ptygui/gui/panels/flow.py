"""FlowColumn: from data to an answer in numbered steps that fold; what is to be fixed comes first."""

from collections.abc import Mapping, Sequence

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ptygui.gui.model.preflight import NOTE, STOP, WARN, Check
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.fold import Fold

STEPS = {
    "scan": "Data", "probe": "Probe", "simulate": "Overlap", "method": "Method and prior", "run": "Run"
}  # fmt: skip
LEAST = 330  # px: nothing in it is cut off
_LEVELS = (STOP, WARN, NOTE)
_OPEN = ("scan", "simulate", "method", "run")  # at first


class FlowColumn(QWidget):
    """Steps one below the other; the last one, the run, is always in sight.

    Parameters
    ----------
    contents : mapping of str to sequence of QWidget
        What is in each step of `STEPS`, and "checklist": what is above them.
    """

    def __init__(self, contents: Mapping[str, Sequence[QWidget]], parent: QWidget | None = None):
        super().__init__(parent)
        self.steps = {name: Fold(k, title) for k, (name, title) in enumerate(STEPS.items(), 1)}
        column = QWidget()
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        for widget in contents["checklist"]:
            inside.addWidget(widget)
        for name, step in self.steps.items():
            step.add(*contents[name])
            step.set_open(name in _OPEN)
            if name != "run":
                inside.addWidget(step)
                step.head.clicked.connect(lambda _, name=name: self._make_room(name))
        inside.addStretch(1)
        self.area = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its controls take the focus
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(column)
        self.setMinimumWidth(LEAST)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.area, 1)
        layout.addWidget(self.steps["run"])

    def open_step(self, name: str) -> None:
        """Open a step, and bring it into sight; any other name is that of what is above them."""
        step = self.steps.get(name)
        if step is None:
            certain(self.area.verticalScrollBar()).setValue(0)
            return
        step.set_open(True)
        self._bring(step)
        QTimer.singleShot(0, lambda: self._bring(step))  # forms may have grown meanwhile

    def shut_what_is_done(self) -> None:
        """In a low window: leave room for what is chosen next, once there is a scan."""
        if not self._fits():
            self.steps["scan"].set_open(False)

    def _make_room(self, name: str) -> None:
        """Shut steps, from the top, until the one that was opened is in sight as a whole."""
        if not self.steps[name].is_open:
            return
        for other, step in self.steps.items():
            if other not in (name, "run") and step.is_open and not self._fits():
                step.set_open(False)
        self._bring(self.steps[name])

    def _fits(self) -> bool:
        """Whether the column needs no scrolling."""
        column = certain(self.area.widget())
        certain(column.layout()).activate()
        return column.sizeHint().height() <= certain(self.area.viewport()).height()

    def _bring(self, step: Fold) -> None:
        """Scroll so that a step begins at the top."""
        column = certain(self.area.widget())
        certain(column.layout()).activate()
        column.resize(column.width(), column.sizeHint().height())  # else the scroll range is the old one
        if column.isAncestorOf(step):
            certain(self.area.verticalScrollBar()).setValue(step.y())

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Mark each step by the most severe of its checks."""
        for name, step in self.steps.items():
            levels = [check.level for check in checks if check.step == name]
            step.show_level(min(levels, key=_LEVELS.index) if levels else "")
