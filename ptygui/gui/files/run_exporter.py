"""RunExporter: writes several runs of the list in the chosen formats, outside the GUI thread."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QMessageBox, QProgressDialog, QWidget

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.files.exports import Export, exports_of, offer_of_several, write_exports
from ptygui.gui.model.run_list import frozen
from ptygui.gui.widgets.certain import certain, widget_above
from ptygui.gui.widgets.plain import Label, MessageBox

if TYPE_CHECKING:
    from ptygui.gui.files.export_dialog import ExportDialog

Target = tuple[Run, Export]


class RunExporter(QObject):
    """Asks for formats and a folder, and about existing files; shows its progress, and can be cancelled.

    Runs are written in the state in which they are requested. If one cannot be written, the others are
    written nevertheless.
    """

    noted = pyqtSignal(str)
    refused = pyqtSignal(InputError)

    def __init__(self, jobs: Jobs, dialog: "Callable[[], ExportDialog]", parent: QWidget):
        super().__init__(parent)
        self.jobs, self.dialog = jobs, dialog
        self._made: list[Run] = []
        self._left_out = 0

    def ask(self, runs: Sequence[Run]) -> None:
        """Ask what to write of these runs; those without a step are left out, and counted."""
        self._made = [frozen(run) for run in runs if run.last is not None]
        self._left_out = len(runs) - len(self._made)
        if not self._made:
            self.refused.emit(InputError("no run with a step is selected: select some in the list of runs"))
            return
        self.dialog().offer(offer_of_several(self._made))

    def export(self, export: Export) -> None:
        """Write the runs that were asked about, after a question about existing files."""
        targets = exports_of(export, self._made)
        there = [] if export.replace else [target for target in targets if target[1].existing()]
        if not there:
            self._begin(targets, self._left_out)
            return
        files = [path.name for _, each in there for path in each.existing()]
        some = ", ".join(files[:3]) + (", …" if len(files) > 3 else "")
        said = f"Files of {len(there)} of {len(targets)} runs exist already: {some}. Replace them?"
        box = MessageBox(QMessageBox.Icon.Question, "Files exist already", said, widget_above(self))
        role, new = QMessageBox.ButtonRole, [target for target in targets if target not in there]
        replace_them = certain(box.addButton("&Replace", role.DestructiveRole))
        replace_them.clicked.connect(partial(self._begin, targets, self._left_out))
        if new:
            keep = certain(box.addButton("&Write only the others", role.AcceptRole))
            keep.clicked.connect(partial(self._begin, new, self._left_out + len(there)))
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.finished.connect(box.deleteLater)
        box.open()

    def _begin(self, targets: list[Target], left_out: int, *_: object) -> None:
        bar = QProgressDialog("", "Cancel", 0, len(targets), widget_above(self))
        bar.setWindowTitle("Exporting runs")
        bar.setLabel(Label())
        bar.setWindowModality(Qt.WindowModality.NonModal)
        bar.setAutoClose(False)
        bar.setAutoReset(False)
        bar.setMinimumDuration(400)  # a few small files are written before anyone could read it
        self.jobs.start(f"writing {len(targets)} runs", self._write(targets, left_out, bar))

    async def _write(self, targets: list[Target], left_out: int, bar: QProgressDialog) -> None:
        scans = {run.scan_path for run, _ in targets if run.scan_path is not None}
        written, problems = 0, []
        for place, (run, export) in enumerate(targets):
            bar.setLabelText(f"{place + 1} of {len(targets)}: {export.name}")
            bar.setValue(place)
            if bar.wasCanceled():
                break
            inputs = tuple(sorted(scans))
            try:
                whole = replace(export, replace=True)  # asked about before
                await asyncio.to_thread(write_exports, whole, run.scan, run, None, {}, inputs)
                written += 1
            except InputError as error:
                problems.append(str(error))
        cancelled = bar.wasCanceled() and written + len(problems) < len(targets)
        bar.deleteLater()
        said = f"{written} of {len(targets)} runs written in {targets[0][1].folder}"
        said += ", then cancelled" if cancelled else ""
        said += f"; {left_out} left out" if left_out else ""
        self.noted.emit(said)
        if problems:
            raise InputError(f"{said}. {'; '.join(problems)}")
