"""Patterns as a scan wants them: bad pixels and frames out, centred, cut to a square, float32."""

import math
from dataclasses import dataclass

import numpy as np

from ptygui.errors import InputError
from ptygui.files import patterns_on_disk
from ptygui.files.beam_window import beam_window, is_centred
from ptygui.files.measured import Measured
from ptygui.files.stack import Frames, Stack
from ptygui.prepare.drawn import drawn_over, shapes_of
from ptygui.prepare.finding import pixels_text
from ptygui.prepare.frames import bad_frames
from ptygui.prepare.pixels import checked_mask, saturated_share, saturation, suspicious_pixels
from ptygui.prepare.places import bad_positions
from ptygui.prepare.preparation import Preparation
from ptygui.prepare.survey import Survey, chunks, no_count, survey
from ptygui.prepare.window import Window

_MOST_SATURATED = 0.6  # share of the bright values, above which masking them makes the result worse
_FEW_NEGATIVE = 0.001  # share of counts below 0, above which they are readout noise


@dataclass(frozen=True, eq=False)
class FoundMasks:
    """What a `Preparation` names in other files, read: a mask (True for good) and a dark frame; and notes."""

    mask: np.ndarray | None = None
    dark: np.ndarray | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Prepared:
    """Patterns of a scan, and how they came out of a file.

    Attributes
    ----------
    patterns : float32 array or Stack, shape (K, m, m)
    mask : bool array, shape (m, m) or (K, m, m), optional
    background : float32 array, shape (m, m), optional
    frames : int array, shape (K,)
        Which frames of the file they are.
    window : Window
    notes : list of str
    """

    patterns: Frames
    mask: np.ndarray | None
    background: np.ndarray | None
    frames: np.ndarray
    window: Window
    notes: list[str]


def prepared_patterns(
    measured: Measured,
    probe: np.ndarray | None,
    zero_frequency: str,
    preparation: Preparation,
    files: FoundMasks,
) -> Prepared:
    """Inspect and prepare the patterns of a file.

    Parameters
    ----------
    measured : Measured
        With patterns of shape (K, rows, columns).
    probe : complex array, optional
        Whose far field says where the beam belongs.
    zero_frequency : {"auto", "centre", "corner"}
    preparation : Preparation
    files : FoundMasks

    Raises
    ------
    InputError
        If nothing usable is left.
    """
    usable = usable_of(measured, preparation, files, zero_frequency)
    plan = planned(measured, usable, probe, zero_frequency, preparation)
    patterns, mask = _filled(plan)
    window = plan.window
    background = None if measured.background is None else window.of(np.float32(1) * measured.background)
    if plan.pedestal:
        ground = np.full(mask.shape[-2:], plan.pedestal * window.bin**2, np.float32)
        background = ground if background is None else background + ground
    return Prepared(patterns, None if mask.all() else mask, background, usable.frames, window, plan.notes)


@dataclass(frozen=True, eq=False)
class Usable:
    """What of a file is a measurement: some frames, their good pixels, counts below a limit.

    Attributes
    ----------
    frames : int array, shape (K,)
        Which frames of the file.
    good : bool array, shape (rows, columns), or one for each frame of the file
    partly : bool
        Whether some pixels hold no count in some frames only.
    limit : float, optional
        Count at which pixels are saturated.
    dark : float array, shape (rows, columns), optional
        To be subtracted.
    undrawn : bool array, shape (rows, columns)
        Pixels that are always good before what is drawn by hand.
    found : Survey
        Of these frames, and some that were left out after it.
    notes : tuple of str
    """

    frames: np.ndarray
    good: np.ndarray
    partly: bool
    limit: float | None
    dark: np.ndarray | None
    undrawn: np.ndarray
    found: Survey
    notes: tuple[str, ...]

    @property
    def masks_each(self) -> bool:
        """Whether each frame has a mask of its own."""
        return self.partly or self.limit is not None or self.good.ndim == 3


@dataclass(frozen=True, eq=False)
class Plan:
    """What is done to each frame, decided but not done.

    Attributes
    ----------
    raw : array or Stack, shape (K, rows, columns)
        All frames of the file.
    usable : Usable
    window : Window
    centre : array of 2 numbers
        Row and column of the beam in the mean pattern, zero frequency in the centre.
    pedestal : float
        Counts that are added to all.
    threshold : float
        Counts below it are set to 0.
    notes : list of str
    """

    raw: Frames
    usable: Usable
    window: Window
    centre: np.ndarray
    pedestal: float
    threshold: float
    notes: list[str]

    def counts(self, which: np.ndarray) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
        """Counts of some frames in the window, the good pixels in each of them, and which stop at the limit.

        Parameters
        ----------
        which : int array, shape (n,)
            Of the frames of the file.

        Returns
        -------
        float32 array, shape (n, m, m)
        bool array, shape (n, m, m), or None where all have the mask of the file
        int array, shape (2,)
            How many good values are saturated, of how many.
        """
        usable, values = self.usable, np.asarray(self.raw[which])
        wrong = no_count(values)
        counts = np.where(wrong, 0, values).astype(np.float32)
        counts += np.float32(self.pedestal) - (0 if usable.dark is None else usable.dark.astype(np.float32))
        np.maximum(counts, 0, out=counts)
        counts[counts < self.threshold] = 0
        patterns = self.window.of(counts)
        if not usable.masks_each:
            return patterns, None, np.zeros(2, int)
        valid = ~wrong & good_at(usable.good, which)
        seen, lost = int(np.count_nonzero(valid)), 0
        if usable.limit is not None:
            valid &= values < usable.limit
            lost = seen - int(np.count_nonzero(valid))
        return patterns, self.window.of_mask(valid), np.array([lost, seen])

    def saturated(self, counted: np.ndarray) -> tuple[str, ...]:
        """What is said of saturated values, from the sum of what `counts` counted."""
        if self.usable.limit is None:
            return ()
        lost, seen = counted
        return (
            f"saturated: {lost} values ({lost / max(1, seen):.2%}) stop at {self.usable.limit:g} counts: "
            "masked in their frames",
        )


