"""SimulatePanel: object, overlap, photons and cost of a simulated scan.

The slider moves in whole pixels of the step, since others cannot be reached; any overlap can be typed, and
the result is shown below.
"""

import math
from dataclasses import replace

from PyQt6.QtCore import QMetaObject, Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ptygui.errors import InputError
from ptygui.experiment.example import PROCEDURAL
from ptygui.experiment.thinning import Thinning
from ptygui.gui.model.footprints import Footprints
from ptygui.gui.model.request import Request, Source
from ptygui.gui.model.specimen import SIZES
from ptygui.gui.panels import narrow
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.percent_box import PercentBox
from ptygui.gui.widgets.plain import Label
from ptygui.gui.widgets.toned import Toned
from ptygui.gui.widgets.tooltips import wrapped
from ptygui.physics.overlap import Acquisition
from ptygui.physics.positions import overlap_text
from ptygui.physics.simulate import Simulation

OPTIONS_HEIGHT, TABLE_HEIGHT = 148, 108  # of forms: all rows without scrolling; of the table [px]
DENSEST = 0.98  # overlap that the slider ends at, as `Simulation` has it
LOWEST, LINE = 120, 28  # heights of the map, and of the line on an opened scan [px]: all fits 1280 x 800
_SIMULATED = (
    "Linear overlap of neighbours, 1 − step / reference length: more means more positions, dose and time; "
    "less relies more on the prior. The slider takes whole pixels of the step"
)
_THINNED = (
    "Overlap to which the opened scan is thinned: positions are dropped, and held out to test the result. "
    "At the right end all are kept. The tab Options says what the overlap is of, and which are kept"
)
STACKED = 1.2  # height over width of the map from which its squares are stacked


