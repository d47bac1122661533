"""Selects the recorded frames that a file keeps."""

from collections.abc import Collection, Sequence

import numpy as np

from ptygui.step import Step

MAX_FRAMES = 64
MAX_FRAME_BYTES = 512 * 2**20


def thinned(
    frames: Sequence[Step],
    pins: Collection[int] = (),
    most: int = MAX_FRAMES,
    max_bytes: int = MAX_FRAME_BYTES,
) -> list[Step]:
    """At most `most` frames within a memory limit: first, newest, pinned, and others evenly spaced."""
    if not frames:
        return []
    heaviest = max(f.obj.nbytes + f.probe.nbytes + (0 if f.x_t is None else f.x_t.nbytes) for f in frames)
    count = min(len(frames), most, max(2, max_bytes // heaviest))
    pinned = [k for k, frame in enumerate(frames) if frame.index in pins and 0 < k < len(frames) - 1]
    pinned = _spread(pinned, max(0, count - 2))
    free = [k for k in range(len(frames)) if k not in pinned]
    return [frames[k] for k in sorted({*pinned, *_spread(free, count - len(pinned))})]


def _spread(places: Sequence[int], count: int) -> list[int]:
    """A number of indices, evenly spaced, including the first and the last."""
    if count >= len(places):
        return list(places)
    return [places[k] for k in np.unique(np.rint(np.linspace(0, len(places) - 1, count)).astype(int))]
