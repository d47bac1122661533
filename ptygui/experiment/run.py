"""One reconstruction from request to outcome: shown in the run list and stored in a project file."""

import re
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from ptygui.analysis.judged import Judged
from ptygui.analysis.judged_verdict import judged_verdict
from ptygui.analysis.verdict import Verdict, chi_square, fall, unpredicted, verdict
from ptygui.errors import InputError
from ptygui.experiment.reconstruct import pick_device, reconstruct
from ptygui.experiment.settings import RunSettings
from ptygui.history import History
from ptygui.methods.base import Method
from ptygui.options import shown
from ptygui.physics.overlap import data_per_unknown
from ptygui.physics.positions import overlap_text, step_length
from ptygui.physics.probe import energy_diameter
from ptygui.scan import Geometry
from ptygui.step import Step

Steps = Generator[Step | None, bool | None, None]
OUTCOMES = ("queued", "running", "done", "stopped", "failed")
_Changes = list[tuple[int, dict[str, Any]]]

NAMED = 2  # changes of options that a run's name lists; more are only counted
LETTERS = 32  # letters of a scan's name within that of a run
_OVERLAP = re.compile(r", -?[0-9.]+ %$")  # the suffix that a sweep adds to the names of its scans


class Origin(NamedTuple):
    """The step from which a run branched."""

    run: int  # number of the run that it branched from; 0 if it is of another session
    step: int
    name: str = ""  # the name of that run at the time

    @classmethod
    def read(cls, values: Sequence[Any]) -> "Origin":
        """Create it from a list, as stored in JSON."""
        run, step, *name = values
        return cls(int(run), int(step), str(*name))

    @property
    def label(self) -> str:
        """A short name of the run: its number, or its name if it is of another session."""
        return str(self.run or self.name)


