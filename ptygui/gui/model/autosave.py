"""Recovery: keeps unsaved runs, so that a kill or a power cut loses little, and offers them again."""

import asyncio
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import QLockFile, QObject, QStandardPaths, QTimer, pyqtSignal

from ptygui.errors import InputError
from ptygui.gui.background.jobs import Jobs
from ptygui.gui.model.run_list import find_overlaps

if TYPE_CHECKING:
    from ptygui.files.project import Project

EVERY = 60_000  # ms
FIRST = 15_000  # ms after the start of a run: a minute may be all that it lasts


@dataclass(frozen=True, eq=False)
class Left:
    """What an earlier session left: its folder, locked for this window."""

    folder: Path
    lock: QLockFile
    runs: int
    when: float  # seconds since 1970
    nbytes: int

    @property
    def text(self) -> str:
        """One sentence."""
        day = time.strftime("%d %b, %H:%M", time.localtime(self.when))
        runs = "1 run" if self.runs == 1 else f"{self.runs} runs"
        return f"An earlier session ended without saving {runs} ({day}, {self.nbytes / 2**20:.0f} MB)."


class Autosave(QObject):
    """Writes the runs of a window to its own folder under `root`, and finds those of other sessions.

    A folder that is locked belongs to an open window, in this or another process. Nothing is written or
    found if `root` is None. Nothing is written while everything is saved in a project file.

    Parameters
    ----------
    gather : callable
        Returns the current `files.project.Project`, safe to read in a thread.
    unsaved : callable
        Returns the number of unsaved runs.
    """

    offered = pyqtSignal(Left)
    begun = pyqtSignal(str)  # what is being restored; `restored` or `given_up` follows
    restored = pyqtSignal(object)  # Project
    given_up = pyqtSignal()  # it could not be read, or the window did not take it over
    failed = pyqtSignal(Exception)  # once for consecutive failures
    noted = pyqtSignal(str)  # what was dropped, and the room that the rest takes

    def __init__(
        self,
        root: Path | None,
        jobs: Jobs,
        gather: "Callable[[], Project]",
        unsaved: Callable[[], int],
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self.root, self.jobs, self._gather, self._unsaved = root, jobs, gather, unsaved
        self.folder: Path | None = None
        self._lock: QLockFile | None = None
        self._marks: dict[int, Hashable] = {}
        self._left: list[Left] = []  # not offered yet, or not answered
        self._restored: list[tuple[Project, Left]] = []  # projects that the window has not taken over yet
        self._replaced: list[Left] = []  # taken over; to be removed once they are written again
        self._turn = threading.Lock()  # taken by the threads that write
        self._again = self._closed = self._troubled = False
        self._over = False  # whether the window is closed and what is to stay is written
        self._task: asyncio.Task[Any] | None = None
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(self.keep)
        self._first = QTimer(self, interval=FIRST, singleShot=True)
        self._first.timeout.connect(self.keep)
        if root is not None:
            self._timer.start()

    # ------------------------------------------------------------------ keeping

    def keep(self) -> None:
        """Write what changed since the last time, outside the GUI thread; remove it if all is saved."""
        if self.root is None or self._closed:
            return
        if self._task is not None and not self._task.done():
            self._again = True
            return
        unsaved = self._unsaved() > 0
        if unsaved or self.folder is not None:
            project = self._gather() if unsaved else None
            work = self._keep(project, self._marks, list(self._replaced))
            self._task = self.jobs.start("autosaving" if unsaved else "", work)

    def begin_run(self) -> None:
        """A run has begun: keep it soon."""
        if self.root is not None and not self._closed:
            self._first.start()

    def begin_anew(self, project: "Project") -> None:
        """A project was opened: the numbers now belong to other runs."""
        self._marks = {}
        self._replaced += [left for brought, left in self._restored if brought is project]
        self._restored = [pair for pair in self._restored if pair[0] is not project]
        self.keep()

    async def _keep(
        self, project: "Project | None", marks: dict[int, Hashable], replaced: list[Left]
    ) -> None:
        try:
            await asyncio.to_thread(self._write, project, marks, replaced)
            self._replaced = [left for left in self._replaced if left not in replaced]
            self._troubled = False
        except InputError as error:
            if not self._troubled:
                self._troubled = True
                self.failed.emit(InputError(f"autosaving failed and will be tried again: {error}"))
        if self._again:
            self._again = False
            QTimer.singleShot(0, self.keep)

    def _write(self, project: "Project | None", marks: dict[int, Hashable], replaced: list[Left]) -> None:
        """Write a project, or remove what was written if it is None."""
        from ptygui.files.recovery import keep

        with self._turn:
            if self._over:
                return
            if project is None:
                if self._closed:  # `close` decides what is kept
                    return
                if self.folder is not None and self._lock is not None:
                    _remove(self.folder, self._lock)
                self.folder = self._lock = None
                marks.clear()
            else:
                keep(self.folder or self._begin(), project, marks)
            for left in replaced:
                _remove(left.folder, left.lock)

    def _begin(self) -> Path:
        if self.root is None:
            raise ValueError("there is no folder to keep anything in")
        folder = self.root / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{secrets.token_hex(2)}"
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise InputError(f"{folder} cannot be created ({error.strerror}): check {self.root}") from None
        lock = _locked(folder)
        if lock is None:  # without a lock another window would take it for an abandoned session
            shutil.rmtree(folder, ignore_errors=True)
            raise InputError(f"{folder} cannot be written to: is the disk full?")
        self.folder, self._lock = folder, lock
        return folder

    def close(self, unsaved: bool) -> None:
        """When the window closes: keep unsaved runs for the next start, and nothing else.

        Raises
        ------
        InputError
            If it could not be written.
        """
        self._timer.stop()
        self._first.stop()
        self._closed = True
        try:
            if self.root is not None and unsaved:
                self._write(self._gather(), self._marks, self._replaced)
        finally:
            with self._turn:
                self._over = True
                for left in self._left:
                    left.lock.unlock()
                if self._lock is not None:
                    self._lock.unlock()
                    if self.folder is not None and not unsaved:
                        shutil.rmtree(self.folder, ignore_errors=True)

    # ------------------------------------------------------------------ finding

    def search(self) -> bool:
        """Offer the newest abandoned session, then the one before it; returns whether there is one."""
        from ptygui.files.recovery import kept

        if self.root is None or not self.root.is_dir():
            return False
        known = {left.folder for left in self._left} | {self.folder}
        for folder in sorted(path for path in self.root.iterdir() if path.is_dir() and path not in known):
            lock = _locked(folder)
            if lock is None:  # its window is open
                continue
            files = kept(folder)
            if files:
                newest = max(path.stat().st_mtime for path in files)
                size = sum(path.stat().st_size for path in files)
                self._left.append(Left(folder, lock, len(files), newest, size))
            else:
                lock.unlock()
                shutil.rmtree(folder, ignore_errors=True)
        self._drop_outdated()
        self.offer()
        return bool(self._left)

    def _drop_outdated(self) -> None:
        """Delete sessions that nobody asked for in a long time, or for which there is no room."""
        from ptygui.files.recovery import outdated

        gone = set(outdated([left.folder for left in self._left], time.time()))
        dropped = [left for left in self._left if left.folder in gone]
        self._left = [left for left in self._left if left.folder not in gone]
        for left in dropped:
            _remove(left.folder, left.lock)
        if dropped:
            size = sum(left.nbytes for left in dropped) / 2**20
            rest = sum(left.nbytes for left in self._left) / 2**20
            many = "an unsaved session" if len(dropped) == 1 else f"{len(dropped)} unsaved sessions"
            self.noted.emit(
                f"dropped {many} ({size:.0f} MB), too old or beyond the room that is kept for them: the "
                f"others take {rest:.0f} MB in {self.root}"
            )

    def restore(self, left: Left) -> None:
        """Restore what a session left."""
        self._left.remove(left)
        self.begun.emit("the earlier session")
        self.jobs.start("restoring the session", self._restore(left))

    def discard(self, left: Left) -> None:
        """Delete what a session left."""
        self._left.remove(left)
        self.jobs.start("removing the session", asyncio.to_thread(_remove, left.folder, left.lock))
        self.offer()

    def take_back(self, project: "Project") -> None:
        """The window did not take over what was restored: offer it again."""
        self._left += [left for brought, left in self._restored if brought is project]
        self._restored = [pair for pair in self._restored if pair[0] is not project]
        self.given_up.emit()
        self.offer()

    async def _restore(self, left: Left) -> None:
        from ptygui.files.recovery import recover

        try:
            project = await asyncio.to_thread(recover, left.folder)
            await asyncio.to_thread(find_overlaps, project.runs)
            if not project.runs:
                left.lock.unlock()
                raise InputError(f"{left.folder} holds no readable run: {'; '.join(project.notes)}")
        except Exception:
            self.given_up.emit()
            raise
        self._restored.append((project, left))
        self.restored.emit(project)
        self.offer()

    def offer(self) -> None:
        """Offer the newest session that was found and has not been answered, if any."""
        if self._left:
            self.offered.emit(self._left[-1])


def data_folder() -> Path:
    """The folder of the program's data."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation))


def default_root() -> Path:
    """The folder of sessions."""
    return data_folder() / "recovery"


def _locked(folder: Path) -> QLockFile | None:
    lock = QLockFile(str(folder / "lock"))
    lock.setStaleLockTime(0)  # only if its process is gone
    return lock if lock.tryLock(0) else None


def _remove(folder: Path, lock: QLockFile) -> None:
    lock.unlock()
    shutil.rmtree(folder, ignore_errors=True)
