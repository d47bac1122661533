"""The loop of every training: step, report, save; to the end of the budget, or until it is stopped."""

import math
import os
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptygui.errors import InputError
from ptygui.training.budget import fraction_used, learning_rate
from ptygui.training.saving import save_at_last, try_to_save

if TYPE_CHECKING:
    from ptygui.training.base import BaseTrainer


@dataclass(frozen=True)
class TrainingProgress:
    """The progress of a training.

    Attributes
    ----------
    step, total : int
        Steps taken, or pairs made, or iterations; in all (estimated if the end is set by time).
    seconds, seconds_left : float
        Of the stage.
    loss : float
        Training loss, running mean; NaN before the first step. Of a prior it is weighted, about 1 at the
        start; of a U-Net it is the mean squared error in channel units.
    validation : mapping of float or str to float
        The latest. Of a prior: the mean squared error of the denoised held-out crops per noise level, in
        channel units. Of a U-Net: that of the corrected images (`loss`), and the NRMSE of AWF and of the
        network (`nrmse_awf`, `nrmse`).
    saved : bool
        Whether a checkpoint was written at this step.
    trouble : str
        Why a due checkpoint could not be written.
    stage : str
        "pairs" while those of a U-Net are made, "reconstruction" while that of a dense scan is; then "steps".
    """

    step: int
    total: int
    seconds: float
    seconds_left: float
    loss: float = math.nan
    validation: Mapping[Any, float] = field(default_factory=dict)
    saved: bool = False
    trouble: str = ""
    stage: str = "steps"


Records = Generator[TrainingProgress, None, None]


def run(
    make: Callable[[], "BaseTrainer[Any]"],
    folder: str | os.PathLike[str],
    *,
    holds_model: bool,
    state: str | os.PathLike[str] | None,
    source: Path | None,
    resume: bool,
    threads: int,
) -> Records:
    """Make a trainer, resume from an existing state or model, and train; one record per step.

    Parameters
    ----------
    make : function
        Makes the trainer, after checking that no existing model is lost.
    folder : path
        The model folder to write.
    holds_model : bool
        Whether there are weights in it.
    state : path, optional
        Where the state to resume from is kept; `folder`/training-state when not given.
    source : path, optional
        The model folder to start from, if there is no state to resume from.
    resume : bool
        Continue from a state found in `state`.
    threads : int
        CPU threads; 0: as torch chooses.
    """
    import torch

    from ptygui.training.state import refuse_to_lose

    folder = Path(folder)
    state = Path(state) if state is not None else folder / "training-state"
    if resume and source != folder.resolve():
        refuse_to_lose(folder, holds_model, state)
    before = torch.get_num_threads()
    try:
        if threads:
            torch.set_num_threads(threads)
        trainer = make()
        if not (resume and trainer.resume(state)) and source is not None:
            trainer.continue_from(source)
        if not trainer.step and fraction_used(0, 0.0, trainer.options) >= 1:
            raise InputError("minutes and steps are both 0, so nothing would be learned: give one")
        yield from _prepared(trainer, state)
        yield from _trained(trainer, folder, state)
    finally:
        torch.set_num_threads(before)


def _prepared(trainer: "BaseTrainer[Any]", state: Path) -> Records:
    """Make or read the training data, if they are kept in a folder."""
    begun, first = time.monotonic(), None
    for made, total in trainer.prepare(state):
        seconds = time.monotonic() - begun
        first = made if first is None else first  # earlier ones were only read
        left = seconds / max(made - first, 1) * (total - made)
        yield TrainingProgress(made, total, seconds, left, stage="pairs")


def _trained(trainer: "BaseTrainer[Any]", folder: Path, state: Path) -> Records:
    """Step, report, and save every few minutes and at the end of the training, however it ends.

    Nothing is saved before the first step: an existing model is worth more than random weights.
    """
    options = trainer.options
    begun, before = time.monotonic(), trainer.seconds
    saved_at, loss = begun, None
    try:
        while True:
            trainer.seconds = before + time.monotonic() - begun
            fraction = fraction_used(trainer.step, trainer.seconds, options)
            if fraction >= 1 and trainer.step:
                break
            latest = trainer.take_step(learning_rate(trainer.step, fraction, options, trainer.warm_up))
            loss = latest if loss is None else 0.99 * loss + 0.01 * latest
            trainer.seconds = before + time.monotonic() - begun
            save, trouble = time.monotonic() - saved_at >= 60 * options.save_every, ""
            if trainer.validates("save" if save else "step"):
                trainer.validate(loss)
            if save:
                trouble = try_to_save(trainer, folder, state)
                saved_at = time.monotonic()
            yield _progress(trainer, loss, save and not trouble, trouble)
        if trainer.validates("end"):
            trainer.validate(loss)
    finally:
        trainer.seconds = before + time.monotonic() - begun
        if trainer.step:
            save_at_last(trainer, folder, state)
    yield _progress(trainer, loss, True)


def _progress(
    trainer: "BaseTrainer[Any]", loss: float | None, saved: bool, trouble: str = ""
) -> TrainingProgress:
    fraction = max(fraction_used(trainer.step, trainer.seconds, trainer.options), 1e-9)
    return TrainingProgress(
        step=trainer.step,
        total=trainer.options.steps or round(trainer.step / min(fraction, 1.0)),
        seconds=trainer.seconds,
        seconds_left=trainer.seconds * max(1 / fraction - 1, 0.0),
        loss=math.nan if loss is None else loss,
        validation=trainer.latest_validation,
        saved=saved,
        trouble=trouble,
    )
