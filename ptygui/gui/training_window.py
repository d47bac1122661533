"""TrainWindow: trains a prior on the user's own images or dense scan and shows its progress."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDropEvent, QPixmap, QResizeEvent
from PyQt6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.gui.files.opening import FILTERS
from ptygui.gui.model.training import TrainingRequest, begun
from ptygui.gui.panels.dense_scan import DenseScanPanel, subject_of
from ptygui.gui.views.loss import LossView
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.drops import dropped_files
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.plain import Label, keyless
from ptygui.gui.widgets.progress_bar import ProgressBar
from ptygui.training.options import PriorTraining
from ptygui.training.own import MINUTES
from ptygui.training.prior import TrainingProgress

# set by the window itself, or only for the command line
_WITHOUT = (
    "parameterisation", "steps", "fixed_crops", "data_weights", "notice", "compile", "threads", "save_every",
)  # fmt: skip
_OF_IMAGES = (
    "preset",
    "holdout",
)  # set by the prior that is fine-tuned, and by the options of the dense scan
_SAVES = 12  # per training, so that the sheet is seen to improve


class TrainWindow(QDialog):
    """Requests a training; shows its curves, its sheet and the time left."""

    train_requested = pyqtSignal(TrainingRequest)
    stop_requested = pyqtSignal()

    def __init__(self, folder: Path, subjects: Callable[[], Sequence[Run]], parent: QWidget | None = None):
        """Train into `folder` unless another is chosen; `subjects` are the scans and runs to learn from."""
        super().__init__(parent)
        self.setWindowTitle("Train a prior")
        self.subjects = subjects
        self.setAcceptDrops(True)
        self.state, self._sheet_stamp = "idle", 0
        self.images = QListWidget()
        self.images.setAccessibleName("images to train on")
        self.images.setToolTip("Objects or images like those to reconstruct; smear: procedural blood smears")
        self.images.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.add = QPushButton("&Add files…", toolTip="Complex arrays or images; or drop them here")
        self.smears = QPushButton("Add s&mears", toolTip="Twelve procedural blood smears")
        self.remove = QPushButton("&Remove", toolTip="Remove the selected ones")
        self.own = QPushButton("From a s&can", toolTip="Learn from a dense scan or from the result of one")
        self.own.setMenu(QMenu(self.own))
        self.dense = DenseScanPanel()
        self.form = OptionsForm(PriorTraining(minutes=60), _WITHOUT)
        self.folder = QLineEdit(str(folder))
        self.folder.setToolTip("The model folder; a training that it holds is continued")
        self.choose = QPushButton("Ch&oose…", toolTip="Choose another model folder")
        self.start = QPushButton(
            "&Train", default=True, toolTip="Train for the minutes set, or continue the training"
        )
        self.stop = QPushButton("&Stop", toolTip="End after this step and save the weights")
        self.bar = ProgressBar(maximum=1000, value=0, format="")
        self.bar.setAccessibleName("progress of the training")
        self.said = Label("Choose a few images to begin with.", wordWrap=True)
        self.loss, self.sheet = LossView(), Label("The sample sheet comes with the first save.")
        self._picture: QPixmap | None = None
        self._lay_out()
        self.add.clicked.connect(self._ask_files)
        self.smears.clicked.connect(lambda: self.add_images(["smear"]))
        self.remove.clicked.connect(self._remove)
        certain(self.own.menu()).aboutToShow.connect(self._offer_subjects)
        self.dense.left.connect(self.learn_from_images)
        self.choose.clicked.connect(self._ask_folder)
        self.start.clicked.connect(self._ask)
        self.stop.clicked.connect(self.stop_requested)
        self.folder.textChanged.connect(self._enable)
        self.images.itemSelectionChanged.connect(self._enable)
        self._enable()

    # ------------------------------------------------------------------ what is shown

    def add_images(self, paths: list[str]) -> None:
        """Add these to the training images."""
        there = [certain(self.images.item(k)).text() for k in range(self.images.count())]
        self.images.addItems([path for path in dict.fromkeys(paths) if path not in there])
        self._enable()

    def learn_from(self, source: Run) -> None:
        """Learn from a run, or from its scan if it has no step: a fine-tuning of some minutes."""
        self.dense.show_source(source)
        self._show_subject(True)
        self.form.set_value(PriorTraining(preset="small", minutes=MINUTES))
        name = re.sub(r"[^\w.-]+", "-", source.subject).strip("-.") or "own"
        self.folder.setText(str(self._folder().parent / name))
        self.said.setText("The prior generic is fine-tuned on the area that is well lit.")

    def learn_from_images(self) -> None:
        """Learn from the list of images again."""
        self.dense.source = None
        self._show_subject(False)

    def show_state(self, state: str) -> None:
        """Enable the controls that apply while "training", "saving", "done", "stopped" or "failed"."""
        self.state = state
        kept = "stopped and saved" if begun(self._folder()) else "stopped before there was anything to save"
        words = {
            "training": "getting ready …", "saving": "saving …", "stopped": kept,
            "done": "done: choose the prior in the method panel",
        }  # fmt: skip
        if state in words:
            self.said.setText(words[state])
        self._show_sheet()
        self._enable()

    def show_error(self, error: Exception) -> None:
        """Show why there is no training."""
        self.said.setText(str(error) or type(error).__name__)

    def show_progress(self, steps: list[TrainingProgress]) -> None:
        """Draw the newest steps."""
        last = steps[-1]
        self.loss.add(steps)
        self.bar.setValue(round(1000 * last.seconds / max(last.seconds + last.seconds_left, 1e-9)))
        self.bar.setFormat(f"step {last.step}, {_clock(last.seconds_left)} left")
        if last.stage == "reconstruction":
            self.bar.setFormat(f"iteration {last.step} of {last.total}")
            self.said.setText("reconstructing the scan …")
        elif self.state == "training":
            held_out = ", ".join(f"σ {sigma:g}: {value:.4f}" for sigma, value in last.validation.items())
            none = "none: the images are too small" if self._sheet_stamp else "comes with the first save"
            self.said.setText(f"loss {last.loss:.4f}; held-out error {held_out or none}")
        self._show_sheet()

    # ------------------------------------------------------------------ inside

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Accept files."""
        if event is not None and dropped_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Add dropped files to the training images."""
        if event is not None:
            self.add_images(dropped_files(event))
            event.acceptProposedAction()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Scale the sheet to the new size."""
        super().resizeEvent(event)
        self._fit_sheet()

    def _ask_files(self) -> None:
        self.add_images(QFileDialog.getOpenFileNames(self, "Images to train on", "", FILTERS["object"])[0])

    def _ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder for the model", self.folder.text())
        if folder:
            self.folder.setText(folder)

    def _remove(self) -> None:
        for item in self.images.selectedItems():
            self.images.takeItem(self.images.row(item))
        self._enable()

    def _ask(self) -> None:
        try:
            options = self.form.value()
            if not isinstance(options, PriorTraining):
                return
            often = min(max(options.minutes / _SAVES, 0.05), options.save_every)
            options = PriorTraining(**{**options.asdict(), "save_every": often})
            dense = self.dense.value()
        except InputError as error:
            self.show_error(error)
            return
        self.loss.clear_curves()
        self._sheet_stamp = 0
        objects = tuple(certain(self.images.item(k)).text() for k in range(self.images.count()))
        self.train_requested.emit(TrainingRequest(objects, options, self._folder(), self.dense.source, dense))

    def _offer_subjects(self) -> None:
        """Fill the menu with what there is to learn from now."""
        menu = certain(self.own.menu())
        menu.clear()
        found = self.subjects()
        for source in found:
            certain(menu.addAction(keyless(subject_of(source)))).triggered.connect(
                partial(lambda source, *_: self.learn_from(source), source)
            )
        if not found:
            certain(menu.addAction("no scan is open, and no run has ended")).setEnabled(False)

    def _show_subject(self, dense: bool) -> None:
        """Show the scan that is learned from, or the list of images."""
        for widget in (self.list_title, self.images, self.add, self.smears, self.remove, self.own):
            widget.setVisible(not dense)
        self.dense.setVisible(dense)
        for name in _OF_IMAGES:
            self.form.row(name).setEnabled(not dense)
        self._enable()

    def _folder(self) -> Path:
        return Path(self.folder.text()).expanduser()

    def _enable(self) -> None:
        live = self.state in ("training", "saving")
        for widget in (self.images, self.add, self.smears, self.own, self.dense, self.form, self.folder):
            widget.setEnabled(not live)
        self.choose.setEnabled(not live)
        self.remove.setEnabled(not live and bool(self.images.selectedItems()))
        subject = self.images.count() > 0 or self.dense.source is not None
        self.start.setEnabled(not live and subject and bool(self.folder.text().strip()))
        self.start.setText("Continue &training" if begun(self._folder()) else "&Train")
        self.stop.setEnabled(self.state == "training")

    def _show_sheet(self) -> None:
        path = self._folder() / "sheet.png"
        stamp = path.stat().st_mtime_ns if path.is_file() else 0
        if stamp not in (0, self._sheet_stamp) and self.state != "idle":
            self._sheet_stamp = stamp
            self._picture = QPixmap(str(path))
            self._fit_sheet()

    def _fit_sheet(self) -> None:
        if self._picture is not None and not self._picture.isNull():
            how = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            self.sheet.setPixmap(self._picture.scaled(self.sheet.size(), *how))

    def _lay_out(self) -> None:
        self.sheet.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sheet.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.sheet.setAccessibleName("samples of the prior")
        self.sheet.setToolTip("Held-out crops, noisy and denoised; below them, samples of the prior")
        left = QGridLayout()
        row = QHBoxLayout()
        self.list_title = Label("Training images")
        self.dense.hide()
        for button in (self.add, self.smears, self.remove, self.own):
            row.addWidget(button)
        label = Label("Model &folder")
        label.setBuddy(self.folder)
        where = QHBoxLayout()
        where.addWidget(self.folder, 1)
        where.addWidget(self.choose)
        left.addWidget(self.list_title, 0, 0)
        left.addWidget(self.images, 1, 0)
        left.addWidget(self.dense, 1, 0)
        left.addLayout(row, 2, 0)
        left.addWidget(self.form, 3, 0)
        left.addWidget(label, 4, 0)
        left.addLayout(where, 5, 0)
        left.setRowStretch(1, 2)
        left.setRowStretch(3, 3)
        right = QVBoxLayout()
        right.addWidget(self.loss, 2)
        right.addWidget(self.sheet, 3)
        top = QHBoxLayout()
        top.addLayout(left, 2)
        top.addLayout(right, 3)
        below = QHBoxLayout()
        below.addWidget(self.bar, 1)
        below.addWidget(self.start)
        below.addWidget(self.stop)
        layout = QVBoxLayout(self)
        layout.addLayout(top, 1)
        layout.addWidget(self.said)
        layout.addLayout(below)
        self.resize(980, 660)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes < 10 else f"{minutes} min"
