"""RunPanel: settings of the run, and the buttons and progress of a run."""

from PyQt6.QtCore import QEvent, pyqtSignal
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.gui.model.quantities import clock
from ptygui.gui.model.request import Request
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.elided import Elided, ElidedButton
from ptygui.gui.widgets.focus import enable
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.icons import put_icon
from ptygui.gui.widgets.progress_bar import ProgressBar
from ptygui.gui.widgets.steady import Steady

LONG_START = 2.0  # from which the time of a start is shown [s]


class RunPanel(QWidget):
    """Requests to run, pause, step and stop; shows the progress of a run."""

    run_requested = pyqtSignal()
    pause_requested = pyqtSignal()
    resume_requested = pyqtSignal()
    step_requested = pyqtSignal()
    stop_requested = pyqtSignal()

    def __init__(self, request: Request, parent: QWidget | None = None):
        super().__init__(parent)
        self.request = request
        self.state, self.total = "idle", 0
        self.form = OptionsForm(request.settings)
        self.form.setAccessibleName("settings of the run")
        self.run = ElidedButton("Run", toolTip="Start from the beginning (Ctrl+R)")
        self.pause = QPushButton("Pause", toolTip="Hold after this step, or continue (Ctrl+P)")
        self.step = QPushButton("Step", toolTip="One step, then hold (Ctrl+Right)")
        self.stop = QPushButton("Stop", toolTip="End the run and keep its steps (Esc)")
        self.bar = ProgressBar(textVisible=True, maximum=1, value=0)
        self.bar.setFormat("")
        self.times = Elided("ready", objectName="times")
        self._lay_out()
        self.form.validity_changed.connect(request.set_settings_refusal)
        self.form.validity_changed.connect(self._fit_form)
        self.form.value_changed.connect(request.set_settings)
        request.settings_changed.connect(self._show_settings)
        self.run.clicked.connect(self.run_requested)
        self.pause.clicked.connect(self._pause)
        self.step.clicked.connect(self.step_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.show_state("idle")
        self._recolour()

    def _show_settings(self, settings: RunSettings) -> None:
        try:
            shown = self.form.value() == settings
        except InputError:
            shown = False
        if not shown:
            self.form.set_value(settings)

    def show_target(self, method: str, scan: str) -> None:
        """Show what would be run, and on which scan."""
        self.run.setText(f"Run {method} on {scan}" if scan else f"Run {method}")

    def show_state(self, state: str) -> None:
        """Enable the buttons that apply while "idle", "running", "pausing", "paused" or "stopping"."""
        self.state = state
        held = state in ("pausing", "paused")
        self.pause.setText("Resume" if held else "Pause")
        for button, on in (
            (self.pause, state in ("running", "pausing", "paused")),
            (self.step, state != "stopping"),
            (self.stop, state in ("running", "pausing", "paused")),
        ):
            enable(button, on, heir=self.run)
        if state in ("running", "paused", "stopping") or (state == "idle" and self.total):
            self._word_bar("running")
        self._recolour()

    def begin(self, total: int) -> None:
        """A run of `total` steps has begun."""
        self.total = total
        self._fill_bar(0, total)
        self._word_bar("running")
        self.times.setText("starting …")

    def show_waiting(self, doing: str, seconds: float) -> None:
        """Show what is done before the first step, and the time so far."""
        self.times.setText(f"{doing} · {clock(seconds)} so far")

    def show_reference(self, done: int, of: int, seconds: float) -> None:
        """Show how far the reference is that the next run waits for, after some time."""
        left = f", {clock(seconds / done * (of - done))} left" if done else ""
        self.times.setText(f"making the reference: {done} of {of}{left}")

    def show_waiting_run(self, waiting: bool) -> None:
        """A run waits for its scan: it can be stopped before it starts."""
        if self.state == "idle":
            enable(self.stop, waiting, heir=self.run)
            if not waiting and not self.total:
                self.times.setText("ready")

    def end(self, outcome: str, run: Run | None) -> None:
        """The run is "done", "stopped" or "failed"."""
        if run is None or run.last is None:
            self.times.setText(outcome)
            self._word_bar(outcome)
        else:
            self.show_progress(run)

    def clear(self) -> None:
        """Show that nothing has been run yet."""
        self.total = 0
        self.bar.setValue(0)
        self.bar.setFormat("")
        self.times.setText("ready")

    def show_progress(self, run: Run) -> None:
        """Show progress and cost of a run; a branch does not count the run that it branched from."""
        step = run.last
        if step is None:
            return
        self._fill_bar(step.index, step.total)
        self._word_bar(run.outcome)
        each, said = run.pace, []
        if each is not None:
            said = [f"{1e3 * each:.3g} ms a step" if each < 1 else f"{each:.3g} s a step"]
        if step.done or self.state == "idle":
            said.append(f"{'done in' if step.done else 'ended after'} {clock(run.seconds)}")
        elif each is not None:
            said.append(f"{clock(each * (step.total - step.index))} left")
        else:
            said.append(f"first step after {clock(run.seconds)}")
        if run.method.iterations_before_first_step and run.start_seconds >= LONG_START:
            said.append(f"start {clock(run.start_seconds)}")
        if run.evaluations:
            said.append(f"{run.evaluations} evaluations")
        self.times.setText(" · ".join(said))

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _fill_bar(self, value: int, maximum: int) -> None:
        self.bar.setMaximum(maximum)
        self.bar.setValue(value)

    def _word_bar(self, outcome: str) -> None:
        """Show in the bar that the run is held, or how it ended early."""
        word = self.state if outcome == "running" else outcome
        said = f", {word}" if word in ("paused", "stopping", "stopped", "failed") else ""
        self.bar.setFormat(f"%v of %m{said}")

    def _pause(self) -> None:
        (self.resume_requested if self.state in ("pausing", "paused") else self.pause_requested).emit()

    def _recolour(self) -> None:
        colour = self.palette().buttonText().color()
        held = self.state in ("pausing", "paused")
        for button, name in (
            (self.run, "play"), (self.pause, "play" if held else "pause"),
            (self.step, "step"), (self.stop, "stop"),
        ):  # fmt: skip
            put_icon(button, name, colour)

    def _fit_form(self, *_: object) -> None:
        """Show all rows of the form, and why one is refused."""
        self.form.setFixedHeight(certain(self.form.widget()).sizeHint().height())

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 4)
        layout.setSpacing(3)
        self.form.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # else it gets no room
        self._fit_form()
        layout.addWidget(self.form)
        self.run.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout.addWidget(self.run)  # alone in its row: it names method and scan
        row = QHBoxLayout()
        row.setSpacing(3)
        row.addWidget(self.bar, 9)
        for button, stretch in ((self.pause, 5), (self.step, 4), (self.stop, 4)):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            row.addWidget(button, stretch)
        layout.addLayout(row)
        layout.addWidget(Steady(self.times))
        layout.addStretch(1)
