"""The unit of work: a task is a scan, a method and a seed; carrying it out gives a row, and a result file.

task = Task(SimulatedScan(obj, probe, Simulation(overlap=0.2)), AWF(iterations=300), seed=0)
row = carried_out(task)
row.scores["nrmse"]
Task.read(json.loads(json.dumps(task.record()))) == task
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from ptygui.errors import InputError
from ptygui.experiment.run import Run
from ptygui.experiment.settings import RunSettings
from ptygui.history import History
from ptygui.methods import method_named
from ptygui.methods.base import Method
from ptygui.tasks.scans import TaskScan, made, read_scan_of

RECORD = frozenset(2**k for k in range(25))  # iterates whose numbers are kept, to show how a run converged


@dataclass(frozen=True)
class Task:
    """One reconstruction to carry out, as a small record.

    Attributes
    ----------
    scan : SimulatedScan or ThinnedScan
    method : Method
    seed : int
        Of the method; that of the scan's noise is in its simulation.
    device : str
        As in `RunSettings`. It is no part of the `key`: a sweep that began on a CPU goes on on a GPU.
    """

    scan: TaskScan
    method: Method
    seed: int = 0
    device: str = "auto"

    @cached_property
    def key(self) -> str:
        """The name of its row: a hash of all that determines the result."""
        plain = json.dumps(_decisive(self.record()), sort_keys=True)
        return hashlib.sha256(plain.encode()).hexdigest()[:24]

    def record(self) -> dict[str, Any]:
        """As plain values."""
        method = {"method": self.method.key(), "options": self.method.asdict()}
        return {"scan": self.scan.record(), **method, "seed": self.seed, "device": self.device}

    @classmethod
    def read(cls, record: Any) -> Self:
        """The task of a record.

        Raises
        ------
        InputError
            If it is not one, or an option is refused.
        """
        try:
            method = method_named(str(record["method"])).read(record["options"])
            return cls(read_scan_of(record["scan"]), method, int(record["seed"]), str(record["device"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"a task cannot be understood ({error}): plan it again") from None

    def run(self, folder: Path | None = None, number: int = 0) -> Run:
        """The run that carries it out, of sweep `number`; it holds its numbers and the newest image.

        Raises
        ------
        InputError
            If the scan cannot be made.
        """
        scan, settings = made(self.scan, folder), RunSettings(self.device, self.seed)
        history = History(newest_only=True)
        return Run(0, scan, self.method, settings, self._scan_path, history=history, sweep=number)

    @property
    def recorded(self) -> frozenset[int]:
        """Iterates of which the numbers are kept: of the last, how far a run is still falling is judged."""
        return RECORD | {round(0.8 * self.method.total)}

    @property
    def _scan_path(self) -> str | None:
        full = getattr(self.scan, "full", None)
        return (full.spec or None) if full is not None else None


def _decisive(value: Any) -> Any:
    """A record without what does not determine the result: names, where inputs come from, and the device."""
    if not isinstance(value, Mapping):
        return value
    return {name: _decisive(inner) for name, inner in value.items() if name not in ("name", "spec", "device")}
