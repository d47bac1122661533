"""Training: one training of a prior, in its own thread, parallel to any run."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.experiment.reconstruct import pick_device
from ptygui.experiment.run import Run
from ptygui.gui.background.imports import load
from ptygui.gui.background.step_thread import StepThread
from ptygui.training.data import training_objects
from ptygui.training.dense_scan import DenseScan
from ptygui.training.options import PriorTraining
from ptygui.training.own import train_own
from ptygui.training.prior import TrainingProgress, train_prior


@dataclass(frozen=True)
class TrainingRequest:
    """What to train on, options, and model folder.

    Attributes
    ----------
    objects : tuple of str
        Training images, as `files.objects.read_object` takes them.
    options : PriorTraining
    folder : Path
    source : Run, optional
        Learn from its object instead, or from its scan if it has no step.
    dense : DenseScan
        How to learn from it.
    """

    objects: tuple[str, ...]
    options: PriorTraining
    folder: Path
    source: Run | None = None
    dense: DenseScan = field(default_factory=DenseScan)


class Training(QObject):
    """Starts or continues a training, stops and saves it, and reports progress."""

    progressed = pyqtSignal(list)  # of TrainingProgress, newest last
    state_changed = pyqtSignal(str)  # "training", "saving", "done", "stopped" or "failed"
    failed = pyqtSignal(Exception)
    model_written = pyqtSignal(str, str)  # folder, "done", "stopped" or "failed"; once, at the end

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.request: TrainingRequest | None = None
        self._thread: StepThread | None = None
        self._before = 0

    @property
    def live(self) -> bool:
        """Whether it is running."""
        return self._thread is not None

    def start(self, request: TrainingRequest) -> None:
        """Begin, or continue the training that the folder holds."""
        if self.live:
            return
        self.request, self._before = request, _stamp(request.folder)
        self._thread = thread = StepThread(lambda: _train(request), self)
        thread.step_ready.connect(self._take)
        thread.failed.connect(self.failed)
        thread.finished.connect(self._end)
        self.state_changed.emit("training")
        thread.start()

    def stop(self) -> None:
        """End after this step; the present weights are saved."""
        if self._thread is not None:
            self._thread.stop()
            self.state_changed.emit("saving")

    def close(self) -> None:
        """Stop, and wait until it is saved."""
        if self._thread is not None:
            self._thread.stop()
            self._thread.wait()
            self._thread = None

    def _take(self) -> None:
        steps: Sequence[TrainingProgress] = self._thread.take() if self._thread is not None else []
        if steps:
            self.progressed.emit(steps)

    def _end(self) -> None:
        thread = self._thread
        if thread is None:  # closed in the meantime
            return
        self._take()
        self._thread = None
        outcome = thread.finish()
        self.state_changed.emit(outcome)
        if self.request is not None and _stamp(self.request.folder) != self._before:
            self.model_written.emit(str(self.request.folder), outcome)


def _stamp(folder: Path) -> int:
    """Time at which the model of a folder was written [ns]; 0 if there is none."""
    path = folder / "prior.json"
    return path.stat().st_mtime_ns if path.is_file() else 0


def begun(folder: Path) -> bool:
    """Whether a folder holds a training to continue."""
    return (folder / "training-state" / "training.json").is_file()


def _train(request: TrainingRequest) -> Generator[TrainingProgress, None, None]:
    load(networks=True)
    device = pick_device("auto")
    if request.source is not None:
        command = f"fine-tuned in the window on {request.source.subject}"
        return train_own(
            request.source, request.dense, request.options, request.folder, device=device, command=command
        )
    objects, _ = training_objects(request.objects)
    said = " ".join(objects)
    command = f"trained in the window on {said}"
    return train_prior(objects, request.options, request.folder, device=device, command=command)
