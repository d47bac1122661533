"""Text, sort key and tooltip of the cells in the list of runs, for runs and sweeps."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from ptygui.analysis.verdict import Verdict
from ptygui.experiment.run import Run, in_words
from ptygui.physics.overlap import overlaps_text
from ptygui.physics.positions import overlap_text

COLUMNS = (
    ("#", "Number of the run; sorts the rows in the order of the list, which the queue follows"),
    (
        "name",
        "F2 or a double click renames a run; the tooltip has the whole name. Runs of a sweep "
        "are under one row: → unfolds it, ← or − folds it; actions on the row apply to all its runs",
    ),
    ("state", "queued, running, done, stopped, failed; of a sweep on workers also which one it was"),
    ("method", "Which method"),
    ("scan", "What was scanned; the tooltip has file, overlap and positions"),
    ("overlap", "Linear overlap of the scan, relative to the probe width [%]"),
    ("NRMSE", "Against the truth, or the reference of a thinned scan; for a sweep the best"),
    ("SSIM", "Of magnitudes, against the same; for a sweep the best"),
    ("misfit", "Relative to photon noise alone (χ² per pixel); 1 or less is a fit; ✓ ⚠ ↑ ↓: see the tooltip"),
    ("seconds", "Time spent in the method, without the time before a branch [s]"),
    ("NFE", "Network evaluations, without those before a branch"),
    ("from", "The run and step from which a run branched, and options changed there or later"),
    ("options", "Options that differ from their defaults, and those changed during the run"),
)
_TITLES = [title for title, _ in COLUMNS]
(
    NUMBER, NAME, STATE, METHOD, SCAN, OVERLAP, NRMSE, SSIM, MISFIT, SECONDS, EVALUATIONS, LINEAGE, OPTIONS
) = range(len(COLUMNS))  # fmt: skip
NUMERIC = {NUMBER, OVERLAP, NRMSE, SSIM, MISFIT, SECONDS, EVALUATIONS}
LOWEST = float("-inf")  # unknown values sort first
_DIGITS = {NUMBER: 0, NRMSE: 4, SSIM: 4, SECONDS: 1, EVALUATIONS: 0}


@dataclass(eq=False)
class SweepRow:
    """The row of a sweep, which stands for its runs.

    Attributes
    ----------
    number : int
        See `Run.sweep`.
    key : int
        From 1; never given twice by a model.
    row : int
        Its index among the top-level rows.
    """

    number: int
    key: int
    row: int = 0
    runs: list[Run] = field(default_factory=list)

    @cached_property
    def facts(self) -> "SweepFacts":
        """The summary of its runs."""
        return SweepFacts(self)

    def forget(self) -> None:
        """Note that its runs have changed."""
        self.__dict__.pop("facts", None)


class SweepFacts:
    """Cells of a sweep, computed once: values to sort by, texts and tooltips, each a list by column."""

    def __init__(self, sweep: SweepRow):
        runs = sweep.runs
        last = [run.last for run in runs if run.last is not None]
        errors, likeness = (
            [value for step in last if (value := getattr(step, name)) is not None]
            for name in ("nrmse", "ssim")
        )
        low, high = min(run.overlap for run in runs), max(run.overlap for run in runs)
        outcomes = Counter(run.outcome for run in runs)
        workers = Counter(run.worker for run in runs if run.worker)
        subjects = ", ".join(dict.fromkeys(run.subject for run in runs))
        methods = ", ".join(dict.fromkeys(run.method.key() for run in runs))
        many = f"{len(runs)} run{'s' * (len(runs) != 1)}"
        name = f"sweep {sweep.number}, {many}"
        span = f"NRMSE {min(errors):.4f} to {max(errors):.4f}" if errors else "no NRMSE: no truth, or no step"
        worst = next(each for each in ("failed", "stopped", "running", "queued", "done") if outcomes[each])
        state = worst if len(outcomes) == 1 else f"{outcomes[worst]} {worst}"
        seconds, evaluations = sum(run.seconds for run in runs), sum(run.evaluations for run in runs)
        best = min(errors, default=LOWEST), max(likeness, default=LOWEST)
        #: by column
        self.values = [
            0.0, name, state, methods, subjects, low, *best, LOWEST, float(seconds), float(evaluations), "",
            span,
        ]  # fmt: skip
        overlaps = overlap_text(low) if low == high else f"{100 * low:.0f}–{100 * high:.0f} %"
        self.texts = [
            text_of(value, column) if column in NUMERIC else value for column, value in enumerate(self.values)
        ]
        self.texts[NUMBER], self.texts[OVERLAP] = "", overlaps
        about = f"{name} of {subjects}\n{methods}; {overlaps} overlap\n{span}"
        self.tips = [about] * len(COLUMNS)
        said = [f"{count} {outcome}" for outcome, count in outcomes.items()]
        said += [f"{count} on {worker}" for worker, count in workers.items()]
        self.tips[STATE] = ", ".join(said)


def value_of(run: Run, column: int) -> float | str:
    """The value that a run is sorted by."""
    last = run.last
    known = (
        run.number,
        run.name_in_list,
        run.outcome,
        run.method.key(),
        run.subject,
        run.overlap,
        None if last is None else last.nrmse,
        None if last is None else last.ssim,
        None if last is None else last.noise_floor and last.misfit / last.noise_floor,
        None if last is None else run.seconds,
        None if last is None else run.evaluations,
        run.lineage,
        options_text(run),
    )[column]
    return known if isinstance(known, str) else LOWEST if known is None else float(known)


def text_of(value: float | str, column: int) -> str:
    """A value as the text of a cell."""
    if isinstance(value, str):
        return value
    if value == LOWEST or (column == MISFIT and not value):
        return "–"
    if column == OVERLAP:
        return overlap_text(value)
    if column == MISFIT:
        return f"{value:.2f}" if value < 100 else f"{value:.0f}"
    return f"{value:.{_DIGITS[column]}f}"


def cell_of(run: Run, column: int) -> str:
    """The text of a cell of a run."""
    text = text_of(value_of(run, column), column)
    if run.doing and column in (STATE, OPTIONS):
        return "starting" if column == STATE else run.doing
    if column == STATE and run.worker:
        return f"{text} on {run.worker}"
    return f"{text} (auto)" if column == STATE and run.automatic else text


def tip_of(run: Run, column: int, found: Verdict | None) -> str:
    """The tooltip of a cell of a run; the verdict is that of its misfit."""
    if column == STATE and (run.error or run.doing):
        return run.error or run.doing
    if column == MISFIT and found is not None:
        return found.text
    if column == NAME:
        return f"{run.name}\n{run.scan.name}"
    if column == LINEAGE:
        return run.lineage or "from the start"
    if column in (SCAN, OVERLAP):
        return scan_text(run)
    if column in (NRMSE, SSIM) and run.scan.compared_with:
        return f"against {run.scan.compared_with}"
    return options_text(run) if column == OPTIONS else run.scan.name


def scan_text(run: Run) -> str:
    """The scan of a run: name, where it came from, overlap and positions."""
    scan, count = run.scan, len(run.scan)
    where = run.scan_path or ("simulated" if scan.has_patterns else "of a result, without its patterns")
    rows, columns = scan.object_shape
    positions = f"{count} position{'s' * (count != 1)}, object {rows} × {columns} px"
    overlap = f"overlap {overlaps_text(scan)}, " if count > 1 else ""
    return f"{scan.name}\n{where}\n{overlap}{positions}"


def options_text(run: Run) -> str:
    """The options that differ from their defaults, and those changed during the run."""
    parts = [in_words({name: value}) for name, value in run.method.changed().items()]
    if run.seed:
        parts.append(f"seed {run.seed}")
    if run.origin is not None:
        parts.append(f"from {run.origin.label} at step {run.origin.step}")
    parts += [f"at {step}: {in_words(options)}" for step, options in run.changes]
    return ", ".join(parts)
