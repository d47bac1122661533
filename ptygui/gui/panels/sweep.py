"""SweepPanel: methods, overlaps and seeds of a sweep, and its progress."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ptygui import methods
from ptygui.experiment.sweep import Progress
from ptygui.gui.model.quantities import duration
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.focus import enable
from ptygui.gui.widgets.plain import Label
from ptygui.methods import Method, SweepChoice

_TAKEN = "ferhw"  # mnemonic letters of the menu bar and of the button next to the boxes


def choices() -> dict[str, tuple[type[Method], SweepChoice]]:
    """The methods to tick, by key, in the order in which they run: reference, other plain ones, learned."""
    ordered = sorted(methods.METHODS, key=lambda cls: (not cls.reference, bool(cls.needs), cls.diffusion))
    return {choice.key: (cls, choice) for cls in ordered for choice in cls.in_sweep()}


@dataclass(frozen=True)
class SweepRequest:
    """Keys of `choices`, overlaps from, to and by (fractions; by 0: each whole pixel), how many seeds."""

    methods: tuple[str, ...]
    lowest: float
    highest: float
    by: float
    seeds: int

    def resolved(self, kept: Callable[[type[Method]], Method]) -> tuple[Method, ...]:
        """The methods with their options; `kept` gives the options that were set."""
        known = choices()
        chosen = [known[key] for key in self.methods]
        return tuple(dict.fromkeys(replace(kept(cls), **choice.changes) for cls, choice in chosen))


class SweepPanel(QWidget):
    """Requests sweeps and their end."""

    sweep_requested = pyqtSignal(SweepRequest)
    stop_requested = pyqtSignal()
    changed = pyqtSignal(SweepRequest)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.boxes: dict[str, QCheckBox] = {}
        self._choices = [choice for _, choice in choices().values()]
        texts = _with_mnemonics([choice.label for choice in self._choices])
        for choice, text in zip(self._choices, texts, strict=True):
            box = self.boxes[choice.key] = QCheckBox(text, checked=choice.ticked)
            box.setToolTip(f"{choice.tip}; with the present options of the method panel")
            box.toggled.connect(self._change)
        self.lowest, self.highest = _percent("lowest overlap", 20), _percent("highest overlap", 70)
        self.lowest.setToolTip("The lowest linear overlap to try; moved to a whole pixel of the step")
        self.highest.setToolTip("The highest linear overlap to try; the dose of each curve is relative to it")
        self.by = _percent("overlap interval", 5)
        self.by.setSpecialValueText("each pixel")
        self.by.setToolTip(
            "Interval of overlap; 0 tries every whole pixel of the step, which is finer and takes longer"
        )
        self.seeds = QSpinBox(minimum=1, maximum=64, value=1)
        self.seeds.setAccessibleName("seeds of the sweep")
        self.seeds.setToolTip(
            "Each seed has its own photon noise and random numbers of the method: more show the scatter"
        )
        for box in (self.lowest, self.highest, self.by, self.seeds):
            box.setKeyboardTracking(False)
            box.valueChanged.connect(self._change)
        self.start = QPushButton("S&weep", toolTip="Run the sweep, parallel to other runs (Ctrl+Shift+M)")
        self.stop = QPushButton("Stop", toolTip="End at once; finished runs are kept (Esc)", enabled=False)
        self.said = Elided(objectName="said")
        self.bar = QProgressBar(maximum=1000, value=0, visible=False)
        self.bar.setAccessibleName("progress of the sweep")
        self._lay_out()
        self.start.clicked.connect(lambda: self.sweep_requested.emit(self.value()))
        self.stop.clicked.connect(self.stop_requested)

    def value(self) -> SweepRequest:
        """The sweep as set."""
        return SweepRequest(
            tuple(key for key, box in self.boxes.items() if box.isChecked()),
            self.lowest.value() / 100, self.highest.value() / 100, self.by.value() / 100, self.seeds.value(),
        )  # fmt: skip

    def set_value(self, request: SweepRequest) -> None:
        """Set the sweep."""
        for choice in self._choices:
            names = {choice.key, *choice.was}
            self.boxes[choice.key].setChecked(not names.isdisjoint(request.methods))
        for box, value in (
            (self.lowest, request.lowest),
            (self.highest, request.highest),
            (self.by, request.by),
        ):
            box.setValue(100 * value)
        self.seeds.setValue(request.seeds)

    def show_plan(self, text: str) -> None:
        """Show what a sweep would be."""
        self.said.setText(text)

    def show_live(self, live: bool) -> None:
        """Set whether a sweep is running."""
        over, next_ = (self.start, self.stop) if live else (self.stop, self.start)
        next_.setEnabled(True)
        enable(over, False, heir=next_)
        self.bar.setVisible(live)
        self.said.setVisible(not live)
        if live:
            self.bar.setValue(0)
            self.bar.setFormat("starting …")

    def show_progress(self, progress: Progress) -> None:
        """Show the progress."""
        self.bar.setValue(round(1000 * progress.share))
        left = progress.seconds_left
        parts = [f"{len(progress.runs)} of {progress.count} runs"]
        if left is not None:
            parts.append(f"{duration(left)} left")
        self.bar.setFormat(", ".join([*parts, *filter(None, [progress.doing])]))

    def _change(self, *_: object) -> None:
        self.changed.emit(self.value())

    def _lay_out(self) -> None:
        above, below = QHBoxLayout(), QHBoxLayout()
        above.addWidget(Label("methods"))
        for box in self.boxes.values():
            above.addWidget(box)
        above.addStretch(1)
        above.addWidget(self.start)
        above.addWidget(self.stop)
        for widget in (
            Label("overlap"), self.lowest, Label("to"), self.highest, Label("every"), self.by,
            Label("  seeds"), self.seeds,
        ):  # fmt: skip
            below.addWidget(widget)
        below.addWidget(self.said, 1)
        below.addWidget(self.bar, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 0)
        layout.setSpacing(3)
        layout.addLayout(above)
        layout.addLayout(below)


def _with_mnemonics(labels: Iterable[str]) -> list[str]:
    """Labels with an & before the first free letter; an & in a label stays a plain character."""
    taken, found = set(_TAKEN), []
    for label in labels:
        at = next((k for k, c in enumerate(label) if c.isalpha() and c.lower() not in taken), None)
        parts = [label] if at is None else [label[:at], label[at:]]
        taken |= set() if at is None else {label[at].lower()}
        found.append("&".join(part.replace("&", "&&") for part in parts))
    return found


def _percent(name: str, value: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox(minimum=0, maximum=98, value=value, decimals=1, suffix=" %")
    box.setAccessibleName(name)
    return box
