"""What can be compared: the truth, the newest step of each run, the shown step and the pinned ones."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np

from ptygui.experiment.run import Run, without_overlap
from ptygui.scan import Geometry
from ptygui.step import Step

MODES = {"wipe": "wipe", "blink": "blink", "side": "side by side", "difference": "difference"}


@dataclass(frozen=True, eq=False)
class Choice:
    """An image to compare, under a label.

    Attributes
    ----------
    key : hashable
        Identifies the choice, such as the newest step of a run, while its image keeps changing.
    """

    key: Hashable
    label: str
    scan: Geometry
    obj: np.ndarray


def _name(scan: Geometry) -> str:
    """The name of a scan; thinned ones share a reference, whatever their overlap."""
    return scan.name if scan.reference is None else without_overlap(scan.name)


def choices_of(runs: Iterable[Run], current: Run | None, shown: Step | None) -> list[Choice]:
    """Everything to compare: truths and references, the shown step, runs and their pinned steps."""
    runs = [run for run in runs if run.last is not None]
    known = {id(run.scan.compared_obj): run.scan for run in runs}
    found = [
        Choice(("truth", key), f"{s.compared_with.removeprefix('the ')} of {_name(s)}", s, s.compared_obj)
        for key, s in known.items()
        if s.compared_obj is not None
    ]
    if shown is not None and current is not None and shown is not current.last:
        label = f"shown: {current.name}, step {shown.index}"
        found.append(Choice("shown", label, current.scan, shown.obj))
    for run in runs:
        last = run.last
        if last is None:
            continue
        ended = f", step {last.index}" if run.outcome in ("stopped", "failed") else ""
        found.append(Choice(("run", run.number), run.name + ended, run.scan, last.obj))
        found += [
            Choice(("pin", run.number, frame.index), f"{run.name}, step {frame.index}", run.scan, frame.obj)
            for frame in run.history.frames
            if frame.index in run.history.pins and frame is not last
        ]
    return found
