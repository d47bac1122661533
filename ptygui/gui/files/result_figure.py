"""A figure of a result without a window: what the page Steps would draw of it."""

from pathlib import Path

from PyQt6.QtWidgets import QApplication

from ptygui.files.result_run import read_run
from ptygui.gui.figures.caption import caption_of
from ptygui.gui.figures.page import Page, page_kind, write_figure
from ptygui.gui.views.object import ObjectView
from ptygui.gui.widgets import theme


def draw_result(result: str, path: Path) -> Path:
    """Draw the last step of a result, its truth beside it where that is known; the ending says in which form.

    Raises
    ------
    InputError
        If the result cannot be read, or the figure not be written.
    """
    app = QApplication.instance() or QApplication(["ptygui"])
    theme.dress(app)
    run = read_run(result)
    run.number = 1
    view = ObjectView()
    view.show_scan(run.scan)
    if run.scan.truth is not None:
        view.set_beside("truth")
    view.show_step(run.last)
    return write_figure(path, view.figure(caption_of(run.scan, run, run.last)), Page(page_kind(path)))
