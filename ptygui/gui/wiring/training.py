"""The part of the wiring that is about training a prior, in a window of its own."""

from functools import partial

from ptygui.gui.model.autosave import data_folder


def show(w) -> None:
    """Bring up the window that trains a prior; it is made when it is asked for first."""
    if w.train_window is None:
        from ptygui.gui.model.training import Training
        from ptygui.gui.training_window import TrainWindow

        w.train_window, w.training = TrainWindow(data_folder() / "priors" / "mine", w), Training(w)
        _connect(w)
    w.train_window.show()
    w.train_window.raise_()
    w.train_window.activateWindow()


def take_prior(w, folder: str) -> None:
    """A prior was trained: let the diffusion methods use it."""
    w.request.set_prior(folder, show=False)
    w.recents.add(folder, "prior")
    w.session.noted.emit(f"the prior {folder} is chosen in the method panel")


def _connect(w) -> None:
    training, window = w.training, w.train_window
    window.train_requested.connect(training.start)
    window.stop_requested.connect(training.stop)
    training.state_changed.connect(window.show_state)
    training.progressed.connect(window.show_progress)
    training.failed.connect(window.show_error)
    training.failed.connect(lambda error: w.log.add(str(error), "error"))
    training.model_written.connect(partial(take_prior, w))
