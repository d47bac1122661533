"""Training of the networks that learn from simulated scans, as a generator of progress records.

    for progress in train_network({"red": obj}, UNetTraining(overlap=0.2), "models/mine-20"):
        print(progress.stage, progress.step, progress.loss)

The options say which network. Stopped by closing the generator, killed or finished, it continues when called
again.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from ptygui.training import loop
from ptygui.training.options import PtychoNNTraining, ScanTraining, UNetTraining, UnrolledTraining

if TYPE_CHECKING:
    from ptygui.networks.trained import Trained
    from ptygui.training.scan_trainer import ScanTrainer


def train_network(
    objects: Mapping[str, ArrayLike],
    options: ScanTraining,
    folder: str | os.PathLike[str],
    *,
    state: str | os.PathLike[str] | None = None,
    start: str | os.PathLike[str] | None = None,
    resume: bool = True,
    device: str = "cpu",
    command: str = "",
) -> loop.Records:
    """Train a network and keep its model folder up to date; one record a step.

    Parameters
    ----------
    objects : mapping of str to complex array, shape (H, W) or (n, H, W)
        The training data under the names the card will give them; a stack shares one weight.
    options : UNetTraining, PtychoNNTraining or UnrolledTraining
    folder : path
        The model folder to write.
    state : path, optional
        Where the state to resume from is kept, and the pairs of a U-Net; `folder`/training-state when not
        given.
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
    kind, trainer = _kind(options)
    yield from loop.run(
        lambda: trainer(objects, options, device, command),
        folder,
        holds_model=(Path(folder) / kind.weights).is_file(),
        state=state,
        source=kind.folder(start) if start is not None else None,
        resume=resume,
        threads=options.threads,
    )


def _kind(options: ScanTraining) -> "tuple[Trained[Any], type[ScanTrainer[Any]]]":
    """The kind of network that is trained with these options, and its trainer."""
    if isinstance(options, UNetTraining):
        from ptygui.networks.corrector import UNETS
        from ptygui.training.unet_trainer import UNetTrainer

        return UNETS, UNetTrainer
    if isinstance(options, UnrolledTraining):
        from ptygui.networks.unrolled import UNROLLEDS
        from ptygui.training.unrolled_trainer import UnrolledTrainer

        return UNROLLEDS, UnrolledTrainer
    if isinstance(options, PtychoNNTraining):
        from ptygui.networks.ptychonn import PTYCHONN
        from ptygui.training.ptychonn_trainer import PtychoNNTrainer

        return PTYCHONN, PtychoNNTrainer
    raise TypeError(f"{type(options).__name__} are options of no network")
