"""Training of the post-processing U-Net, as a generator of progress records.

    for progress in train_unet({"red": obj}, UNetTraining(overlap=0.2), "models/mine-20"):
        print(progress.stage, progress.step, progress.loss)

First, pairs of AWF image and truth are made and kept on disk; then the network learns to map the one to
the other. Stopped by closing the generator, killed or finished, it continues when called again.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from numpy.typing import ArrayLike

from ptygui.training import loop
from ptygui.training.options import UNetTraining


def train_unet(
    objects: Mapping[str, ArrayLike],
    options: UNetTraining,
    folder: str | os.PathLike[str],
    *,
    state: str | os.PathLike[str] | None = None,
    start: str | os.PathLike[str] | None = None,
    resume: bool = True,
    device: str = "cpu",
    command: str = "",
) -> loop.Records:
    """Train a U-Net for one overlap and keep its model folder up to date; one record a step.

    Parameters
    ----------
    objects : mapping of str to complex array, shape (H, W) or (n, H, W)
        The training data under the names the card will give them; a stack shares one weight.
    options : UNetTraining
    folder : path
        The model folder to write.
    state : path, optional
        Where pairs and the state to resume from are kept; `folder`/training-state when not given.
    start : path, optional
        A model folder or name whose weights to start from (its channels are kept as well). It may be
        `folder` itself.
    resume : bool
        Continue from a state found in `state`; no: start again, whatever `folder` holds. Pairs are kept.
    device : str
    command : str
        The command that made the model, for the card.

    Yields
    ------
    TrainingProgress

    Raises
    ------
    InputError
        If an image is too small, the state belongs to another training, `folder` holds a model that
        would be lost, or there is no budget.
    """
    from ptygui.networks.corrector import WEIGHTS, unet_folder
    from ptygui.training.unet_trainer import UNetTrainer

    yield from loop.run(
        lambda: UNetTrainer(objects, options, device, command),
        folder,
        holds_model=(Path(folder) / WEIGHTS).is_file(),
        state=state,
        source=unet_folder(start) if start is not None else None,
        resume=resume,
        threads=options.threads,
    )
