"""What a network is trained on: objects by the names that its card gives them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ptygui.files.objects import read_object
from ptygui.training.prior import training_smears


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
