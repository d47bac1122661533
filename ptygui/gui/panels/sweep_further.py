"""SweepFurther: what a sweep tries besides what is ticked: more methods, objects, scans; an experiment."""

from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.plain import Label


class SweepFurther(QWidget):
    """One line, that is unfolded by a button or by what is in it."""

    edited = pyqtSignal()
    method_wanted = pyqtSignal()  # the present one, with its options
    files_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._experiment = ""
        self.lines = {
            "more": QLineEdit(placeholderText="awf:iterations=300; daps:seeds=4"),
            "also": QLineEdit(placeholderText="smear:5:128; file"),
        }
        self.lines["more"].setAccessibleName("more methods of the sweep")
        self.lines["also"].setAccessibleName("more objects or scans of the sweep")
        self.unfold = QToolButton(text="More…", checkable=True)
        self.unfold.setAccessibleName("more methods and scans")
        self.unfold.setToolTip("Several options of a method, and several objects or scans, in one sweep")
        self.method = QToolButton(
            text="Add present", toolTip="Add the method of step 4 with its present options"
        )
        self.files = QToolButton(text="Add…", toolTip="Add files of objects; of scans, where one is thinned")
        self.files.setAccessibleName("add objects or scans")
        self.said = Elided(objectName="experiment")
        self.leave = QToolButton(text="Leave", toolTip="Sweep what is ticked, rather than this experiment")
        self.leave.setAccessibleName("leave the experiment")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._asked = [Label("and methods"), self.lines["more"], self.method]
        self._asked += [Label("  and of"), self.lines["also"], self.files]
        for widget in self._asked:
            layout.addWidget(widget, int(isinstance(widget, QLineEdit)))
        layout.addWidget(self.said, 1)
        layout.addWidget(self.leave)
        for line in self.lines.values():
            line.editingFinished.connect(self.edited)
        self.unfold.toggled.connect(self._unfold)
        self.method.clicked.connect(self.method_wanted)
        self.files.clicked.connect(self.files_wanted)
        self.leave.clicked.connect(self._leave)
        self.show_value("", "", "")

    def value(self) -> tuple[str, str, str]:
        """More methods, more sources, and the file of an experiment."""
        return self.lines["more"].text().strip(), self.lines["also"].text().strip(), self._experiment

    def show_value(self, more: str, also: str, experiment: str) -> None:
        """Show what is asked."""
        self.lines["more"].setText(more)
        self.lines["also"].setText(also)
        self._experiment = experiment
        self.said.setText(f"The runs of the experiment in {Path(experiment).name}" if experiment else "")
        for widget in self._asked:
            widget.setVisible(not experiment)
        for widget in (self.said, self.leave):
            widget.setVisible(bool(experiment))
        if more or also or experiment:
            self.unfold.setChecked(True)
        self._unfold(self.unfold.isChecked())

    def _unfold(self, on: bool) -> None:
        self.setVisible(on)

    def _leave(self) -> None:
        self._experiment = ""
        self.edited.emit()
