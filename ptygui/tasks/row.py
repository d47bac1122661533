"""Row: the result of a task as plain values: scores, convergence, and where it ran."""

import hashlib
import json
import math
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, Self

from ptygui.analysis.verdict import chi_square
from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.files.result import versions
from ptygui.scan import Scan

NUMBERS = ("index", "seconds", "nfe", "misfit", "nrmse", "ssim", "held_out")


@dataclass(frozen=True)
class Row:
    """The result of a task.

    Attributes
    ----------
    key : str
        Of the task.
    task : dict
        Its record.
    outcome : {"done", "failed"}
    error : str
        Why it failed.
    scan : dict
        `positions`, `overlap`, `overlap_d90`, `step_px`, `data_per_unknown`, `photons`, `compared_with`.
    scores : dict
        Of the last step: `nrmse`, `ssim`, `misfit`, `noise_floor`, `chi_square`, `held_out`, `nfe`,
        `seconds`; where they apply `nrmse_lit` of the lit area, `nrmse_lit_aligned` (`faults.lit_error`), and
        the shares of pixels within so many deviations.
    numbers : dict of lists
        The same at the recorded iterates.
    object_sha256 : str
        Of the bytes of the last object: equal results have the same.
    ran : dict
        `device`, `threads`, `host`, `process`, `versions`, `weights`.
    """

    key: str
    task: dict[str, Any]
    outcome: str
    error: str = ""
    scan: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, list[Any]] = field(default_factory=dict)
    object_sha256: str = ""
    ran: dict[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether it has a result."""
        return self.outcome == "done"

    @cached_property
    def worker(self) -> str:
        """Where it ran, such as "node7:4711"."""
        return f"{self.ran.get('host', '')}:{self.ran.get('process', '')}"

    @classmethod
    def of(cls, key: str, task: dict[str, Any], run: Run) -> Self:
        """The row of a run that has ended."""
        last = run.last
        if run.outcome != "done" or last is None:
            return cls(key, task, "failed", run.error or f"it was {run.outcome}", _about(run), ran=_ran(run))
        scores = {name: getattr(last, name) for name in (*NUMBERS[1:], "noise_floor")}
        scores["chi_square"] = chi_square(last.misfit, last.noise_floor)
        numbers = {name: list(run.history.numbers[name]) for name in NUMBERS}
        content = hashlib.sha256(last.obj.tobytes()).hexdigest()
        return cls(key, task, "done", "", _about(run), scores, numbers, content, _ran(run))

    @classmethod
    def failed(cls, key: str, task: dict[str, Any], error: BaseException, run: Run | None = None) -> Self:
        """The row of a task that failed."""
        said = " ".join(str(error).split())
        said = said if isinstance(error, InputError) else f"{type(error).__name__}: {said}"
        return cls(key, task, "failed", said, {} if run is None else _about(run), ran=_ran(run))

    def text(self) -> str:
        """As JSON."""
        return json.dumps(_plain(asdict(self)), ensure_ascii=False, allow_nan=False, indent=1)

    @classmethod
    def read(cls, text: str, said: str = "a row") -> Self:
        """The row of a JSON text.

        Raises
        ------
        InputError
            If it is not one; it begins with `said`.
        """
        remedy = "delete it, to have it computed again"
        try:
            row = cls(**json.loads(text))
        except (ValueError, TypeError, RecursionError) as error:
            raise InputError(f"{said} is not a row of results ({error}): {remedy}") from None
        kinds = {"key": str, "task": dict, "outcome": str, "error": str, "scan": dict, "scores": dict}
        kinds |= {"numbers": dict, "object_sha256": str, "ran": dict}
        wrong = [name for name, kind in kinds.items() if not isinstance(getattr(row, name), kind)]
        numbers = [] if wrong else [*row.scores.values(), *chain(*map(_listed, row.numbers.values()))]
        if wrong or not all(n is None or isinstance(n, int | float) for n in numbers):
            raise InputError(f"{said} is not a row of results ({', '.join(wrong) or 'numbers'}): {remedy}")
        return row


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else ["no list"]


def _about(run: Run) -> dict[str, Any]:
    return {
        "name": run.subject,
        "positions": len(run.scan),
        "overlap": run.overlap,
        "overlap_d90": run.overlap_d90,
        "step_px": run.step_px,
        "data_per_unknown": run.data_per_unknown,
        "photons": run.scan.photons if isinstance(run.scan, Scan) else None,
        "compared_with": run.scan.compared_with,
    }


def _ran(run: Run | None) -> dict[str, Any]:
    from ptygui.physics.threads import thread_count

    found: dict[str, Any] = {"host": platform.node(), "process": os.getpid(), "threads": thread_count()}
    found["versions"] = versions()
    if run is not None:
        found["device"] = run.device
        try:
            found["weights"] = run.method.weights(run.scan)
        except InputError:  # they are gone by now
            found["weights"] = {}
    return found


def _plain(value: Any) -> Any:
    """Numpy numbers as Python's, and numbers that are not finite as None, as JSON has it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
