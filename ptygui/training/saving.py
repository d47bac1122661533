"""Saves a training, so that it is not lost if its folder fails or the disk is full."""

from pathlib import Path
from typing import Protocol

from ptygui.atomic import other_places
from ptygui.errors import WriteError


class Saves(Protocol):
    """A trainer that can save its network, and the state to continue from."""

    def save(self, folder: Path, state: Path) -> None:
        """Write the model folder, and the training state into a folder of its own."""


def try_to_save(trainer: Saves, folder: Path, state: Path) -> str:
    """Save during the training; returns why that failed, as a sentence: it is tried again later."""
    try:
        trainer.save(folder, state)
    except WriteError as error:
        return f"{error}; the training continues, and saving will be tried again"
    return ""


def save_at_last(trainer: Saves, folder: Path, state: Path) -> None:
    """Save at the end, in another folder if this one fails.

    Raises
    ------
    WriteError
        If it had to be another folder, which it names, or there is none.
    """
    try:
        trainer.save(folder, state)
        return
    except WriteError as error:
        failed = error
    for place in other_places(folder, beside=not failed.full):
        try:
            trainer.save(place, place / "training-state")
        except WriteError:
            continue
        raise WriteError(f"{failed}; the training is in {place} instead, to continue there") from None
    raise failed
