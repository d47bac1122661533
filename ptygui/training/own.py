"""Training of a prior on the user's own dense scan: reconstruct it, cut out what is lit, train on that.

    for progress in train_own(read_source("dense.h5"), DenseScan(part="left"), PriorTraining(), "mine"):
        print(progress.stage, progress.step)

Stopped or killed, it goes on from its saved state, as any training; the reconstruction is kept in the folder.
"""

import os
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.training import loop
from ptygui.training.dense_scan import DenseScan, lit_object, reconstructed
from ptygui.training.lit_area import split_off
from ptygui.training.loop import TrainingProgress
from ptygui.training.options import LONGEST_DOMAIN, PriorTraining

RESULT = "dense.h5"  # in the model folder: the reconstruction that was learned from, and its probe
START = "generic"  # the model to fine-tune
MINUTES = 10.0
_CROPS = 16  # px: sides of crops are multiples of it
_SMALLEST = 32  # px, of a crop
_SMALLEST_HELD_OUT = 48  # px: below, an error says little


def train_own(
    source: Run,
    dense: DenseScan,
    options: PriorTraining,
    folder: str | os.PathLike[str],
    *,
    start: str | os.PathLike[str] | None = START,
    resume: bool = True,
    device: str = "cpu",
    command: str = "",
) -> loop.Records:
    """Train a prior on a dense scan or a result and keep its model folder up to date.

    Parameters
    ----------
    source : Run
        A run with steps, whose last object is learned from; or one without, whose scan is reconstructed first
        and kept as dense.h5 in `folder`, with the refined probe.
    dense : DenseScan
        What is learned from, and how it is reconstructed.
    options : PriorTraining
        The crop is made smaller where the lit area is; `preset` is that of the model to start from.
    folder : path
        The model folder to write.
    start : path, optional
        The model folder or name whose weights to begin with; None: from random weights.
    resume : bool
        Go on from what `folder` holds; no: start again.
    device : str
    command : str
        The command that made the model, for the card.

    Yields
    ------
    TrainingProgress
        Of stage "reconstruction", then "steps".

    Raises
    ------
    InputError
        If no position is in the part, the lit area is too small, or as `train_prior` does.
    """
    from ptygui.networks.weights import weights_files
    from ptygui.prior.folders import model_folder
    from ptygui.training.state import refuse_to_lose
    from ptygui.training.trainer import Trainer

    folder = Path(folder)
    begin = None if start is None else model_folder(start)
    if resume:
        refuse_to_lose(folder, bool(weights_files(folder)), folder / "training-state")
    run = yield from _followed(source, dense, folder / RESULT, device, not resume)
    learned, held_out = _images(run, dense)
    options = _fitted(replace(options, domain=options.domain or _domain(run)), learned, begin)
    notice = _notice(run, begin, options)

    def make() -> Trainer:
        trainer = Trainer(learned, options, device, command, held_out)
        trainer.notice = notice
        return trainer

    yield from loop.run(
        make,
        folder,
        holds_model=bool(weights_files(folder)),
        state=None,
        source=begin,
        resume=resume,
        threads=options.threads,
    )


def _followed(
    source: Run, dense: DenseScan, kept: Path, device: str, again: bool
) -> Generator[TrainingProgress, None, Run]:
    """The run to learn from, with the progress of its reconstruction."""
    steps = reconstructed(source, dense, kept, device, again)
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            run: Run = end.value
            return run
        left = step.seconds / max(step.index, 1) * (step.total - step.index)
        yield TrainingProgress(step.index, step.total, step.seconds, left, stage="reconstruction")


def _images(run: Run, dense: DenseScan) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What is learned and what is held out, by the names that the card gives them."""
    obj, place = lit_object(run, dense)
    learned, held_out = split_off(obj, dense.held_out)
    where = ", ".join(
        f"{axis} {side.start} to {side.stop}" for axis, side in zip(("rows", "columns"), place, strict=True)
    )
    if min(learned.shape) < _SMALLEST:
        rows, columns = learned.shape
        raise InputError(
            f"{run.subject}: the largest rectangle that is lit and not held out is {rows} x {columns} px, "
            f"too small for crops of {_SMALLEST} px: lower --lit or --held-out, or give a larger part"
        )
    name = f"{run.subject}, {len(dense.of(run.scan))} positions, {where}"
    if min(held_out.shape) < _SMALLEST_HELD_OUT:
        return {name: learned}, {}
    return {name: learned}, {f"{name}: the last {dense.held_out:.0%} of the longer side": held_out}


def _domain(run: Run) -> str:
    """What the prior is of: the specimen that the scan states, else the scan's name."""
    return (run.scan.specimen or run.subject)[:LONGEST_DOMAIN]


def _fitted(options: PriorTraining, learned: Mapping[str, np.ndarray], begin: Path | None) -> PriorTraining:
    """The options with a crop that fits the images and the preset of the model to begin with."""
    from ptygui.networks.checkpoint import load_info

    side = min(min(image.shape) for image in learned.values())
    crop = options.crop if options.crop <= side else side // _CROPS * _CROPS
    preset = options.preset if begin is None else load_info(begin).preset or options.preset
    return replace(options, crop=crop, preset=preset, holdout=False)  # what is held out was split off already


def _notice(run: Run, begin: Path | None, options: PriorTraining) -> str:
    """What the card must say of the data: the user's own, and those of the model that was fine-tuned."""
    from ptygui.networks.checkpoint import load_info
    from ptygui.training.card_parts import read_notice

    made = f"by {run.method.label}, {run.last.index if run.last else 0} iterations"
    own = f"Made from {run.subject}, reconstructed {made}; not for redistribution unless you may."
    inherited = ""
    if begin is not None and (before := str(load_info(begin).training.get("notice") or "").strip()):
        inherited = f"The weights began as those of {begin.name}, of which:\n\n{before}"
    return "\n\n".join(text for text in (own, read_notice(options.notice).strip(), inherited) if text)
