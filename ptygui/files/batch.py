"""Many scans by one request: each is read, reconstructed and written; one that fails does not end the others.

for progress in batch(BatchPlan(scans_in("scans"), read_scan, AWF(), RunSettings(), "results")):
    if progress is not None:
        print(progress.doing, [row.state for row in progress.rows])
"""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path

import numpy as np

from ptygui.analysis.verdict import chi_square
from ptygui.csv_table import csv_table
from ptygui.errors import InputError
from ptygui.experiment.reconstruct import reconstruct
from ptygui.experiment.run import Run, in_words
from ptygui.experiment.settings import RunSettings
from ptygui.experiment.thinning import Thinning, reference_scan, thinned
from ptygui.files.atomic import write_text
from ptygui.files.recognise import opens_as, recognise
from ptygui.files.result import Result
from ptygui.files.results import read_result, write_result
from ptygui.history import History
from ptygui.methods.base import Method
from ptygui.physics.overlap import overlap_by
from ptygui.scan import Scan
from ptygui.step import Step

TABLE = "batch.csv"
INTERVAL = 0.5  # between progress reports of a live run [s]
STATES = ("waiting", "reading", "running", "done", "kept", "failed")
FIGURES = {  # of a row, by name: its heading
    "positions": "positions", "overlap": "linear overlap", "overlap_d90": "overlap of D90", "steps": "steps",
    "seconds": "seconds", "misfit": "misfit over noise", "nrmse": "NRMSE", "ssim": "SSIM",
    "held_out": "held-out misfit over noise",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One scan: where it is, how far it is, and the figures of its result.

    Attributes
    ----------
    path, out : Path
        Its file, and that of the result.
    state : str
        One of `STATES`; "kept": the result was there already.
    figures : dict of str to float
        Of `FIGURES` those that are known.
    error : str
        Why it failed.
    """

    path: Path
    out: Path
    state: str = "waiting"
    figures: dict[str, float] = field(default_factory=dict)
    error: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in ("done", "kept", "failed")


@dataclass(frozen=True)
class BatchPlan:
    """What is done to each scan.

    Attributes
    ----------
    paths : tuple of Path
    read : callable
        Reads a scan.
    method : Method
    settings : RunSettings
    folder : Path
        Where results and table go.
    thinning : Thinning
    again : bool
        Whether results that are there are made again.
    """

    paths: tuple[Path, ...]
    read: Callable[[Path], Scan]
    method: Method
    settings: RunSettings
    folder: Path
    thinning: Thinning = field(default_factory=Thinning)
    again: bool = False

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """A row for each scan, before it is begun."""
        times = Counter(path.stem for path in self.paths)
        names = (path.stem if times[path.stem] == 1 else path.name for path in self.paths)
        outs = (self.folder / f"{name}-{self.method.key()}.h5" for name in names)
        return tuple(Row(path, out) for path, out in zip(self.paths, outs, strict=True))


@dataclass(frozen=True)
class BatchProgress:
    """All rows as they are, and what is done now; of `share` 1 is all."""

    rows: tuple[Row, ...]
    share: float
    seconds: float
    doing: str = ""


def scans_in(folder: str | PathLike[str], unknown: bool = False) -> tuple[Path, ...]:
    """The scans of a folder, by name; without those in folders of it.

    Parameters
    ----------
    folder : path
    unknown : bool
        Also files of arrays in no known layout, as those for which it is said what is where.

    Raises
    ------
    InputError
        If it is no folder, or has no scan in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: give one with scans in it")
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith("."))
    found = tuple(path for path in files if _is_scan(path, unknown))
    if not found:
        raise InputError(f"{folder} has no scan in it: `ptygui info FILE` tells what a file is")
    return found


def _is_scan(path: Path, unknown: bool) -> bool:
    try:
        kind = recognise(path)
    except InputError:  # damaged: its row says so, if it would be one
        return path.suffix in (".h5", ".hdf5", ".cxi", ".nxs", ".ptyd")
    return kind is not None and (opens_as(kind) == "scan" or (unknown and kind == "arrays"))


