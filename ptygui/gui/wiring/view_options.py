"""The options of all views, by name: each can be undone, and is stored in projects."""

from ptygui.gui.parts import Parts
from ptygui.gui.views.view import ViewOption, number


def view_options(w: Parts) -> dict[str, ViewOption]:
    """All options of a window, by the names that undo shows; pages that are not built yet have none."""
    found = {"number of seeds": number(w.runs_panel.count)}
    for view in (w.object, *w.views):
        found |= view.options()
    return found
