"""A dense scan to learn from: which part of it, how it is reconstructed, and the area that is learned."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ptygui.errors import InputError
from ptygui.experiment.parts import part_of, positions_of
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.methods import method_named
from ptygui.methods.base import Method
from ptygui.options import Options, option
from ptygui.scan import Geometry, Scan
from ptygui.step import Step
from ptygui.training.lit_area import lit_rectangle, without_ramp

_INTERVAL = 0.3  # between steps that are reported [s]


@dataclass(frozen=True)
class DenseScan(Options):
    """What is learned of a scan or a result, and how a scan is reconstructed first."""

    label: ClassVar[str] = "the dense scan"

    method: str = option(
        "rpie", choices=("rpie", "awf"), help="the method that reconstructs a scan; a result has its own"
    )
    iterations: int = option(
        200, min=1, max=10_000_000, help="its iterations: more fits the data more closely, noise included"
    )
    probe_update: bool = option(True, help="refine the probe as well")
    part: str = option(
        "",
        help="learn from one place only: left, right, top, bottom, or R0:R1,C0:C1 in px or % of the object",
    )
    positions: str = option(
        "", help="learn from some positions only, in the scan's order: A:B or A:B:STEP", advanced=True
    )
    lit: float = option(
        0.1, min=0.001, max=1,
        help="learn where the illumination exceeds this share of its 99th percentile: more is cleaner, but a "
        "smaller area",
    )  # fmt: skip
    held_out: float = option(
        0.2, min=0, max=0.5, help="share of that area kept to measure the prior's error on; 0: none"
    )

    def of(self, scan: Geometry) -> Geometry:
        """The positions to learn from."""
        scan = part_of(scan, self.part) if self.part else scan
        return positions_of(scan, self.positions) if self.positions else scan

    @property
    def reconstruction(self) -> Method:
        """The method with its options."""
        chosen = {"iterations": self.iterations, "probe_update": "yes" if self.probe_update else "no"}
        return method_named(self.method).read(chosen)


def read_source(path: str, read: Callable[[], Scan] | None = None) -> Run:
    """A result file as the run that made it, or a scan file as a run without steps.

    Parameters
    ----------
    path : str
    read : callable, optional
        What reads the scan, `read_scan` of the path if not given.

    Raises
    ------
    InputError
        If it is neither, or if it is a result and `read` is given.
    """
    from ptygui.files.recognise import opens_as, recognise
    from ptygui.files.result_run import read_run
    from ptygui.files.scans import read_scan

    kind = recognise(path)
    if kind is not None and opens_as(kind) == "result":
        if read is not None:
            raise InputError(
                f"{path} is a result, which says itself how its scan was read: leave out the flags on "
                "reading, or give the scan"
            )
        return read_run(path)
    scan = read_scan(path) if read is None else read()
    return Run(0, scan, DenseScan().reconstruction, scan_path=path)


def reconstructed(
    source: Run, dense: DenseScan, kept: Path, device: str, again: bool = False
) -> Generator[Step, None, Run]:
    """Reconstruct the part of a scan that is learned from; a source with steps is returned as it is.

    Parameters
    ----------
    source : Run
    dense : DenseScan
    kept : path
        Result file of the reconstruction: read if it is that of this part by this method, else written.
    device : str
    again : bool
        Reconstruct in any case.

    Yields
    ------
    Step
        Some of the reconstruction's.

    Returns
    -------
    Run
        With its last step.
    """
    from ptygui.files.result import Result
    from ptygui.files.result_run import read_run
    from ptygui.files.results import write_result

    if source.last is not None:
        return source
    scan, method = dense.of(source.scan), dense.reconstruction
    if kept.is_file() and not again:
        before = read_run(kept, [scan])
        if before.scan is scan and before.method == method and before.outcome == "done":
            return before
    run = Run(0, scan, method, RunSettings(device=device))
    for step in run.to_end(keep=lambda step: step.done, interval=_INTERVAL):
        if step is not None:
            yield step
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_result(kept, Result.of_run(run))
    return run


def lit_object(run: Run, dense: DenseScan) -> tuple[np.ndarray, tuple[slice, slice]]:
    """The lit rectangle of a run's object, without phase ramp; and its rows and columns.

    Raises
    ------
    InputError
        If the run has no step yet.
    """
    last, scan = run.last, dense.of(run.scan)
    if last is None:
        raise InputError(f"{run.scan.name} is not reconstructed yet, so there is nothing to learn from")
    seen = Geometry(
        positions=scan.positions, probe=last.probe, weaker_modes=last.weaker_modes, weights=scan.weights,
        object_shape=scan.object_shape,
    )  # fmt: skip
    place = lit_rectangle(seen.illumination, dense.lit)
    return without_ramp(last.obj[place]), place
