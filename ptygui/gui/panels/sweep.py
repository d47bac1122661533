"""SweepPanel: methods, overlaps and seeds of a sweep, and its progress."""

from collections.abc import Iterable

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.model.quantities import duration
from ptygui.gui.model.request import Request
from ptygui.gui.model.sweep_request import MOST, SweepRequest, choices
from ptygui.gui.panels.sweep_further import SweepFurther
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.elided import Elided
from ptygui.gui.widgets.focus import enable
from ptygui.gui.widgets.percent_box import PercentBox
from ptygui.gui.widgets.plain import Label, tip
from ptygui.gui.widgets.progress_bar import ProgressBar
from ptygui.options import options_of
from ptygui.tasks.progress import Progress

_ROWS = 2  # of boxes: one row of all methods would leave the other panels no room
_PLACES = (("this process", ""), ("1 worker", "1"), ("2 workers", "2"), ("4 workers", "4"))
_TAKEN = "ferhw"  # mnemonic letters of the menu bar and of the button next to the boxes


class SweepPanel(QWidget):
    """Binds to what is asked of a sweep; requests its start and its end."""

    sweep_requested = pyqtSignal()
    stop_requested = pyqtSignal()
    method_wanted = pyqtSignal()  # the present one, with its options, besides what is ticked
    files_wanted = pyqtSignal()  # of more objects or scans

    def __init__(self, request: Request, parent: QWidget | None = None):
        super().__init__(parent)
        self.request = request
        self.boxes: dict[str, QCheckBox] = {}
        offered = [choice for _, choice in choices().values()]
        texts = _with_mnemonics([choice.label for choice in offered])
        for choice, text in zip(offered, texts, strict=True):
            box = self.boxes[choice.key] = QCheckBox(text)
            box.setToolTip(f"{choice.tip}; with the present options of the method panel")
        self.lowest, self.highest = _percent("lowest overlap"), _percent("highest overlap")
        self.by = _percent("overlap interval")
        self.by.setSpecialValueText("each pixel")
        self.seeds = QSpinBox(minimum=1, maximum=64)
        self.seeds.setAccessibleName("seeds of the sweep")
        self.workers = _Where()
        self.further = SweepFurther()
        numbers: dict[str, QSpinBox | QDoubleSpinBox] = {
            "lowest": self.lowest,
            "highest": self.highest,
            "by": self.by,
            "seeds": self.seeds,
        }
        for declared in options_of(SweepRequest):
            widget = numbers.get(declared.name) or self.further.lines.get(declared.name) or self.workers
            if declared.name != "experiment":
                widget.setToolTip(tip(declared.help))
        for number in numbers.values():
            number.setKeyboardTracking(False)
        self.start = QPushButton("S&weep", toolTip="Run the sweep, parallel to other runs (Ctrl+Shift+M)")
        self.stop = QPushButton("Stop", toolTip="End at once; finished runs are kept (Esc)", enabled=False)
        self._show(request.sweep)
        for box in self.boxes.values():
            box.toggled.connect(self._ask)
        for number in numbers.values():
            number.valueChanged.connect(self._ask)
        self.workers.chosen.connect(self._ask)
        self.further.edited.connect(self._ask)
        self.further.method_wanted.connect(self.method_wanted)
        self.further.files_wanted.connect(self.files_wanted)
        request.sweep_changed.connect(self._show)
        self.said = Elided(objectName="said")
        self.bar = ProgressBar(maximum=1000, value=0, visible=False)
        self.bar.setAccessibleName("progress of the sweep")
        self._lay_out()
        self.start.clicked.connect(self.sweep_requested)
        self.stop.clicked.connect(self.stop_requested)

    def value(self) -> SweepRequest:
        """The sweep as the panel shows it."""
        lowest, highest, by = (round(box.value() / 100, 3) for box in (self.lowest, self.highest, self.by))
        methods = tuple(key for key, box in self.boxes.items() if box.isChecked())
        return SweepRequest(
            methods, lowest, highest, by, self.seeds.value(), self.workers.value(), *self.further.value()
        )

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

    def show_waiting(self, doing: str) -> None:
        """Show what is done before there is any progress."""
        self.bar.setFormat(f"{doing} …")

    def show_progress(self, progress: Progress) -> None:
        """Show the progress."""
        self.bar.setValue(round(1000 * progress.share))
        left = progress.seconds_left
        parts = [f"{len(progress.runs)} of {progress.count} runs"]
        if left is not None:
            parts.append(f"{duration(left)} left")
        text = ", ".join([*parts, *filter(None, [progress.doing])])
        end, room = Qt.TextElideMode.ElideRight, self.bar.width() - self.bar.fontMetrics().height()
        self.bar.setFormat(self.bar.fontMetrics().elidedText(text, end, room))
        self.bar.setToolTip(tip(text))

    def _ask(self, *_: object) -> None:
        self.request.set_sweep(self.value())

    def _show(self, asked: SweepRequest) -> None:
        widgets = (*self.boxes.values(), self.lowest, self.highest, self.by, self.seeds, self.workers)
        for widget in widgets:
            widget.blockSignals(True)
        for key, box in self.boxes.items():
            box.setChecked(key in asked.methods)
        self.lowest.setValue(100 * asked.lowest)
        self.highest.setValue(100 * asked.highest)
        self.by.setValue(100 * asked.by)
        self.seeds.setValue(asked.seeds)
        self.workers.show_value(asked.workers)
        self.further.show_value(asked.more, asked.also, asked.experiment)
        for widget in widgets:
            widget.blockSignals(False)
        for widget in (*self.boxes.values(), self.lowest, self.highest, self.by, self.seeds):
            widget.setEnabled(not asked.experiment)

    def _lay_out(self) -> None:
        above, below, methods = QHBoxLayout(), QHBoxLayout(), QGridLayout()
        methods.setHorizontalSpacing(14)
        methods.setVerticalSpacing(2)
        columns = -(-len(self.boxes) // _ROWS)
        for k, box in enumerate(self.boxes.values()):
            methods.addWidget(box, k // columns, k % columns)
        above.addWidget(Label("methods"))
        above.addLayout(methods)
        above.addStretch(1)
        above.addWidget(self.start)
        above.addWidget(self.stop)
        for widget in (
            Label("overlap"), self.lowest, Label("to"), self.highest, Label("every"), self.by,
            Label("  seeds"), self.seeds, Label("  on"), self.workers,
            self.further.unfold,
        ):  # fmt: skip
            below.addWidget(widget)
        below.addWidget(self.said, 1)
        below.addWidget(self.bar, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 0)
        layout.setSpacing(3)
        layout.addLayout(above)
        layout.addLayout(below)
        layout.addWidget(self.further)


class _Where(QComboBox):
    """Where runs are carried out: here, on local workers, or what is typed."""

    chosen = pyqtSignal()

    def __init__(self) -> None:
        super().__init__(editable=True, insertPolicy=QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName("workers of the sweep")
        for text, value in _PLACES:
            self.addItem(text, value)
        self.setMinimumContentsLength(13)
        self.activated.connect(lambda _: self.chosen.emit())
        line = certain(self.lineEdit())
        line.editingFinished.connect(self.chosen)

    def value(self) -> str:
        """As in `SweepRequest.workers`."""
        text = self.currentText().strip()
        return dict(_PLACES).get(text, text)

    def show_value(self, value: str) -> None:
        """Show what is asked."""
        texts = {held: text for text, held in _PLACES}
        self.setEditText(texts.get(value, value))


def _with_mnemonics(labels: Iterable[str]) -> list[str]:
    """Labels with an & before the first free letter; an & in a label stays a plain character."""
    taken, found = set(_TAKEN), []
    for label in labels:
        at = next((k for k, c in enumerate(label) if c.isalpha() and c.lower() not in taken), None)
        parts = [label] if at is None else [label[:at], label[at:]]
        taken |= set() if at is None else {label[at].lower()}
        found.append("&".join(part.replace("&", "&&") for part in parts))
    return found


def _percent(name: str) -> PercentBox:
    box = PercentBox(100 * MOST)
    box.setAccessibleName(name)
    return box