@dataclass(eq=False)
class Run:
    """A scan, a method and their results.

    Attributes
    ----------
    number : int
        From 1 in the order of requests; never used twice in a session.
    scan : Scan, or Geometry for a result without its patterns
        What is reconstructed; shared between runs, never copied.
    method : Method
        With its present options.
    settings : RunSettings
        Seed and device; once it has started, the actual device.
    scan_path : str, optional
        The file that the scan was read from.
    given_name : str
        The name given by the user; empty for the automatic name, see `name`.
    outcome : str
        One of `OUTCOMES`.
    origin : Origin, optional
        The run and the step that this one branched off from.
    past : list of (int, Method)
        Earlier options, oldest first: up to which step, and the method with them. A branch includes those of
        the run that it branched from.
    automatic : bool
        Whether the window started it automatically (the preview that follows the overlap slider).
    sweep : int
        Number of the overlap sweep that it belongs to; 0 for none.
    worker : str
        Which worker carried it out, such as "node7:4711"; empty if this process did. Not stored in files.
    doing : str
        What is done before its first step, in words; empty from then on. Not stored in files.
    among_others : bool
        Whether its list has runs of other subjects, so that its name includes its own. The list sets
        it, see `several_subjects`; it is not stored in files.
    judged : Judged, optional
        What was measured of its result, on demand, to judge it.
    """

    number: int
    scan: Geometry
    method: Method
    settings: RunSettings = field(default_factory=RunSettings)
    scan_path: str | None = None
    given_name: str = ""
    outcome: str = "queued"
    history: History = field(default_factory=History)
    origin: Origin | None = None
    past: list[tuple[int, Method]] = field(default_factory=list)
    automatic: bool = False
    error: str = ""
    sweep: int = 0
    worker: str = ""
    doing: str = ""
    among_others: bool = False
    judged: Judged | None = None

    @property
    def seed(self) -> int:
        """The seed of all random numbers of the method."""
        return self.settings.seed

    @property
    def device(self) -> str:
        """The requested device, or the actual one once it has started."""
        return self.settings.device

    def __setattr__(self, name: str, value: Any) -> None:
        """Clear cached values of the scan when another one replaces it."""
        if name == "scan":
            for figure in ("overlap", "overlap_d90", "data_per_unknown", "subject"):
                self.__dict__.pop(figure, None)
        super().__setattr__(name, value)

    def steps(self, resume: Step | dict[str, Any] | None = None, **how: Any) -> Steps:
        """The loop behind window, command line and sweeps: `reconstruct` with the settings of this run.

        Parameters
        ----------
        resume : Step or its state, optional
            The step to continue from.
        **how
            `start`, `interval`, `record`, `evenly` of `reconstruct`.
        """
        self.settings, self.judged = replace(self.settings, device=pick_device(self.settings.device)), None
        return reconstruct(self.scan, self.method, resume=resume, device=self.device, seed=self.seed, **how)

    def to_end(
        self,
        resume: Step | dict[str, Any] | None = None,
        *,
        keep: Callable[[Step], bool] | None = None,
        **how: Any,
    ) -> Steps:
        """The steps, recorded in the history as they are made; then the outcome is set.

        It is "done"; "stopped" if the generator is closed or at Ctrl-C; "failed" if the method refuses or
        diverges, which raises.

        Parameters
        ----------
        keep : callable, optional
            Which steps are recorded besides the last one; all by default.
        **how
            As for `steps`.
        """
        self.outcome, newest = "running", None
        try:
            with closing(self.steps(resume, **how)) as steps:
                wanted = None
                while True:
                    try:
                        step = steps.send(wanted)
                    except StopIteration:
                        break
                    if step is not None:
                        newest = step
                        if keep is None or keep(step):
                            self.history.append(step)
                    wanted = yield step
            self.outcome = "done"
        except InputError as error:
            self.outcome, self.error = "failed", str(error)
            raise
        except (GeneratorExit, KeyboardInterrupt):
            self.outcome = "done" if newest is not None and newest.done else "stopped"
            raise
        finally:
            if newest is not None and (self.last is None or newest.index > self.last.index):
                self.history.append(newest)

    def branch(self, number: int, step: Step, method: Method, settings: RunSettings) -> "Run":
        """A run that continues from a step of this one, with other options."""
        at = step.index
        run = Run(number, self.scan, method, settings, self.scan_path, history=self.history.until(step))
        run.origin = Origin(self.number, at, self.name_beside_scan)
        run.past = [*(held for held in self.past if held[0] < at), (at, self.method_at(at))]
        return run

    def change(self, step: int, method: Method) -> dict[str, Any]:
        """Continue after a step with other options; returns the changed ones."""
        before, self.method = self.method, method
        self.past.append((step, before))
        return differing(before.asdict(), method.asdict())

    def method_at(self, step: int) -> Method:
        """The method with the options that step number `step` was made with."""
        return next((method for until, method in self.past if step <= until), self.method)

    @property
    def changes(self) -> list[tuple[int, dict[str, Any]]]:
        """Options changed during the run, branching included: after which step, and new values by name."""
        if not self.past:  # called with every step, and comparing methods is slow
            return []
        return changes_of([(step, held.asdict()) for step, held in self.past], self.method.asdict())

    @property
    def total(self) -> int:
        """Total number of steps, once it is done."""
        return self.method.total if self.last is None else self.method.total_after(self.last.state)

    @property
    def marks(self) -> list[tuple[int, str]]:
        """Steps after which options changed, and the changes in words."""
        marks = {} if self.origin is None else {self.origin.step: f"← {self.origin.label}"}
        for step, options in self.changes:
            said = in_words(options)
            marks[step] = f"{marks[step]}: {said}" if step in marks else said
        return sorted(marks.items())

    @property
    def name(self) -> str:
        """The name given by the user, or the automatic name."""
        return self.given_name or self.made_name

    @property
    def made_name(self) -> str:
        """Number, method, overlap, subject if there are several, where it branched off or changed."""
        return self._made_name(f"of {self.subject}" if self.among_others else "")

    @property
    def name_beside_scan(self) -> str:
        """As `name`, for places that also name the scan."""
        return self.given_name or self._made_name()

    @property
    def name_in_list(self) -> str:
        """As `name`, for places that also tell the scan, the lineage, and group the runs of a sweep."""
        return self.given_name or self._made_name(swept=False, lineage=False)

    @cached_property
    def subject(self) -> str:
        """The subject of the scan: its name on one line, shortened, without the overlap that a sweep adds."""
        name = " ".join(self.scan.name.split())
        name = without_overlap(name) if self.sweep else name
        end = LETTERS // 2 - 1
        return name if len(name) <= LETTERS else f"{name[: LETTERS - end - 1]}…{name[-end:]}"

    @property
    def told(self) -> list[tuple[int, dict[str, Any]]]:
        """The `changes` that `lineage` lists: many later ones are only counted."""
        there, later = self._since_branching()
        return there + (later if len(later) <= NAMED else [])

    @property
    def lineage(self) -> str:
        """Where it branched off, and changes then and later, such as "← 3 @ step 21, zeta 0.002"."""
        words = [] if self.origin is None else [f"← {self.origin.label} @ step {self.origin.step}"]
        there, later = self._since_branching()
        words += [in_words(options) for _, options in there]
        if len(later) > NAMED:
            words.append(f"options changed {len(later)} times")
        else:
            words += [f"{in_words(options)} from step {step + 1}" for step, options in later]
        return ", ".join(words)

    @property
    def evaluations(self) -> int:
        """Network evaluations of this run, without those of the run that it branched from."""
        return int(self._spent("nfe"))

    @property
    def seconds(self) -> float:
        """Time spent in the method by this run, without that of the run that it branched from [s]."""
        return self._spent("seconds")

    @cached_property
    def step_px(self) -> float:
        """Distance of neighbouring positions, see `step_length` [px]."""
        return step_length(self.scan.positions)

    @cached_property
    def overlap(self) -> float:
        """Linear overlap ratio of the scan, of the probe width (a fraction)."""
        return 1 - self.step_px / self.scan.width if len(self.scan) > 1 else 0.0

    @cached_property
    def overlap_d90(self) -> float:
        """Linear overlap ratio of the diameter that holds 90 % of the probe's energy; below 0 are gaps."""
        return 1 - self.step_px / energy_diameter(self.scan.probe) if len(self.scan) > 1 else 0.0

    @cached_property
    def data_per_unknown(self) -> float:
        """Measured values of the scan for each real unknown of the object."""
        return data_per_unknown(self.scan)

    @property
    def last(self) -> Step | None:
        """The newest step."""
        return self.history.last

    @property
    def pace(self) -> float | None:
        """Mean time of a step [s], without the first one: that may include a start, or imports."""
        indices, seconds = (self.history.numbers[name] for name in ("index", "seconds"))
        first = 0 if self.origin is None else bisect_left(indices, self.origin.step)
        steps = indices[-1] - indices[first] if first < len(indices) else 0
        return float((seconds[-1] - seconds[first]) / steps) if steps > 0 else None

    @property
    def start_seconds(self) -> float:
        """Time to the first step beyond that of a mean one [s]: of a start that the method makes."""
        if self.pace is None or self.origin is not None:
            return 0.0
        first = self.history.numbers["seconds"][0] - self.pace * self.history.numbers["index"][0]
        return float(max(first, 0.0))

    def _made_name(self, of: str = "", swept: bool = True, lineage: bool = True) -> str:
        made = f"{self.number} {self.method.key()} {overlap_text(self.overlap)}"
        sweep = f"sweep {self.sweep}" if self.sweep and swept else ""
        return " ".join(word for word in (made, of, sweep, self.lineage * lineage) if word)

    def _since_branching(self) -> tuple[_Changes, _Changes]:
        """The `changes` at the step that it branched off from, and those after it."""
        branched, changes = -1 if self.origin is None else self.origin.step, self.changes
        return [c for c in changes if c[0] == branched], [c for c in changes if c[0] > branched]

    def _spent(self, name: str) -> float:
        return spent(self.history.numbers, name, 0 if self.origin is None else self.origin.step)


