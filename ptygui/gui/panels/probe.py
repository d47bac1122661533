"""ProbePanel: a probe from a file, by name, or built from a pupil, and its picture."""

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget

from ptygui.figures.scale import length
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.plain import Label
from ptygui.physics.probe import PROBES, Pupil

VIEW = 170  # height of the picture [px]


class ProbePanel(QWidget):
    """Asks for probes. `place` puts the picture below the controls."""

    file_requested = pyqtSignal()
    probe_requested = pyqtSignal(str, int)  # kind, width
    pupil_requested = pyqtSignal(Pupil, int)  # Pupil, width
    apply_requested = pyqtSignal()  # use this probe for the scan that was opened
    optics_requested = pyqtSignal()  # make one for that scan from its optics
    estimate_requested = pyqtSignal()  # make one for that scan from its patterns

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._optics: tuple[float | None, float | None] = (None, None)
        self._built = True  # from the shown pupil
        self.kind = QComboBox(toolTip="The probe that scans are simulated with")
        self.kind.setAccessibleName("probe")
        self.kind.addItems(PROBES)
        self.kind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.width_box = QSpinBox(minimum=8, maximum=512, value=32, suffix=" px", singleStep=8)
        self.width_box.setKeyboardTracking(False)
        self.width_box.setToolTip("Width m of the probe's window and of the detector: more is more data")
        self.width_box.setAccessibleName("probe width")
        self.file = QPushButton("Open…", toolTip="A probe from a file: NPY, MAT, HDF5, TIFF (Ctrl+Shift+P)")
        self.file.setAccessibleName("open a probe")
        self.apply = QPushButton("Apply to scan", enabled=False)
        self.apply.setToolTip("Use this probe, instead of the file's, for the scan that was opened")
        self.estimate = QPushButton("Estimate", enabled=False)
        self.estimate.setToolTip(
            "Make a probe for the scan that was opened, from its mean pattern and the defocus that fits best "
            "(takes some seconds)"
        )
        self.optics = QPushButton("Optics…", enabled=False)
        self.optics.setToolTip(
            "Make a probe for the scan that was opened from its optics: outermost zone or aperture, central "
            "stop, defocus"
        )
        self.form = OptionsForm(Pupil())
        self.form.setAccessibleName("pupil")
        self.lens = Label(" ", objectName="lens")
        self.lens.setToolTip("The pupil in physical units, if pixel size and wavelength are known")
        self._lay_out()
        self.file.clicked.connect(self.file_requested)
        self.apply.clicked.connect(self.apply_requested)
        self.estimate.clicked.connect(self.estimate_requested)
        self.optics.clicked.connect(self.optics_requested)
        self.kind.activated.connect(self._build)
        self.width_box.valueChanged.connect(self._build)
        self.form.value_changed.connect(self._pupil_changed)

    def show_probe(self, name: str, width: int, pupil: Pupil | None) -> None:
        """Show which probe simulations use; `pupil` if it is the focus of one."""
        for widget in (self.kind, self.width_box, self.form):
            widget.blockSignals(True)
        self.kind.setPlaceholderText(name)
        self.kind.setCurrentIndex(self.kind.findText(name))
        self.width_box.setValue(width)
        self._built = pupil is not None
        if pupil is not None:
            self.form.set_value(pupil)
        for widget in (self.kind, self.width_box, self.form):
            widget.blockSignals(False)
        self._show_lens()

    def show_measured(self, measured: bool) -> None:
        """Set whether the scan was opened from a file, so that a probe can be applied to it."""
        self.apply.setEnabled(measured)
        self.estimate.setEnabled(measured)
        self.optics.setEnabled(measured)

    def set_optics(self, pixel_size_m: float | None, wavelength_m: float | None) -> None:
        """Set the scale that gives the pupil in physical units."""
        self._optics = (pixel_size_m, wavelength_m)
        self._show_lens()

    def place(self, view: QWidget) -> None:
        """Put the picture below the controls."""
        view.setFixedHeight(VIEW)
        certain(self.layout()).addWidget(view)

    def _build(self) -> None:
        if self.kind.currentIndex() >= 0:
            self.probe_requested.emit(self.kind.currentText(), self.width_box.value())
        else:
            pupil = self.form.value()
            if isinstance(pupil, Pupil):
                self._pupil_changed(pupil)

    def _pupil_changed(self, pupil: Pupil) -> None:
        self.kind.setCurrentIndex(-1)
        self.pupil_requested.emit(pupil, self.width_box.value())

    def _show_lens(self) -> None:
        pixel, wavelength = self._optics
        pupil = self.form.value()
        if not self._built:
            self.lens.setText("not of this pupil; change a value to build it")
        elif isinstance(pupil, Pupil) and pixel and wavelength:
            away = length(abs(pupil.defocus_m(pixel, wavelength)))
            self.lens.setText(f"NA {pupil.numerical_aperture(pixel, wavelength):.3g}, {away} from focus")
        else:
            self.lens.setText("pixel size or wavelength unknown")

    def _lay_out(self) -> None:
        controls = QWidget()
        column = QVBoxLayout(controls)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        label = Label("&Probe")
        label.setBuddy(self.kind)
        rows = (label, self.kind, self.width_box), (self.file, self.apply), (self.estimate, self.optics)
        for widgets in rows:
            row = QHBoxLayout()
            for widget in widgets:
                row.addWidget(widget)
            row.setStretch(1, 1)
            column.addLayout(row)
        column.addWidget(self.form, 1)
        column.addWidget(self.lens)
        self.form.show_whole()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 2)
        layout.addWidget(controls)