def usable_of(
    measured: Measured, preparation: Preparation, files: FoundMasks, zero_frequency: str = "auto"
) -> Usable:
    """Inspect all frames that are asked for, by `mask`, `drawn`, `dark` and `frames` of the preparation."""
    raw, notes = measured.patterns, list(files.notes)
    dark = files.dark if files.dark is not None else measured.dark
    if dark is not None and dark.shape != raw.shape[1:]:
        raise InputError(f"{measured.path}: the dark frame is {dark.shape}, the patterns are {raw.shape[1:]}")
    given = good = _given_mask(measured, preparation, files, notes)
    # a frame that outshines all others would show its own speckles as hot pixels: frames first, then pixels
    chosen = preparation.chosen(len(raw))
    asked = raw if len(chosen) == len(raw) else _Some(raw, chosen)
    found = survey(asked, good_at(good, chosen))
    frames = _kept_frames(measured, found.totals, chosen, notes)
    some, limit = _Some(raw, frames), None
    if len(frames) < len(chosen):
        found = survey(some, good_at(good, frames))
    notes += _unusable_notes(found)
    always = found.unusable == len(frames)
    fixed = (good if good.ndim == 2 else np.asarray(good.any(0))) & ~always
    if preparation.mask == "auto":
        fixed, told = suspicious_pixels(found, fixed)
        notes += [one.text for one in told]
        limit = saturation(found, some, fixed)
    if limit is not None and (share := saturated_share(some, fixed, limit)) > _MOST_SATURATED:
        # without all these a reconstruction has lost the light: what they say is at least a lower bound
        notes.append(
            f"WARNING: saturated: {share:.0%} of the bright values stop at {limit:g} counts; so many are not "
            "masked, and the result will be wrong: measure again with less light"
        )
        limit = None
    good = good & fixed
    undrawn = _always(good)
    if preparation.drawn:
        before, centred = good, is_centred(measured, zero_frequency, found.mean, undrawn)[0]
        seen = good if centred else np.fft.fftshift(good, (-2, -1))
        seen = drawn_over(seen, shapes_of(preparation.drawn))
        good = (seen if centred else np.fft.ifftshift(seen, (-2, -1))) & ~always
        lost, back = (
            int(np.count_nonzero(_always(a) & ~_always(b))) for a, b in ((before, good), (good, before))
        )
        notes.append(f"mask drawn by hand: {lost} more bad pixels" + (f", {back} good again" if back else ""))
    if not good.any():
        raise InputError(
            f"{measured.path}: the mask leaves no detector pixel: is 0 good in this file? (--mask none "
            "ignores it)"
        )
    partly = bool(found.unusable[~always].any())
    if dark is not None or not np.array_equal(good, given):  # a large file takes long to read again
        found = survey(some, good_at(good, frames), dark)
    if not found.totals.any():
        raise InputError(f"{measured.path}: all patterns are zero: is this the right data set?")
    frames = _kept_frames(measured, found.totals, frames, notes)
    return Usable(frames, good, partly, limit, dark, undrawn, found, tuple(notes))


def planned(
    measured: Measured,
    usable: Usable,
    probe: np.ndarray | None,
    zero_frequency: str,
    preparation: Preparation,
) -> Plan:
    """Decide where the window is, and what is done to counts; parameters are those of `prepared_patterns`."""
    notes = [f"prepared with {preparation.told}"] if preparation.told else []
    notes += usable.notes
    pedestal = _pedestal(usable, preparation, notes)
    mean, good = usable.found.mean, _always(usable.good)
    window, centre = beam_window(measured, probe, zero_frequency, preparation, mean, good, notes)
    return Plan(measured.patterns, usable, window, centre, pedestal, preparation.threshold, notes)


class PreparedFrames(Stack):
    """The frames of a plan, in the window, prepared when they are read."""

    def __init__(self, plan: Plan):
        width = plan.window.width
        super().__init__((len(plan.usable.frames), width, width), np.dtype(np.float32))
        self._plan = plan

    def block(self, first: int, stop: int) -> np.ndarray:  # noqa: D102
        return self._plan.counts(self._plan.usable.frames[first:stop])[0]


