"""The title of the window."""

from pathlib import Path

from ptygui.gui.parts import Parts


def show_title(w: Parts) -> None:
    """Show progress of the live run, and the project or the shown scan, in the title."""
    parts, live = ["ptygui"], w.session.live_run
    if w.projects.path is not None:
        parts.insert(0, Path(w.projects.path).name)
    elif w.session.viewed_scan is not None:
        parts.insert(0, w.session.viewed_scan.name)
    if live is not None:
        parts.insert(0, live.method.key())
        if live.last is not None:
            parts.insert(0, f"{100 * live.last.index / live.last.total:.0f} %")
    w.setWindowTitle(" · ".join(parts).replace("[*]", "[*][*]"))  # a single one marks changes
