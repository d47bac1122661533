"""One reconstruction from asking to outcome: what the run list shows and a project file keeps."""

import re
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from ptygui.analysis.verdict import Verdict, chi_square, fall, verdict
from ptygui.errors import InputError
from ptygui.experiment.reconstruct import pick_device, reconstruct
from ptygui.experiment.settings import RunSettings
from ptygui.history import History
from ptygui.methods.base import Method
from ptygui.options import shown
from ptygui.physics.overlap import data_per_unknown
from ptygui.physics.positions import overlap_ratio, overlap_text
from ptygui.scan import Geometry
from ptygui.step import Step

Steps = Generator[Step | None, bool | None, None]
OUTCOMES = ("queued", "running", "done", "stopped", "failed")
_Changes = list[tuple[int, dict[str, Any]]]

NAMED = 2  # changes of options that a run's name tells of; more are only counted
LETTERS = 32  # of the name of a scan within that of a run
_OVERLAP = re.compile(r", -?[0-9.]+ %$")  # which a sweep adds to the names of its scans


class Origin(NamedTuple):
    """Where a branch begins."""

    run: int  # number of the run that it branched from; 0 where that is of another session
    step: int
    name: str = ""  # what that run was called then

    @classmethod
    def read(cls, values: Sequence[Any]) -> "Origin":
        """From a list, as JSON has it."""
        run, step, *name = values
        return cls(int(run), int(step), str(*name))

    @property
    def label(self) -> str:
        """The run in short: its number, or its name where that is of another session."""
        return str(self.run or self.name)


@dataclass(eq=False)
class Run:
    """A scan, a method and what has come of them.

    Attributes
    ----------
    number : int
        From 1 in the order of asking; never given twice in a session.
    scan : Scan, or Geometry for a result without its patterns
        What is reconstructed; shared between runs, never copied.
    method : Method
        With its options as they stand.
    settings : RunSettings
        Seed and device; once it has begun, the device that was found.
    scan_path : str, optional
        The file that the scan was read from.
    given_name : str
        What the user called it; empty for the made name, see `name`.
    outcome : str
        One of `OUTCOMES`.
    origin : Origin, optional
        The run and the step that this one branched off from.
    past : list of (int, Method)
        Options that held before those of `method`, oldest first: up to which step, and the method with
        them. A branch has those of the run that it is of.
    automatic : bool
        Whether the window started it by itself (the preview that follows the overlap slider).
    sweep : int
        Number of the overlap sweep that it belongs to; 0 for none.
    among_others : bool
        Whether the list that it is in has runs of other subjects, so that its name says its own. The list
        decides it, see `several_subjects`; it is in no file.
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
    among_others: bool = False

    @property
    def seed(self) -> int:
        """The seed of everything random in the method."""
        return self.settings.seed

    @property
    def device(self) -> str:
        """As asked for, or as found once it has begun."""
        return self.settings.device

    def __setattr__(self, name: str, value: Any) -> None:
        """Forget what was worked out of the scan when another takes its place."""
        if name == "scan":
            for figure in ("overlap", "data_per_unknown", "subject"):
                self.__dict__.pop(figure, None)
        super().__setattr__(name, value)

    def steps(self, resume: Step | dict[str, Any] | None = None, **how: Any) -> Steps:
        """The one loop behind window, command line and sweeps: `reconstruct` with what this run says.

        Parameters
        ----------
        resume : Step or its state, optional
            Where to go on.
        **how
            `start`, `interval`, `record`, `short` of `reconstruct`.
        """
        self.settings = replace(self.settings, device=pick_device(self.settings.device))
        return reconstruct(self.scan, self.method, resume=resume, device=self.device, seed=self.seed, **how)

    def to_end(
        self,
        resume: Step | dict[str, Any] | None = None,
        *,
        keep: Callable[[Step], bool] | None = None,
        **how: Any,
    ) -> Steps:
        """The steps, recorded in the history as they are made, and then the outcome.

        That is "done", or "stopped" where the generator is closed or Ctrl-C comes; "failed" where the method
        refuses or diverges, which is raised.

        Parameters
        ----------
        keep : callable, optional
            Which steps are recorded besides the last one; all by default.
        **how
            As `steps` takes it.
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
        """A run that goes on from a step of this one, with options of its own."""
        at = step.index
        run = Run(number, self.scan, method, settings, self.scan_path, history=self.history.until(step))
        run.origin = Origin(self.number, at, self.name_beside_scan)
        run.past = [*(held for held in self.past if held[0] < at), (at, self.method_at(at))]
        return run

    def change(self, step: int, method: Method) -> dict[str, Any]:
        """Go on after a step with other options; returns those that are new."""
        before, self.method = self.method, method
        self.past.append((step, before))
        return differing(before.asdict(), method.asdict())

    def method_at(self, step: int) -> Method:
        """The method with the options that step number `step` was made with."""
        return next((method for until, method in self.past if step <= until), self.method)

    @property
    def changes(self) -> list[tuple[int, dict[str, Any]]]:
        """Options changed on the way, the branching too: after which step, and their new values by name."""
        if not self.past:  # asked with every step, and a method is dear to take apart
            return []
        return changes_of([(step, held.asdict()) for step, held in self.past], self.method.asdict())

    @property
    def total(self) -> int:
        """Steps in all, once it is done."""
        return self.method.total if self.last is None else self.method.total_after(self.last.state)

    @property
    def marks(self) -> list[tuple[int, str]]:
        """Steps after which something became different, and what, in words."""
        marks = {} if self.origin is None else {self.origin.step: f"← {self.origin.label}"}
        for step, options in self.changes:
            said = in_words(options)
            marks[step] = f"{marks[step]}: {said}" if step in marks else said
        return sorted(marks.items())

    @property
    def name(self) -> str:
        """What the user called it, or the name made for it."""
        return self.given_name or self.made_name

    @property
    def made_name(self) -> str:
        """Number, method, overlap, what it is of among other subjects, where it branched off or changed."""
        return self._made_name(f"of {self.subject}" if self.among_others else "")

    @property
    def name_beside_scan(self) -> str:
        """As `name`, where the scan is named beside it."""
        return self.given_name or self._made_name()

    @property
    def name_in_list(self) -> str:
        """As `name`, where the scan is named beside it and runs of a sweep are under one row."""
        return self.given_name or self._made_name(swept=False)

    @cached_property
    def subject(self) -> str:
        """What the scan is of, in short: its name on one line, without the overlap that a sweep adds."""
        name = " ".join(self.scan.name.split())
        name = without_overlap(name) if self.sweep else name
        end = LETTERS // 2 - 1
        return name if len(name) <= LETTERS else f"{name[: LETTERS - end - 1]}…{name[-end:]}"

    @property
    def told(self) -> list[tuple[int, dict[str, Any]]]:
        """Those of `changes` that `lineage` tells of: of many on the way only the number is told."""
        there, later = self._since_branching()
        return there + (later if len(later) <= NAMED else [])

    @property
    def lineage(self) -> str:
        """Where it branched off and what changed then and later, such as "← 3 @ step 21, zeta 0.002"."""
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
    def overlap(self) -> float:
        """Linear overlap ratio of the scan, of the probe width (a fraction)."""
        return overlap_ratio(self.scan.positions, self.scan.width) if len(self.scan) > 1 else 0.0

    @cached_property
    def data_per_unknown(self) -> float:
        """Measured values of the scan for each real unknown of the object."""
        return data_per_unknown(self.scan)

    @property
    def last(self) -> Step | None:
        """The newest step."""
        return self.history.last

    def _made_name(self, of: str = "", swept: bool = True) -> str:
        made = f"{self.number} {self.method.key()} {overlap_text(self.overlap)}"
        sweep = f"sweep {self.sweep}" if self.sweep and swept else ""
        return " ".join(word for word in (made, of, sweep, self.lineage) if word)

    def _since_branching(self) -> tuple[_Changes, _Changes]:
        """Those of `changes` at the step that it branched off from, and those after it."""
        branched, changes = -1 if self.origin is None else self.origin.step, self.changes
        return [c for c in changes if c[0] == branched], [c for c in changes if c[0] > branched]

    def _spent(self, name: str) -> float:
        return spent(self.history.numbers, name, 0 if self.origin is None else self.origin.step)


