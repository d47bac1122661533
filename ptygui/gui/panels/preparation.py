"""PrepareDialog: the patterns of the opened scan as a preparation makes them, with what was found in them."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ptygui.gui.model.preparer import PreparedAnswer
from ptygui.gui.panels.mask import MaskDialog
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.little import LittlePoints
from ptygui.gui.widgets.pattern_picture import PatternPicture
from ptygui.gui.widgets.plain import Label
from ptygui.options import Options
from ptygui.prepare.preparation import Preparation

if TYPE_CHECKING:
    from ptygui.files.preparation_preview import PreparedView

_LEAST = 8  # px of a window
_EVERY = ("::2", "::3", "::5", "::10")


class PrepareDialog(QDialog):
    """Asks what each change comes to by a signal, and shows the answer; prepares nothing itself."""

    changed = pyqtSignal(Preparation, int)  # and which of the frames that are kept is looked at
    apply_requested = pyqtSignal(Preparation)
    save_requested = pyqtSignal(Preparation)
    closed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Prepare the patterns")
        self.path = ""  # of the scan that is prepared
        self._preparation = Preparation()
        self._answer: PreparedAnswer | None = None
        self._problem = ""  # why an option as typed is refused
        self.whole = PatternPicture("detector, mean")
        self.whole.setToolTip("Mean of all frames: a cross at the beam, a square about what is kept")
        self.mean, self.frame = PatternPicture("prepared, mean"), PatternPicture("prepared, one frame")
        for picture in (self.mean, self.frame):
            picture.setToolTip("Logarithmic; masked pixels are green")
        self.places = LittlePoints("positions")
        self.places.setToolTip("Where the frames that are kept lie, turned as asked for")
        self.mask_dialog = MaskDialog(self)
        self.draw_mask = QPushButton("Draw &mask…", enabled=False)
        self.draw_mask.setToolTip("Mark bad pixels with brush, rectangle and ellipse; load or suggest a mask")
        self.slider = QSlider(Qt.Orientation.Horizontal, toolTip="Which frame is shown")
        self.slider.setAccessibleName("frame")
        self.which = Label()
        self.beam = Label(wordWrap=True)
        self.crop = QSpinBox(suffix=" px", keyboardTracking=False, minimum=_LEAST, maximum=16384)
        self.crop.setToolTip("Width of the square about the beam that is kept: less is faster and coarser")
        self.form = OptionsForm(Preparation(), without=("crop",))
        self.form.offer("frames", _EVERY)
        self.notes = QListWidget(wordWrap=True, toolTip="What was found in the patterns, and what is done")
        self.notes.setAccessibleName("findings")
        self.notes.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.command = QLineEdit(readOnly=True, toolTip="The same by command line; FILE is a probe of yours")
        self.command.setAccessibleName("command line")
        self.copy = QPushButton("C&opy", toolTip="Copy the command line")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        roles = QDialogButtonBox.ButtonRole
        self.apply = certain(self.buttons.addButton("&Apply", roles.ApplyRole))
        self.apply.setToolTip("Work on the scan so prepared from now on; Undo goes back")
        self.save = certain(self.buttons.addButton("&Save prepared scan…", roles.ActionRole))
        self.save.setToolTip("Write the scan so prepared as a file of ptygui; the original stays as it is")
        shut = certain(self.buttons.button(QDialogButtonBox.StandardButton.Close))
        shut.setToolTip("Leave the scan as it was applied last (Esc)")
        for button in (self.copy, self.apply, self.save, self.draw_mask, shut):
            button.setAutoDefault(False)  # Return accepts what is typed
        self._lay_out()
        self._connect()

    def open_scan(self, path: str, preparation: Preparation) -> None:
        """Begin with another file, as it is prepared at present."""
        self.path = path
        self.setWindowTitle(f"Prepare the patterns of {Path(path).name}")
        self._answer = None
        self.slider.setRange(0, 0)
        self.beam.setText("")
        self.which.setText("reading…")
        self.notes.clear()
        for picture in (self.whole, self.mean, self.frame):
            picture.show_pattern(None)
        self.places.show_points(None)
        self._preparation = preparation
        self.form.set_value(preparation)
        self._ask()

    def preparation(self) -> Preparation:
        """The options as they are set."""
        return self._preparation

    def show_answer(self, answer: PreparedAnswer) -> None:
        """Show what a preparation comes to; answers to earlier questions only with their pictures."""
        self._answer = answer
        view = answer.view
        self.notes.clear()
        if view is None:
            self._say(answer.problem, warned=True)
            self.beam.setText("")
            self.which.setText("")
        else:
            self._show_view(view, answer)
        self._enable()

    def show_command(self, text: str) -> None:
        """Show the command line that does the same."""
        self.command.setText(text)
        self.command.setCursorPosition(0)

    def done(self, result: int) -> None:
        """Tell that it is closed, however that came."""
        self.mask_dialog.close()
        super().done(result)
        self.closed.emit()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Begin with the size of the square."""
        super().showEvent(event)
        self.crop.setFocus()

    # ------------------------------------------------------------------ inside

    def _show_view(self, view: "PreparedView", answer: PreparedAnswer) -> None:
        full, side = min(view.whole.shape), view.square[2]
        self.crop.blockSignals(True)
        self.crop.setRange(min(_LEAST, full), full)
        self.crop.setValue(self._preparation.crop or full)
        self.crop.blockSignals(False)
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(view.frames) - 1)
        self.slider.blockSignals(False)
        self.whole.show_pattern(view.whole, view.bad, view.centre, view.square)
        self.mean.show_pattern(view.mean, ~view.mask)
        self.frame.show_pattern(answer.counts, None if answer.good is None else ~answer.good)
        self.places.show_points(view.positions)
        self._show_mask(view)
        row, column = view.centre
        width = len(view.mean)
        smaller = "" if width == side else f", binned to {width} x {width} px"
        self.beam.setText(f"beam at row {row:.4g}, column {column:.4g}; {side} x {side} px kept{smaller}")
        number, count = view.frames[answer.place], len(view.frames)
        self.which.setText(f"frame {number} of the file; {count} of {view.of} are kept")
        for note in view.notes:
            self._say(note, warned=note.startswith("WARNING"))

    def _show_mask(self, view: "PreparedView") -> None:
        if self.mask_dialog.isVisible():
            given = self._preparation
            self.mask_dialog.show_mask(view.whole, view.undrawn, given.mask, given.drawn)

    def _draw_mask(self) -> None:
        if self._answer is not None and self._answer.view is not None:
            self.mask_dialog.show()
            self.mask_dialog.raise_()
            self._show_mask(self._answer.view)

    def _change(self, **changes: Any) -> None:
        """Change options from outside the form."""
        self.form.set_value(replace(self._preparation, **changes))

    def _say(self, text: str, warned: bool) -> None:
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = item.font()
        font.setBold(warned)
        item.setFont(font)
        self.notes.addItem(item)

    def _take_form(self, options: Options) -> None:
        if isinstance(options, Preparation):
            self._take(replace(options, crop=self._preparation.crop))

    def _take_crop(self, side: int) -> None:
        self._take(replace(self._preparation, crop=0 if side == self.crop.maximum() else side))

    def _take(self, preparation: Preparation) -> None:
        if preparation != self._preparation:
            self._preparation = preparation
            self._ask()

    def _ask(self) -> None:
        self._enable()
        self.changed.emit(self._preparation, self.slider.value())

    def _show_validity(self, problem: str) -> None:
        self._problem = problem
        self._enable()

    def _enable(self) -> None:
        """Whether it can be applied: the present options were tried, and are not refused."""
        answer = self._answer
        seen = answer is not None and answer.view is not None and answer.preparation == self._preparation
        for button in (self.apply, self.save):
            button.setEnabled(seen and not self._problem)
        self.draw_mask.setEnabled(answer is not None and answer.view is not None)

    def _connect(self) -> None:
        self.form.value_changed.connect(self._take_form)
        self.form.validity_changed.connect(self._show_validity)
        self.crop.valueChanged.connect(self._take_crop)
        self.draw_mask.clicked.connect(self._draw_mask)
        self.mask_dialog.drawn_changed.connect(lambda drawn: self._change(drawn=drawn))
        self.mask_dialog.base_changed.connect(lambda mask: self._change(mask=mask))
        self.slider.valueChanged.connect(lambda place: self.changed.emit(self._preparation, place))
        self.apply.clicked.connect(lambda: self.apply_requested.emit(self._preparation))
        self.save.clicked.connect(lambda: self.save_requested.emit(self._preparation))
        self.copy.clicked.connect(lambda: certain(QApplication.clipboard()).setText(self.command.text()))
        self.buttons.rejected.connect(self.reject)

    def _lay_out(self) -> None:
        pictures, below, command = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for picture in (self.whole, self.mean, self.frame, self.places):
            pictures.addWidget(picture, 1)
        browse = QHBoxLayout()
        browse.addWidget(self.which)
        browse.addWidget(self.slider, 1)
        left, square = QVBoxLayout(), QHBoxLayout()
        label = Label("s&quare")
        label.setBuddy(self.crop)
        square.addWidget(label)
        square.addWidget(self.crop)
        square.addWidget(self.beam, 1)
        square.addWidget(self.draw_mask)
        left.addLayout(square)
        left.addWidget(self.form, 1)
        below.addLayout(left, 1)
        below.addWidget(self.notes, 1)
        same = Label("the &same by command line")
        same.setBuddy(self.command)
        command.addWidget(same)
        command.addWidget(self.command, 1)
        command.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.addLayout(pictures, 3)
        layout.addLayout(browse)
        layout.addLayout(below, 2)
        layout.addLayout(command)
        layout.addWidget(self.buttons)
        self.resize(1080, 670)
