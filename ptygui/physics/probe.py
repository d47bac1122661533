"""Probes built from formulas, and how wide a probe is."""

from dataclasses import dataclass, replace

import numpy as np

from ptygui.errors import InputError
from ptygui.options import Options, option

PROBES = ("medium", "focused", "compact", "disk", "gaussian")
_NATIVE = 32  # width of the window that the named pupils are defined for [px]


@dataclass(frozen=True)
class Pupil(Options):
    """The pupil of the lens whose focus is the probe."""

    radius: float = option(
        0.24, min=0.005, max=0.5, unit="cycles/px",
        help="edge of the pupil in the far field: more gives a smaller focus and a wider cone",
    )  # fmt: skip
    stop: float = option(
        0.3,
        min=0,
        max=0.95,
        help="central stop, a fraction of the radius: more darkens the far field's middle",
    )
    defocus: float = option(
        8.5, min=-500, max=500, unit="rad", help="quadratic phase at the pupil's edge: more spreads the probe"
    )
    coma: float = option(
        0.25,
        min=-50,
        max=50,
        unit="rad",
        help="cubic phase at the pupil's edge: more breaks the mirror symmetry further",
    )

    def probe(self, width: int) -> np.ndarray:
        """The probe in a window of `width` px: unit energy, complex64."""
        _check_width(width)
        # without a stop its soft edge is far outside; with one it darkens the centre
        field = annular(self.radius, self.defocus, self.stop or -1.0, self.coma, width)
        return (field / np.linalg.norm(field)).astype(np.complex64)

    def numerical_aperture(self, pixel_size_m: float, wavelength_m: float) -> float:
        """Sine of the cone's half angle."""
        return self.radius * wavelength_m / pixel_size_m

    def defocus_m(self, pixel_size_m: float, wavelength_m: float) -> float:
        """How far the sample is from the focus (paraxial) [m]."""
        return self.defocus * pixel_size_m**2 / (np.pi * wavelength_m * self.radius**2)


# the 90 %-energy diameters are 22.6, 29 and 14.2 px in a window of 32 px
_PUPILS = {
    "medium": Pupil(radius=0.24, defocus=8.5),
    "focused": Pupil(radius=0.26, defocus=13.0),
    "compact": Pupil(radius=0.22, defocus=4.0),
}


def pupil_of(kind: str, width: int) -> Pupil | None:
    """The pupil behind a named probe, scaled so that the probe fills the same part of any window."""
    return _scaled(_PUPILS[kind], width) if kind in _PUPILS else None


def _scaled(native: Pupil, width: int) -> Pupil:
    return replace(native, radius=min(0.5, native.radius * _NATIVE / width))


def make_probe(kind: str, width: int = 32, diameter: float = 0) -> np.ndarray:
    """Make a probe by name.

    Parameters
    ----------
    kind : {"medium", "focused", "compact", "disk", "gaussian"}
        The first three are defocused annular pupils (`annular`); medium is the default everywhere.
    width : int
        Window width m [px]. The annular probes scale with it: 32 px is their native size.
    diameter : float
        Disk diameter, or full width at half maximum of the Gaussian's intensity [px]; 0 means 0.7
        and 0.35 of the window.

    Returns
    -------
    complex64 array, shape (width, width)
        In the sample plane; its squared modulus sums to 1.
    """
    _check_width(width)
    if kind in _PUPILS:
        probe = _scaled(_PUPILS[kind], width).probe(width)
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


def annular(radius: float, defocus: float, stop: float, coma: float, width: int) -> np.ndarray:
    """The focus of a soft annular pupil with quadratic defocus: like a zone plate with a central stop.

    On a grid of 4 x width frequencies f [cycles/px], with rho = |f| / radius::

        pupil = s(rho - 1) (1 - s(rho - stop)) exp(-i defocus rho²) exp(i coma (f_x / radius)³)
        s(u)  = 1 / (1 + exp(25 u))

    then a centred inverse Fourier transform, and its central window.
    """
    n = 4 * width
    f = (np.arange(n) - n // 2) / n
    fy, fx = np.meshgrid(f, f, indexing="ij")
    rho = np.hypot(fy, fx) / radius
    pupil = _soft(rho - 1) * (1 - _soft(rho - stop))
    pupil = pupil * np.exp(-1j * defocus * rho**2) * np.exp(1j * coma * (fx / radius) ** 3)
    field = np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(pupil)))
    first = n // 2 - width // 2
    return field[first : first + width, first : first + width]


def _soft(u: np.ndarray) -> np.ndarray:
    """A step from 1 to 0 about u = 0."""
    return 1 / (1 + np.exp(np.clip(25 * u, -500, 500)))


def energy_diameter(probe: np.ndarray, fraction: float = 0.9) -> float:
    """Diameter of the circle about the centre of mass that holds `fraction` of the energy [px]."""
    intensity = np.abs(probe).astype(np.float64) ** 2
    intensity /= intensity.sum()
    rows, columns = np.indices(probe.shape)
    radius = np.hypot(rows - (rows * intensity).sum(), columns - (columns * intensity).sum()).ravel()
    order = np.argsort(radius)
    held = np.cumsum(intensity.ravel()[order])
    return float(2 * np.interp(fraction, held, radius[order]))


def orthogonal_modes(modes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Orthogonal incoherent modes of the same beam, strongest first, and their shares of the power.

    The intensities of modes X add to the same as those of U X for every unitary U. With X = V Σ W^H, V^H X
    has orthogonal rows of squared norms Σ², as few strong ones as can be; V are the eigenvectors of X X^H.

    Parameters
    ----------
    modes : complex array, shape (m, m) or (M, m, m)

    Returns
    -------
    complex64 array, shape (M, m, m)
        The phase of each is that of the given mode that it contains most of.
    float64 array, shape (M,)
    """
    m = modes.shape[-1]
    stack = modes.reshape(-1, m * m).astype(np.complex128)
    powers, vectors = np.linalg.eigh(stack @ stack.conj().T)
    powers, vectors = powers[::-1].clip(0), vectors[:, ::-1]
    most = vectors[np.abs(vectors).argmax(0), np.arange(len(powers))]
    vectors = vectors * (most.conj() / np.abs(most))
    found = (vectors.conj().T @ stack).reshape(-1, m, m).astype(np.complex64)
    return found, powers / max(powers.sum(), 1e-30)


def _check_width(width: int) -> None:
    if width < 4 or width > 4096:
        raise InputError(f"probe width is {width} px, expected 4 to 4096")


def _grid(width: int) -> np.ndarray:
    return np.indices((width, width)) - (width - 1) / 2
