"""Training data: objects by the names that the card gives them, and how often each is drawn.

A set of objects is one array (N, H, W), complex, with an array `kinds` of N words, the kind of each.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ptygui.errors import InputError
from ptygui.files.arrays import open_arrays
from ptygui.files.objects import read_object

_KINDS = "kinds"
_LONGEST_KIND = 60  # characters


def training_objects(specs: Sequence[str]) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Objects as for `files.objects.read_object`, or "smear" for the procedural ones; and notes."""
    objects: dict[str, np.ndarray] = {}
    notes: list[str] = []
    for spec in specs:
        if spec == "smear":
            objects[spec] = training_smears()
            continue
        name = spec if spec.startswith("smear") else Path(spec).name
        name = name if name not in objects else f"{name} ({len(objects) + 1})"
        found = _object_set(spec)
        if found is not None:
            objects[name] = found[0]
            continue
        source = read_object(spec)
        notes += source.notes
        objects[name] = source.obj
    return objects, tuple(notes)


def validation_objects(specs: Sequence[str]) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Objects to validate on, as for `training_objects`, sets split by kind; and notes.

    Each entry has the same weight in the losses, so a kind with few objects counts as much as any.
    """
    objects: dict[str, np.ndarray] = {}
    notes: list[str] = []
    for spec in specs:
        found = None if spec == "smear" else _object_set(spec)
        if found is None:
            read, more = training_objects([spec])
            notes += more
        else:
            stack, kinds = found
            read = {f"{Path(spec).name} ({kind})": stack[kinds == kind] for kind in dict.fromkeys(kinds)}
        for name, obj in read.items():
            objects[name if name not in objects else f"{name} ({len(objects) + 1})"] = obj
    return objects, tuple(notes)


def _object_set(spec: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Objects (N, H, W) and their kinds (N,), if a specification names a set of them in an NPZ file.

    Raises
    ------
    InputError
        If `kinds` does not have a word for each object.
    """
    path, _, key = spec.partition("::")
    if not (key and path.lower().endswith(".npz") and Path(path).is_file()):
        return None
    with open_arrays(path) as arrays:
        entry, kinds = arrays.entries.get(key), arrays.entries.get(_KINDS)
        if entry is None or kinds is None or len(entry.shape) != 3 or not entry.complex:
            return None
        if kinds.shape != entry.shape[:1] or kinds.dtype.kind != "U":
            raise InputError(
                f"{path}: {kinds} does not give the kinds of {entry}: expected {entry.shape[0]} words"
            )
        words = np.array([str(word)[:_LONGEST_KIND] for word in kinds.load()])
        return np.asarray(entry.load(), np.complex64), words


def training_smears(count: int = 12) -> NDArray[np.complex64]:
    """The procedural smears that DATA named "smear" stands for, complex64 of shape (count, 512, 512).

    Their seeds start at 1000, so that those that users try first remain unseen.
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
