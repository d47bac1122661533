"""The margin of /object: rows and columns around the area that patches spanned, so that none leaves it.

Positions that a run refined, or that are between pixels, leave that area, and Ptychodus reads one pixel more
than a patch has. The margin is stated as an attribute of /object, and omitted where results are read.
"""

from typing import Any

import numpy as np

from ptygui.files.limits import check_object
from ptygui.files.result import Result

MARGIN = "ptygui_margin_px"  # attribute of /object: rows and columns on each side beyond the patches
SHARE = "ptygui_prior_share"  # beside /object: the prior's share of each of its pixels
_READ_BEYOND = 1  # px: Ptychodus interpolates between pixels, and reads one more than a patch has


def margin_of(result: Result) -> np.ndarray:
    """Rows and columns on each side of the area that the patches spanned, so that /object holds all of them.

    Positions that a run refined, or that are between pixels, leave that area.

    Raises
    ------
    InputError
        If positions are so far outside that the object would be too large.
    """
    positions, width = np.round(result.refined_positions, 6), np.array(result.probe.shape)
    if not len(positions):
        return np.array([_READ_BEYOND, _READ_BEYOND])
    low = result.offset - positions.min(0)
    high = positions.max(0) + width - result.offset - result.span
    beyond = np.nan_to_num(np.ceil(np.maximum(np.maximum(low, high), 0)), nan=np.inf)
    said = f"positions are up to {beyond.max():.4g} px outside the object: are they right?"
    check_object(result.name, tuple(np.minimum(result.span + 2 * beyond, 1e9)), said)
    return beyond.astype(int) + _READ_BEYOND


def with_margin(image: np.ndarray, result: Result, margin: np.ndarray) -> np.ndarray:
    """An image of the whole object in the area that patches spanned and a margin; its edge goes on beyond."""
    first, size = np.array(result.offset) - margin, np.array(result.span) + 2 * margin
    low, high = np.maximum(first, 0), np.minimum(first + size, image.shape)
    part = image[low[0] : high[0], low[1] : high[1]]
    return np.pad(part, np.stack([low - first, first + size - high], 1), mode="edge")


def without_empty_margin(obj: np.ndarray, margin: Any, centres: np.ndarray, width: int) -> np.ndarray:
    """/object without its margin, if no patch needs that; patches by their centres from its own [px]."""
    inner = without_margin(obj, margin)
    corners = np.rint(centres + (np.array(inner.shape[-2:]) - width) / 2)
    outside = (corners < 0) | (corners + width > inner.shape[-2:])
    return obj if outside.any() else inner


def without_margin(obj: np.ndarray, margin: Any) -> np.ndarray:
    """/object without the margin that its file states: rows and columns; anything else is none."""
    stated = np.asarray(0 if margin is None else margin).ravel()
    if stated.dtype.kind not in "iu" or stated.size not in (1, 2):
        return obj
    rows, columns = np.broadcast_to(stated.astype(int), 2)
    if not (0 <= 2 * rows < obj.shape[-2] and 0 <= 2 * columns < obj.shape[-1]):
        return obj
    return obj[..., rows : obj.shape[-2] - rows, columns : obj.shape[-1] - columns]
