"""Saving a training: hours of it must not be lost because its folder went bad, or the disk is full."""

from pathlib import Path

from ptygui.atomic import other_places
from ptygui.errors import WriteError


def try_to_save(trainer, folder: Path, state: Path) -> str:
    """Save on the way; why it could not be, as a sentence, where it failed: it is tried again later."""
    try:
        trainer.save(folder, state)
    except WriteError as error:
        return f"{error}; the training goes on, and it is tried again"
    return ""


def save_at_last(trainer, folder: Path, state: Path) -> None:
    """Save at the end, in another folder where this one went bad.

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
        raise WriteError(f"{failed}; the training is in {place} instead, and goes on from there") from None
    raise failed
