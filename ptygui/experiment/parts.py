"""Parts of a scan: the positions of one place, or of one stretch of time, as a scan of their own.

left, right = part_of(scan, "left"), part_of(scan, "right")     # they share no position
edge = part_of(scan, "0:200,:")                                 # patches centred in rows 0 to 199
first = positions_of(scan, "0:100")                             # the first hundred, in the scan's order
"""

import re
from typing import TypeVar

import numpy as np

from ptygui.errors import InputError
from ptygui.scan import Geometry

HALVES = {"left": ":,:50%", "right": ":,50%:", "top": ":50%,:", "bottom": "50%:,:"}
_G = TypeVar("_G", bound=Geometry)
_NUMBER = r"(\d+(?:\.\d+)?%?)?"
_RECTANGLE = re.compile(rf"{_NUMBER}:{_NUMBER},{_NUMBER}:{_NUMBER}")
_SLICE = re.compile(r"(-?\d+)?:(-?\d+)?(?::(\d+))?")


def part_of(scan: _G, place: str) -> _G:
    """The positions whose patches are centred in a rectangle of the object.

    Rectangles that share no pixel give parts that share no position. The object keeps its shape, so that
    the parts stay comparable pixel by pixel.

    Parameters
    ----------
    scan : Scan or Geometry
    place : str
        "left", "right", "top", "bottom": that half of the object. Or ``R0:R1,C0:C1``: rows and columns, R1
        and C1 excluded, in pixels or, with %, as shares of the object; a missing number is the object's edge.

    Raises
    ------
    InputError
        If this is no place, or no position is there.
    """
    ends = _RECTANGLE.fullmatch(HALVES.get(place, place.replace(" ", "")))
    if ends is None:
        raise InputError(
            f"part is {place!r}, expected {', '.join(HALVES)} or R0:R1,C0:C1 in pixels or % of the object"
        )
    inside = np.ones(len(scan), bool)
    for axis, side in enumerate(scan.object_shape):
        centres = scan.positions[:, axis] + scan.width / 2
        low, high = (_pixels(end, side) for end in ends.groups()[2 * axis : 2 * axis + 2])
        inside &= (centres >= (0 if low is None else low)) & (centres < (np.inf if high is None else high))
    return _at(scan, inside, f"the patches centred in {place}")


def positions_of(scan: _G, stretch: str) -> _G:
    """The positions of a stretch in the scan's order: ``A:B`` or ``A:B:STEP``, as Python slices.

    Raises
    ------
    InputError
        If this is no stretch, or it is empty.
    """
    ends = _SLICE.fullmatch(stretch.replace(" ", ""))
    if ends is None or ends.group(3) == "0":
        raise InputError(f"positions are {stretch!r}, expected A:B or A:B:STEP, such as 0:100")
    inside = np.zeros(len(scan), bool)
    inside[slice(*(None if end is None else int(end) for end in ends.groups()))] = True
    return _at(scan, inside, f"positions {stretch}")


def _at(scan: _G, inside: np.ndarray, said: str) -> _G:
    count = np.count_nonzero(inside)
    if not count:
        raise InputError(f"{scan.name}: none of the {len(scan)} positions is among {said}: choose others")
    if count == len(scan):
        return scan
    return scan.subset(inside, notes=(*scan.notes, f"{count} of {len(scan)} positions: {said}"))


def _pixels(end: str | None, side: int) -> float | None:
    if end is None:
        return None
    return float(end[:-1]) / 100 * side if end.endswith("%") else float(end)
