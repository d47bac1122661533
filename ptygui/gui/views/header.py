"""RunHeader: the scan, run and step that are shown, figures in large, a verdict in a word, the time left."""

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ptygui.experiment.assessment import Assessment
from ptygui.experiment.run import Run
from ptygui.gui.model.quantities import time_left
from ptygui.gui.views.view import View
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.plain import Label, tip
from ptygui.gui.widgets.steady import Steady
from ptygui.gui.widgets.toned import Toned
from ptygui.scan import Geometry
from ptygui.step import Step

_LARGE, _WIDTH = 15, 92  # points, and width of a figure [px]
_TONES = {"good": "good", "doubtful": "warning", "bad": "bad", "": "link"}  # of `style.Tone`, by grade
_FIGURES = {
    "nrmse": ("NRMSE", "Error of the object against the truth, less its global phase: 0 is exact, below 0.05 "
              "very good, above 0.2 far off. Only where the truth, or a reference, is known"),
    "ssim": ("SSIM", "Structural similarity of the magnitudes: 1 is alike, below 0.7 is visibly different"),
    "misfit": ("misfit / noise", "How far the step is from the measured data, in units of photon noise: "
               "about 1 is a fit, well above it is none. A fit alone does not make the object right"),
}  # fmt: skip
_JUDGE = (
    "Measure what misfit to expect of this scan and method, and whether another probe, other positions or "
    "another prior predict photons better that were not used. Takes about ten previews; a click ends it."
)


class _Verdict(Toned, Elided):
    """One line in a colour."""


class RunHeader(View, QWidget):
    """A line over the pictures; told of run and step as every view is."""

    words_requested = pyqtSignal()  # what these figures mean
    judging_requested = pyqtSignal()
    _judged: Assessment | None = None  # as shown

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.run: Run | None = None
        self.name, self.about = Elided(objectName="shown scan"), Elided(objectName="shown run")
        font = self.name.font()
        font.setBold(True)
        self.name.setFont(font)
        self.figures = {name: Elided("–", toolTip=tip) for name, (_, tip) in _FIGURES.items()}
        self.verdict = _Verdict("link", objectName="verdict")
        font = self.verdict.font()
        font.setBold(True)
        self.verdict.setFont(font)
        self.left = Elided(objectName="time left")
        self.measure = QToolButton(text="Judge", objectName="judge")
        self.measure.setFixedWidth(self.measure.fontMetrics().horizontalAdvance("Judging 10…") + 24)
        self.measure.clicked.connect(self.judging_requested)
        self.help = QToolButton(text="?", autoRaise=True, toolTip="What these words mean")
        self.help.setAccessibleName("what these words mean")
        self.help.clicked.connect(self.words_requested)
        self._lay_out()
        self.judge(Assessment())
        self.show_judging("")

    def sizeHint(self) -> QSize:
        """As high as two lines."""
        return QSize(400, super().sizeHint().height())

    def show_scan(self, scan: Geometry) -> None:
        """Name the scan."""
        self.name.setText(scan.name)

    def show_run(self, run: Run | None) -> None:
        """Name the run; its figures come with its steps."""
        self.run = run
        self.about.setText("nothing is reconstructed yet" if run is None else f"run {run.name_beside_scan}")
        self.left.setText("")
        if run is None or run.last is None:
            for figure in self.figures.values():
                figure.setText("–")
            self.judge(Assessment())

    def show_busy(self, doing: str) -> None:
        """Show what is done before there is a first scan: there is nothing else to see then."""
        if not self.name.text():
            self.about.setText(f"{doing} …" if doing else "")

    def show_doing(self, run: Run) -> None:
        """Show what a run does before its first step."""
        if run is self.run and run.doing:
            self.about.setText(f"run {run.name_beside_scan}  ·  {run.doing}")

    def show_step(self, step: Step) -> None:
        """Show the figures of a step."""
        run = self.run
        if run is None:
            return
        self.about.setText(f"step {step.index} of {step.total}  ·  run {run.name_beside_scan}")
        of_noise = step.misfit / step.noise_floor if step.noise_floor else None
        for name, value in (("nrmse", step.nrmse), ("ssim", step.ssim), ("misfit", of_noise)):
            self.figures[name].setText("–" if value is None else f"{value:.3g}")
        self.left.setText(time_left(run))

    def judge(self, assessment: Assessment) -> None:
        """Show a verdict."""
        if assessment == self._judged:
            return
        self._judged = assessment
        self.verdict.setText(assessment.word)
        self.verdict.setToolTip(tip(assessment.why))
        self.verdict.set_tone(_TONES[assessment.grade])

    def show_judging(self, doing: str, why_not: str = "") -> None:
        """Show whether the run is being judged, and how far that is; or why it cannot be."""
        self.measure.setText(doing or "Judge")
        self.measure.setEnabled(not why_not)
        self.measure.setToolTip(tip(f"{_JUDGE} {why_not}".rstrip()))

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 6, 4)
        layout.setSpacing(8)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(Steady(self.name))
        names.addWidget(Steady(self.about))
        layout.addLayout(names, 3)
        for name, figure in self.figures.items():
            figure.setFixedWidth(_WIDTH)
            figure.setAccessibleName(_FIGURES[name][0])
            font = figure.font()
            font.setPointSize(_LARGE)
            figure.setFont(font)
            figure.setFixedHeight(figure.fontMetrics().height())
            layout.addLayout(_over(figure, Label(_FIGURES[name][0])))
        ends = QVBoxLayout()
        ends.setSpacing(0)
        for label in (self.verdict, self.left):
            label.setFixedHeight(label.fontMetrics().height() + 2)
            ends.addWidget(Steady(label))
        layout.addLayout(ends, 2)
        layout.addWidget(self.measure)
        layout.addWidget(self.help)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)


def _over(figure: QWidget, caption: Label) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(0)
    held = Steady(figure)
    held.setFixedSize(figure.minimumSize())
    column.addWidget(held)
    caption.setAlignment(Qt.AlignmentFlag.AlignLeft)
    caption.setBuddy(figure)
    column.addWidget(caption)
    return column
