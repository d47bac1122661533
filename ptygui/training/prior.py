"""Training of a diffusion prior on complex objects, as a generator of progress records.

    for progress in train_prior({"red": obj}, PriorTraining(minutes=60), "models/mine"):
        print(progress.step, progress.loss)

Stopped by closing the generator, killed or finished, it goes on from its saved state when called again.
"""

import math
import os
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from ptygui.errors import InputError
from ptygui.training.budget import fraction_used, learning_rate
from ptygui.training.options import PriorTraining
from ptygui.training.saving import save_at_last, try_to_save

if TYPE_CHECKING:
    from ptygui.training.trainer import Trainer


@dataclass(frozen=True)
class TrainingProgress:
    """How far a training is.

    Attributes
    ----------
    step, total : int
        Steps taken; steps in all (estimated where the end is set by time).
    seconds, seconds_left : float
    loss : float
        Weighted training loss, running mean; about 1 at the start.
    validation : dict of float to float
        The latest mean squared error of the denoised held-out crops per noise level, in channel units.
    saved : bool
        Whether a checkpoint was written at this step.
    trouble : str
        Why it could not be, where it was to be.
    """

    step: int
    total: int
    seconds: float
    seconds_left: float
    loss: float
    validation: Mapping[float, float]
    saved: bool = False
    trouble: str = ""


def train_prior(
    objects: Mapping[str, ArrayLike],
    options: PriorTraining,
    folder: str | os.PathLike[str],
    *,
    validation: Mapping[str, ArrayLike] | None = None,
    state: str | os.PathLike[str] | None = None,
    start: str | os.PathLike[str] | None = None,
    resume: bool = True,
    device: str = "cpu",
    command: str = "",
) -> Generator[TrainingProgress, None, None]:
    """Train a prior and keep its model folder up to date; one record a step.

    Parameters
    ----------
    objects : mapping of str to complex array, shape (H, W) or (n, H, W)
        The training data under the names the card will give them; a stack shares one weight.
    options : PriorTraining
    folder : path
        The model folder to write.
    validation : mapping of str to complex array, shape (H, W) or (n, H, W), optional
        Objects that are not trained on. The losses and the error spectrum, which sets how hard a solver
        pulls, are measured on crops of these, as many of each; on the held-out blocks when not given, and on
        the training crops themselves, with a word in the card, where nothing is held out either.
    state : path, optional
        Where the state to resume from is kept; `folder`/training-state when not given.
    start : path, optional
        A model folder or name whose training to go on with: its weights and channels, and its steps and
        hours are kept in the card. It may be `folder` itself. A larger network of the same plan begins as
        the same function (`networks.grow`).
    resume : bool
        Go on from a state found in `state`; no: begin afresh, whatever `folder` holds.
    device : str
    command : str
        What the card gives as the command that made the model.

    Yields
    ------
    TrainingProgress

    Raises
    ------
    InputError
        If an image is too small, an object of `validation` is one of `objects`, the state belongs to another
        network, `folder` holds a model that would be lost, or there is no budget.
    """
    import torch

    from ptygui.networks.weights import weights_files
    from ptygui.prior.prior import model_folder
    from ptygui.training.state import refuse_to_lose
    from ptygui.training.trainer import Trainer

    both = sorted(set(objects) & set(validation or {}))
    if both:
        raise InputError(f"{both[0]} is trained on and validated on: give other objects to validate on")
    folder = Path(folder)
    state = Path(state) if state is not None else folder / "training-state"
    source = model_folder(start) if start is not None else None
    continued = source is not None and source == folder.resolve()
    if resume and not continued:
        refuse_to_lose(folder, bool(weights_files(folder)), state)
    threads = torch.get_num_threads()
    try:
        if options.threads:
            torch.set_num_threads(options.threads)
        trainer = Trainer(objects, options, device, command, validation)
        if not (resume and trainer.resume(state)) and source is not None:
            trainer.continue_from(source)
        yield from _train(trainer, options, folder, state)
    finally:
        torch.set_num_threads(threads)


def _train(
    trainer: "Trainer", options: PriorTraining, folder: Path, state: Path
) -> Generator[TrainingProgress, None, None]:
    """Step, report, and save every few minutes and whenever the training ends, however it ends.

    Nothing is saved before the first step: what was in the folder is worth more than random weights.
    """
    if not trainer.step and fraction_used(0, 0.0, options) >= 1:
        raise InputError("minutes is 0 and so is steps: give one of them, as nothing would be learned")
    begun, before = time.monotonic(), trainer.seconds
    saved_at = begun
    loss = None
    try:
        while True:
            trainer.seconds = before + time.monotonic() - begun
            fraction = fraction_used(trainer.step, trainer.seconds, options)
            if fraction >= 1 and trainer.step:
                break
            latest = trainer.take_step(learning_rate(trainer.step, fraction, options))
            loss = latest if loss is None else 0.99 * loss + 0.01 * latest
            trainer.seconds = before + time.monotonic() - begun
            save, trouble = time.monotonic() - saved_at >= 60 * options.save_every, ""
            if save:
                trainer.validate(loss)
                trouble = try_to_save(trainer, folder, state)
                saved_at = time.monotonic()
            yield _progress(trainer, options, loss, save and not trouble, trouble)
        trainer.validate(loss)
    finally:
        trainer.seconds = before + time.monotonic() - begun
        if trainer.step:
            save_at_last(trainer, folder, state)
    yield _progress(trainer, options, loss if loss is not None else math.nan, True)


def _progress(
    trainer: "Trainer", options: PriorTraining, loss: float, saved: bool, trouble: str = ""
) -> TrainingProgress:
    fraction = max(fraction_used(trainer.step, trainer.seconds, options), 1e-9)
    total = options.steps or round(trainer.step / min(fraction, 1.0))
    left = trainer.seconds * max(1 / fraction - 1, 0.0)
    return TrainingProgress(
        trainer.step, total, trainer.seconds, left, loss, dict(trainer.latest_validation), saved, trouble
    )
