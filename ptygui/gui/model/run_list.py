"""Runs: every run of the session in order, the queue among them, and a bound on what they remember."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from copy import copy

from ptygui.experiment.run import Run, several_subjects

MAX_BYTES = 1536 * 1024**2  # limit for the recorded frames of all runs together
DELETIONS = 5  # that can be undone


class RunList:
    """The list of runs; plain Python, no signals.

    The queue consists of the runs whose outcome is "queued", in the order of the list.
    """

    def __init__(self, max_bytes: int = MAX_BYTES):
        self.max_bytes = max_bytes
        self._runs: list[Run] = []
        self._deleted: deque[list[tuple[int, Run]]] = deque(maxlen=DELETIONS)
        self._number = 0

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def __getitem__(self, place: int) -> Run:
        return self._runs[place]

    def next_number(self) -> int:
        """A number that no run of this session has had."""
        self._number += 1
        return self._number

    def relatives(self, run: Run) -> list[Run]:
        """The run that this one branched from, and those that branched from either."""
        return [other for other in self._runs if other is not run and _roots(other) & _roots(run)]

    def add(self, run: Run) -> None:
        """Append a run."""
        self._append(run)
        self.tell_subjects()

    def replace(self, run: Run, by: Run) -> None:
        """Put another run in the place of one, which is forgotten."""
        self._runs = [by if other is run else other for other in self._runs]
        self.tell_subjects()

    def replace_all(self, runs: Sequence[Run]) -> None:
        """Replace all runs with these, as loaded from a project file."""
        self._runs.clear()
        self._deleted.clear()
        for run in runs:
            self._append(run)
        self.tell_subjects()

    def tell_subjects(self) -> None:
        """Let run names include their subject if the list has several subjects, and only then."""
        several = several_subjects(self._runs)
        for run in self._runs:
            run.among_others = several

    def snapshot(self) -> list[Run]:
        """Copies that a thread may read while the session continues and queued runs begin."""
        return [frozen(run) for run in self._runs]

    def delete(self, runs: Sequence[Run], forget: bool = False) -> None:
        """Remove runs from the list; `undelete` restores them unless they are to be forgotten."""
        gone = [(place, run) for place, run in enumerate(self._runs) if run in runs]
        if gone:
            self._runs = [run for run in self._runs if run not in runs]
            if not forget:
                self._deleted.append(gone)
            self.tell_subjects()

    def undelete(self) -> list[Run]:
        """Restore the runs that were deleted last, each to its place."""
        if not self._deleted:
            return []
        back = self._deleted.pop()
        for place, run in back:
            self._runs.insert(min(place, len(self._runs)), run)
        self.tell_subjects()
        return [run for _, run in back]

    @property
    def can_undelete(self) -> bool:
        """Whether a deletion can be undone."""
        return bool(self._deleted)

    def move(self, run: Run, places: int) -> None:
        """Move a run by a number of places down (negative: up) the list."""
        at = self._runs.index(run)
        to = min(max(at + places, 0), len(self._runs) - 1)
        self._runs.insert(to, self._runs.pop(at))

    @property
    def queued(self) -> list[Run]:
        """The runs that wait, the next one first."""
        return [run for run in self._runs if run.outcome == "queued"]

    @property
    def nbytes(self) -> int:
        """Memory of the recorded frames of all runs, the deleted ones too [bytes]."""
        return sum(run.history.nbytes for run in self._all())

    def bound(self, keep: Sequence[Run | None] = ()) -> None:
        """Thin the frames of the oldest runs until all fit `max_bytes`; runs in `keep` are thinned last.

        First, newest and pinned frames are kept, and every number.
        """
        excess = self.nbytes - self.max_bytes
        for run in sorted(self._all(), key=lambda run: run in keep):
            if excess <= 0:
                return
            before = run.history.nbytes
            run.history.shrink(max(before - excess, 0))
            excess -= before - run.history.nbytes

    def _append(self, run: Run) -> None:
        self._number = max(self._number, run.number)
        self._runs.append(run)

    def _all(self) -> list[Run]:
        return [run for gone in self._deleted for _, run in gone] + self._runs


def _roots(run: Run) -> set[int]:
    """Numbers of a run and of the runs that it branched from in this session."""
    return {run.number} | ({run.origin.run} if run.origin is not None and run.origin.run else set())


def find_overlaps(runs: Iterable[Run]) -> None:
    """Precompute what the list shows of the scans of runs, in the thread that read them."""
    for run in runs:
        _ = run.overlap, run.data_per_unknown


def frozen(run: Run) -> Run:
    """A copy that a thread may read while the session continues."""
    twin = copy(run)
    twin.past = list(run.past)
    twin.history = run.history.snapshot()
    return twin
