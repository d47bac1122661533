"""CompareView: two aligned results with read-out, line profile and Fourier ring correlation."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent, QShowEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QSlider,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ptygui.analysis.align import Alignment
from ptygui.analysis.frc import RingCorrelation
from ptygui.figures.figure import Pictures
from ptygui.gui.model.comparable import MODES, Choice
from ptygui.gui.model.comparer import Compared
from ptygui.gui.model.quantities import pixel
from ptygui.gui.views.frc import FrcView
from ptygui.gui.views.grid_figure import grid_figure
from ptygui.gui.views.line import Line
from ptygui.gui.views.pair import PARTS, PairGrid
from ptygui.gui.views.profile import ProfileView
from ptygui.gui.views.view import View, ViewOption, checked, number
from ptygui.gui.widgets.elided import Elided, ElidedBox
from ptygui.gui.widgets.icons import IconButton
from ptygui.gui.widgets.plain import Label

_FOR_VIEW = ": for the view only"
_STEPS = 1000  # of the wipe's slider
LOW = 560  # px: height of the page below which its plots stand beside its pictures
_NOTHING = "Run one or two methods, then compare their results with one another or with the truth."

_ALONE = "There is only one result of this size: run another method, or pin a step (K), to compare with."


class CompareView(View, QWidget):
    """Requests comparisons of the images chosen as A and B, and shows them; computes nothing itself."""

    comparison_requested = pyqtSignal(Choice, Choice, bool, bool)  # A, B, ramp, shift
    correlation_requested = pyqtSignal(Choice, Choice)  # A, B
    choices_requested = pyqtSignal()  # the page was brought to the front
    mode_changed = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.choices: list[Choice] = []
        self.compared: Compared | None = None
        self._picked: dict[str, Hashable] = {}
        self._default: Hashable = None
        self._asked: tuple[Any, ...] | None = None
        self.grid = PairGrid()
        self.line = Line(self.grid.panes.values(), self)
        self.profile, self.frc = ProfileView(), FrcView()
        self.badge = Label("", objectName="badge")
        self.badge.setStyleSheet(
            "#badge { background: #333; color: white; padding: 2px 6px; border-radius: 3px }"
        )
        self.legend, self.readout = Elided(objectName="legend"), Elided(objectName="readout")
        self._make_tools()
        self._lay_out()
        self._connect()

    # ------------------------------------------------------------------ what is asked for

    def show_choices(self, choices: Sequence[Choice], current: Hashable = None) -> None:
        """Take over the choices; `current` is B until the user picks another."""
        self.choices, self._default = list(choices), current
        self._offer()
        self._ask()

    def pick(self, a: Hashable, b: Hashable) -> None:
        """Choose A and B by their keys; None leaves the choice to the page."""
        self._picked = {name: key for name, key in (("a", a), ("b", b)) if key is not None}
        self._offer()
        self._ask()

    def picked(self) -> dict[str, Hashable]:
        """Keys of "a" and "b" that the user chose; truths have keys of this session only."""
        return {
            name: key
            for name, key in self._picked.items()
            if not (isinstance(key, tuple) and key[0] == "truth")
        }

    def swap(self) -> None:
        """A becomes B, and B becomes A."""
        a, b = self._chosen()
        if a is not None and b is not None:
            self.pick(b.key, a.key)

    def set_mode(self, mode: str) -> None:
        """One of `MODES`."""
        if mode == self.grid.mode:
            return
        self.grid.set_mode(mode)
        self.modes.setCurrentIndex(list(MODES).index(mode))
        self.wipe.setVisible(mode == "wipe")
        self.period.setVisible(mode == "blink")
        self.mode_changed.emit(mode)

    def set_parts(self, parts: str) -> None:
        """Which pictures: "both", "amplitude" or "phase"."""
        if parts in PARTS:
            self.grid.set_parts(parts)
            self.profile.show_parts(parts)

    def set_circle(self, on: bool) -> None:
        """Whether phases are drawn over the whole circle."""
        self.grid.set_circle(on)

    # ------------------------------------------------------------------ what is shown

    def show_compared(self, compared: Compared) -> None:
        """Draw a requested comparison."""
        if [c and c.key for c in self._chosen()] != [compared.a.key, compared.b.key]:
            return  # other images were chosen in the meantime
        before, self.compared, found = self.compared, compared, compared.comparison
        if before is None or before.comparison.a.shape != found.a.shape:
            rows, columns = found.a.shape
            self.line.set_ends((rows // 2, columns // 8), (rows // 2, columns - 1 - columns // 8))
        self.grid.show_compared(compared, before is not None and before.a.key == compared.a.key)
        self.grid.say("")
        self.badge.setText(f"B against A:  NRMSE {found.nrmse:.4f}   SSIM {found.ssim:.4f}")
        self.badge.show()
        asked = [box.text() for box in (self.ramp, self.shift) if box.isChecked()]
        self.legend.setText(alignment_text(found.alignment, asked))
        self.profile.show_compared(compared)
        if self.grid.linked.at is not None:
            self._read(*self.grid.linked.at)
        self._ask_correlation()

    def show_frc(self, frc: RingCorrelation) -> None:
        """Draw a requested ring correlation."""
        if self.compared is not None:
            self.frc.show_frc(frc, self.compared.a.scan.pixel_size_m)

    def describe(self, row: int, column: int) -> str:
        """The read-out for a pixel: its place, and amplitude and phase of A and of B there."""
        if self.compared is None:
            return ""
        text = pixel(row, column, self.compared.a.scan.pixel_size_m)
        for name, obj in (("A", self.compared.comparison.a), ("B", self.compared.comparison.b)):
            text += f"   {name} {abs(obj[row, column]):.3f}, {np.angle(obj[row, column]):+.3f} rad"
        return text

    def about(self) -> str:
        """What is compared, in words: for the caption of the figure."""
        if self.compared is None:
            return "two results"
        a, b, found = self.compared.a, self.compared.b, self.compared.comparison
        turned = alignment_text(found.alignment).removeprefix("B ").removesuffix(_FOR_VIEW)
        scores = f"NRMSE {found.nrmse:.4f}, SSIM {found.ssim:.3f}"
        return f"A: {a.label}; B: {b.label}, {turned}; B against A: {scores}"

    def figure(self, caption: str = "") -> Pictures | None:
        """The visible pictures, as a figure for a paper; None if nothing is compared."""
        if self.compared is None:
            return None
        return grid_figure(self.grid, self.compared.a.scan.pixel_size_m, caption, "comparison")

    def options(self) -> dict[str, ViewOption]:
        """How two results are compared."""
        boxes = {"ramp": self.ramp, "shift": self.shift, "profile": self.profile_box, "FRC": self.frc_box}
        return {name: checked(box) for name, box in boxes.items()} | {
            "wipe": number(self.wipe),
            "time shown": number(self.period),
            "way to compare": ViewOption(lambda: self.grid.mode, self.set_mode, self.mode_changed),
        }

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """In a low page the plots stand beside the pictures: below, little of these would be left."""
        super().resizeEvent(event)
        low = self.height() < LOW
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self._whole.setOrientation(across if low else down)
        self.plots.setOrientation(down if low else across)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Update to the data that arrived while hidden."""
        super().showEvent(event)
        self.grid.setFocus()
        self.choices_requested.emit()
        self._ask()

    # ------------------------------------------------------------------ inside

    def _chosen(self) -> tuple[Choice | None, Choice | None]:
        """A and B: the user's choice, or the current run with its truth or another image of its size."""
        by_key = {choice.key: choice for choice in self.choices}
        b = by_key.get(self._picked.get("b")) or by_key.get(self._default)
        if b is None and self.choices:
            b = self.choices[-1]
        a = by_key.get(self._picked.get("a"))
        if a is None and b is not None:
            others = [choice for choice in self.choices if choice.key != b.key]
            truths = [choice for choice in others if choice.obj is b.scan.compared_obj]
            a = next(iter(truths or [c for c in others if c.obj.shape == b.obj.shape]), None)
        return a, b

    def _offer(self) -> None:
        labels = [choice.label for choice in self.choices]
        for box, chosen in zip((self.a, self.b), self._chosen(), strict=True):
            if labels != [box.itemText(k) for k in range(box.count())]:
                box.clear()
                box.addItems(labels)
            box.setCurrentIndex(-1 if chosen is None else self.choices.index(chosen))

    def _ask(self) -> None:
        a, b = self._chosen()
        if not self.isVisible():
            return
        problem = _NOTHING if b is None else _ALONE if a is None else _unlike(a, b)
        if problem or a is None or b is None:
            self._asked = self.compared = None
            self.grid.clear_pictures()
            self.grid.say(problem)
            self.badge.hide()
            self.legend.setText("")
            return
        asked = (a.obj, b.obj, self.ramp.isChecked(), self.shift.isChecked())
        if self._asked is None or any(x is not y for x, y in zip(asked, self._asked, strict=True)):
            self._asked = asked
            self.comparison_requested.emit(a, b, *asked[2:])

    def _ask_correlation(self) -> None:
        if self.compared is not None and self.frc_box.isChecked():
            self.correlation_requested.emit(self.compared.a, self.compared.b)

    def _pick_from(self, name: str, place: int) -> None:
        keys = {each: choice and choice.key for each, choice in zip("ab", self._chosen(), strict=True)}
        self.pick(**keys | {name: self.choices[place].key})

    def _read(self, row: int, column: int) -> None:
        if self.compared is not None:
            self.readout.setText(self.describe(row, column))

    def _show_plots(self) -> None:
        self.profile.setVisible(self.profile_box.isChecked())
        self.line.set_visible(self.profile_box.isChecked())
        self.frc.setVisible(self.frc_box.isChecked())
        self.plots.setVisible(self.profile_box.isChecked() or self.frc_box.isChecked())

    def _connect(self) -> None:
        for name, box in (("a", self.a), ("b", self.b)):
            box.activated.connect(lambda place, name=name: self._pick_from(name, place))
        self.modes.activated.connect(lambda place: self.set_mode(list(MODES)[place]))
        self.wipe.valueChanged.connect(lambda value: self.grid.set_wipe(value / _STEPS))
        self.grid.wiped.connect(lambda share: self.wipe.setValue(round(share * _STEPS)))
        self.period.valueChanged.connect(lambda s: self.grid.timer.setInterval(round(1000 * s)))
        for box in (self.ramp, self.shift):
            box.toggled.connect(self._ask)
        for button in (self.profile_box, self.frc_box):
            button.toggled.connect(self._show_plots)
        self.frc_box.toggled.connect(self._ask_correlation)
        self.grid.pointed.connect(self._read)
        self.line.changed.connect(lambda: self.profile.show_line(self.line.start, self.line.end))
        self.profile.ends_changed.connect(self.line.set_ends)

    def _make_tools(self) -> None:
        self.a, self.b = (_choice_box(name) for name in "AB")
        self.swap_button = IconButton("swap", "Swap A and B (Shift+W)", self.swap, "swap A and B")
        self.modes = QComboBox(
            toolTip="How to compare: wipe (W), blink (I), side by side (S), difference (D)"
        )
        self.modes.setAccessibleName("how to compare")
        self.modes.addItems(MODES.values())
        self.wipe = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=_STEPS, value=_STEPS // 2)
        self.wipe.setSingleStep(_STEPS // 50)
        self.wipe.setAccessibleName("position of the wipe")
        self.wipe.setToolTip("A to the left of the line, B to its right; the line itself can be dragged")
        self.wipe.setFixedWidth(84)
        self.period = QDoubleSpinBox(
            minimum=0.1, maximum=5, value=0.7, singleStep=0.1, decimals=1, suffix=" s"
        )
        self.period.hide()
        self.period.setAccessibleName("time each image is shown")
        self.period.setToolTip("How long each image is shown; a short time makes small differences visible")
        self.ramp = QCheckBox("ramp", toolTip="For the view only: take out B's phase ramp against A (M)")
        self.shift = QCheckBox("shift", toolTip="For the view only: undo B's sub-pixel shift (Shift+M)")
        self.profile_box = QCheckBox("profile", toolTip="Amplitude and phase along a line (O)")
        self.frc_box = QCheckBox("FRC", toolTip="Fourier ring correlation of A and B (G)")
        self.fit = IconButton("fit", "Show the whole object (0)", self.grid.fit)

    def _lay_out(self) -> None:
        top, second = QHBoxLayout(), QHBoxLayout()
        for row in (top, second):
            row.setContentsMargins(4, 0, 4, 0)
        for item in (Label("A"), self.a, self.swap_button, Label("B"), self.b, self.modes):
            top.addWidget(item, int(item in (self.a, self.b)))
        below: tuple[QWidget, ...] = (
            self.wipe, self.period, self.ramp, self.shift, self.profile_box, self.frc_box, self.fit
        )  # fmt: skip
        for tool in below:
            top.addWidget(tool)
        second.addWidget(self.legend, 1)
        second.addWidget(self.badge)
        self.badge.hide()
        self.readout.setContentsMargins(4, 0, 4, 0)
        pictures = QWidget()
        column = QVBoxLayout(pictures)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.grid, 1)
        column.addWidget(self.readout)
        self.plots = QSplitter(visible=False)
        for plot in (self.profile, self.frc):
            plot.hide()
            self.plots.addWidget(plot)
        whole = self._whole = QSplitter(Qt.Orientation.Vertical, childrenCollapsible=False)
        for place, (part, share) in enumerate(((pictures, 3), (self.plots, 2))):
            whole.addWidget(part)
            whole.setStretchFactor(place, share)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 2, 0)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addLayout(second)
        layout.addWidget(whole, 1)


def alignment_text(alignment: Alignment, asked: Sequence[str] = ()) -> str:
    """The alignment of B, in words; with a note if no correction of `asked` improves the match."""
    parts = [f"B turned by {alignment.phase:+.3f} rad"]
    if any(alignment.ramp):
        parts.append("ramp {:+.4f}, {:+.4f} rad/px".format(*alignment.ramp))
    if any(alignment.shift):
        parts.append("moved {:+.2f}, {:+.2f} px".format(*alignment.shift))
    vain = f" (no {' or '.join(asked)} improves the match)" if asked and len(parts) == 1 else ""
    return ", ".join(parts) + _FOR_VIEW + vain


def _unlike(a: Choice, b: Choice) -> str:
    """Why two images cannot be compared, if so."""
    if a.obj.shape == b.obj.shape:
        return ""
    sizes = [f"{name} is {c.obj.shape[0]} × {c.obj.shape[1]} px" for name, c in (("A", a), ("B", b))]
    return f"{', '.join(sizes)}: choose two results of the same size."


def _choice_box(name: str) -> ElidedBox:
    box = ElidedBox(toolTip=f"Image {name}: the truth, a run's newest step, the shown step, a pinned one")
    box.setAccessibleName(f"image {name}")
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(10)
    return box
