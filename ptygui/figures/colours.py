"""The colour maps of the program, the same on the screen and on paper, as tables of 256 colours.

They are in `resources/colour_maps.npz` under the names below; `resources/README.md` says where they come
from.
"""

from functools import cache

import numpy as np

from ptygui.paths import RESOURCES

AMPLITUDE, COMPLEX = "amplitude", "complex"
PHASE, PHASE_RANGE = "phase", "phase range"  # cyclic, for the whole circle; and for part of it
DIFFERENCE, DISTANCE = "difference", "distance"  # diverging about zero; and a magnitude from zero up
DEVIATION, GREY, FAR_FIELD, REDUNDANCY = "deviation", "grey", "far field", "redundancy"
MAPS = (AMPLITUDE, PHASE, PHASE_RANGE, DIFFERENCE, DISTANCE, DEVIATION, GREY, FAR_FIELD, REDUNDANCY)
_HUES = 360


@cache
def colour_table(name: str) -> np.ndarray:
    """The colours of one of `MAPS` from its lowest value up, uint8 of shape (256, 3), read-only."""
    with np.load(RESOURCES / "colour_maps.npz") as tables:
        table = tables[name]
    table.setflags(write=False)
    return table


def coloured(values: np.ndarray, levels: tuple[float, float], name: str) -> np.ndarray:
    """Values in the colours of a map, with 256 levels of equal width, as on the screen.

    Parameters
    ----------
    values : array, shape (H, W)
        Real; for `COMPLEX` complex, amplitudes from the upper level on are fully bright.
    levels : (float, float)
        Values of the first and the last colour; values outside are clipped, and nan gets the first.
    name : str
        One of `MAPS`, or `COMPLEX`.

    Returns
    -------
    uint8 array, shape (H, W, 3)
    """
    low, high = levels
    if name == COMPLEX:
        return complex_colours(values, high)
    table = colour_table(name)
    places = np.nan_to_num((values - low) * (len(table) / (high - low)))
    return table[np.clip(places, 0, len(table) - 1).astype(np.intp)]


def complex_colours(obj: np.ndarray, top: float) -> np.ndarray:
    """Complex numbers as hue (phase) and brightness (amplitude), uint8 of shape (H, W, 3).

    Phase 0 is red, followed by yellow, green, cyan at half a turn, blue and magenta; amplitudes from
    `top` on are fully bright.
    """
    hue = np.rint(np.angle(obj) * (_HUES / (2 * np.pi))).astype(np.int32) % _HUES
    value = np.clip(np.abs(obj) / max(top, 1e-12), 0, 1).astype(np.float32)
    return (_hues()[hue] * value[..., None]).astype(np.uint8)


@cache
def _hues() -> np.ndarray:
    """HSV at full saturation and value, float32 of shape (360, 3) from 0 to 255."""
    turn = np.arange(_HUES) / _HUES * 6
    ramps = np.stack([abs(turn - 3) - 1, 2 - abs(turn - 2), 2 - abs(turn - 4)], 1)
    return (255 * np.clip(ramps, 0, 1)).astype(np.float32)