def verdict_of(run: Run, runs: Iterable[Run]) -> Verdict | None:
    """What the misfit of a finished run says, beside that of the reference (AWF) on the same scan."""
    if run.outcome != "done" or run.last is None:
        return None
    awf = [
        _chi(other)
        for other in runs
        if other.method.reference and other.scan is run.scan and other.outcome == "done" and other.last
    ]
    best = min((chi for chi in awf if chi is not None), default=None)
    method, numbers = run.method, run.history.numbers
    return verdict(
        _chi(run), method.diffusion, method.guided, best,
        fits=method.fits, data=run.data_per_unknown,
        falling=fall(numbers["index"], numbers["misfit"]),
    )  # fmt: skip


def several_subjects(runs: Iterable[Run]) -> bool:
    """Whether runs are of different things, by name; scans that share a truth are of one thing."""
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
    """After which step which options became what, where those in `past` held before `options`."""
    past = list(past)
    pairs = pairwise([*(held for _, held in past), options])
    changes = [(step, differing(*pair)) for (step, _), pair in zip(past, pairs, strict=True)]
    return [(step, changed) for step, changed in changes if changed]


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The options after that are not as before."""
    return {name: value for name, value in after.items() if name not in before or value != before[name]}


def spent(numbers: Mapping[str, list[Any]], name: str, since: int = 0) -> float:
    """How much a number of a run that only grows, such as its seconds, grew after step `since`."""
    values = numbers.get(name)
    if not values:
        return 0
    return values[-1] - (values[bisect_left(numbers["index"], since)] if since else 0)
