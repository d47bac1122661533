"""The Steps of one run: every number, and evenly thinned images."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from itertools import pairwise
from typing import Any

from ptygui.step import NUMBERS, Step


class History:
    """Remembers a run within a bound of memory.

    The numbers of every Step are kept. Whole Steps (images and state, `frames`) are kept up to
    `max_bytes`; when full, every second one is dropped, and from then on only steps at least twice
    as far apart are stored, so that frames stay even. First, newest and pinned ones are always there.
    `newest_only` keeps no other image, and nothing to go on from: for the many runs of a sweep.
    """

    def __init__(self, max_bytes: int = 512 * 1024**2, newest_only: bool = False):
        self.max_bytes, self.newest_only = max_bytes, newest_only
        self.numbers: dict[str, list[Any]] = {name: [] for name in NUMBERS}
        self.frames: list[Step] = []
        self.pins: set[int] = set()  # indices of the pinned frames
        self._stride = 0
        self._bytes = 0
        self._even = -1  # index of the newest frame kept for its distance from those before

    @classmethod
    def of(cls, numbers: dict[str, list[Any]], frames: Iterable[Step], pins: Iterable[int] = ()) -> "History":
        """What a file has kept of a run that is over."""
        history = cls()
        history.numbers |= numbers
        history.frames, history.pins = list(frames), set(pins)
        history._bytes = sum(frame.nbytes for frame in history.frames)
        history._even = history.frames[-1].index if history.frames else -1
        return history

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
        if self.newest_only:
            self.frames = [replace(step, state={}, x_t=None, samples=None)]
            self._bytes, self._even = self.frames[0].nbytes, step.index
            return
        newest = self.last
        if newest is not None and newest.index != self._even and newest.index not in self.pins:
            self._bytes -= self.frames.pop().nbytes  # was only kept for being newest
        self.frames.append(step)
        self._bytes += step.nbytes
        if self._even < 0 or step.index - self._even >= self._stride:
            self._even = step.index
        self._bound()

    def until(self, step: Step) -> "History":
        """A history of its own that ends with a step of this one: every number before, and the frames."""
        before = History(self.max_bytes)
        for frame in self.frames:
            if frame.index < step.index:
                before.append(frame)
        before.append(step)
        count = bisect_right(self.numbers["index"], step.index)
        before.numbers = {name: values[:count] for name, values in self.numbers.items()}
        return before

    def snapshot(self) -> "History":
        """A copy that another thread may read while this one goes on."""
        frozen = copy(self)
        frozen.numbers = {name: list(values) for name, values in self.numbers.items()}
        frozen.frames, frozen.pins = list(self.frames), set(self.pins)
        return frozen

    def pin(self, index: int, on: bool = True) -> None:
        """Keep the frame of this step whatever is thinned, or no longer.

        Raises
        ------
        ValueError
            If there is no such frame.
        """
        if not on:
            self.pins.discard(index)
        elif any(frame.index == index for frame in self.frames):
            self.pins.add(index)
        else:
            raise ValueError(f"step {index} has no recorded frame to pin")

    def shrink(self, max_bytes: int) -> None:
        """Lower the bound of memory; first, newest and pinned frames stay even beyond it."""
        self.max_bytes = min(self.max_bytes, max_bytes)
        self._bound()

    def _bound(self) -> None:
        while self._bytes > self.max_bytes and len(self._kept_anyway()) < len(self.frames):
            self._halve()

    def _kept_anyway(self) -> set[int]:
        return {self.frames[0].index, self.frames[-1].index, *self.pins}

    def _halve(self) -> None:
        """Drop every second frame; the distance to keep from then on doubles."""
        anyway = self._kept_anyway()
        free = [frame.index for frame in self.frames if frame.index not in self.pins]
        kept = anyway | set(free[::2])
        self.frames = [frame for frame in self.frames if frame.index in kept]
        even = [index for index in free[::2] if index in kept]
        gaps = [b - a for a, b in pairwise(even)]
        self._stride = max([2 * self._stride, 1, *gaps[-1:]])
        self._even = even[-1]
        self._bytes = sum(frame.nbytes for frame in self.frames)

    def nearest(self, index: int) -> int:
        """Place in `frames` of the frame nearest to step `index`."""
        places = [frame.index for frame in self.frames]
        at = bisect_left(places, index)
        if at == 0:
            return 0
        if at == len(places) or index - places[at - 1] <= places[at] - index:
            return at - 1
        return at
