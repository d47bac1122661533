"""RunExporter: writes several runs of the list, one result file per run, outside the GUI thread."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QMessageBox, QProgressDialog, QWidget

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.files.exports import result_paths, write_result_of
from ptygui.gui.model.run_list import frozen
from ptygui.gui.widgets.certain import certain, widget_above
from ptygui.gui.widgets.plain import Label, MessageBox

Target = tuple[Run, Path]


class RunExporter(QObject):
    """Asks for a folder, and about existing files; shows its progress, and can be cancelled.

    Runs are written in the state in which they are requested. If one cannot be written, the others are
    written nevertheless.
    """

    noted = pyqtSignal(str)
    refused = pyqtSignal(InputError)

    def __init__(self, jobs: Jobs, parent: QWidget):
        super().__init__(parent)
        self.jobs, self._folder = jobs, str(Path.home())

    def ask(self, runs: Sequence[Run]) -> None:
        """Write these runs; those without a step are left out, and their number is reported."""
        made = [frozen(run) for run in runs if run.last is not None]
        if not made:
            self.refused.emit(InputError("no run with a step is selected: select some in the list of runs"))
            return
        title = f"Folder for {len(made)} result{'s' * (len(made) > 1)}"
        folder = QFileDialog.getExistingDirectory(widget_above(self), title, self._folder)
        if folder:
            self._folder = folder
            targets = list(zip(made, result_paths(Path(folder), made), strict=True))
            self._ask_to_replace(targets, len(runs) - len(made))

    def _ask_to_replace(self, targets: list[Target], left_out: int) -> None:
        there = [target for target in targets if target[1].exists()]
        if not there:
            self._begin(targets, left_out)
            return
        some = ", ".join(path.name for _, path in there[:3]) + (", …" if len(there) > 3 else "")
        said = f"{len(there)} of {len(targets)} files exist already: {some}. Replace them?"
        box = MessageBox(QMessageBox.Icon.Question, "Files exist already", said, widget_above(self))
        role, new = QMessageBox.ButtonRole, [target for target in targets if target not in there]
        replace = certain(box.addButton("&Replace", role.DestructiveRole))
        replace.clicked.connect(partial(self._begin, targets, left_out))
        if new:
            keep = certain(box.addButton("&Write only the others", role.AcceptRole))
            keep.clicked.connect(partial(self._begin, new, left_out + len(there)))
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
        self.jobs.start(f"writing {len(targets)} results", self._write(targets, left_out, bar))

    async def _write(self, targets: list[Target], left_out: int, bar: QProgressDialog) -> None:
        scans = tuple({run.scan_path for run, _ in targets if run.scan_path is not None})
        written, problems = 0, []
        for place, (run, path) in enumerate(targets):
            bar.setLabelText(f"{place + 1} of {len(targets)}: {path.name}")
            bar.setValue(place)
            if bar.wasCanceled():
                break
            try:
                await asyncio.to_thread(write_result_of, run, path, scans)
                written += 1
            except InputError as error:
                problems.append(str(error))
        cancelled = bar.wasCanceled() and written + len(problems) < len(targets)
        bar.deleteLater()
        said = f"{written} of {len(targets)} results written in {targets[0][1].parent}"
        said += ", then cancelled" if cancelled else ""
        said += f"; {left_out} left out" if left_out else ""
        self.noted.emit(said)
        if problems:
            raise InputError(f"{said}. {'; '.join(problems)}")
