"""The wiring diagram of the program: which signal of which part goes where, one group per file.

Each file has a `connect(w)` for its part of a window, and functions that involve several parts.
"""

from ptygui.gui.parts import Parts
from ptygui.gui.wiring import (
    batching,
    checklist,
    comparing,
    copying,
    displays,
    doctor,
    files,
    flow,
    following,
    judging,
    menus,
    messages,
    orientation,
    preparing,
    priors,
    projects,
    reading,
    refined_probe,
    runs,
    scans,
    sweeping,
    undo,
    views,
)


def connect(w: Parts) -> None:
    """Connect all parts of a window."""
    for group in (
        scans, reading, orientation, preparing, runs, priors, views, refined_probe, checklist, flow, judging,
        comparing, displays, files, following, projects, menus, copying, batching, doctor,
        sweeping, undo, messages,
    ):  # fmt: skip
        group.connect(w)
