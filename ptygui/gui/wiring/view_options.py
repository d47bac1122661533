"""The options of all views, by name: each can be undone, and is stored in projects."""

from ptygui.gui.parts import Parts
from ptygui.gui.views.view import View, ViewOption, number


def view_options(w: Parts) -> dict[str, ViewOption]:
    """All options of a window, by the names that undo shows."""
    found = {"number of seeds": number(w.runs_panel.count)}
    views: list[View] = [w.object, w.compare, w.sweep_view, *w.views]
    for view in views:
        found |= view.options()
    return found
