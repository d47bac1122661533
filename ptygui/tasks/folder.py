"""The folder of a sweep or experiment: inputs, a row for each task that is over, and results where kept.

spec.toml          what was asked
inputs/SHA.npz     objects, probes; inputs/SHA.h5: scans
rows/KEY.json      one row for each task, written when it is over
results/KEY.h5     its result, which the window opens
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from ptygui.atomic import write_text
from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.files.result import Result
from ptygui.files.result_run import read_run
from ptygui.files.results import write_result
from ptygui.tasks.row import Row
from ptygui.tasks.scans import made
from ptygui.tasks.task import Task

SPEC = "spec.toml"
_LARGEST = 2**24  # bytes of a row


class TaskFolder:
    """Rows and results on disk: each is complete, or not there.

    Parameters
    ----------
    path : path
        Created when something is written.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path).absolute()

    def __reduce__(self) -> tuple[type["TaskFolder"], tuple[Path]]:
        return TaskFolder, (self.path,)

    def store(self, tasks: Iterable[Task]) -> None:
        """Write the inputs of tasks, so that other processes find them."""
        for one in {one for task in tasks for one in task.scan.inputs}:
            one.store(self.path)

    def put(self, row: Row, run: Run | None = None) -> None:
        """Write the row of a task, after the result of its run if that is to be kept."""
        if run is not None:
            write_result(self.result_path(row.key), Result.of_run(run))
        write_text(self.path / "rows" / f"{row.key}.json", row.text())

    def prune(self, days: float) -> None:
        """Remove rows, results and inputs that were written so many days ago: they can be had again."""
        before = time.time() - 86400 * days
        for path in chain(*(self.path.glob(f"{part}/*") for part in ("rows", "results", "inputs"))):
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()

    def row(self, key: str, with_result: bool = False) -> Row | None:
        """The finished row of a task; None if there is none, or it failed, or lacks a result that is needed.

        A row that cannot be read counts as none: its task is carried out again.
        """
        try:
            row = self._read(self.path / "rows" / f"{key}.json")
        except (InputError, OSError):
            return None
        there = row.key == key and row.done and (not with_result or self.result_path(key).is_file())
        return row if there else None

    def rows(self) -> Iterator[Row]:
        """All rows, also those that failed, in the order of their keys.

        Raises
        ------
        InputError
            If one cannot be read.
        """
        for path in sorted((self.path / "rows").glob("*.json")):
            yield self._read(path)

    def result_path(self, key: str) -> Path:
        """Where the result of a task is."""
        return self.path / "results" / f"{key}.h5"

    def run_of(self, task: Task, row: Row, number: int = 0) -> Run:
        """The run of a task that is over, as if it had run here."""
        scan = made(task.scan, self.path)
        if row.done:
            run = read_run(self.result_path(task.key), [scan])
            run.given_name, run.outcome = "", "done"
        else:
            run = task.run(self.path)
            run.outcome, run.error = "failed", row.error
        run.sweep, run.method, run.worker = number, task.method, row.worker
        return run

    def runs(self, tasks: Iterable[Task], number: int = 1) -> tuple[list[Run], int]:
        """The runs of tasks that are over, and how many tasks are not."""
        found, missing = [], 0
        for task in tasks:
            try:
                row = self._read(self.path / "rows" / f"{task.key}.json")
            except (InputError, OSError):
                missing += 1
                continue
            found.append(self.run_of(task, row, number))
        return found, missing

    @staticmethod
    def _read(path: Path) -> Row:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path} has {path.stat().st_size} bytes, which is no row: delete it")
        return Row.read(path.read_text("utf-8", errors="replace"), str(path))