def batch(plan: BatchPlan) -> Generator[BatchProgress | None, bool | None, None]:
    """Carry out a plan; yields at every iterate, a `BatchProgress` when there is news. Close it to stop.

    The table in the plan's folder is written anew after each scan. What is in the folder from before is kept,
    if method and options are the same, so a stopped batch can be continued.
    """
    plan.folder.mkdir(parents=True, exist_ok=True)
    rows, began = list(plan.rows), time.perf_counter()

    def progress(doing: str = "", share: float = 0.0) -> BatchProgress:
        done = sum(row.ended for row in rows) + share
        return BatchProgress(tuple(rows), done / len(rows), time.perf_counter() - began, doing)

    for k, row in enumerate(plan.rows):
        rows[k] = replace(row, state="reading")
        yield progress(f"reading {row.path.name}")
        try:
            steps = _one(plan, row)
            with closing(steps):
                while True:
                    try:
                        share = next(steps)
                    except StopIteration as end:
                        rows[k] = end.value
                        break
                    rows[k] = replace(row, state="running")
                    doing = f"{plan.method.key()} of {row.path.name}"
                    yield None if share is None else progress(doing, share)
        except (InputError, MemoryError) as error:
            rows[k] = replace(row, state="failed", error=" ".join(str(error).split()) or "not enough memory")
        write_text(plan.folder / TABLE, table_of(plan, rows))
        yield progress()


def table_of(plan: BatchPlan, rows: Iterable[Row]) -> str:
    """All rows as CSV, overlaps as fractions."""
    about = plan.method.key(), in_words(plan.method.changed()), plan.settings.seed
    names = "scan", "method", "options", "seed", *FIGURES.values(), "outcome", "result", "error"
    return csv_table(
        names,
        (
            (str(row.path), *about, *map(row.figures.get, FIGURES), row.state, row.out.name, row.error)
            for row in rows
        ),
    )


def _one(plan: BatchPlan, row: Row) -> Generator[float | None, None, Row]:
    """The share done of one scan, again and again; returns its row."""
    if row.out.exists() and not plan.again:
        return _kept(plan, row)
    scan = plan.read(row.path)
    yield 0.0
    if plan.thinning.thins:
        scan = yield from _thinned(scan, plan)
    run = Run(0, scan, plan.method, plan.settings, str(row.path))
    run.history = History(newest_only=True)
    with closing(run.to_end(interval=INTERVAL)) as steps:
        for step in steps:
            yield None if step is None else min(step.index / max(step.total, 1), 0.999)
    write_result(row.out, Result.of_run(run))
    assert run.last is not None
    return replace(
        row, state="done", figures=figures_of(run.last, scan.positions, scan.probe, scan.object_shape)
    )


def _thinned(full: Scan, plan: BatchPlan) -> Generator[float | None, None, Scan]:
    dense = None
    if plan.thinning.needs_reference(full):
        of = reference_scan(full, plan.thinning)
        for step in reconstruct(of, plan.thinning.reference_method, device=plan.settings.device):
            dense = step or dense
            yield None
    return thinned(full, plan.thinning, dense)


def _kept(plan: BatchPlan, row: Row) -> Row:
    before = read_result(row.out)
    if before.method != plan.method.key() or before.options != plan.method.asdict():
        raise InputError(
            f"{row.out} is a result with other options: choose another folder, or make the results again"
        )
    last = before.last
    figures = {} if last is None else figures_of(last, before.positions, before.probe, before.obj.shape)
    return replace(row, state="kept", figures=figures)


def figures_of(
    last: Step, positions: np.ndarray, probe: np.ndarray, object_shape: tuple[int, ...]
) -> dict[str, float]:
    """The figures of a result by its last step."""
    rows, columns = object_shape
    found = {
        "positions": len(positions), "overlap": overlap_by("window", positions, probe, (rows, columns)),
        "overlap_d90": overlap_by("d90", positions, probe, (rows, columns)), "steps": last.index,
        "seconds": last.seconds, "misfit": chi_square(last.misfit, last.noise_floor),
        "nrmse": last.nrmse, "ssim": last.ssim, "held_out": last.held_out,
    }  # fmt: skip
    return {name: float(value) for name, value in found.items() if value is not None}
