"""Overview of measured patterns: their mean, and the counts of each, in one pass over the data."""

from dataclasses import dataclass

import numpy as np

from ptygui.scan import Scan


@dataclass(frozen=True, eq=False)
class Overview:
    """What the patterns of a scan look like together.

    Attributes
    ----------
    mean : float32 array, shape (m, m)
        Mean counts of each detector pixel, centred, over the patterns in which it is valid; nan in none.
    totals : float64 array, shape (K,)
        Counts of each pattern on its valid pixels.
    """

    mean: np.ndarray
    totals: np.ndarray


def overview_of(scan: Scan) -> Overview:
    """The overview of a scan; its patterns are read in parts."""
    total, valid = np.zeros((scan.width, scan.width)), np.zeros((scan.width, scan.width))
    totals = np.empty(len(scan))
    for which, counts in scan.chunks():
        if scan.mask is not None:
            mask = scan.mask if scan.mask.ndim == 2 else scan.mask[which]
            counts = counts * mask
            valid += len(counts) * mask if mask.ndim == 2 else mask.sum(0)
        else:
            valid += len(counts)
        total += counts.sum(0, dtype=np.float64)
        totals[which] = counts.sum((-2, -1), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return Overview(np.where(valid > 0, total / valid, np.nan).astype(np.float32), totals)
