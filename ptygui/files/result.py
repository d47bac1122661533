"""Result: the outcome of one reconstruction, as plain values that a file can hold."""

import platform
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from ptygui.analysis.judged import Judged
from ptygui.errors import InputError
from ptygui.experiment.assessment import assessment_of
from ptygui.experiment.refined_values import refined_values
from ptygui.experiment.run import Origin, Run, changes_of, spent
from ptygui.experiment.settings import RunSettings
from ptygui.files.source import Source, source_of
from ptygui.history import History
from ptygui.methods.base import Method
from ptygui.scan import Geometry, Reference, pixels_of
from ptygui.step import Step


@dataclass(frozen=True, eq=False)
class Result:
    """One finished (or stopped) reconstruction.

    Attributes
    ----------
    name : str
        Of the scan.
    method : str
        As on the command line, such as "awf".
    options : dict
        By name; "auto" if the method chose the value, see `resolved`.
    settings : RunSettings
        Seed, and the device that computed it.
    obj : complex64 array, shape `object_shape`
        The estimate; outside the area that patches span, values are arbitrary.
    probe : complex64 array, shape (m, m)
        In square roots of photon counts.
    weaker_modes : complex64 array, shape (M - 1, m, m), optional
        Of a result without steps, such as another program's: as in the Scan.
    weights : array, shape (K,), optional
        The same.
    given_share : float32 array, shape `object_shape`, optional
        The same, for the prior's share.
    offset, span : (int, int)
        First row and column of that area in the object, and its rows and columns.
    positions : float64 array, shape (K, 2)
        As in the Scan: row and column of each patch's first pixel in `obj` [px].
    pixel_size_m, wavelength_m, distance_m : float, optional
        As in the Scan [m].
    pixel_aspect : float
        As in the Scan: height of an object pixel over its width.
    truth : complex64 array, shape `object_shape`, optional
        The object, if known.
    reference : Reference, optional
        The object that NRMSE and SSIM compare with, if the truth is not known.
    numbers : dict of lists
        One value per step, by the names of `ptygui.step.NUMBERS`.
    frames : tuple of Step
        Evenly thinned; the last is the newest and the only one with a state.
    samples : complex64 array, shape (S, H, W), optional
        The estimates of all seeds, if there are several.
    state : dict
        Named arrays and numbers from which the method continues.
    seconds : float
        Time spent in the method [s].
    versions : dict
        Versions of programs and hashes of trained weights, by name.
    notes : tuple of str
        What was assumed when the scan was made or read, and the method's note on the run.
    source : Source, optional
        The file of the scan.
    pins : set of int
        Numbers of the steps that the user marked: their frames are never thinned.
    past : tuple of (int, dict)
        Options before those in `options`, oldest first: up to which step, and all of them by name.
    origin : Origin, optional
        The run and the step that this one branched off from; numbers and frames up to there belong to both.
    judged : Judged, optional
        What was measured to judge it, see `ptygui judge`.
    verdict : dict
        "word" ("good", "doubtful" or "bad") and "why"; empty if there is none.
    refined : dict
        What the last step has otherwise than the scan, by option, see `refined_values`; empty in earlier
        files.
    """

    name: str
    method: str
    options: dict[str, Any]
    settings: RunSettings
    obj: np.ndarray
    probe: np.ndarray
    positions: np.ndarray
    offset: tuple[int, int]
    span: tuple[int, int]
    pixel_size_m: float | None = None
    wavelength_m: float | None = None
    distance_m: float | None = None
    pixel_aspect: float = 1.0
    truth: np.ndarray | None = None
    reference: Reference | None = None
    numbers: dict[str, list[Any]] = field(default_factory=dict)
    frames: tuple[Step, ...] = ()
    samples: np.ndarray | None = None
    state: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    past: tuple[tuple[int, dict[str, Any]], ...] = ()
    origin: Origin | None = None
    source: Source | None = None
    pins: frozenset[int] = frozenset()
    weaker_modes: np.ndarray | None = None
    weights: np.ndarray | None = None
    judged: Judged | None = None
    verdict: Mapping[str, str] = field(default_factory=dict)
    given_share: np.ndarray | None = None
    refined: Mapping[str, str] = field(default_factory=dict)

    @property
    def prior_share(self) -> np.ndarray | None:
        """The prior's share of each pixel, float32 (H, W), see `Step.prior_share`; None if not known."""
        return self.given_share if self.last is None else self.last.prior_share

    @property
    def pixels_m(self) -> np.ndarray | None:
        """Height and width of an object pixel [m]; None if unknown."""
        return None if self.pixel_size_m is None else pixels_of(self.pixel_size_m, self.pixel_aspect)

    @property
    def seed(self) -> int:
        """The seed of everything random in the method."""
        return self.settings.seed

    @property
    def device(self) -> str:
        """Where it was computed; empty where that is not known."""
        return self.settings.device

    @classmethod
    def of_run(cls, run: Run) -> "Result":
        """The result of a run; `InputError` before its first step."""
        result = cls.of(run.scan, run.method, run.history, **run.settings.asdict())
        past = tuple((step, held.asdict()) for step, held in run.past)
        return replace(
            result,
            past=past,
            origin=run.origin,
            source=source_of(run.scan_path),
            judged=run.judged,
            verdict=_verdict(run),
        )

    @classmethod
    def of(cls, scan: Geometry, method: Method, history: History, **settings: Any) -> "Result":
        """The result of a method on a scan; `InputError` before its first step."""
        last = history.last
        if last is None:
            raise InputError("there is no step to save yet: wait for the first step of the reconstruction")
        rows, columns = scan.span
        return cls(
            name=scan.name,
            method=method.key(),
            options=method.asdict(),
            settings=RunSettings(**settings),
            obj=last.obj,
            probe=last.probe,
            positions=scan.positions,
            offset=(rows.start, columns.start),
            span=(rows.stop - rows.start, columns.stop - columns.start),
            pixel_size_m=scan.pixel_size_m,
            wavelength_m=scan.wavelength_m,
            distance_m=scan.distance_m,
            pixel_aspect=scan.pixel_aspect,
            truth=scan.truth,
            reference=scan.reference,
            numbers={name: list(values) for name, values in history.numbers.items()},
            frames=tuple(history.frames),
            pins=frozenset(history.pins),
            samples=last.samples,
            state=dict(last.state),
            seconds=last.seconds,
            versions=versions() | _known_weights(method, scan),
            notes=(*scan.notes, *([last.note] if last.note else [])),
            refined=refined_values(scan, last),
        )

    @property
    def object_shape(self) -> tuple[int, int]:
        """Rows and columns of the whole object."""
        return self.obj.shape

    @property
    def cropped(self) -> np.ndarray:
        """The object in the area that patches span, as in `/object`."""
        return self.crop(self.obj)

    @property
    def last(self) -> Step | None:
        """The newest step, from which the method can continue."""
        return self.frames[-1] if self.frames else None

    @property
    def modes(self) -> np.ndarray:
        """All modes of the probe: (M, m, m), or (m, m) of a coherent one."""
        if self.last is not None:
            return self.last.modes
        return self.probe if self.weaker_modes is None else np.stack((self.probe, *self.weaker_modes))

    @property
    def beam_weights(self) -> np.ndarray | None:
        """Amplitude of the beam at each position, if it is not constant."""
        return self.weights if self.last is None else self.last.weights

    @property
    def refined_positions(self) -> np.ndarray:
        """The positions that belong to the estimate, where the run refined them; else those of the scan."""
        refined = None if self.last is None else self.last.positions
        return self.positions if refined is None else refined

    @property
    def changes(self) -> list[tuple[int, dict[str, Any]]]:
        """Options changed during the run, branching included: after which step, and new values by name."""
        return changes_of(self.past, self.options)

    @property
    def options_by_step(self) -> list[dict[str, Any]]:
        """Which options applied from which step on, in plain values."""
        starts = [1, *(step + 1 for step, _ in self.past)]
        held = [*(options for _, options in self.past), self.options]
        return [
            {"from_step": k, "options": options, "resolved": self.resolved_at(k)}
            for k, options in zip(starts, held, strict=True)
        ]

    @property
    def noise_floor(self) -> float:
        """The misfit due to photon noise alone; 0 if unknown."""
        return self.frames[-1].noise_floor if self.frames else 0.0

    @property
    def resolved(self) -> dict[str, Any]:
        """The values of those `options` that are "auto", by name; empty in earlier files."""
        return self.frames[-1].resolved if self.frames else {}

    def resolved_at(self, step: int) -> dict[str, Any]:
        """The values of options that were "auto" when step number `step` was made, if known."""
        ends = [until for until, _ in self.past]
        period = bisect_left(ends, step)
        frames = (frame for frame in self.frames if bisect_left(ends, frame.index) == period)
        return next((frame.resolved for frame in frames), {})

    def options_at(self, step: int) -> dict[str, Any]:
        """The options that step number `step` was made with."""
        return next((options for until, options in self.past if step <= until), self.options)

    def varied_at(self, step: int) -> dict[str, Any]:
        """Of these, the ones that changed during the run."""
        held = self.options_at(step)
        return {name: held[name] for _, changed in self.changes for name in changed}

    @property
    def cost(self) -> dict[str, float]:
        """Evaluations and seconds of this run, alone and including what it branched from, by name."""
        since = 0 if self.origin is None else self.origin.step
        return {
            "evaluations": spent(self.numbers, "nfe", since),
            "seconds": spent(self.numbers, "seconds", since),
            "evaluations_from_the_start": spent(self.numbers, "nfe"),
            "seconds_from_the_start": spent(self.numbers, "seconds"),
        }

    def until(self, step: Step) -> "Result":
        """The result as it was at one of its steps: object, probe, positions and numbers up to there."""
        count = bisect_right(self.numbers.get("index", []), step.index)
        frames = (*(frame for frame in self.frames if frame.index < step.index), step)
        past = [(until, held) for until, held in self.past if until < step.index]
        options = self.options_at(step.index)
        return replace(
            self, obj=step.obj, probe=step.probe, options=options, past=tuple(past), frames=frames,
            numbers={name: values[:count] for name, values in self.numbers.items()},
            samples=step.samples, state=step.state, seconds=step.seconds,
            pins=frozenset(pin for pin in self.pins if pin <= step.index), refined={},
        )  # fmt: skip

    def crop(self, image: np.ndarray) -> np.ndarray:
        """The part of an image of the whole object that patches span."""
        (row, column), (rows, columns) = self.offset, self.span
        return image[..., row : row + rows, column : column + columns]


def _verdict(run: Run) -> dict[str, str]:
    """The assessment of an ended run, in plain values."""
    found = assessment_of(run)
    return {"word": found.word, "why": found.why} if found.grade else {}


def versions() -> dict[str, str]:
    """Versions of the programs that made the result."""
    found = {"python": platform.python_version()}
    for package in ("ptygui", "numpy", "torch", "scipy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            if package == "ptygui":
                found[package] = "from a checkout"
    return found


def _known_weights(method: Method, scan: Geometry) -> dict[str, str]:
    """The weights that the method ran with; empty if they no longer exist, so that the result is kept."""
    try:
        return method.weights(scan)
    except InputError:
        return {}