def _filled(plan: Plan) -> tuple[Frames, np.ndarray]:
    """Patterns in the window, and their mask: one for all, or one for each."""
    usable, width = plan.usable, plan.window.width
    frames = usable.frames
    shape = (len(frames), width, width)
    large = isinstance(plan.raw, Stack) and patterns_on_disk.large(math.prod(shape))
    saturated = np.zeros(2, int)
    patterns = np.empty((0, width, width) if large else shape, np.float32)
    mask = np.empty(shape, bool) if usable.masks_each else plan.window.of_mask(usable.good)
    for part in () if large and not usable.masks_each else chunks((len(frames), *plan.raw.shape[1:])):
        counts, valid, lost = plan.counts(frames[part])
        if not large:
            patterns[part] = counts
        if valid is not None:
            mask[part] = valid
        saturated += lost
    plan.notes.extend(plan.saturated(saturated))
    if mask.ndim == 3 and (mask == mask[0]).all():
        mask = mask[0]
    return PreparedFrames(plan) if large else patterns, mask


def _given_mask(
    measured: Measured, preparation: Preparation, files: FoundMasks, notes: list[str]
) -> np.ndarray:
    """The mask of the file or of the user; all pixels without one."""
    shape = measured.patterns.shape[1:]
    given = files.mask if files.mask is not None else measured.mask
    if given is None or (preparation.mask == "none" and files.mask is None):
        return np.ones(shape, bool)
    if given.shape not in (shape, measured.patterns.shape):
        raise InputError(f"{measured.path}: the mask is {given.shape}, the patterns are {shape}")
    if given.ndim == 3:
        return given
    few = measured.patterns[:64]
    good, told = checked_mask(given, np.where(no_count(few), 0, few).mean(0, dtype=np.float64))
    notes += [one.text for one in told]
    return good


def _always(good: np.ndarray) -> np.ndarray:
    """Pixels that are good in all frames."""
    return good if good.ndim == 2 else np.asarray(good.all(0))


def good_at(good: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """A mask (rows, columns) or (K, rows, columns) at some frames."""
    return good if good.ndim == 2 else good[frames]


def _unusable_notes(found: Survey) -> list[str]:
    """What is said of values that are no counts."""
    if not found.unusable.any():
        return []
    total, strange = int(found.unusable.sum()), found.not_finite
    where = pixels_text(found.unusable > 0)
    notes = [f"{strange} counts are not finite: masked, {where}"] if strange else []
    if total > strange:
        notes.append(
            f"{total - strange} values have all bits set, as detectors mark gaps and overflow: masked, "
            f"{where}"
        )
    return notes


def _kept_frames(measured: Measured, totals: np.ndarray, frames: np.ndarray, notes: list[str]) -> np.ndarray:
    """Those of some frames that are measurements at plausible positions.

    Parameters
    ----------
    measured : Measured
    totals : array, shape (K,) or (len(frames),)
        Counts of all frames of the file, or of these.
    frames : int array
    notes : list of str
        What is found is added.
    """
    placed, told = bad_positions(measured.positions[frames], min(measured.patterns.shape[1:]), frames)
    totals = totals if len(totals) == len(frames) else totals[frames]
    frames, totals = frames[placed], totals[placed]
    if len(frames):
        lit, more = bad_frames(totals, measured.positions[frames], _Some(measured.patterns, frames), frames)
        frames, told = frames[lit], told + more
    notes += [one.text for one in told]
    if not len(frames):
        raise InputError(f"{measured.path}: no frame is left: {'; '.join(one.text for one in told)}")
    return frames


class _Some:
    """Some frames of an array, without copying them all."""

    def __init__(self, patterns: Frames, which: np.ndarray):
        self._patterns, self._which = patterns, which
        self.shape = (len(which), *patterns.shape[1:])

    def __getitem__(self, which: slice) -> np.ndarray:
        return self._patterns[self._which[which]]


def _pedestal(usable: Usable, preparation: Preparation, notes: list[str]) -> float:
    """Counts to add to all, so that readout noise of variance σ² looks like photon noise.

    Counts with Gaussian noise plus σ² are nearly Poisson with the mean plus σ² (Snyder et al. 1993), which
    goes into the model as background. A cut at 0 would brighten the dark part of every pattern.
    """
    if usable.dark is not None:
        notes.append("the mean dark frame was subtracted")
    found, good = usable.found, usable.good
    if not found.negative:
        return 0.0
    lowest = found.low[good if good.ndim == 2 else good.any(0)].min()
    said = f"{found.negative} negative counts (down to {lowest:g})"
    share = found.negative / (len(found.totals) * good.mean() * found.mean.size)
    if share < _FEW_NEGATIVE or preparation.threshold:
        notes.append(f"{said} set to 0")
        return 0.0
    notes.append(
        f"{said}: readout noise of {np.sqrt(found.noise_variance):.3g} counts; its variance, "
        f"{found.noise_variance:.3g}, was added to all counts and to the model's background"
    )
    return found.noise_variance