def verdict_of(run: Run, runs: Iterable[Run]) -> Verdict | None:
    """The verdict on the misfit of a finished run, given that of the reference (AWF) on the same scan."""
    if run.outcome != "done" or run.last is None:
        return None
    method, numbers, chi = run.method, run.history.numbers, _chi(run)
    strength, judged = method.strength(numbers), None
    if run.judged is not None and chi is not None:
        judged = judged_verdict(run.judged, chi, method.diffusion, method.guided, strength)
        if judged is not None and judged.kind != "fits":
            return judged
    awf = [
        _chi(other)
        for other in runs
        if other.method.data_alone and other.scan is run.scan and other.outcome == "done" and other.last
    ]
    best = min((known for known in awf if known is not None), default=None)
    found = verdict(
        chi, method.diffusion, method.guided, best,
        fits=method.fits, data=run.data_per_unknown,
        falling=fall(numbers["index"], numbers["misfit"]), strength=strength,
        discrepancy=run.last.discrepancy, overruled=float(run.last.state.get("overruled", 0.0)),
    )  # fmt: skip
    if judged is not None and method.diffusion:  # what is measured counts more; AWF may have not converged
        found = None
    return found or unpredicted(chi, run.last.held_out) or judged


def several_subjects(runs: Iterable[Run]) -> bool:
    """Whether runs have different subjects, by name; scans that share a truth have the same subject."""
    of_truth: dict[int, str] = {}
    subjects = set()
    for run in runs:
        truth, subject = run.scan.truth, run.subject
        subjects.add(subject if truth is None else of_truth.setdefault(id(truth), subject))
    return len(subjects) > 1


def _chi(run: Run) -> float | None:
    if run.last is None:
        return None
    return chi_square(run.last.misfit, run.last.noise_floor)


def without_overlap(name: str) -> str:
    """The name of a scan less the overlap that a sweep adds to it."""
    return _OVERLAP.sub("", name)


def in_words(options: Mapping[str, Any]) -> str:
    """Options with their values, such as "zeta 0.01, j 5"."""
    return ", ".join(f"{name} {shown(value)}" for name, value in options.items())


def changes_of(
    past: Iterable[tuple[int, dict[str, Any]]], options: dict[str, Any]
) -> list[tuple[int, dict[str, Any]]]:
    """Option changes by the step after which they apply, where those in `past` applied before `options`."""
    past = list(past)
    pairs = pairwise([*(held for _, held in past), options])
    changes = [(step, differing(*pair)) for (step, _), pair in zip(past, pairs, strict=True)]
    return [(step, changed) for step, changed in changes if changed]


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The options that differ afterwards."""
    return {name: value for name, value in after.items() if name not in before or value != before[name]}


def spent(numbers: Mapping[str, list[Any]], name: str, since: int = 0) -> float:
    """The increase after step `since` of a number that only grows, such as the seconds of a run."""
    values = numbers.get(name)
    if not values:
        return 0
    return values[-1] - (values[bisect_left(numbers["index"], since)] if since else 0)
