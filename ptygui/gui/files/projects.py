"""Projects: saves and opens everything that the window works on, and knows what is unsaved."""

import asyncio
import threading
from collections.abc import Callable, Hashable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QMessageBox, QWidget

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.model.run_list import find_overlaps
from ptygui.gui.model.session import Session
from ptygui.gui.widgets.certain import certain, widget_above
from ptygui.gui.widgets.plain import MessageBox

if TYPE_CHECKING:
    from ptygui.files.project import Project, ScansLost

SUFFIX = ".ptygui"
FILTER = f"Projects (*{SUFFIX})"


class Projects(QObject):
    """The project file of a window.

    Parameters
    ----------
    gather : callable
        Returns the current `files.project.Project`, safe to read in a thread.
    parent : QWidget
        Parent of the dialogs.
    """

    changed = pyqtSignal()  # another file, or something was saved
    saved = pyqtSignal(str)  # path
    begun = pyqtSignal(str)  # name of a file that is being read; `opened` or `given_up` follows
    given_up = pyqtSignal()  # it will not be opened
    opened = pyqtSignal(object)  # Project, whose runs and scan the session has taken over
    file_read = pyqtSignal(str, str)  # path of a file that was read, and what it is: "project" or "result"
    result_opened = pyqtSignal(Run)  # that was added to the list
    noted = pyqtSignal(str)
    lost = pyqtSignal(str, InputError)  # path, ScansLost

    def __init__(self, jobs: Jobs, session: Session, gather: "Callable[[], Project]", parent: QWidget):
        super().__init__(parent)
        self.jobs, self.session, self._gather = jobs, session, gather
        self.path: str | None = None
        self._saved: dict[int, Hashable] = {}  # revision marks of the runs in the file, by number
        self._opened = 0  # count of projects that were opened
        self._asked = 0  # count of projects asked for; only the latest is taken over
        self._agreed: list[Run] = []  # runs that the user agreed to discard
        self._writing, self._turn = asyncio.Lock(), threading.Lock()
        self._written: tuple[str, int, dict[int, Hashable]] | None = (
            None  # what a thread has saved and the window has not yet registered
        )

    # ------------------------------------------------------------------ saving

    @property
    def unsaved(self) -> int:
        """Number of runs not saved in their present state; previews and runs without a step do not count."""
        return len(self._unsaved())

    def _unsaved(self) -> list[Run]:
        from ptygui.files.recovery import mark

        runs = [run for run in self.session.runs if run.last and (run.given_name or not run.automatic)]
        return [run for run in runs if self._saved.get(run.number) != mark(run)]

    def save(self) -> None:
        """Save to the file of the project; asks for one if there is none."""
        self._begin_save(self.path or self._ask_path())

    def save_as(self) -> None:
        """Ask for a file, and save."""
        self._begin_save(self._ask_path())

    def _begin_save(self, path: str) -> None:
        if path:
            self.jobs.start(f"saving {Path(path).name}", self._save(path))

    def save_at_last(self, error: InputError) -> None:
        """When the window closes and the runs could not be kept: ask for a file until one is written."""
        button = QMessageBox.StandardButton
        saved = False
        while not saved:
            box = MessageBox(QMessageBox.Icon.Warning, "Not saved", f"The runs could not be kept: {error}")
            box.setInformativeText("Save them to another place now?")
            box.setStandardButtons(button.Save | button.Discard)
            if box.exec() != button.Save:
                return
            try:
                saved = self._save_now()
            except InputError as again:
                error = again

    def _save_now(self) -> bool:
        """Ask for a file and save at once, blocking; returns whether it was saved."""
        from ptygui.files.project import write_project
        from ptygui.files.project_size import bounded

        path = self._ask_path()
        if path:
            write_project(path, bounded(self._gather())[0], packed=True)
        return bool(path)

    def _ask_path(self) -> str:
        start = self.path or str(Path.home() / f"project{SUFFIX}")
        path, _ = QFileDialog.getSaveFileName(widget_above(self), "Save the project", start, FILTER)
        return path + SUFFIX if path and not Path(path).suffix else path

    def finish(self) -> None:
        """When the window closes: wait for what is being written, so that it counts as saved."""
        with self._turn:
            self._take_note()

    async def _save(self, path: str) -> None:
        async with self._writing:
            left_out = await asyncio.to_thread(self._write, path, self._gather(), self._opened)
            self._take_note()
        self.saved.emit(path)
        self.changed.emit()
        told = f"saved: {path} ({Path(path).stat().st_size / 2**20:.1f} MB)"
        self.noted.emit(f"{told}; {left_out}" if left_out else told)

    def _write(self, path: str, project: "Project", opened: int) -> str:
        """Write a project; returns what was left out of it, in words."""
        from ptygui.files.project import write_project
        from ptygui.files.project_size import bounded
        from ptygui.files.recovery import mark

        with self._turn:
            kept, left_out = bounded(project)
            write_project(path, kept, packed=True)
            self._written = path, opened, {run.number: mark(run) for run in project.runs}
        return left_out

    def _take_note(self) -> None:
        written, self._written = self._written, None
        if written is not None:
            path, opened, saved = written
            if opened == self._opened:  # otherwise the window shows the runs of another file
                self.path, self._saved = path, saved

    # ------------------------------------------------------------------ opening

    def open(self, path: str) -> None:
        """Open a project in place of the present one; asks first if runs are unsaved."""
        self.leave_runs(lambda: self.read(path))

    def read(self, path: str, places: dict[str, str] | None = None, without_lost: bool = False) -> None:
        """Open a project; asks about runs that `leave_runs` did not. Otherwise as `read_project`."""
        self._asked += 1
        self.begun.emit(Path(path).name)
        reading = self._read(path, places, without_lost, self._asked)
        self.jobs.start(f"opening {Path(path).name}", reading)

    async def _read(self, path: str, places: dict[str, str] | None, without_lost: bool, asked: int) -> None:
        from ptygui.files.project import ScansLost, read_project

        try:
            project = await self.jobs.in_thread(read_project, path, places, without_lost)
            await asyncio.to_thread(find_overlaps, project.runs)
        except ScansLost as error:
            self.given_up.emit()
            if asked == self._asked:
                self._agreed = []  # the user may take long to find them, and continue to work
                self.lost.emit(path, error)
            return
        except Exception:
            self.given_up.emit()
            raise
        if asked != self._asked:
            self.given_up.emit()
            return
        self.file_read.emit(path, "project")
        # a project that lacks some runs must not overwrite the file that has them
        self.take_over(project, None if without_lost else path, self.given_up.emit)

    def take_over(
        self, project: "Project", path: str | None = None, otherwise: Callable[[], None] | None = None
    ) -> None:
        """Let the session work on a project; `path` is the file to save it to, if any.

        A live run is stopped first. The user is asked about unsaved runs that were not already given up;
        `otherwise` is called if they are then kept, or could not be saved.
        """
        self._ask_to_leave(partial(self._settle, project, path, otherwise), otherwise)

    def _settle(self, project: "Project", path: str | None, otherwise: Callable[[], None] | None) -> None:
        """Take over a project once no run is live; a run that was live and has a step by now counts too."""
        if self.session.live:
            self._end_then(partial(self.take_over, project, path, otherwise))
        else:
            self._take_over(project, path)

    def _end_then(self, act: Callable[[], None]) -> None:
        """Do something once no run is live, with the queue held so that the next run does not begin."""
        self.session.stop()
        self.session.end_then(act)

    def _take_over(self, project: "Project", path: str | None) -> None:
        from ptygui.files.recovery import mark

        session = self.session
        self._opened += 1
        self._agreed = []
        session.request.drop_opening()
        session.request.note_readings(project.readings)
        if project.scan is not None:
            reading = project.readings.get(project.scan, {})
            session.request.set_scan(project.scan, project.scan_path, reading)
        current = next((run for run in project.runs if run.number == project.current), None)
        session.restore(project.runs, current, project.index)
        self.path = path
        self._saved = {run.number: mark(run) for run in project.runs} if path is not None else {}
        self.opened.emit(project)
        self.changed.emit()
        for note in project.notes:
            self.noted.emit(note)

    def find_lost(self, path: str, error: "ScansLost") -> None:
        """Ask for the missing scans of a project, one after another, and open it."""
        places = {}
        for lost in error.paths:
            found, _ = QFileDialog.getOpenFileName(widget_above(self), f"Where is {Path(lost).name}?")
            if found:
                places[lost] = found
        if places:
            self.read(path, places)

    def leave_runs(self, act: Callable[[], None], otherwise: Callable[[], None] | None = None) -> None:
        """Do something that removes the runs, after asking if some are unsaved.

        `otherwise` is called if the user keeps them, or they could not be saved.
        """
        self._agreed = []
        self._ask_to_leave(act, otherwise)

    def _ask_to_leave(self, act: Callable[[], None], otherwise: Callable[[], None] | None = None) -> None:
        sweeps = {run.sweep for run in self._agreed} - {0}  # they may add more runs
        runs = [run for run in self._unsaved() if run not in self._agreed and run.sweep not in sweeps]
        if not runs:
            act()
            return
        what = "1 run is" if len(runs) == 1 else f"{len(runs)} runs are"
        said = f"{what} not saved in a project. Save before another is opened?"
        box = MessageBox(QMessageBox.Icon.Question, "Not saved", said, widget_above(self))
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        otherwise = otherwise or _nothing
        certain(box.button(button.Save)).clicked.connect(partial(self._save_to_leave, act, otherwise))
        certain(box.button(button.Discard)).clicked.connect(partial(self._give_up, runs, act))
        box.rejected.connect(otherwise)
        box.finished.connect(box.deleteLater)
        box.open()

    def _give_up(self, runs: list[Run], act: Callable[[], None]) -> None:
        self._agreed += runs  # only those of the question: others may have been added since
        act()

    def _save_to_leave(self, act: Callable[[], None], otherwise: Callable[[], None]) -> None:
        """Save and continue; a live run is ended first, so that its final state is saved."""
        path = self.path or self._ask_path()
        if not path:
            otherwise()
            return
        name = Path(path).name

        def save() -> None:
            self.jobs.start(f"saving {name}", self._save_and_leave(path, act, otherwise))

        self._end_then(save)

    async def _save_and_leave(
        self, path: str, act: Callable[[], None], otherwise: Callable[[], None]
    ) -> None:
        try:
            await self._save(path)
        except Exception:
            otherwise()
            raise
        self._ask_to_leave(act, otherwise)  # a run may have ended during saving

    # ------------------------------------------------------------------ results

    def open_result(self, path: str) -> None:
        """Add a result file to the list of runs."""
        self.jobs.start(f"reading {Path(path).name}", self._open_result(path))

    async def _open_result(self, path: str) -> None:
        from ptygui.files.recovery import mark
        from ptygui.files.result_run import read_run

        session = self.session
        source = session.request.source
        sources = [(source.scan, source.path), *((run.scan, run.scan_path) for run in session.runs)]
        paths = {scan: path for scan, path in sources if scan is not None}
        run = await self.jobs.in_thread(read_run, path, list(paths))
        run.scan_path = run.scan_path or paths.get(run.scan)
        await asyncio.to_thread(find_overlaps, [run])
        run.number = session.runs.next_number()
        session.add_run(run)
        self.result_opened.emit(run)
        self.file_read.emit(path, "result")
        self._saved[run.number] = mark(run)
        known = "" if run.scan.has_patterns else ": without its scan it can be viewed but not continued"
        self.noted.emit(f"{Path(path).name} is run {run.number} of the list{known}")


def _nothing() -> None:
    """Do nothing."""
