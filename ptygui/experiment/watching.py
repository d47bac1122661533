"""Reconstructs a scan while it is taken: each time that more has come, the method goes on with all of it."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ptygui.experiment.run import Run, Steps
from ptygui.experiment.settings import RunSettings
from ptygui.methods.base import Method
from ptygui.scan import Scan
from ptygui.step import Step

SHARE = 0.2  # of the time at most is spent on looking and reading
QUIET = 10.0  # without news, after which a scan that may be complete is [s]
_APART = 0.5  # px, by which the positions of the same frames may differ after a common shift


@dataclass(frozen=True, eq=False)
class Arrived:
    """What of a growing scan is there.

    Attributes
    ----------
    frames : int
        Complete ones: pattern and position.
    expected : int, optional
        How many there will be; None if that is not known.
    complete : bool
        Whether no more are to come.
    scan : Scan, optional
        All that is there, if that is more than at the last look.
    anew : bool
        Whether its probe is a better one than that of the scans before, which their objects do not fit.
    why : str
        What is waited for, if nothing can be read yet.
    guessed : bool
        Whether that no more are to come is only seen from none coming: its writer may pause.
    """

    frames: int
    expected: int | None
    complete: bool
    scan: Scan | None = None
    anew: bool = False
    why: str = ""
    guessed: bool = False

    @property
    def text(self) -> str:
        """What has come and what is awaited, in words."""
        of = "" if self.expected is None else f" of {self.expected}"
        came = f"{self.frames}{of} frames have come"
        if self.complete:
            short = self.expected is not None and self.frames < self.expected
            return f"{came}, and the file is closed" if short else f"{came}: complete"
        left = "more" if self.expected is None else str(max(self.expected - self.frames, 0))
        return f"{came}, {left} awaited" + (f": {self.why}" if self.why else "")


class Watch:
    """A method that follows a scan which grows.

    Parameters
    ----------
    look : callable
        What is there now, such as `files.growing.GrowingScan.look`.
    method, settings, scan_path
        As of a `Run`.
    seconds : float
        Between two looks; longer where reading takes more than `SHARE` of the time.

    Attributes
    ----------
    run : Run, optional
        The run on what has come so far: a new one each time that more has come, which starts with the object
        and the probe of the one before. None until the first frames are there.
    """

    def __init__(
        self,
        look: Callable[[], Arrived],
        method: Method,
        settings: RunSettings | None = None,
        seconds: float = 2.0,
        scan_path: str | None = None,
    ):
        self._look, self._method, self._settings = look, method, settings or RunSettings()
        self._seconds, self._scan_path = seconds, scan_path
        self.run: Run | None = None
        self._earlier: Run | None = None
        self._start: np.ndarray | None = None
        self._due = 0.0

    def events(
        self, keep: Callable[[Step], bool] | None = None, **how: Any
    ) -> Generator[Arrived | Step | None, None, None]:
        """Follow to the end: until all frames are there and the method has done all its steps with them.

        Parameters
        ----------
        keep, **how
            As for `Run.to_end`.

        Yields
        ------
        Arrived
            When more has come, or something else is waited for. The steps that follow are of `run`.
        Step or None
            As `reconstruct`; also None after each wait for more.
        """
        newest, steps, begun = Arrived(-1, None, False), None, False
        try:
            while True:
                if not newest.complete and time.monotonic() >= self._due:
                    found = self._looked()
                    if found.scan is not None:
                        if steps is not None and begun:
                            _finish(steps)
                        run = self._next(found.scan, found.anew)
                        steps, begun = run.to_end(start=self._start, keep=keep, **how), False
                    before, newest = newest, found
                    if found.text != before.text:
                        yield found
                if steps is not None:
                    begun = True
                    try:
                        step = next(steps)
                    except StopIteration:
                        steps = None
                    else:
                        yield step
                elif newest.complete:
                    return
                else:
                    time.sleep(max(0.0, self._due - time.monotonic()))
                    yield None
        finally:
            if steps is not None:
                steps.close()

    @property
    def outcome(self) -> Run | None:
        """The newest run that has a step: of the present one, or else of the one before."""
        return self._earlier if self.run is None or self.run.last is None else self.run

    def _looked(self) -> Arrived:
        began = time.monotonic()
        found = self._look()
        now = time.monotonic()
        self._due = now + max(self._seconds, (now - began) * (1 / SHARE - 1))
        return found

    def _next(self, scan: Scan, anew: bool) -> Run:
        """The run on more of the scan."""
        before, self._earlier = self.run, self.outcome
        if anew:
            self._start = None
        elif before is not None:
            scan, self._start = grown(before, scan, self._start)
        self.run = Run(0, scan, self._method, self._settings, self._scan_path)
        return self.run


def _finish(steps: Steps) -> None:
    """End a run with a step of its present object."""
    try:
        while steps.send(True) is None:
            pass
    except StopIteration:
        pass
    steps.close()


def grown(before: Run, scan: Scan, start: np.ndarray | None = None) -> tuple[Scan, np.ndarray | None]:
    """What goes on from a run when more of its scan has come: the scan with its probe, and its object.

    Parameters
    ----------
    before : Run
    scan : Scan
        More of its scan.
    start : complex64 array, shape `before.scan.object_shape`, optional
        The object that it began with, which counts if it has no step.

    Returns
    -------
    Scan
    complex64 array, shape `scan.object_shape`, or None
        None if the run has no object, or one of other frames.
    """
    last, held = before.last, before.scan
    if not isinstance(held, Scan):
        return scan, None
    obj = start if last is None else last.obj
    there = None if obj is None else placed(obj, held, scan)
    if obj is not None and there is None:
        return scan.noted("frames that came first are not used any more, so the run started again"), None
    if scan.width != held.width:
        return scan, there
    beam = held if last is None else last
    scan = replace(scan, probe=beam.probe, weaker_modes=beam.weaker_modes)
    return scan.noted(f"object and probe went on from those of the first {len(held)} positions"), there


def placed(obj: np.ndarray, before: Scan, scan: Scan) -> np.ndarray | None:
    """The object of a part of a scan, where it lies in that of more of it; None if the parts do not agree.

    Parameters
    ----------
    obj : complex64 array, shape `before.object_shape`
    before, scan : Scan
        The same frames in the same order, `scan` with more of them; its positions may have another origin.

    Returns
    -------
    complex64 array, shape `scan.object_shape`
        Beyond the old one it has the median modulus and the mean phase of that.
    """
    count = len(before)
    if len(scan) < count or scan.width != before.width:
        return None
    apart = scan.positions[:count] - before.positions
    middle = np.median(apart, axis=0)
    if np.abs(apart - middle).max() > _APART:
        return None
    lit = obj[before.span]
    mean = complex(lit.mean(dtype=np.complex128))
    fill = float(np.median(np.abs(lit))) * (mean / abs(mean) if mean else 1.0)
    return shifted(obj, np.rint(middle).astype(int), scan.object_shape, fill)


def shifted(obj: np.ndarray, by: np.ndarray, shape: tuple[int, int], fill: complex) -> np.ndarray:
    """An object moved by whole pixels into an array of another shape, which has this value elsewhere."""
    out = np.full(shape, fill, np.complex64)
    here, there = [], []
    for at, size, room in zip(map(int, by), obj.shape, shape, strict=True):
        low = max(at, 0)
        high = max(min(at + size, room), low)
        here.append(slice(low - at, high - at))
        there.append(slice(low, high))
    out[tuple(there)] = obj[tuple(here)]
    return out
