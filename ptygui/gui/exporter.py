"""Exporter: asks what of the shown run is to be written, and writes it off the GUI thread."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QWidget

from ptygui.errors import InputError
from ptygui.files.atomic import write_text
from ptygui.gui.dialogs import ExportDialog
from ptygui.gui.exports import Export, Picture, write_exports
from ptygui.gui.jobs import Jobs
from ptygui.gui.runs import frozen
from ptygui.gui.session import Session


class Exporter(QObject):
    """Writes the run that is shown to files, and tables.

    Parameters
    ----------
    dialog : ExportDialog
    grab : callable
        Returns the pictures as they are shown.
    parent : QWidget
        What dialogs belong to.
    """

    noted = pyqtSignal(str)
    refused = pyqtSignal(object)  # InputError

    def __init__(
        self,
        jobs: Jobs,
        session: Session,
        dialog: ExportDialog,
        grab: Callable[[], Picture],
        parent: QWidget,
    ):
        super().__init__(parent)
        self.jobs, self.session, self.dialog, self._grab = jobs, session, dialog, grab

    def ask(self) -> None:
        """Ask what to export."""
        scan, run = self.session.viewed_scan, self.session.look.run
        if scan is None:
            self.refused.emit(InputError("there is nothing to export yet: open a scan first"))
            return
        done = self.session.look.history.last is not None
        name = f"{scan.name} {run.number} {run.method.key()}" if done else scan.name
        self.dialog.offer(name.replace(" ", "_").replace("/", "_"), done)

    def export(self, export: Export) -> None:
        """Write the run that is shown, and the picture that the window made of it."""
        picture = self._grab() if "picture" in export.forms else None
        self.jobs.start(f"writing {export.name}", self._export(export, picture))

    def ask_table(self, name: str, text: str) -> None:
        """Ask where to, and write a table."""
        path, _ = QFileDialog.getSaveFileName(self.parent(), "Write a table", f"{name}.csv", "Tables (*.csv)")
        if path:
            self.jobs.start(f"writing {Path(path).name}", self._write_text(path, text))

    async def _export(self, export: Export, picture: Picture | None) -> None:
        session = self.session
        run, paths = session.look.run, {session.path}
        if run is not None:
            paths.add(run.scan_path)
        written = await asyncio.to_thread(
            write_exports,
            export,
            session.viewed_scan,
            None if run is None else frozen(run),
            session.look.step,
            picture,
            tuple(path for path in paths if path is not None),
        )
        self.noted.emit(f"written: {', '.join(path.name for path in written)} in {export.folder}")

    async def _write_text(self, path: str, text: str) -> None:
        await asyncio.to_thread(write_text, path, text)
        self.noted.emit(f"written: {path}")
