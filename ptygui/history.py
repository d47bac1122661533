"""The Steps of one run: every number, and evenly thinned images."""

from bisect import bisect_left
from itertools import pairwise

from ptygui.step import NUMBERS, Step


class History:
    """Remembers a run within a bound of memory.

    The numbers of every Step are kept. Whole Steps (images and state, `frames`) are kept up to
    `max_bytes`; when full, every second one is dropped, and from then on only steps at least twice
    as far apart are stored, so that frames stay even. First and newest are always there.
    """

    def __init__(self, max_bytes: int = 512 * 1024**2):
        self.max_bytes = max_bytes
        self.numbers: dict[str, list] = {name: [] for name in NUMBERS}
        self.frames: list[Step] = []
        self._stride = 0
        self._bytes = 0
        self._kept = 0  # frames before this place are spaced by the stride; one newest may follow

    def __len__(self) -> int:
        return len(self.numbers["index"])

    @property
    def last(self) -> Step | None:
        """The newest Step."""
        return self.frames[-1] if self.frames else None

    @property
    def nbytes(self) -> int:
        """Memory of the stored frames [bytes]."""
        return self._bytes

    def append(self, step: Step) -> None:
        """Add the next Step of the run."""
        for name, value in step.numbers().items():
            self.numbers[name].append(value)
        if len(self.frames) > self._kept:  # the newest so far was only kept for being newest
            self._bytes -= self.frames.pop().nbytes
        self.frames.append(step)
        self._bytes += step.nbytes
        if self._kept == 0 or step.index - self.frames[self._kept - 1].index >= self._stride:
            self._kept += 1
        while self._bytes > self.max_bytes and len(self.frames) > 2:
            self._halve()

    def _halve(self) -> None:
        newest = self.frames[-1]
        even = self.frames[: self._kept : 2]
        gaps = [b.index - a.index for a, b in pairwise(even)]
        self._stride = max([2 * self._stride, 1, *gaps[-1:]])
        self._kept = len(even)
        self.frames = even if even[-1] is newest else [*even, newest]
        self._bytes = sum(frame.nbytes for frame in self.frames)

    def nearest(self, index: int) -> int:
        """Place in `frames` of the frame nearest to iterate `index`."""
        places = [frame.index for frame in self.frames]
        at = bisect_left(places, index)
        if at == 0:
            return 0
        if at == len(places) or index - places[at - 1] <= places[at] - index:
            return at - 1
        return at
