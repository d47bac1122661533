"""What a preparation would make of a file: mean pattern, one frame, masks and findings, without a Scan."""

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np

from ptygui.errors import InputError
from ptygui.files.mask_files import found_masks
from ptygui.files.prepared import Plan, Usable, planned, usable_of
from ptygui.files.scans import read_measured
from ptygui.prepare.places import overlap_findings, rotated
from ptygui.prepare.preparation import Preparation
from ptygui.prepare.survey import chunks

_READ = ("metadata", "pixel_size_m", "allow_links", "layout")  # keywords of `read_measured`


@dataclass(frozen=True, eq=False)
class PreparedView:
    """Pictures and findings of a preparation.

    Attributes
    ----------
    whole : float64 array, shape (rows, columns)
        Mean pattern of the detector, zero frequency in the centre.
    bad : bool array, shape (rows, columns)
        Its masked pixels.
    centre : (float, float)
        Row and column of the beam in it.
    square : (int, int, int)
        First row, first column and width of what is kept of it.
    mean : float64 array, shape (m, m)
        Mean of the prepared patterns.
    mask : bool array, shape (m, m)
        True for pixels that are good in at least one of them.
    frames : int array, shape (K,)
        Which frames of the file are kept.
    of : int
        How many there are in the file.
    undrawn : bool array, shape (rows, columns)
        Pixels that are masked without what is drawn by hand, as `bad` otherwise.
    positions : float array, shape (K, 2)
        Row and column of each of them [px], turned.
    notes : tuple of str
        What was found and done.
    """

    whole: np.ndarray
    bad: np.ndarray
    centre: tuple[float, float]
    square: tuple[int, int, int]
    mean: np.ndarray
    mask: np.ndarray
    frames: np.ndarray
    of: int
    undrawn: np.ndarray
    positions: np.ndarray
    notes: tuple[str, ...]


class PreparationPreview:
    """A file whose preparation is tried; what changes of the options do not touch is kept, not done again.

    Parameters
    ----------
    path : path
    reading : keywords of `files.scans.read_scan`

    Raises
    ------
    InputError
        If it cannot be read as a scan.
    """

    def __init__(self, path: str | PathLike[str], **reading: Any):
        read = {name: value for name, value in reading.items() if name in _READ}
        self.measured = read_measured(path, **read)
        probe = reading.get("probe")
        probe = self.measured.probe if probe is None else probe
        self._probe = probe if isinstance(probe, np.ndarray) else None
        self._zero_frequency = reading.get("zero_frequency", "auto")
        self._usable: tuple[tuple[str, ...], Usable] | None = None
        self._plan: Plan | None = None

    def view(self, preparation: Preparation) -> PreparedView:
        """What this preparation makes of the file.

        Raises
        ------
        InputError
            If nothing usable is left, or an option does not fit the file.
        """
        usable = self._inspected(preparation)
        plan = planned(self.measured, usable, self._probe, self._zero_frequency, preparation)
        mean, mask, saturated = _mean_of(plan)
        self._plan = plan
        window = plan.window
        whole, bad, undrawn = usable.found.mean, ~_ever(usable.good), ~usable.undrawn
        if window.corner:
            whole, bad, undrawn = (np.fft.fftshift(one) for one in (whole, bad, undrawn))
        (row, column), (down, right) = window.first, window.roll
        positions = rotated(self.measured.positions[usable.frames] * window.scale, preparation.turn)
        more = overlap_findings(positions, window.width)
        return PreparedView(
            whole, bad, (float(plan.centre[0]), float(plan.centre[1])),
            (row - down, column - right, window.side), mean, mask, usable.frames,
            len(self.measured.patterns), undrawn, positions, (*self.measured.notes, *plan.notes, *saturated,
            *(one.text for one in more)),
        )  # fmt: skip

    def frame(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """One frame of the file as the last view has it: counts, and good pixels.

        Parameters
        ----------
        number : int
            One of `PreparedView.frames`.
        """
        if self._plan is None:
            raise InputError("no preparation was viewed yet")
        counts, valid, _ = self._plan.counts(np.array([number]))
        good = self._plan.window.of_mask(self._plan.usable.good) if valid is None else valid[0]
        return counts[0], good

    def _inspected(self, preparation: Preparation) -> Usable:
        key = preparation.mask, preparation.drawn, preparation.dark, preparation.frames
        if self._usable is None or self._usable[0] != key:
            files = found_masks(preparation, self.measured.patterns.shape[1:])
            self._usable = key, usable_of(self.measured, preparation, files, self._zero_frequency)
        return self._usable[1]


def _ever(good: np.ndarray) -> np.ndarray:
    """Pixels that are good in at least one frame."""
    return good if good.ndim == 2 else np.asarray(good.any(0))


def _mean_of(plan: Plan) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Mean of all frames where they are good, where that is anywhere, and a note; frames are not kept."""
    frames, width = plan.usable.frames, plan.window.width
    total, seen = np.zeros((width, width)), np.zeros((width, width), int)
    saturated = np.zeros(2, int)
    for part in chunks((len(frames), *plan.raw.shape[1:])):
        counts, valid, lost = plan.counts(frames[part])
        saturated += lost
        if valid is None:
            total += counts.sum(0, dtype=np.float64)
            seen += len(counts)
        else:
            total += (counts * valid).sum(0, dtype=np.float64)
            seen += valid.sum(0)
    mask = seen > 0
    if not plan.usable.masks_each:
        mask = plan.window.of_mask(plan.usable.good)
    return total / np.maximum(seen, 1), mask, plan.saturated(saturated)
