"""The wiring diagram of the program: which signal of which part goes where, a group a file.

Each file has a `connect(w)` for its part of a window; what takes several parts to answer stands beside it.
"""

from ptygui.gui.wiring import (
    checklist,
    comparing,
    files,
    menus,
    messages,
    projects,
    runs,
    scans,
    sweeping,
    undo,
    views,
)


def connect(w) -> None:
    """Connect all parts of a window."""
    for group in (scans, runs, views, checklist, comparing, files, projects, menus, sweeping, undo, messages):
        group.connect(w)
