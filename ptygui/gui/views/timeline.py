"""TimelineView: a slider over the recorded frames, with keys to walk through them, and their memory."""

from PyQt6.QtCore import QEvent, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QColor, QKeySequence, QPalette, QShortcut
from PyQt6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QHBoxLayout,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ptygui.experiment.run import Run
from ptygui.gui.views.passes import PassesStrip
from ptygui.gui.views.step_slider import StepSlider
from ptygui.gui.views.view import View, ViewOption, checked, choice
from ptygui.gui.widgets import style
from ptygui.gui.widgets.icons import put_icon
from ptygui.gui.widgets.plain import Label
from ptygui.gui.widgets.steady import Steady
from ptygui.gui.widgets.theme import is_dark
from ptygui.history import History
from ptygui.step import Step

SPEEDS = (0.25, 1, 4, 12, 30)  # frames per second
FIRST_SPEED = 12
LIVE = ("● live", "○ not live", "■ ended", "no run")  # follows the run; does not; it has ended; there is none
_TURNS = {
    QSlider.SliderAction.SliderSingleStepAdd: 1, QSlider.SliderAction.SliderSingleStepSub: -1,
    QSlider.SliderAction.SliderPageStepAdd: 10, QSlider.SliderAction.SliderPageStepSub: -10,
}  # fmt: skip


