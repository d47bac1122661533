"""The colour maps of the program, the same on the screen and on paper, as tables of 256 colours.

Published ones are in `resources/colour_maps.npz` under their names; `resources/README.md` says where they
come from. Two are computed here in OKLab (B. Ottosson, "A perceptual color space for image processing",
2020), where equal distances look equal: `CYCLIC`, and the hues of complex numbers.
"""

from functools import cache

import numpy as np

from ptygui.paths import RESOURCES

GREY, VIRIDIS, CYCLIC, HUE, BLUE_RED = "grey", "viridis", "cyclic", "hue", "blue to red"
INVERTED = " inverted"  # after the name of a map: its colours in reverse
# what is drawn in which map unless the user chooses another: one for amounts, and one for phases
AMPLITUDE, COMPLEX = VIRIDIS, "complex"
PHASE, PHASE_RANGE = CYCLIC, GREY  # over the whole circle, and over part of it
DIFFERENCE, DISTANCE = BLUE_RED, VIRIDIS  # diverging about zero; and a magnitude from zero up
DEVIATION = FAR_FIELD = REDUNDANCY = VIRIDIS
MAPS = (GREY, VIRIDIS, "magma", "inferno", "cividis", BLUE_RED, CYCLIC)  # safe whatever colours one sees
CIRCLES = (CYCLIC, HUE)  # whose ends meet
ALL_MAPS = (*MAPS, HUE)
_HUES, _SHADES = 360, 256
_LIGHTNESS, _CHROMA = 0.75, 0.125  # of hues: the largest chroma that sRGB has for all of them
_CYCLE = (0.6, 0.34, 0.115)  # mean lightness of the cyclic map, its swing, and the chroma at its middle
_ORANGE = np.deg2rad(58)  # the hue at a quarter turn, opposite to blue
_FROM_OKLAB = np.array([[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728],
                        [1, -0.0894841775, -1.2914855480]])  # fmt: skip
_TO_RGB = np.array([[4.0767416621, -3.3077115913, 0.2309699292], [-1.2684380046, 2.6097574011, -0.3413193965],
                    [-0.0041960863, -0.7034186147, 1.7076147010]])  # fmt: skip


@cache
def colour_table(name: str) -> np.ndarray:
    """The colours of a map from its lowest value up, uint8 of shape (256, 3), read-only.

    Parameters
    ----------
    name : str
        One of `ALL_MAPS`, perhaps followed by `INVERTED`.
    """
    if name.endswith(INVERTED):
        table = colour_table(name.removesuffix(INVERTED))[::-1].copy()
    elif name == CYCLIC:
        table = _cycle()
    elif name == HUE:
        table = _wheel(np.linspace(-np.pi, np.pi, 256), np.ones(256))
    else:
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
        One of `ALL_MAPS`, perhaps followed by `INVERTED`; or `COMPLEX`.

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
    """Complex numbers as hue (phase) and lightness (amplitude), uint8 of shape (H, W, 3).

    All hues are equally light, and lightness grows evenly with the amplitude, up to `top`. Phase 0 is
    red, followed by yellow, green, cyan at half a turn, blue and magenta.
    """
    hue = np.rint(np.angle(obj) * (_HUES / (2 * np.pi))).astype(np.int32) % _HUES
    shade = np.abs(obj) * ((_SHADES - 1) / max(top, 1e-12))
    return _complex_table()[np.clip(np.rint(shade), 0, _SHADES - 1).astype(np.int32), hue]


@cache
def _complex_table() -> np.ndarray:
    """Colours by amplitude and phase, uint8 of shape (256, 360, 3)."""
    turn, share = np.arange(_HUES) * (2 * np.pi / _HUES), np.linspace(0, 1, _SHADES)
    return _wheel(turn[None], share[:, None])


def _wheel(phase: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Hues at a share of the full lightness; hue angles are those of OKLab, where red is at 29°."""
    angle = phase + np.deg2rad(29)
    chroma = _CHROMA * share
    return _srgb(_LIGHTNESS * share, chroma * np.cos(angle), chroma * np.sin(angle))


def _cycle() -> np.ndarray:
    """Light at 0, dark at ±π, orange at π/2 and blue at -π/2.

    An ellipse in the plane of lightness and of the axis from blue to orange, which those who lack one kind
    of cone tell apart too.
    """
    mean, swing, chroma = _CYCLE
    phase = np.linspace(-np.pi, np.pi, 256)
    across = chroma * np.sin(phase)
    return _srgb(mean + swing * np.cos(phase), across * np.cos(_ORANGE), across * np.sin(_ORANGE))


def _srgb(lightness: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """OKLab to 8-bit sRGB, shape (..., 3); what sRGB lacks is clipped."""
    lab = np.stack(np.broadcast_arrays(lightness, a, b), -1)
    linear = ((lab @ _FROM_OKLAB.T) ** 3 @ _TO_RGB.T).clip(0, 1)
    gamma = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(255 * gamma).astype(np.uint8)
