"""Exporter: asks what of the shown run to write, and writes it outside the GUI thread."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QWidget

from ptygui.errors import InputError
from ptygui.figures.caption import caption_of
from ptygui.figures.figure import Figure
from ptygui.files.atomic import write_text
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.files.exports import FIGURES, Export, offer_of, write_exports
from ptygui.gui.model.run_list import frozen
from ptygui.gui.model.session import Session
from ptygui.gui.widgets.certain import widget_above

if TYPE_CHECKING:
    from ptygui.gui.files.export_dialog import ExportDialog


class Exporter(QObject):
    """Writes the shown run to files, and writes tables.

    Parameters
    ----------
    dialog : callable
        The dialog that asks.
    figures : mapping of str to callable
        For the forms that are figures: takes a caption, returns the figure of what is visible, or None.
    about : callable
        What the visible pictures show, in words; empty if it is the shown step.
    parent : QWidget
        Parent of the dialogs.
    """

    noted = pyqtSignal(str)
    refused = pyqtSignal(InputError)

    def __init__(
        self,
        jobs: Jobs,
        session: Session,
        dialog: "Callable[[], ExportDialog]",
        figures: Mapping[str, Callable[[str], Figure | None]],
        about: Callable[[], str],
        parent: QWidget,
    ):
        super().__init__(parent)
        self.jobs, self.session, self.dialog = jobs, session, dialog
        self._figures, self._about = figures, about

    def ask(self, *forms: str) -> None:
        """Ask what to export; with `forms` only these are ticked."""
        session = self.session
        if session.viewed_scan is None:
            self.refused.emit(InputError("there is nothing to export yet: open a scan first"))
        else:
            offer = offer_of(
                session.viewed_scan, session.selection.run, session.selection.step, self._about()
            )
            self.dialog().offer(offer, forms)

    def export(self, export: Export) -> None:
        """Write the shown run, and figures of what is visible."""
        session, scan = self.session, self.session.viewed_scan
        captions = dict.fromkeys(FIGURES, "")
        if export.caption and scan is not None:
            about = self._about()
            captions["figure"] = (
                f"{about}." if about else caption_of(scan, session.selection.run, session.selection.step)
            )
            captions["curves"] = caption_of(scan, session.selection.run)
        figures = {form: draw(captions[form]) for form, draw in self._figures.items() if form in export.forms}
        run = session.selection.run
        of_scan = session.request.path if run is None else run.scan_path
        paths = dict.fromkeys(path for path in (of_scan, session.request.path) if path is not None)
        shown = None if run is None else frozen(run), session.selection.step
        self.jobs.start(f"writing {export.name}", self._export(export, scan, *shown, figures, tuple(paths)))

    def ask_table(self, name: str, table: str | Callable[[], str]) -> None:
        """Ask for a file and write a table to it; a callable table is made outside the GUI thread."""
        path, _ = QFileDialog.getSaveFileName(
            widget_above(self), "Write a table", f"{name}.csv", "Tables (*.csv)"
        )
        if path:
            self.jobs.start(f"writing {Path(path).name}", self._write_table(path, table))

    async def _export(self, export: Export, *shown: Any) -> None:
        written = await asyncio.to_thread(write_exports, export, *shown)
        names = ", ".join(str(path.relative_to(export.folder)) for path in written)
        count = f"{len(written)} files" if len(written) > 1 else "1 file"
        self.noted.emit(f"{count} written in {export.folder}: {names}")  # folder first: the end may be cut

    async def _write_table(self, path: str, table: str | Callable[[], str]) -> None:
        await asyncio.to_thread(lambda: write_text(path, table() if callable(table) else table))
        self.noted.emit(f"written: {path}")
