"""What a network is trained on: objects by the names that its card gives them, and how often each."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ptygui.errors import InputError
from ptygui.files.objects import read_object


def training_objects(specs: Sequence[str]) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Objects as `files.objects.read_object` takes them, or "smear" for the procedural ones; and notes."""
    objects, notes = {}, []
    for spec in specs:
        if spec == "smear":
            objects[spec] = training_smears()
            continue
        source = read_object(spec)
        notes += source.notes
        name = spec if spec.startswith("smear") else Path(spec).name
        objects[name if name not in objects else f"{name} ({len(objects) + 1})"] = source.obj
    return objects, tuple(notes)


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