class SimulatePanel(QWidget):
    """Requests simulations. `place` puts the map and the table below the slider."""

    options_changed = pyqtSignal(Simulation)  # at each move of the slider
    simulate_requested = pyqtSignal()
    object_file_requested = pyqtSignal()
    object_requested = pyqtSignal(int, int, str)  # size, seed, kind
    thinning_changed = pyqtSignal(Thinning)  # by the user

    def __init__(self, request: Request, parent: QWidget | None = None):
        super().__init__(parent)
        self.request = request
        self._options = Simulation()
        self._map: QWidget | None = None
        self.kind = QComboBox()
        for kind, drawn in PROCEDURAL.items():
            self.kind.addItem(drawn.specimen.capitalize(), kind)
        self.kind.setToolTip("What is scanned: a procedural blood smear, or a chip as X-rays see it")
        self.kind.setAccessibleName("object")
        self.object_size = QSpinBox(
            minimum=SIZES[0], maximum=SIZES[1], value=128, singleStep=32, suffix=" px"
        )
        self.object_size.setToolTip("Size of the procedural object: a larger one takes longer to reconstruct")
        self.object_size.setAccessibleName("object size")
        self.seed = QSpinBox(minimum=0, maximum=2**31 - 1, prefix="seed ")
        self.seed.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.seed.setToolTip("Each seed gives a different object")
        self.seed.setAccessibleName("object seed")
        self.object_file = QPushButton("Open…", toolTip="An object from a file: complex array, or an image")
        self.object_file.setAccessibleName("open an object")
        self.slider = QSlider(Qt.Orientation.Horizontal, minimum=1, maximum=32, value=16, pageStep=2)
        self.slider.setInvertedAppearance(True)  # more overlap to the right
        self.slider.setInvertedControls(True)
        self.overlap = _OverlapBox(self.slider)
        self.slider.setAccessibleName("step between positions in pixels")
        self.overlap.setAccessibleName("overlap in percent")
        self.why = Label(visible=False, wordWrap=True, objectName="why")  # it cannot be changed just now
        self.reached = Elided(objectName="reached")
        self._width = 32
        self.problem = Toned("bad", visible=False, wordWrap=True, objectName="problem")
        self.form = OptionsForm(self._options, without=("overlap",))
        self.thinning = OptionsForm(request.thinning, without=("overlap", "reference_positions"))
        self._thins = False  # whether the slider is for an opened scan
        self.cost = OptionsForm(request.acquisition)
        self.button = QPushButton("Simulate", toolTip="Simulate this scan now and use it (Ctrl+M)")
        self.auto_preview = QCheckBox("pre&view")
        self.auto_preview.setToolTip(
            "Reconstruct automatically when the slider stops: the fast diffusion with its preview options, "
            "10 network evaluations, about a second"
        )
        self._lay_out()
        for box in (self.object_size, self.seed):
            box.setKeyboardTracking(False)
            box.valueChanged.connect(self._ask_object)
        self.kind.activated.connect(self._ask_object)
        self.object_file.clicked.connect(self.object_file_requested)
        self.slider.valueChanged.connect(self._slid)
        self.overlap.valueChanged.connect(self._typed)
        self.overlap.refused.connect(self._refuse)
        self.form.value_changed.connect(self._changed)
        self.cost.value_changed.connect(request.set_acquisition)
        request.acquisition_changed.connect(self._show_acquisition)
        self.auto_preview.toggled.connect(request.set_preview)
        request.preview_changed.connect(self.auto_preview.setChecked)
        request.source_changed.connect(self._show_source)
        request.thinning_changed.connect(self._show_thinning)
        self.thinning.value_changed.connect(self.thinning_changed)
        self.button.clicked.connect(self.simulate_requested)

    def set_options(self, options: Simulation) -> None:
        """Show these options."""
        self._options = options
        self._show_overlap()
        self.form.set_value(options)

    def ask_overlap(self, overlap: float) -> None:
        """Request the simulation at another overlap, whichever scan the slider is for."""
        self._set(replace(self._options, overlap=overlap))
        self._show_overlap()

    def _show_acquisition(self, acquisition: Acquisition) -> None:
        try:
            shown = self.cost.value() == acquisition
        except InputError:  # what is typed is refused
            shown = False
        if not shown:
            self.cost.set_value(acquisition)

    def _show_source(self, source: Source) -> None:
        """Let the slider thin an opened scan; the rest is for the simulation, to which the button returns."""
        self._thins = source.opened and not source.bare
        for shown in (self.object_row, self.button, self.auto_preview):
            shown.setVisible(source.simulated)
        parts = self.kind, self.object_size, self.seed, self.object_file, self.form, self.auto_preview
        for widget in parts:
            widget.setEnabled(source.simulated)
        for widget in (self.slider, self.overlap):
            widget.setEnabled(source.simulated or self._thins)
            widget.setToolTip(wrapped(_THINNED if self._thins else _SIMULATED))
        self.stack.setCurrentWidget(self.thinning if self._thins else self.form)
        self.why.setText("Result active: press “Simulation” to change these")
        self.why.setVisible(source.bare)
        if self._map is not None:  # the line on a result takes its room from the map
            self._map.setMinimumHeight(LOWEST - (LINE if source.bare else 0))
        self._show_overlap()

    def _ask_object(self, *_: object) -> None:
        self.object_requested.emit(self.object_size.value(), self.seed.value(), self.kind.currentData())

    def show_object(self, size: int, seed: int, kind: str = "smear") -> None:
        """Show kind, size and seed of the procedural object."""
        self.kind.setCurrentIndex(self.kind.findData(kind))
        for box, value in ((self.object_size, size), (self.seed, seed)):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)

    def set_width(self, width: int) -> None:
        """Width of the probe [px], the overlap refers to it unless there is a reference length."""
        self._width = width
        self._show_overlap()

    def show_reached(self, footprints: Footprints) -> None:
        """Show the overlap that was reached, or that of an opened scan."""
        found, length, asked = footprints.sampling, footprints.length, footprints.asked
        of_d90 = f"{overlap_text(found.of_d90)} of D90"
        if found.count < 2:
            self.reached.setText("one position")
            self.reached.setToolTip("")
            return
        text = overlap_text(found.linear)
        said, tip = f"step {found.step:.4g} of {length:g} px", ""
        if asked is None:
            held_out = len(footprints.dropped)
            said = f"{found.count} kept, {held_out} held out" if held_out else f"all {found.count} positions"
            said = f"{said}: {text}, {of_d90}"
        else:
            said = f"{text} reached, {of_d90}: {said}"
        if asked is not None:
            tip = "Positions are whole pixels. " if self._options.whole_pixels else ""
            tip += f"Requested: {overlap_text(asked)}, a step of "
            tip += f"{(1 - asked) * length:.4g} px. "
        self.reached.setText(said)
        tip += f"Actual distance of neighbours: {found.step:.4g} px (median of the four nearest): {text}"
        self.reached.setToolTip(wrapped(tip))

    def _refuse(self, why: str) -> None:
        """Say why a typed overlap cannot be, until another one is set."""
        self.show_problem(why)
        said = self.overlap.valueChanged.connect(lambda _: self._forget(why, said))

    def _forget(self, why: str, said: QMetaObject.Connection) -> None:
        self.overlap.valueChanged.disconnect(said)
        if self.problem.text() == why:
            self.show_problem("")

    def show_problem(self, problem: str) -> None:
        """Show why this scan cannot be simulated; nothing if empty."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def _fit_tab(self, place: int) -> None:
        """Take the room that the tab in front needs; the first one will be the table."""
        for form in (self.form, self.thinning, self.cost):
            form.setMinimumHeight(OPTIONS_HEIGHT if place else TABLE_HEIGHT)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Limit the height of the map to its squares; the rest is for table and options."""
        super().resizeEvent(event)
        if self._map is not None:
            width, room = self.width(), self.height() - OPTIONS_HEIGHT - 4 * self.overlap.height()
            self._map.setMaximumHeight(max(LOWEST, 2 * width if room > STACKED * width else width // 2 - 20))

    def place(self, view: QWidget, table: QWidget) -> None:
        """Put the map under the slider, and the table of its sampling before the options."""
        view.setMinimumSize(200, LOWEST)
        view.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._column.insertWidget(self._column.indexOf(self.tabs), view, 10)
        self._map = view
        self.tabs.insertTab(0, table, "&Sampling")
        self.tabs.setCurrentIndex(0)

    def _length(self) -> float:
        if self._thins and self.request.scan is not None:
            return self.request.scan.width
        return self._options.reference_length or self._width

    def _show_overlap(self) -> None:
        """Set slider and box to the options."""
        length, overlap = self._length(), self._options.overlap
        for widget in (self.slider, self.overlap):
            widget.blockSignals(True)
        self.overlap.setMaximum(100 if self._thins else 100 * DENSEST)
        if self._thins:
            overlap = self.request.thinning.overlap
            self.slider.setRange(0, math.floor(length))
        else:
            lowest = max(1, math.ceil((1 - DENSEST) * length - 1e-9))
            self.slider.setRange(lowest, max(1, math.floor(length)))
        self.slider.setPageStep(max(1, round(length / 16)))
        self.slider.setValue(round((1 - overlap) * length))
        self.overlap.setValue(100 * overlap)
        for widget in (self.slider, self.overlap):
            widget.blockSignals(False)

    def _slid(self, step: int) -> None:
        self._set_overlap(1 - step / self._length())

    def _typed(self, percent: float) -> None:
        self._set_overlap(percent / 100)

    def _set_overlap(self, overlap: float) -> None:
        if self._thins:
            self.thinning_changed.emit(replace(self.request.thinning, overlap=overlap))
            self._show_overlap()
        else:
            self.ask_overlap(overlap)

    def _show_thinning(self, thinning: Thinning) -> None:
        try:
            shown = self.thinning.value() == thinning
        except InputError:  # what is typed is refused
            shown = False
        if not shown:
            self.thinning.set_value(thinning)
        self._show_overlap()

    def _changed(self, options: Simulation) -> None:
        self._set(replace(options, overlap=self._options.overlap))
        self._show_overlap()

    def _set(self, options: Simulation) -> None:
        if options != self._options:
            self._options = options
            self.options_changed.emit(options)

    def _lay_out(self) -> None:
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 2)
        layout.setSpacing(2)
        for button in (self.object_file, self.button):  # else the tabs are cut short beside a scroll bar
            narrow(button)
        label = Label("O&verlap")
        label.setBuddy(self.slider)
        self.object_row = QWidget()  # it lies with the data
        of_object = QHBoxLayout(self.object_row)
        of_object.setContentsMargins(6, 0, 6, 0)
        for widget in (self.kind, self.object_size, self.seed, self.object_file):
            of_object.addWidget(widget)
        of_object.setStretch(2, 1)
        row = QHBoxLayout()
        for part in (label, self.slider, self.overlap):
            row.addWidget(part)
        row.setStretch(1, 1)
        layout.addLayout(row)
        layout.addWidget(self.why)
        layout.addWidget(self.reached)
        layout.addWidget(self.problem)
        forms = (self.form, "scan"), (self.thinning, "thinning"), (self.cost, "acquisition")
        for form, what in forms:
            form.setAccessibleName(f"options of the {what}")
        corner = QWidget()
        buttons = QHBoxLayout(corner)
        buttons.setContentsMargins(0, 0, 0, 1)
        buttons.addWidget(self.auto_preview)
        buttons.addWidget(self.button)
        self.tabs = QTabWidget(documentMode=True)
        self.stack = QStackedWidget()
        for form in (self.form, self.thinning):
            self.stack.addWidget(form)
        self.tabs.addTab(self.stack, "&Options")
        self.tabs.addTab(self.cost, "&Cost")
        self.tabs.setCornerWidget(corner)
        layout.addWidget(self.tabs, 1)
        self.tabs.currentChanged.connect(self._fit_tab)
        self._fit_tab(0)


class _OverlapBox(PercentBox):
    """An overlap in percent; its arrows move a slider, whose steps are the overlaps that can be reached."""

    def __init__(self, slider: QSlider):
        super().__init__(98)
        self.setValue(50)
        self._slider = slider

    def stepBy(self, steps: int) -> None:
        """Go up or down to the next overlap that can be reached."""
        self._slider.setValue(self._slider.value() - steps)
