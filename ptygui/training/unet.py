"""Training of the post-processing U-Net, as a generator of progress records.

    for progress in train_unet({"red": obj}, UNetTraining(overlap=0.2), "models/mine-20"):
        print(progress.stage, progress.step, progress.loss)

First pairs of AWF image and truth are made and kept on disk, then the network learns to get from the one to
the other. Stopped by closing the generator, killed or finished, it goes on where it was when called again.
"""

import math
import os
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from ptygui.errors import InputError
from ptygui.training.budget import fraction_used, learning_rate
from ptygui.training.options import UNetTraining
from ptygui.training.saving import save_at_last, try_to_save

if TYPE_CHECKING:
    from ptygui.training.unet_trainer import UNetTrainer

_WARM_UP = 100  # steps


@dataclass(frozen=True)
class UNetProgress:
    """How far a training is.

    Attributes
    ----------
    stage : str
        "pairs" while they are made, then "steps".
    step, total : int
        Pairs made, or steps taken; in all (estimated where the end is set by time).
    seconds, seconds_left : float
        Of the stage.
    loss : float
        Mean squared error of the training, running mean, in channel units; NaN before the first step.
    validation : dict of str to float
        The latest validation: the error in channel units (`loss`), and the NRMSE of AWF and of the network.
    saved : bool
        Whether a checkpoint was written at this step.
    trouble : str
        Why it could not be, where it was to be.
    """

    stage: str
    step: int
    total: int
    seconds: float
    seconds_left: float
    loss: float = math.nan
    validation: Mapping[str, float] = field(default_factory=dict)
    saved: bool = False
    trouble: str = ""


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
) -> Generator[UNetProgress, None, None]:
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
        A model folder or name whose weights to begin from (its channels are kept as well). It may be
        `folder` itself.
    resume : bool
        Go on from a state found in `state`; no: begin afresh, whatever `folder` holds. Pairs are kept.
    device : str
    command : str
        What the card gives as the command that made the model.

    Yields
    ------
    UNetProgress

    Raises
    ------
    InputError
        If an image is too small, the state belongs to another training, `folder` holds a model that
        would be lost, or there is no budget.
    """
    import torch

    from ptygui.networks.corrector import WEIGHTS, unet_folder
    from ptygui.training.state import refuse_to_lose
    from ptygui.training.unet_trainer import UNetTrainer

    folder = Path(folder)
    state = Path(state) if state is not None else folder / "training-state"
    source = unet_folder(start) if start is not None else None
    continued = source is not None and source == folder.resolve()
    if resume and not continued:
        refuse_to_lose(folder, (folder / WEIGHTS).is_file(), state)
    if fraction_used(0, 0.0, options) >= 1:
        raise InputError("minutes is 0 and so is steps: give one of them, as nothing would be learned")
    threads = torch.get_num_threads()
    try:
        if options.threads:
            torch.set_num_threads(options.threads)
        trainer = UNetTrainer(objects, options, device, command)
        if not (resume and trainer.resume(state)) and source is not None:
            trainer.start_from(source)
        yield from _made(trainer, state)
        yield from _trained(trainer, options, folder, state)
    finally:
        torch.set_num_threads(threads)


def _made(trainer: "UNetTrainer", state: Path) -> Generator[UNetProgress, None, None]:
    """Make the pairs that are not there yet, or read them."""
    begun, first = time.monotonic(), None
    for made, total in trainer.make_pairs(state):
        seconds = time.monotonic() - begun
        first = made if first is None else first  # those before were only read
        left = seconds / max(made - first, 1) * (total - made)
        yield UNetProgress("pairs", made, total, seconds, left)


def _trained(
    trainer: "UNetTrainer", options: UNetTraining, folder: Path, state: Path
) -> Generator[UNetProgress, None, None]:
    """Step, report, and save every few minutes and whenever the training ends, however it ends.

    Nothing is saved before the first step: what was in the folder is worth more than random weights.
    """
    begun, before = time.monotonic(), trainer.seconds
    saved_at = begun
    loss = math.nan
    try:
        while True:
            trainer.seconds = before + time.monotonic() - begun
            fraction = fraction_used(trainer.step, trainer.seconds, options)
            if fraction >= 1 and trainer.step:
                break
            latest = trainer.take_step(learning_rate(trainer.step, fraction, options, _WARM_UP))
            loss = latest if math.isnan(loss) else 0.99 * loss + 0.01 * latest
            if trainer.step % options.validate_every == 0:
                trainer.validate(loss)
            trainer.seconds = before + time.monotonic() - begun
            save, trouble = time.monotonic() - saved_at >= 60 * options.save_every, ""
            if save:
                trouble = try_to_save(trainer, folder, state)
                saved_at = time.monotonic()
            yield _progress(trainer, options, loss, save and not trouble, trouble)
        if not trainer.history or trainer.history[-1]["step"] != trainer.step:
            trainer.validate(loss)
    finally:
        trainer.seconds = before + time.monotonic() - begun
        if trainer.step:
            save_at_last(trainer, folder, state)
    yield _progress(trainer, options, loss, True)


def _progress(
    trainer: "UNetTrainer", options: UNetTraining, loss: float, saved: bool, trouble: str = ""
) -> UNetProgress:
    fraction = max(fraction_used(trainer.step, trainer.seconds, options), 1e-9)
    total = options.steps or round(trainer.step / min(fraction, 1.0))
    left = trainer.seconds * max(1 / fraction - 1, 0.0)
    latest = trainer.history[-1] if trainer.history else {}
    validation: dict[str, float] = {
        name: latest[name] for name in ("loss", "nrmse_awf", "nrmse") if name in latest
    }
    return UNetProgress("steps", trainer.step, total, trainer.seconds, left, loss, validation, saved, trouble)
