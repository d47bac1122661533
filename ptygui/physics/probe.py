"""Probes built from formulas, and how wide a probe is."""

import numpy as np

from ptygui.errors import InputError

PROBES = ("medium", "focused", "compact", "disk", "gaussian")
# pupil radius [cycles/px], defocus [rad at the pupil edge]; engines: the 90 %-energy diameters are
# 22.6, 29 and 14.2 px in a 32 px window
_PUPILS = {"medium": (0.24, 8.5), "focused": (0.26, 13.0), "compact": (0.22, 4.0)}


def make_probe(kind: str, width: int = 32, diameter: float = 0) -> np.ndarray:
    """A probe by name, unit energy, complex64, shape (width, width).

    Parameters
    ----------
    kind : {"medium", "focused", "compact", "disk", "gaussian"}
        The first three are defocused annular pupils (`annular`); medium is the default everywhere.
    width : int
        Window width m [px]. The annular probes scale with it: 32 px is their native size.
    diameter : float
        Disk diameter, or full width at half maximum of the Gaussian's intensity [px]; 0 means 0.7
        and 0.35 of the window.
    """
    if width < 4 or width > 4096:
        raise InputError(f"probe width is {width} px, expected 4 to 4096")
    if kind in _PUPILS:
        probe = annular(*_PUPILS[kind], width=width)
    elif kind == "disk":
        radius = np.hypot(*_grid(width))
        edge = (diameter or 0.7 * width) / 2
        probe = np.clip(edge + 0.5 - radius, 0, 1).astype(complex)
    elif kind == "gaussian":
        fwhm = diameter or 0.35 * width
        probe = np.exp(-2 * np.log(2) * np.square(_grid(width)).sum(0) / fwhm**2).astype(complex)
    else:
        raise InputError(f"probe is {kind!r}, expected one of {', '.join(PROBES)}")
    return (probe / np.linalg.norm(probe)).astype(np.complex64)


def annular(
    radius: float, defocus: float, stop: float = 0.3, coma: float = 0.25, width: int = 32
) -> np.ndarray:
    """The focus of a soft annular pupil with quadratic defocus: like a zone plate with a central stop.

    On a grid of 4 x width frequencies f [cycles/px], with rho = |f| / radius::

        pupil = s(rho - 1) (1 - s(rho - stop)) exp(-i defocus rho²) exp(i coma (f_x / radius)³)
        s(u)  = 1 / (1 + exp(25 u))

    then a centred inverse Fourier transform, and its central window. A window other than 32 px
    scales radius by 32 / width, so that the probe fills the same part of it.
    """
    n = 4 * width
    radius = radius * 32 / width
    f = (np.arange(n) - n // 2) / n
    fy, fx = np.meshgrid(f, f, indexing="ij")
    rho = np.hypot(fy, fx) / radius
    soft = lambda u: 1 / (1 + np.exp(np.clip(25 * u, -500, 500)))  # noqa: E731
    pupil = soft(rho - 1) * (1 - soft(rho - stop))
    pupil = pupil * np.exp(-1j * defocus * rho**2) * np.exp(1j * coma * (fx / radius) ** 3)
    field = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(pupil)))
    first = n // 2 - width // 2
    return field[first : first + width, first : first + width]


def energy_diameter(probe: np.ndarray, fraction: float = 0.9) -> float:
    """Diameter of the circle about the centre of mass that holds `fraction` of the energy [px]."""
    intensity = np.abs(probe).astype(np.float64) ** 2
    intensity /= intensity.sum()
    rows, columns = np.indices(probe.shape)
    radius = np.hypot(rows - (rows * intensity).sum(), columns - (columns * intensity).sum()).ravel()
    order = np.argsort(radius)
    held = np.cumsum(intensity.ravel()[order])
    return float(2 * np.interp(fraction, held, radius[order]))


def _grid(width: int) -> np.ndarray:
    return np.indices((width, width)) - (width - 1) / 2
