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
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ptygui.errors import InputError
from ptygui.options import Options, option

VALIDATION_SIGMAS = (0.05, 0.1, 0.3, 0.5, 1.0, 3.0)
_FINAL_RATE = 0.02  # of the peak learning rate, at the end of the cosine
_WARM_UP = 500  # steps


@dataclass(frozen=True)
class PriorTraining(Options):
    """How a diffusion prior is trained."""

    preset: str = option(
        "compact", choices=("tiny", "compact", "medium", "paper"), help="shape of the network"
    )
    parameterisation: str = option(
        "auto",
        choices=("auto", "edm", "epsilon"),
        help="what the network predicts; auto: epsilon for the paper's network, edm for the others",
    )
    minutes: float = option(100.0, min=0, unit="min", help="time to train, over all resumptions")
    steps: int = option(0, min=0, help="steps to train instead of a time; 0: by minutes")
    batch: int = option(8, min=1, max=4096, help="crops a step")
    learning_rate: float = option(4e-4, min=1e-7, max=0.1, help="peak of the learning rate")
    cosine: bool = option(True, help="lower the learning rate to the end; no: constant", advanced=True)
    crop: int = option(128, min=8, max=1024, unit="px", help="side of the square crops")
    patches: int = option(0, min=0, help="train on so many fixed crops; 0: new crops for ever", advanced=True)
    weights: str = option("", help="how often each DATA is drawn, relatively: 0.5,0.3,0.2; empty: by area")
    flatten: bool = option(True, help="remove the smooth phase background of the training images")
    phase_jitter: float = option(
        0.05, min=0, max=0.5, help="random phase offset of a crop, as share of the phase range"
    )
    holdout: bool = option(True, help="keep the lower right of large images for validation")
    noise_mean: float = option(-1.2, min=-10, max=10, help="mean of ln(sigma) in training", advanced=True)
    noise_spread: float = option(1.3, min=0.01, max=10, help="standard deviation of ln(sigma)", advanced=True)
    ema: float = option(0.999, min=0, max=0.999999, help="decay of the running average of weights")
    autocast: str = option(
        "auto", choices=("auto", "yes", "no"), help="bfloat16 in the network; auto: where it is fast"
    )
    compile: bool = option(False, help="compile the network; pays on a GPU", advanced=True)
    threads: int = option(0, min=0, max=256, help="CPU threads; 0: as torch chooses")
    save_every: float = option(5.0, min=0.01, unit="min", help="time between checkpoints", advanced=True)
    notice: str = option(
        "", kind="file", help="text file on the data that the model card must quote", advanced=True
    )
    seed: int = option(0, min=0, max=2**31 - 1, help="seed of weights, crops and noise")

    @property
    def predicts(self) -> str:
        """The parameterisation with "auto" resolved."""
        if self.parameterisation != "auto":
            return self.parameterisation
        return "epsilon" if self.preset == "paper" else "edm"

    @classmethod
    def of_paper(cls, **changes: Any) -> "PriorTraining":
        """The training of Cam et al. 2025, section 4: 130,000 steps of 8 from 100,000 fixed patches."""
        said = {"preset": "paper", "steps": 130_000, "batch": 8, "learning_rate": 1e-4, "cosine": False}
        return cls(**{**said, "patches": 100_000, "flatten": False, "phase_jitter": 0.0, **changes})


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
    """

    step: int
    total: int
    seconds: float
    seconds_left: float
    loss: float
    validation: Mapping[float, float]
    saved: bool = False


def train_prior(
    objects: Mapping[str, ArrayLike],
    options: PriorTraining,
    folder: str | os.PathLike,
    *,
    state: str | os.PathLike | None = None,
    start: str | os.PathLike | None = None,
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
    state : path, optional
        Where the state to resume from is kept; `folder`/training-state when not given.
    start : path, optional
        A model folder or name whose training to go on with: its weights and channels, and its steps and
        hours are kept in the card. It may be `folder` itself.
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
        If an image is too small, the state belongs to another network, `folder` holds a model that
        would be lost, or there is no budget.
    """
    import torch

    from ptygui.networks.checkpoint import WEIGHTS
    from ptygui.prior.prior import model_folder
    from ptygui.training.state import refuse_to_lose
    from ptygui.training.trainer import Trainer

    folder = Path(folder)
    state = Path(state) if state is not None else folder / "training-state"
    source = model_folder(start) if start is not None else None
    continued = source is not None and source == folder.resolve()
    if resume and not continued:
        refuse_to_lose(folder / WEIGHTS, state)
    threads = torch.get_num_threads()
    try:
        if options.threads:
            torch.set_num_threads(options.threads)
        trainer = Trainer(objects, options, device, command)
        if not (resume and trainer.resume(state)) and source is not None:
            trainer.continue_from(source)
        yield from _train(trainer, options, folder, state)
    finally:
        torch.set_num_threads(threads)


def _train(trainer, options: PriorTraining, folder: Path, state: Path):
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
            save = time.monotonic() - saved_at >= 60 * options.save_every
            if save:
                trainer.validate(loss)
                trainer.save(folder, state)
                saved_at = time.monotonic()
            yield _progress(trainer, options, loss, save)
        trainer.validate(loss)
    finally:
        trainer.seconds = before + time.monotonic() - begun
        if trainer.step:
            trainer.save(folder, state)
    yield _progress(trainer, options, loss if loss is not None else math.nan, True)


def fraction_used(step: int, seconds: float, options) -> float:
    """How much of the budget is used, 0 ... 1 and more."""
    if options.steps:
        return step / options.steps
    return seconds / (60 * options.minutes) if options.minutes > 0 else 1.0


def learning_rate(step: int, fraction: float, options, warm_up: int = _WARM_UP) -> float:
    """Linear warm-up, then half a cosine over the budget."""
    warm = min(1.0, (step + 1) / warm_up)
    if not options.cosine:
        return options.learning_rate * warm
    fall = _FINAL_RATE + (1 - _FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * min(fraction, 1.0)))
    return options.learning_rate * warm * fall


def _progress(trainer, options: PriorTraining, loss: float, saved: bool) -> TrainingProgress:
    fraction = max(fraction_used(trainer.step, trainer.seconds, options), 1e-9)
    total = options.steps or round(trainer.step / min(fraction, 1.0))
    left = trainer.seconds * max(1 / fraction - 1, 0.0)
    return TrainingProgress(
        trainer.step, total, trainer.seconds, left, loss, dict(trainer.latest_validation), saved
    )


def training_smears(count: int = 12) -> NDArray[np.complex64]:
    """The procedural smears that DATA named "smear" stands for, complex64 of shape (count, 512, 512).

    Their seeds begin at 1000: those a user would type first stay unseen.
    """
    from ptygui.physics.smear import smear

    return np.stack([smear((512, 512), seed=1000 + k) for k in range(count)])


def sampling_weights(text: str, count: int) -> list[float] | None:
    """Read "0.5,0.3,0.2"; None for an empty text."""
    if not text.strip():
        return None
    try:
        weights = [float(word) for word in text.split(",")]
    except ValueError:
        raise InputError(f"weights is {text!r}, expected numbers separated by commas") from None
    if len(weights) != count or not all(w >= 0 and math.isfinite(w) for w in weights) or sum(weights) <= 0:
        raise InputError(f"weights is {text!r}, expected {count} numbers, one for each DATA, none negative")
    return weights
