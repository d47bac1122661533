"""The options of the views, in one table: each can be undone, and is stored in projects."""

from collections.abc import Callable
from typing import Any, NamedTuple

from PyQt6.QtCore import pyqtBoundSignal

from ptygui.gui.parts import Parts


class ViewOption(NamedTuple):
    """A value of a view: how to get it, how to set it, and the signal of a change."""

    get: Callable[[], Any]
    put: Callable[[Any], None]
    changed: pyqtBoundSignal


def view_options(w: Parts) -> dict[str, ViewOption]:
    """All options of a window, by the names that undo shows; values can be written as JSON.

    The shown run and step are not options, nor are values that each shown run sets automatically.
    """
    view, compare, curves, sweep, timeline = w.object, w.compare, w.curves, w.sweep_view, w.timeline
    boxes = {
        "auto levels": view.auto, "whole circle": view.circle, "align phase": view.align,
        "ramp": compare.ramp, "shift": compare.shift, "profile": compare.profile_box, "FRC": compare.frc_box,
        "loop": timeline.buttons["loop"],
    }  # fmt: skip
    boxes |= {f"plot of {box.text()}": box for box in curves.boxes.values()}
    numbers = {"wipe": compare.wipe, "time shown": compare.period, "number of seeds": w.runs_panel.count}
    lists = {"axis": curves.axis, "axis of the sweep": sweep.axis, "playing speed": timeline.speed}
    found = {name: ViewOption(box.isChecked, box.setChecked, box.toggled) for name, box in boxes.items()}
    found |= {name: ViewOption(box.value, box.setValue, box.valueChanged) for name, box in numbers.items()}
    found |= {
        name: ViewOption(box.currentIndex, box.setCurrentIndex, box.currentIndexChanged)
        for name, box in lists.items()
    }
    return found | {
        "pictures": ViewOption(
            lambda: view.parts, lambda part: w.menus.actions[part].setChecked(True), view.parts_changed
        ),
        "picture beside": ViewOption(lambda: view.beside, view.set_beside, view.beside_changed),
        "way to compare": ViewOption(lambda: compare.grid.mode, compare.set_mode, compare.mode_changed),
        "score and threshold": ViewOption(sweep.asked, sweep.ask, sweep.asked_changed),
    }
