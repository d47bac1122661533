"""SweepSources: the objects, scans and experiments that a sweep names besides what is active, once read."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from ptygui.errors import InputError
from ptygui.gui.background.jobs import Jobs

Source = tuple[str, str]  # kind, one of "object", "scan" and "experiment"; and what it is named by


class SweepSources(QObject):
    """Reads each source once, in a thread; one that is no longer named is forgotten."""

    arrived = pyqtSignal()  # one was read, or cannot be

    def __init__(self, jobs: Jobs, parent: QObject | None = None):
        super().__init__(parent)
        self.jobs = jobs
        self._found: dict[Source, Any] = {}  # what was read, or the error

    def name(self, sources: Collection[Source]) -> None:
        """Read these, and forget the others."""
        self._found = {source: found for source, found in self._found.items() if source in sources}
        for source in sources:
            if source not in self._found:
                self._found[source] = None
                self.jobs.start(f"reading {Path(source[1]).name}", self._read(source))

    def get(self, kind: str, name: str) -> Any:
        """What was read; None while it is being read.

        Raises
        ------
        InputError
            If it cannot be read.
        """
        found = self._found.get((kind, name))
        if isinstance(found, InputError):
            raise found
        return found

    async def _read(self, source: Source) -> None:
        kind, name = source
        try:
            found: Any = await self.jobs.in_thread(_READERS[kind], name)
        except InputError as error:
            found = error
        except BaseException:
            self._found.pop(source, None)
            raise
        if source in self._found:
            self._found[source] = found
            self.arrived.emit()


def _object(name: str) -> Any:
    from ptygui.files.objects import read_object

    return read_object(name)


def _scan(path: str) -> Any:
    from ptygui.files.scans import read_scan

    return read_scan(path)


def _experiment(path: str) -> Any:
    from ptygui.tasks.experiments.plan import plan_of
    from ptygui.tasks.experiments.protocols import asked_of

    return plan_of(asked_of(path))


_READERS: dict[str, Callable[[str], Any]] = {"object": _object, "scan": _scan, "experiment": _experiment}
