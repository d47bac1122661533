"""TrainWindow: trains a prior on the user's own images and shows its progress."""

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
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ptygui.errors import InputError
from ptygui.gui.files.opening import FILTERS
from ptygui.gui.model.training import TrainingRequest, begun
from ptygui.gui.views.loss import LossView
from ptygui.gui.widgets.certain import certain
from ptygui.gui.widgets.drops import dropped_files
from ptygui.gui.widgets.form import OptionsForm
from ptygui.gui.widgets.plain import Label
from ptygui.training.options import PriorTraining
from ptygui.training.prior import TrainingProgress

# set by the window itself, or only for the command line
_WITHOUT = (
    "parameterisation", "steps", "fixed_crops", "data_weights", "notice", "compile", "threads", "save_every",
)  # fmt: skip
_SAVES = 12  # per training, so that the sheet is seen to improve


class TrainWindow(QDialog):
    """Requests a training; shows its curves, its sheet and the time left."""

    train_requested = pyqtSignal(TrainingRequest)
    stop_requested = pyqtSignal()

    def __init__(self, folder: Path, parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Train a prior")
        self.setAcceptDrops(True)
        self.state, self._sheet_stamp = "idle", 0
        self.images = QListWidget()
        self.images.setAccessibleName("images to train on")
        self.images.setToolTip("Objects or images like those to reconstruct; smear: procedural blood smears")
        self.images.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.add = QPushButton("&Add files…", toolTip="Complex arrays or images; or drop them here")
        self.smears = QPushButton("Add s&mears", toolTip="Twelve procedural blood smears")
        self.remove = QPushButton("&Remove", toolTip="Remove the selected ones")
        self.form = OptionsForm(PriorTraining(minutes=60), _WITHOUT)
        self.folder = QLineEdit(str(folder))
        self.folder.setToolTip("The model folder; a training that it holds is continued")
        self.choose = QPushButton("Ch&oose…", toolTip="Choose another model folder")
        self.start = QPushButton(
            "&Train", default=True, toolTip="Train for the minutes set, or continue the training"
        )
        self.stop = QPushButton("&Stop", toolTip="End after this step and save the weights")
        self.bar = QProgressBar(maximum=1000, value=0, format="")
        self.bar.setAccessibleName("progress of the training")
        self.said = Label("Choose a few images to begin with.", wordWrap=True)
        self.loss, self.sheet = LossView(), Label("The sample sheet comes with the first save.")
        self._picture: QPixmap | None = None
        self._lay_out()
        self.add.clicked.connect(self._ask_files)
        self.smears.clicked.connect(lambda: self.add_images(["smear"]))
        self.remove.clicked.connect(self._remove)
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

    def show_state(self, state: str) -> None:
        """Enable the controls that apply while "training", "saving", "done", "stopped" or "failed"."""
        self.state = state
        words = {
            "training": "getting ready …", "saving": "saving …", "stopped": "stopped and saved",
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
        if self.state == "training":
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
        except InputError as error:
            self.show_error(error)
            return
        self.loss.clear_curves()
        self._sheet_stamp = 0
        objects = tuple(certain(self.images.item(k)).text() for k in range(self.images.count()))
        self.train_requested.emit(TrainingRequest(objects, options, self._folder()))

    def _folder(self) -> Path:
        return Path(self.folder.text()).expanduser()

    def _enable(self) -> None:
        live = self.state in ("training", "saving")
        for widget in (self.images, self.add, self.smears, self.form, self.folder, self.choose):
            widget.setEnabled(not live)
        self.remove.setEnabled(not live and bool(self.images.selectedItems()))
        self.start.setEnabled(not live and self.images.count() > 0 and bool(self.folder.text().strip()))
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
        for button in (self.add, self.smears, self.remove):
            row.addWidget(button)
        label = Label("Model &folder")
        label.setBuddy(self.folder)
        where = QHBoxLayout()
        where.addWidget(self.folder, 1)
        where.addWidget(self.choose)
        left.addWidget(Label("Training images"), 0, 0)
        left.addWidget(self.images, 1, 0)
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
