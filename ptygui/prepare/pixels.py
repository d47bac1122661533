"""Bad pixels: masked in the file, without counts, saturated, hot, stuck, dead."""

import numpy as np

from ptygui.prepare.finding import Finding, pixels_text
from ptygui.prepare.survey import Survey, chunks, no_count
from ptygui.scan import Patterns

_LOWEST_LIMIT = 16  # counts below which a plateau of the largest count is not called saturation
_PLATEAU = 4  # times as many values at the largest count as at any of the next lower ones
_HOT = 10  # times the second brightest neighbour, in the mean pattern
_EXPECTED = 20  # counts that a dead pixel would have had, and frames in which its neighbours are lit
_MOSTLY = 0.25  # share of the lit area, above which dark pixels are a property of the light
_FRAMES = 20  # frames from which a pixel that never changes is stuck


def checked_mask(good: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, list[Finding]]:
    """The mask of a file, inverted if its marked pixels hold the light; and what is odd about it.

    Parameters
    ----------
    good : bool array, shape (rows, columns)
    mean : float array, shape (rows, columns)
        Mean pattern of all pixels.
    """
    share, light = float(good.mean()), np.maximum(np.where(np.isfinite(mean), mean, 0), 0)
    whole = light.sum()
    held = float(light[good].sum() / whole) if whole else 0.0
    about = f"the mask leaves {share:.1%} of the detector, and those pixels hold {held:.1%} of the counts"
    # a mask hides what is bad, not most of the detector and the light, unless it keeps the beam alone
    if 0 < share < 0.5 and held < min(0.5, 0.02 + 3 * share):
        text = f"WARNING: {about}: it was taken as inverted (with --mask none it is ignored)"
        return ~good, [Finding("mask", text)]
    if 0 < share < 0.1:
        text = f"WARNING: {about}: is it the right mask? (with --mask none it is ignored)"
        return good, [Finding("mask", text, applied=False)]
    return good, []


def saturation(found: Survey, patterns: Patterns, good: np.ndarray) -> float | None:
    """The count at which pixels stop, if far more values have it than the next lower ones; None if none.

    Natural counts thin out towards their largest. `good` leaves out pixels that are bad anyway.
    """
    high = np.where(good & (found.low < found.high), found.high, -np.inf)
    top = float(high.max(initial=-np.inf))
    if top < _LOWEST_LIMIT:
        return None
    rows, columns = np.nonzero(high == top)
    values, counts = np.unique(
        np.concatenate([np.asarray(patterns[c])[:, rows, columns].ravel() for c in chunks(patterns.shape)]),
        return_counts=True,
    )
    at = int(np.searchsorted(values, top))
    if at < 3 or values[at] != top:
        return None
    return top if counts[at] >= max(10, _PLATEAU * counts[max(0, at - 5) : at].max()) else None


def saturated_share(patterns: Patterns, good: np.ndarray, limit: float) -> float:
    """Share of the bright values, from a quarter of the limit on, that are at the limit."""
    at, bright = 0, 0
    for which in chunks(patterns.shape):
        part = np.asarray(patterns[which])
        usable = good & ~no_count(part)
        bright += int(np.count_nonzero(usable & (part >= limit / 4)))
        at += int(np.count_nonzero(usable & (part >= limit)))
    return at / max(1, bright)


def gaps(found: Survey) -> np.ndarray:
    """Pixels with the same value below 0 in every frame: -1 and -2 mark gaps and bad pixels."""
    return (found.low == found.high) & (found.high < 0)


def hot_pixels(found: Survey, good: np.ndarray) -> np.ndarray:
    """Pixels far brighter than their neighbours in the mean pattern, away from the direct beam."""
    from scipy.ndimage import rank_filter

    total = np.where(good, found.mean, 0) * len(found.totals)
    around = np.ones((3, 3), bool)
    around[1, 1] = False
    second = rank_filter(total, -2, footprint=around, mode="reflect")
    hot = good & (total > _HOT * np.maximum(second, 0) + _HOT * _EXPECTED)
    for row, column in ((0, 0), tuple(n // 2 for n in total.shape)):  # the direct beam may be that sharp
        hot[
            np.ix_(*((np.arange(at - 1, at + 2) % n) for at, n in ((row, len(hot)), (column, len(hot.T)))))
        ] = False
    return hot


def stuck_pixels(found: Survey, good: np.ndarray) -> np.ndarray:
    """Pixels with the same count above 0 in every frame, where others vary."""
    alike = good & (found.low == found.high) & (found.high > 0)
    few = np.count_nonzero(alike) <= 0.05 * np.count_nonzero(good & (found.high > 0))
    return alike if few and len(found.totals) >= _FRAMES else np.zeros_like(alike)


def dead_pixels(found: Survey, good: np.ndarray) -> np.ndarray:
    """Pixels that never count although light falls on both sides of them.

    A run of g such pixels along a row or column is dead if the pixels at both its ends counted at least
    20 g² in total, and in 20 frames or half of them: in light that is that smooth, all would have counted.
    Outside of the light one end is dark.
    """
    total = found.mean * len(found.totals)
    lit = good & (found.lit >= min(_EXPECTED, len(found.totals) / 2)) & (total >= _EXPECTED)
    dark = good & (found.high <= 0)
    dead = np.zeros_like(dark)
    for turned in (False, True):
        bright, counts = (lit.T, total.T) if turned else (lit, total)
        places = np.arange(bright.shape[1])
        before = np.maximum.accumulate(np.where(bright, places, -1), axis=1)
        after = np.minimum.accumulate(np.where(bright, places, len(places))[:, ::-1], axis=1)[:, ::-1]
        inside = (before >= 0) & (after < len(places))
        ends = [np.take_along_axis(counts, n.clip(0, len(places) - 1), 1) for n in (before, after)]
        here = inside & (np.minimum(*ends) >= _EXPECTED * np.square(np.maximum(after - before - 1, 1)))
        dead |= dark & (here.T if turned else here)
    return dead


def suspicious_pixels(found: Survey, good: np.ndarray) -> tuple[np.ndarray, list[Finding]]:
    """The mask without gaps, hot, stuck and dead pixels, and a finding for each kind."""
    told = []
    lit = np.count_nonzero(good & (found.high > 0))
    for kind, text, bad in (
        ("gap", "with the same value below 0 in every frame, as detectors mark gaps", gaps(found) & good),
        ("stuck pixel", "with the same count in every frame", stuck_pixels(found, good)),
        ("hot pixel", f"over {_HOT} times brighter than all around them", hot_pixels(found, good)),
        ("dead pixel", "that never count inside the lit area", dead_pixels(found, good)),
    ):
        count = np.count_nonzero(bad)
        if not count:
            continue
        if kind == "dead pixel" and count > _MOSTLY * lit:
            told.append(Finding(kind, f"{pixels_text(bad)} {text}: so many are not masked", applied=False))
            continue
        told.append(Finding(kind, f"{pixels_text(bad)} {text}: masked"))
        good = good & ~bad
    return good, told
