"""SimulatePanel: object, overlap and photons of a simulated scan."""

from dataclasses import replace

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.footprints import Footprints
from ptygui.gui.form import OptionsForm
from ptygui.gui.panels import narrow
from ptygui.physics.simulate import Simulation


class SimulatePanel(QWidget):
    """Asks for simulations. `place_map` gives the map of footprints its place beside the options."""

    options_changed = pyqtSignal(object)  # Simulation, at each move of the slider
    simulate_requested = pyqtSignal()
    object_file_requested = pyqtSignal()
    object_requested = pyqtSignal(int, int)  # size, seed

    def __init__(self, parent=None):
        super().__init__(parent)
        self._options = Simulation()
        self.size = QSpinBox(minimum=32, maximum=2048, value=128, singleStep=32, suffix=" px")
        self.size.setToolTip("Size of the procedural blood smear")
        self.size.setAccessibleName("object size")
        self.seed = QSpinBox(minimum=0, maximum=2**31 - 1, prefix="seed ")
        self.seed.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.seed.setToolTip("Another seed is another smear")
        self.seed.setAccessibleName("object seed")
        self.object_file = QPushButton("Open…", toolTip="An object from a file: complex array, or an image")
        self.overlap = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=90, value=50, pageStep=5)
        self.overlap.setToolTip("Linear overlap of neighbours, 1 − step / probe width")
        self.overlap.setAccessibleName("overlap")
        self.percent = QLabel("50 %", objectName="percent")
        font = self.percent.font()
        font.setBold(True)
        self.percent.setFont(font)
        self.percent.setMinimumWidth(42)
        self.outcome = QLabel(" ", objectName="outcome")
        self.form = OptionsForm(self._options, without=("overlap",))
        self.button = QPushButton("Simulate", toolTip="Make this scan now, in place of the one loaded")
        self.auto_preview = QCheckBox("pre&view")
        self.auto_preview.setToolTip(
            "Reconstruct by itself once the slider rests: the fast diffusion with its preview setting, "
            "10 network evaluations, about a second"
        )
        self._lay_out()
        for box in (self.size, self.seed):
            box.setKeyboardTracking(False)
            box.valueChanged.connect(lambda: self.object_requested.emit(self.size.value(), self.seed.value()))
        self.object_file.clicked.connect(self.object_file_requested)
        self.overlap.valueChanged.connect(self._slid)
        self.form.value_changed.connect(self._changed)
        self.button.clicked.connect(self.simulate_requested)

    def set_options(self, options: Simulation) -> None:
        """Show these options."""
        self._options = options
        self.overlap.blockSignals(True)
        self.overlap.setValue(round(100 * options.overlap))
        self.overlap.blockSignals(False)
        self.percent.setText(f"{options.overlap:.0%}".replace("%", " %"))
        self.form.set_value(options)

    def show_footprints(self, footprints: Footprints) -> None:
        """Tell what the overlap comes to."""
        count = len(footprints.positions)
        self.outcome.setText(f"step {footprints.step:.1f} px,  {count} positions")
        self.outcome.setObjectName("outcome")

    def show_problem(self, problem: str) -> None:
        """Tell why there can be no such scan."""
        if problem:
            self.outcome.setText(problem)
        self.outcome.setToolTip(problem)

    def place_map(self, view: QWidget) -> None:
        """Put the map beside the options."""
        view.setMinimumSize(140, 140)
        view.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._body.insertWidget(0, view, 1)

    def _slid(self, percent: int) -> None:
        self.percent.setText(f"{percent} %")
        self._set(replace(self._options, overlap=percent / 100))

    def _changed(self, options: Simulation) -> None:
        self._set(replace(options, overlap=self._options.overlap))

    def _set(self, options: Simulation) -> None:
        if options != self._options:
            self._options = options
            self.options_changed.emit(options)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.setSpacing(3)
        objects = QHBoxLayout()
        for widget in (QLabel("Object"), self.size, self.seed, self.object_file):
            objects.addWidget(widget)
        objects.setStretch(2, 1)
        narrow(self.object_file)
        layout.addLayout(objects)
        slider = QGridLayout()
        label = QLabel("O&verlap")
        label.setBuddy(self.overlap)
        slider.addWidget(label, 0, 0)
        slider.addWidget(self.overlap, 0, 1)
        slider.addWidget(self.percent, 0, 2)
        layout.addLayout(slider)
        self._body = QHBoxLayout()
        right = QVBoxLayout()
        right.setSpacing(2)
        self.outcome.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        right.addWidget(self.form, 1)
        below = QHBoxLayout()
        below.addWidget(self.button, 1)
        below.addWidget(self.auto_preview)
        right.addLayout(below)
        self._body.addLayout(right, 1)
        layout.addWidget(self.outcome)
        layout.addLayout(self._body, 1)
