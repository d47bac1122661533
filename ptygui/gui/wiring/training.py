"""Wiring of the window that trains a prior."""

from functools import partial
from typing import TYPE_CHECKING

from ptygui import methods
from ptygui.experiment.run import Run
from ptygui.gui.model import new_priors
from ptygui.gui.model.autosave import data_folder
from ptygui.gui.parts import Parts
from ptygui.methods import Method
from ptygui.scan import Scan
from ptygui.training.dense_scan import DenseScan

if TYPE_CHECKING:
    from ptygui.gui.model.training import Training
    from ptygui.gui.training_window import TrainWindow

_MOST_RUNS = 12  # that are offered to learn from, the newest
_ENDED = {"done": "has finished", "stopped": "was stopped", "failed": "has failed; its last save is kept"}


def show(w: Parts) -> None:
    """Show the window that trains a prior; it is created on first use."""
    if w.train_window is None:
        from ptygui.gui.model.training import Training
        from ptygui.gui.training_window import TrainWindow

        w.training = Training(w)
        w.train_window = TrainWindow(data_folder() / "priors" / "mine", partial(_subjects, w), w)
        _connect(w, w.train_window, w.training)
    w.train_window.show()
    w.train_window.raise_()
    w.train_window.activateWindow()


def _subjects(w: Parts) -> list[Run]:
    """What a prior can learn from: the active scan, and ended runs whose objects come from the data alone."""
    ended = [run for run in w.session.runs if run.outcome in ("done", "stopped") and run.last is not None]
    ended = [run for run in ended if not run.method.learned][::-1]
    scan, path = w.request.source.scan, w.request.source.path
    if isinstance(scan, Scan):
        return [Run(0, scan, DenseScan().reconstruction, scan_path=path), *ended[:_MOST_RUNS]]
    return ended[:_MOST_RUNS]


def offer_prior(w: Parts, folder: str, outcome: str) -> None:
    """Ask whether the diffusion methods should use a trained prior; until then nothing changes."""
    w.recents.add(folder, "prior")  # so that it can be chosen later
    request, name = w.request, new_priors.called(folder)
    users = [cls for cls in methods.METHODS if "prior" in cls.needs]
    others = [
        cls for cls in users if not new_priors.same(getattr(request.kept(cls), cls.needs["prior"]), folder)
    ]
    ended, at = f"Training of {name} {_ENDED[outcome]}", f"Held-out error at σ = {new_priors.SIGMA}"
    scores = [f"{name} {new_priors.score(folder)}"]
    if not others:
        w.session.noted.emit(f"{ended}; all methods use it already. {at}: {scores[0]}")
        return
    for cls in others:
        old = getattr(request.kept(cls), cls.needs["prior"])
        scores.append(f"{new_priors.called(old)} ({cls.key()}) {new_priors.score(old)}")
    text = f"{ended}. {at}: {', '.join(scores)}. Each is for held-out crops of the prior's own images."
    choices = [(f"Use for {cls.key()}", partial(use_prior, w, folder, [cls])) for cls in others]
    if len(others) > 1:
        every = "both" if len(others) == 2 else "all"
        choices.append((f"Use for {every}", partial(use_prior, w, folder, others)))
    w.banner.ask(text, [*choices, ("Keep", partial(_keep, w, folder))])


def use_prior(w: Parts, folder: str, users: list[type[Method]], *_: object) -> None:
    """Let methods use a prior from now on."""
    w.request.use_weights("prior", folder, users)
    w.session.noted.emit(f"{', '.join(cls.key() for cls in users)}: the prior is {folder}")


def _keep(w: Parts, folder: str, *_: object) -> None:
    w.session.noted.emit(f"the priors are unchanged; {folder} is in the list of the option “prior”")


def _connect(w: Parts, window: "TrainWindow", training: "Training") -> None:
    window.train_requested.connect(training.start)
    window.stop_requested.connect(training.stop)
    training.state_changed.connect(window.show_state)
    training.progressed.connect(window.show_progress)
    training.failed.connect(window.show_error)
    training.failed.connect(lambda error: w.log.add(str(error), "error"))
    training.model_written.connect(partial(offer_prior, w))