class TimelineView(View, QWidget):
    """Scrubs through `history.frames`; nothing is recomputed."""

    frame_requested = pyqtSignal(int)  # place in history.frames
    follow_requested = pyqtSignal(bool)
    pin_requested = pyqtSignal(int, bool)  # step that is shown, whether to pin it

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.history: History | None = None
        self._run: Run | None = None
        self._changes = 0  # number of option changes that the passes include
        self.place = 0
        self._memory = ""
        self._shown: Step | None = None
        self.slider = StepSlider()
        self.slider.setAccessibleName("recorded steps")
        self.slider.setToolTip("The recorded steps of the run; drag, or use the arrow keys (Shift: ten)")
        self.slider.setRange(1, 1)
        self.slider.valueChanged.connect(self._slid)
        self.slider.actionTriggered.connect(self._turn)
        self.slider.turned.connect(self.move_by)
        self.strip = PassesStrip(self.slider)
        self.label = Label("no steps yet", minimumWidth=170)
        self.live = QToolButton(text=LIVE[0], checkable=True, checked=True)
        self.live.setAccessibleName("follow the run")
        self.live.setToolTip("Follow the run: show each new step (F)")
        self.live.setFixedWidth(self.live.fontMetrics().horizontalAdvance(max(LIVE, key=len)) + 20)
        self.live.clicked.connect(self.follow_requested)
        self.label.setToolTip("The shown step; σ: noise level of x_t [channels], t: its time in the chain")
        self.memory = Label(
            "",
            visible=False,
            toolTip="The shown frame of those recorded, and their memory; beyond it every second goes",
        )
        self.speed = QComboBox(toolTip="Frames per second when playing")
        self.speed.setAccessibleName("playing speed")
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g}/s", speed)
        self.speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click Space still plays
        self.speed.setCurrentIndex(SPEEDS.index(FIRST_SPEED))
        self.speed.currentIndexChanged.connect(lambda: self._player.setInterval(self._interval()))
        self._player = QTimer(self, interval=self._interval())
        self._player.timeout.connect(self._play_on)
        self.buttons = {}
        layout = QHBoxLayout()
        layout.setSpacing(2)
        for name, tip, act in (
            ("first", "First frame (Home)", lambda: self.go(0)),
            ("back", "Previous frame (Left; Shift: ten)", lambda: self.move_by(-1)),
            ("play", "Play (Space)", self.play),
            ("forward", "Next frame (Right; Shift: ten)", lambda: self.move_by(1)),
            ("last", "Newest frame (End)", lambda: self.go(-1)),
            ("loop", "Play in a loop (L)", self._recolour),
            ("pin", "Pin the shown step: it is never thinned out (K)", self.toggle_pin),
        ):
            button = QToolButton(toolTip=tip, autoRaise=True, checkable=name in ("loop", "pin"))
            button.setAccessibleName(tip)
            button.clicked.connect(act)
            self.buttons[name] = button
            layout.addWidget(button)
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.strip)
        middle.addWidget(self.slider)
        layout.addWidget(self.speed)
        layout.addLayout(middle, 1)
        said = QWidget()
        texts = QVBoxLayout(said)
        texts.setContentsMargins(0, 0, 0, 0)
        texts.setSpacing(0)
        texts.addWidget(self.label)
        texts.addWidget(self.memory)
        layout.addWidget(Steady(said))
        layout.addSpacing(6)
        layout.addWidget(Steady(self.live))  # its word changes with each run
        layout.setContentsMargins(4, 0, 4, 2)
        self.setLayout(layout)
        self._recolour()
        self._enable()

    def add_keys(self, owner: QWidget) -> None:
        """Let the keys work while the focus is anywhere inside `owner`, except in a text field."""
        for key, act in (
            ("Home", lambda: self.go(0)),
            ("End", lambda: self.go(-1)),
            ("Left", lambda: self.move_by(-1)),
            ("Right", lambda: self.move_by(1)),
            ("Shift+Left", lambda: self.move_by(-10)),
            ("Shift+Right", lambda: self.move_by(10)),
            ("Space", self._space),
            ("L", self.buttons["loop"].click),
        ):
            shortcut = QShortcut(QKeySequence(key), owner, activated=act)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def show_run(self, run: Run | None) -> None:
        """Draw the passes of a run's method."""
        self._run, self._changes = run, 0 if run is None else len(run.changes)
        self.strip.show_run(run)
        self._show_live()
        self._span(1 if run is None else run.total)

    def options(self) -> dict[str, ViewOption]:
        """How it plays."""
        return {"loop": checked(self.buttons["loop"]), "playing speed": choice(self.speed)}

    def show_history(self, history: History) -> None:
        """Take over the frames of a run; the shown step stays, wherever its frame is after thinning."""
        if history is not self.history:
            self.history, self._shown = history, None
        if self._run is not None and len(self._run.changes) > self._changes:
            self.show_run(self._run)
        self._show_live()
        if history.last is not None:
            live = self._run is not None and self._run.outcome in ("queued", "running")
            self._span(history.last.total if live else history.last.index)
        self.strip.show_frames([frame.index for frame in history.frames], history.pins)
        held, bound = history.nbytes / 2**20, history.max_bytes / 2**20
        self._memory = f"{held:.0f} of {bound:.0f} MB"
        self._enable()
        if not history.frames:
            self.label.setText("no steps yet")
            self.memory.hide()  # so that the message is centred
            self._player.stop()
            self._recolour()
        elif self._shown is not None:
            self._place()

    def show_step(self, step: Step) -> None:
        """Move to a step that is shown elsewhere."""
        self._shown = step
        self.buttons["pin"].setChecked(self.history is not None and step.index in self.history.pins)
        self.strip.show_index(step.index)
        self._place()

    def show_follow(self, follow: bool) -> None:
        """Set whether the run is followed."""
        self.live.setChecked(follow)
        self._show_live()

    def _show_live(self) -> None:
        """Say by a word and a colour whether what is shown is what is being made."""
        running = self._run is not None and self._run.outcome == "running"
        ended = 3 if self._run is None else 2
        place = (0 if self.live.isChecked() else 1) if running else ended
        if self.live.text() != LIVE[place]:
            self.live.setText(LIVE[place])
        role, palette = QPalette.ColorRole.ButtonText, self.live.palette()
        tone = style.tone(is_dark(self.palette()))
        colour = QColor((tone.good, tone.warning, *2 * [self.palette().windowText().color().name()])[place])
        if palette.color(role) != colour:
            palette.setColor(role, colour)
            self.live.setPalette(palette)

    def go(self, place: int) -> None:
        """Request a frame; a negative index counts from the end."""
        if self.history is not None and self.history.frames:
            count = len(self.history.frames)
            self._ask(place % count if place < 0 else min(place, count - 1))

    def move_by(self, frames: int) -> None:
        """Request the frame a number of places on."""
        self.go(max(0, self.place + frames))

    def toggle_pin(self) -> None:
        """Request to pin or unpin the shown step."""
        if self.history is not None and self.history.frames:
            index = self.history.frames[self.place].index
            self.pin_requested.emit(index, index not in self.history.pins)

    def play(self) -> None:
        """Play from here (from the first frame if at the end), or pause."""
        if self._player.isActive():
            self._player.stop()
        elif self.history is not None and len(self.history.frames) > 1:
            if self.place >= len(self.history.frames) - 1:
                self.go(0)
            self._player.start()
        self._recolour()

    def _space(self) -> None:
        """Play or pause; a button or list that was reached with Tab gets the key itself."""
        focus = QApplication.focusWidget()
        if isinstance(focus, QAbstractButton):
            focus.click()
        elif isinstance(focus, QComboBox):
            focus.showPopup()
        else:
            self.play()

    @property
    def playing(self) -> bool:
        """Set whether frames advance automatically."""
        return self._player.isActive()

    def changeEvent(self, event: QEvent | None) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _play_on(self) -> None:
        if self.history is None:
            return
        at_end = self.place >= len(self.history.frames) - 1
        if at_end and self.buttons["loop"].isChecked():
            self.go(0)
        elif at_end:
            self._player.stop()
            self._recolour()
        else:
            self.move_by(1)

    def _place(self) -> None:
        step = self._shown
        if step is None or self.history is None:
            return
        self.place = self.history.nearest(step.index)
        self._put_handle(self.place)
        self.label.setText("  ·  ".join(filter(None, (f"step {step.index} of {step.total}", step.noise))))
        self.memory.show()
        self.memory.setText(f"frame {self.place + 1}/{len(self.history.frames)}, {self._memory}")

    def _interval(self) -> int:
        return round(1000 / self.speed.currentData())

    def _span(self, last: int) -> None:
        """Extend the slider to this step."""
        self.slider.blockSignals(True)
        self.slider.setMaximum(max(1, last))
        self.slider.blockSignals(False)
        self.strip.update()

    def _put_handle(self, place: int) -> None:
        """Snap to a frame: there are no pictures in between."""
        if self.history is None:
            return
        self.slider.blockSignals(True)
        self.slider.setValue(self.history.frames[place].index)
        self.slider.blockSignals(False)

    def _slid(self, step: int) -> None:
        if self.history is None:
            return
        place = self.history.nearest(step)
        self._put_handle(place)
        self._ask(place)

    def _ask(self, place: int) -> None:
        """Request a frame; keys pressed before it is drawn continue from there."""
        self.place = place
        self.frame_requested.emit(place)

    def _turn(self, action: int) -> None:
        """Move by frames for single steps and pages of the slider."""
        by = _TURNS.get(QSlider.SliderAction(action))
        if by is not None and self.history is not None and self.history.frames:
            place = min(max(0, self.place + by), len(self.history.frames) - 1)
            self.slider.setSliderPosition(self.history.frames[place].index)

    def _enable(self) -> None:
        some = self.history is not None and len(self.history.frames) > 1
        for widget in (self.slider, *self.buttons.values()):
            widget.setEnabled(some)

    def _recolour(self) -> None:
        self._show_live()
        colour = self.palette().windowText().color()
        for name, button in self.buttons.items():
            put_icon(button, "pause" if name == "play" and self.playing else name, colour)
