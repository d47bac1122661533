"""Training of a diffusion prior on complex objects, as a generator of progress records.

    for progress in train_prior({"red": obj}, PriorTraining(minutes=60), "models/mine"):
        print(progress.step, progress.loss)

Stopped by closing the generator, killed or finished, it continues from its saved state when called again.
"""

import os
from collections.abc import Mapping

from numpy.typing import ArrayLike

from ptygui.errors import InputError
from ptygui.training import loop
from ptygui.training.loop import TrainingProgress
from ptygui.training.options import PriorTraining

__all__ = ["TrainingProgress", "train_prior"]


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
) -> loop.Records:
    """Train a prior and keep its model folder up to date; one record a step.

    Parameters
    ----------
    objects : mapping of str to complex array, shape (H, W) or (n, H, W)
        The training data under the names the card will give them; a stack shares one weight.
    options : PriorTraining
    folder : path
        The model folder to write.
    validation : mapping of str to complex array, shape (H, W) or (n, H, W), optional
        Objects that are not trained on. The losses and the error spectrum, which sets how strongly a solver
        pulls, are measured on crops of these, equally many of each; by default on the held-out blocks, or on
        the training crops, with a note in the card, if nothing is held out either.
    state : path, optional
        Where the state to resume from is kept; `folder`/training-state when not given.
    start : path, optional
        A model folder or name whose training to continue: its weights and channels, and its steps and
        hours are kept in the card. It may be `folder` itself. A larger network of the same plan starts as
        the same function (`networks.grow`).
    resume : bool
        Continue from a state found in `state`; no: start again, whatever `folder` holds.
    device : str
    command : str
        The command that made the model, for the card.

    Yields
    ------
    TrainingProgress

    Raises
    ------
    InputError
        If an image is too small, an object of `validation` is one of `objects`, the state belongs to another
        network, `folder` holds a model that would be lost, or there is no budget.
    """
    from ptygui.networks.weights import weights_files
    from ptygui.prior.folders import model_folder
    from ptygui.training.trainer import Trainer

    both = sorted(set(objects) & set(validation or {}))
    if both:
        raise InputError(f"{both[0]} is trained on and validated on: give other objects to validate on")
    yield from loop.run(
        lambda: Trainer(objects, options, device, command, validation),
        folder,
        holds_model=bool(weights_files(folder)),
        state=state,
        source=model_folder(start) if start is not None else None,
        resume=resume,
        threads=options.threads,
    )
